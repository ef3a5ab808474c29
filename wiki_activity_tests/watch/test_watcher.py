"""The watcher with a stream that is scripted and a real Redis: it counts, judges, and goes on where it was."""

import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest

from wiki_activity.domain.heartbeat import Beat, Heartbeat
from wiki_activity.domain.live import Signal, Tick
from wiki_activity.domain.stream_health import find_stream_health
from wiki_activity.redis_store.reading import read_live
from wiki_activity.redis_store.store_errors import ReplacedError
from wiki_activity.watch.signals import EpisodeContext
from wiki_activity.watch.vitals import Vitals
from wiki_activity.watch.watcher import Watcher
from wiki_activity.wikimedia.stream import Batch
from wiki_activity_tests.redis_store.live_server import Server, lend_live_server
from wiki_activity_tests.redis_store.stored_counts import read_minutes
from wiki_activity_tests.watch.edits import (
    START,
    edit,
    make_edits,
    write_message,
    write_messages,
)
from wiki_activity_tests.watch.titles import FreeTitle
from wiki_activity_tests.watch.watching import EN, EveryTenth, FakeStream, Setting, Shaky, all_read, closed


def test_all_is_counted_and_judged_and_readable(server: Server) -> None:
    edits = make_edits(1, 2000, 5.0)
    setting = Setting(server, write_messages(edits, 1))
    setting.watch(all_read)
    live = setting.read()
    assert setting.read_counts(edits) == closed(edits)
    assert sum(totals.edits for totals in live.totals.values()) == 2000
    assert live.progress is not None
    stream = setting.vitals.describe().stream
    assert stream.newest == max(one.at for one in edits)
    assert stream.resume_id == str(len(setting.messages))
    assert stream.edits_at is not None
    assert [tick.at for tick in setting.ticks] == list(range(START + 10, live.progress.closed_until + 1, 10))
    assert [busy for _, at, busy in setting.signals if at % 100 == 0] == [True] * len(setting.ticks[9::10])


def test_the_stored_rate_is_the_windows(server: Server) -> None:
    edits = make_edits(2, 1500, 5.0)
    setting = Setting(server, write_messages(edits, 2))
    setting.watch(all_read)
    rate = read_live(server.client, server.keys).rates[EN]
    mine = [one for one in edits if one.project == EN and rate.until - 120 <= one.at < rate.until]
    assert (rate.window_edits, rate.window_bot_edits) == (len(mine), sum(one.is_bot for one in mine))
    gap = (max(one.at for one in mine) - min(one.at for one in mine)) / (len(mine) - 1)
    assert rate.mean_gap_seconds == pytest.approx(gap)
    assert rate.usual == 1.0


def test_minutes_are_the_sums_of_their_seconds(server: Server) -> None:
    edits = make_edits(3, 3000, 0.7)
    setting = Setting(server, write_messages(edits, 3))
    setting.watch(all_read)
    wanted: dict[int, tuple[int, int]] = {}
    for at, (number, bots) in closed(edits)[EN].items():
        minute = at - at % 60
        before = wanted.get(minute, (0, 0))
        wanted[minute] = (before[0] + number, before[1] + bots)
    assert read_minutes(server.client, EN, START - 60, START + 9000, server.keys) == wanted


@pytest.mark.parametrize("seed", range(6))
def test_restarts_at_any_point_change_nothing(server: Server, seed: int) -> None:
    rng = random.Random(seed)
    edits = make_edits(seed, 1200, rng.choice([0.3, 4.0, 30.0]))
    messages = write_messages(edits, seed)
    broken_off = Setting(server, messages)
    while server.client.get(server.keys.resume_id) != str(len(messages)).encode():
        mortal = Shaky(server.make_store())
        mortal.dies_after = rng.randint(1, 6)
        try:
            broken_off.watch(all_read, store=mortal, per_read=rng.randint(1, 60), judged=None)
        except KeyboardInterrupt:
            continue
    live, counts = broken_off.read(), broken_off.read_counts(edits)
    with lend_live_server() as other:
        whole = Setting(other, messages)
        whole.watch(all_read, judged=None)
        assert counts == whole.read_counts(edits) == closed(edits)
        assert live.totals == whole.read().totals
        assert live.progress == whole.read().progress
        assert live.rates == whole.read().rates
        # Ticks that were not saved are judged again, to the same effect.
        assert sorted({(tick.at, tick.edits, tick.window_edits) for tick in broken_off.ticks}) == sorted(
            {(tick.at, tick.edits, tick.window_edits) for tick in whole.ticks}
        )
        assert sorted(set(broken_off.signals)) == sorted(set(whole.signals))


def test_messages_that_come_again_after_a_restart_are_dropped(server: Server) -> None:
    edits = make_edits(4, 600, 5.0)
    setting = Setting(server, write_messages(edits, 4))
    setting.watch(lambda stream: stream.place >= 300)
    place = int(server.client.get(server.keys.resume_id) or 0)
    server.client.set(server.keys.resume_id, str(place - 100))
    setting.watch(all_read)
    live = setting.read()
    assert setting.read_counts(edits) == closed(edits)
    assert sum(totals.edits for totals in live.totals.values()) == 600
    assert sum(totals.repeats for totals in live.totals.values()) > 0
    assert sum(totals.late for totals in live.totals.values()) == 0


