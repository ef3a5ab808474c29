"""The watcher while Redis or the database is away, has lost what it held, or it dies between the two."""

from itertools import pairwise

import pytest

from wiki_activity.domain.heartbeat import Heartbeat
from wiki_activity.domain.live import Signal, Tick
from wiki_activity.redis_store.store_errors import RedisStoreError, ReplacedError
from wiki_activity.storage.storage_errors import DatabaseUnreachableError
from wiki_activity.watch.signals import EpisodeContext
from wiki_activity_tests.redis_store.live_server import Server
from wiki_activity_tests.watch.edits import (
    make_edits,
    write_messages,
)
from wiki_activity_tests.watch.titles import FreeTitle
from wiki_activity_tests.watch.watching import FakeStream, Setting, Shaky, Signals, all_read, closed


def test_a_redis_that_lost_everything_is_filled_again_once_the_database_agrees(server: Server) -> None:
    setting = Setting(server, write_messages(make_edits(5, 1500, 5.0), 5))
    title = FreeTitle()
    lost = False

    def lose(stream: FakeStream) -> bool:
        nonlocal lost
        if stream.place > 500 and not lost:
            lost = True
            for key in list(server.client.scan_iter(f"{server.keys.prefix}*")):
                server.client.delete(key)
        return all_read(stream)

    setting.watch(lose, title=title)
    assert setting.read().progress is not None

    lost, title.ours = False, False
    with pytest.raises(ReplacedError):
        Setting(server, setting.messages * 2).watch(lose, title=title)
    assert not list(server.client.scan_iter(f"{server.keys.prefix}*"))


def test_a_redis_that_lost_everything_and_takes_nothing_yet_is_waited_for(server: Server) -> None:
    edits = make_edits(9, 3000, 5.0)
    setting = Setting(server, write_messages(edits, 9))
    store = Forgetful(server.make_store())
    lost = False

    def lose(stream: FakeStream) -> bool:
        nonlocal lost
        if stream.now > 5 and not lost:
            lost = store.is_full = True
            for key in list(server.client.scan_iter(f"{server.keys.prefix}*")):
                server.client.delete(key)
        store.is_full = store.is_full and stream.now < 15
        return all_read(stream) and stream.now > 30

    setting.watch(lose, store=store)

    assert store.refused
    assert sum(totals.edits for totals in setting.read().totals.values()) == 3000


class Forgetful(Shaky):
    """A store that takes no fence while it is full."""

    is_full = False
    refused = 0

    def put_fence_back(self) -> None:
        if self.is_full:
            self.refused += 1
            raise RedisStoreError("Redis at nowhere: command not allowed when used memory > 'maxmemory'.")
        super().put_fence_back()


def test_while_redis_is_away_nothing_is_lost_or_doubled(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    edits = make_edits(6, 3000, 5.0)
    setting = Setting(server, write_messages(edits, 6))
    store = Shaky(server.make_store())
    handed: Signals = []

    def take(project: str, tick: Tick, signal: Signal, context: EpisodeContext) -> None:
        assert not store.away
        handed.append((project, tick.at, signal.busy))

    def stop(stream: FakeStream) -> bool:
        store.away = 2 < stream.now < 32
        store.loses_answers = 35 < stream.now < 38
        return all_read(stream) and stream.now > 45

    setting.watch(stop, store=store, on_signal=take)
    assert setting.read_counts(edits) == closed(edits)
    assert sum(totals.edits for totals in setting.read().totals.values()) == 3000
    said = [record.message for record in caplog.records if record.name == "wiki_activity.watch.outage_log"]
    assert [message for message in said if "nowhere" in message] == [
        "cannot reach Redis at nowhere; nothing is lost: what comes is kept, or fetched later"
    ]
    assert len([message for message in said if message.startswith("reached again after")]) == 2
    assert handed == sorted(set(handed), key=handed.index)
    assert len(handed) >= 10


def test_while_the_database_is_away_counts_wait_and_the_heart_beats(server: Server) -> None:
    edits = make_edits(7, 3000, 5.0)
    setting = Setting(server, write_messages(edits, 7))
    away = False
    beats: list[Heartbeat] = []
    asked: list[tuple[str, int]] = []

    def take(project: str, tick: Tick, signal: Signal, context: EpisodeContext) -> None:
        asked.append((project, tick.at))
        if away:
            raise DatabaseUnreachableError("somewhere", "gone")
        setting.take(project, tick, signal, context)

    def stop(stream: FakeStream) -> bool:
        nonlocal away
        away = 2 < stream.now < 32
        return all_read(stream) and stream.now > 45

    setting.watch(stop, on_signal=take, on_look=beats.append)
    assert setting.read_counts(edits) == closed(edits)
    during = [beat for beat in beats if beat.find_away()]
    assert {name for beat in during for name in beat.find_away()} == {"database"}
    assert "cannot reach the database somewhere: gone" in str(during[0].stores["database"].problem)
    # The stream is read on, nothing of it is saved.
    assert len({beat.stream.resume_id for beat in during}) == 1
    assert len({beat.stream.newest for beat in during}) > 10
    assert max(b.at - a.at for a, b in pairwise(beats)) < 3
    # Each signal in order, the one that was refused again and again until it was taken.
    assert setting.signals == sorted(set(setting.signals), key=lambda one: one[1])
    assert len(asked) > len(setting.signals)


def test_a_death_between_database_and_redis_gives_the_same_signal_again(server: Server) -> None:
    edits = make_edits(8, 1500, 5.0)
    setting = Setting(server, write_messages(edits, 8))
    store = Shaky(server.make_store())

    def take_and_die(project: str, tick: Tick, signal: Signal, context: EpisodeContext) -> None:
        setting.take(project, tick, signal, context)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        setting.watch(all_read, store=store, on_signal=take_and_die)
    setting.watch(all_read)
    assert setting.signals[0] == setting.signals[1]
    assert setting.read_counts(edits) == closed(edits)


def test_nothing_is_begun_while_redis_is_away_at_the_start(server: Server) -> None:
    setting = Setting(server, write_messages(make_edits(9, 100, 5.0), 9))
    store = Shaky(server.make_store())

    def stop(stream: FakeStream) -> bool:
        store.away = stream.now < 10
        assert stream.place == 0 or not store.away
        return all_read(stream)

    setting.watch(stop, store=store)
    assert sum(totals.edits for totals in setting.read().totals.values()) == 100
