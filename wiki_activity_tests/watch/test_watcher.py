"""The watcher with a stream that is scripted, a real Redis, and stores that go away."""

import random
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from wiki_activity.domain.heartbeat import Beat, Heartbeat
from wiki_activity.domain.live import EndReason, LiveDetector, LiveDetectorName, Signal, Tick
from wiki_activity.domain.stream_health import find_stream_health
from wiki_activity.redis_store.live_state import Changes
from wiki_activity.redis_store.reading import Live, read_live
from wiki_activity.redis_store.store_errors import RedisStoreUnreachableError, ReplacedError
from wiki_activity.redis_store.writing import RedisStore
from wiki_activity.storage.storage_errors import DatabaseUnreachableError
from wiki_activity.watch.signals import EpisodeContext
from wiki_activity.watch.vitals import Vitals
from wiki_activity.watch.watcher import Watcher
from wiki_activity.wikimedia.events import Edit
from wiki_activity.wikimedia.stream import Batch
from wiki_activity_tests.redis_store.live_server import Server, lend_live_server
from wiki_activity_tests.redis_store.stored_counts import read_minutes, read_seconds
from wiki_activity_tests.watch.edits import (
    START,
    WIKIS,
    Counts,
    count_edits,
    edit,
    make_edits,
    write_message,
    write_messages,
)
from wiki_activity_tests.watch.titles import FreeTitle

EN = WIKIS[0]


@pytest.fixture
def server() -> Iterator[Server]:
    with lend_live_server() as server:
        yield server


class FakeStream:
    """A stream of given messages; its id is their number, and the time goes on as it is read."""

    def __init__(self, messages: list[bytes], per_read: int = 50, seconds_per_read: float = 0.1) -> None:
        self.messages = messages
        self.last_event_id = ""
        self.since: str | None = None
        self.problem: str | None = None
        self.connected = True
        self.now = 0.0
        self.closed = False
        self._per_read = per_read
        self._seconds_per_read = seconds_per_read

    @property
    def place(self) -> int:
        return int(self.last_event_id or 0)

    def read(self, wait_seconds: float) -> Batch:
        self.now += self._seconds_per_read
        some = self.messages[self.place : self.place + self._per_read]
        self.last_event_id = str(self.place + len(some))
        return Batch(some, self.last_event_id)

    def pause(self, seconds: float) -> None:
        self.now += seconds

    def close(self) -> None:
        self.closed = True


class EveryTenth:
    """A detector that is busy for the first two of ten ticks; it notes what it was given."""

    name = LiveDetectorName.BURST
    seen: list[Tick]

    def __init__(self, seen: list[Tick] | None = None) -> None:
        self.seen = [] if seen is None else seen
        self.last: int | None = None

    def tick(self, tick: Tick) -> Signal:
        assert self.last is None or tick.at == self.last + 10
        self.last = tick.at
        self.seen.append(tick)
        place = tick.at // 10 % 10
        ends = EndReason.USUAL_AGAIN if place == 2 else None
        return Signal(place < 2, place == 0, ends, 2.0, 1.0, tick.at - 30 if place < 3 else None, None)

    def save(self) -> Mapping[str, Any]:
        return {"last": self.last}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.last = state["last"]


class Shaky(RedisStore):
    """A store whose answers are lost, or that is out of reach, when the test says so."""

    def __init__(self, store: RedisStore) -> None:
        super().__init__(store._client, store._keys)
        self.away = False
        self.loses_answers = False
        self.dies_after: int | None = None

    def read_token(self) -> int:
        self._reach()
        return super().read_token()

    def save(self, changes: Changes, resume_id: str) -> None:
        self._reach()
        super().save(changes, resume_id)
        if self.loses_answers:
            raise RedisStoreUnreachableError("the answer was lost")
        if self.dies_after is not None:
            self.dies_after -= 1
            if self.dies_after < 0:
                raise KeyboardInterrupt

    def check(self) -> None:
        self._reach()
        super().check()

    def _reach(self) -> None:
        if self.away:
            raise RedisStoreUnreachableError("cannot reach Redis at nowhere")


Signals = list[tuple[str, int, bool]]


class Setting:
    """One Redis, one list of messages, watchers that come and go."""

    def __init__(self, server: Server, messages: list[bytes]) -> None:
        self.server = server
        self.messages = messages
        self.ticks: list[Tick] = []
        self.signals: Signals = []

    def take(self, project: str, tick: Tick, signal: Signal, context: EpisodeContext) -> None:
        self.signals.append((project, tick.at, signal.busy))

    def watch(
        self,
        until: Callable[[FakeStream], bool],
        *,
        store: RedisStore | None = None,
        on_signal: Any = None,
        on_look: Callable[[Heartbeat], None] | None = None,
        title: FreeTitle | None = None,
        judged: set[str] | None = frozenset({EN}),
        make_detector: Callable[[], LiveDetector] | None = None,
        **stream: Any,
    ) -> FakeStream:
        source = FakeStream(self.messages, **stream)
        vitals = Vitals("a test", clock=lambda: START + source.now, monotonic=lambda: source.now)
        watcher = Watcher(
            source,
            store or self.server.make_store(),
            title or FreeTitle(),
            vitals,
            judged=judged,
            make_detector=make_detector or (lambda: EveryTenth(self.ticks)),
            on_signal=on_signal or self.take,
            clock=lambda: START + source.now,
            monotonic=lambda: source.now,
            pause=source.pause,
        )

        def stop() -> bool:
            if on_look is not None:
                on_look(vitals.describe())
            return until(source)

        watcher.run(stop)
        self.vitals = vitals
        assert source.closed
        return source

    def read(self) -> Live:
        return read_live(self.server.client, self.server.keys)

    def read_counts(self, edits: list[Edit]) -> Counts:
        first, last = min(one.at for one in edits), max(one.at for one in edits)
        projects = {one.project for one in edits}
        client, keys = self.server.client, self.server.keys
        return {project: read_seconds(client, project, first, last - 5, keys) for project in sorted(projects)}


def closed(edits: list[Edit]) -> Counts:
    last = max(one.at for one in edits)
    return count_edits([one for one in edits if one.at < last - 5])


def all_read(stream: FakeStream) -> bool:
    return stream.place >= len(stream.messages)


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


def test_a_watcher_that_was_replaced_ends(server: Server) -> None:
    setting = Setting(server, write_messages(make_edits(5, 600, 5.0), 5))

    def replace(heartbeat: Heartbeat) -> None:
        if heartbeat.stream.resume_id and heartbeat.token == 1:
            server.make_taken()

    with pytest.raises(ReplacedError):
        setting.watch(all_read, on_look=replace)


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


def test_a_database_that_knows_of_fewer_watchers_than_redis_gives_a_higher_number(server: Server) -> None:
    server.take(server.make_store(), token=7)
    title = FreeTitle()
    Setting(server, write_messages(make_edits(5, 100, 5.0), 5)).watch(all_read, title=title)
    assert title.claims == [1, 8]
    assert title.token == 8


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