def test_a_first_start_begins_an_hour_back_and_the_next_at_the_newest_event(server: Server) -> None:
    setting = Setting(server, [write_message(edit(1, START))])
    assert setting.watch(all_read).since == str(1000 * (START - 60))
    calls = iter([False, True])
    stream = setting.watch(lambda stream: next(calls))
    assert (stream.since, stream.place) == (str(1000 * (START - 60)), 1)
    with lend_live_server() as other:
        calls = iter([False, True])
        assert Setting(other, []).watch(lambda stream: next(calls)).since == str(1000 * (START - 3600))


class TopicByTopic(FakeStream):
    """A past of which one topic has come and the other has hardly begun."""

    def read(self, wait_seconds: float) -> Batch:
        self.now += 0.002
        read = super().read(wait_seconds).messages
        reached = (START + 100, START + self.place)
        places = [
            {"topic": f"{centre}.mediawiki.recentchange", "partition": 0, "timestamp": 1000 * at}
            for centre, at in zip(("codfw", "eqiad"), reached, strict=True)
        ]
        return Batch(read, json.dumps(places))


def test_a_stream_that_forgets_where_it_was_goes_on_behind_the_topic_that_is_behind(server: Server) -> None:
    stream = TopicByTopic([write_message(edit(second, START + second)) for second in range(3000)])
    Watcher(
        stream,
        server.make_store(),
        FreeTitle(),
        Vitals("a test"),
        judged={EN},
        make_detector=lambda: EveryTenth([]),
        on_signal=lambda *_: None,
        clock=lambda: START + 100_000.0,
        monotonic=lambda: stream.now,
        pause=stream.pause,
    ).run(lambda: all_read(stream))
    assert stream.since is not None
    assert int(stream.since) <= 1000 * (START + 100)


def test_a_watcher_that_was_replaced_ends(server: Server) -> None:
    setting = Setting(server, write_messages(make_edits(5, 600, 5.0), 5))

    def replace(heartbeat: Heartbeat) -> None:
        if heartbeat.stream.resume_id and heartbeat.token == 1:
            server.make_taken()

    with pytest.raises(ReplacedError):
        setting.watch(all_read, on_look=replace)


def test_a_database_that_knows_of_fewer_watchers_than_redis_gives_a_higher_number(server: Server) -> None:
    server.take(server.make_store(), token=7)
    title = FreeTitle()
    Setting(server, write_messages(make_edits(5, 100, 5.0), 5)).watch(all_read, title=title)
    assert title.claims == [1, 8]
    assert title.token == 8


def test_who_edits_what_survives_a_restart_and_names_are_nowhere(server: Server) -> None:
    edits = make_edits(10, 3000, 5.0)
    setting = Setting(server, write_messages(edits, 10))
    facts: dict[int, Any] = {}

    def look(project: str, tick: Tick, signal: Signal, context: EpisodeContext) -> None:
        facts[tick.at] = context.look(tick.at - 300, tick.at)

    setting.watch(lambda stream: stream.place >= 2500, on_signal=look)
    setting.watch(all_read, on_signal=look)
    at = max(facts)
    mine = [one for one in edits if one.project == EN and at - 300 <= one.at < at]
    assert facts[at].since == at - 300
    assert facts[at].edits == len(mine)
    assert facts[at].people == len({one.user for one in mine if not one.is_bot})
    for key in server.client.scan_iter(f"{server.keys.prefix}*"):
        assert b"User " not in (server.client.dump(key) or b"")


def test_broken_messages_are_counted_with_their_wiki(server: Server) -> None:
    messages = [
        b"{",
        *write_messages([edit(1, START)], 1),
        b'{"meta":{"id":"1"},"namespace":"0","server_name":"x.org"}',
    ]
    setting = Setting(server, messages)
    setting.watch(all_read)
    live = setting.read()
    assert live.progress is not None
    assert live.progress.unattributed == 1
    assert live.totals["x.org"].broken == 1
    assert sum(live.progress.kinds.values()) == 2


@pytest.mark.parametrize("unit", [1000, 0.001])
def test_edits_that_are_all_refused_for_their_times_are_not_seen(server: Server, unit: float) -> None:
    """A stream whose times are in another unit, say, is no calm one."""
    good = [edit(number, START + number // 10) for number in range(100)]
    odd = [edit(number, START + number // 10) for number in range(100, 3000)]
    messages = [*map(write_message, good), *(write_message(one, timestamp=int(one.at * unit)) for one in odd)]
    setting = Setting(server, messages)
    setting.watch(all_read, per_read=10, seconds_per_read=1.0)
    beat = setting.vitals.describe()
    health = find_stream_health(Beat(beat, 0.0), datetime.fromtimestamp(beat.at, UTC))
    assert not health.sees
    assert health.since is not None
    assert health.since.timestamp() < START + 20
    assert "none can be read: an event time" in health.detail
