"""A watcher with a stream that is scripted, a real Redis, and stores that go away when the test says so."""

from collections.abc import Callable, Mapping
from typing import Any

from wiki_activity.domain.heartbeat import Heartbeat
from wiki_activity.domain.live import EndReason, LiveDetector, LiveDetectorName, Signal, Tick
from wiki_activity.redis_store.live_state import Changes
from wiki_activity.redis_store.reading import Live, read_live
from wiki_activity.redis_store.store_errors import RedisStoreUnreachableError
from wiki_activity.redis_store.writing import RedisStore
from wiki_activity.watch.day_keeper import DayKeeper
from wiki_activity.watch.signals import EpisodeContext
from wiki_activity.watch.vitals import Vitals
from wiki_activity.watch.watcher import Watcher
from wiki_activity.wikimedia.events import Edit
from wiki_activity.wikimedia.stream import Batch
from wiki_activity_tests.redis_store.live_server import Server
from wiki_activity_tests.redis_store.stored_counts import read_seconds
from wiki_activity_tests.watch.edits import (
    START,
    WIKIS,
    Counts,
    count_edits,
)
from wiki_activity_tests.watch.titles import FreeTitle

EN = WIKIS[0]


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
        hot_page_people: int | None = None,
        on_deleted: Callable[[str, str], object] = lambda _project, _title: None,
        days: DayKeeper | None = None,
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
            on_deleted=on_deleted,
            hot_page_people=hot_page_people,
            days=days,
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
