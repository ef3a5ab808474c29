"""The watcher: from the stream's messages to counts in Redis, and to signals for whoever keeps episodes."""

import logging
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable
from typing import Final, NamedTuple, Protocol

from wiki_activity.domain.live import TICK_SECONDS, LiveDetector, Signal, Tick
from wiki_activity.livestore.errors import LiveStoreError, ReplacedError
from wiki_activity.livestore.records import Changes, Heartbeat, Rate, Saved
from wiki_activity.livestore.writing import LiveStore
from wiki_activity.storage.errors import DatabaseUnreachableError
from wiki_activity.watch.judging import Judges
from wiki_activity.watch.signals import OnSignal
from wiki_activity.watch.ticking import WikiTick
from wiki_activity.watch.window import Window
from wiki_activity.wikimedia.events import EditDecoder
from wiki_activity.wikimedia.refusals import BrokenMessages
from wiki_activity.wikimedia.stream import Batch

logger = logging.getLogger(__name__)

SAVE_SECONDS: Final = 0.5
"""How often counts are saved."""
COLD_START_SECONDS: Final = 3600
"""How far back a first start begins, so that detectors know what is usual."""
_SAVE_ALL_SECONDS: Final = 60.0
_PAST_THE_WALL_SECONDS: Final = 600
_RETRY_SECONDS: Final = 1.0
_OVERLAP_SECONDS: Final = 60
_MOST_UNSAVED: Final = 500_000
"""Counts that may wait for Redis; then nothing is read until it is back."""


class Stream(Protocol):
    """What the watcher needs of :class:`wiki_activity.wikimedia.stream.EventStream`."""

    last_event_id: str
    since: str | None
    problem: str | None

    @property
    def connected(self) -> bool:
        """Whether there is a connection now."""

    def read(self, wait_seconds: float) -> Batch:
        """Return what has come within the time."""

    def close(self) -> None:
        """Hang up."""


class _Judged(NamedTuple):
    project: str
    tick: Tick
    signal: Signal


class Watcher:
    """Counts the stream and judges it.

    What a signal leads to is committed to the database first; then counts, open seconds, event ids, detectors' states
    and the resume id are saved in one transaction. While either store is away neither is written.

    Parameters
    ----------
    stream
        Where messages come from.
    store
        Where counts go.
    judged
        The wikis to judge; None for all.
    make_detector
        Makes a detector that has seen nothing.
    on_signal
        Told of busy wikis.
    holder
        Who this is, in words, for those who look at the heartbeat.
    window_seconds
        Length of the window.
    on_beat
        Called with each heartbeat, twice a second.
    clock
        Wall clock, epoch seconds.
    monotonic
        Seconds that only go up.
    pause
        Waits so many seconds.
    """

    def __init__(
        self,
        stream: Stream,
        store: LiveStore,
        *,
        judged: Collection[str] | None,
        make_detector: Callable[[], LiveDetector],
        on_signal: OnSignal,
        holder: str,
        window_seconds: int = 120,
        on_beat: Callable[[Heartbeat], None] | None = None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._stream = stream
        self._store = store
        self._judged = judged
        self._make_detector = make_detector
        self._on_signal = on_signal
        self._holder = holder
        self._window_seconds = window_seconds
        self._on_beat = on_beat
        self._clock = clock
        self._monotonic = monotonic
        self._pause = pause
        self._broken = BrokenMessages()
        self._decoder = EditDecoder(self._broken)
        self._judges = Judges(make_detector)
        self._window = Window(judged, self._broken, window_seconds=window_seconds)
        self._pending: deque[_Judged] = deque()
        self._shown_rates: set[str] = set()
        self._edits_at: float | None = None
        self._saved_id = ""
        self._saved_all_at = monotonic()
        self._away: str | None = None
        self._away_since = 0.0

    def run(self, stop: Callable[[], bool]) -> None:
        """Watch until told to stop; everything that was read is then saved.

        Raises
        ------
        ReplacedError
            When another watcher has taken over.
        """
        if not self._begin(stop):
            return
        try:
            save_at = self._monotonic() + SAVE_SECONDS
            while not stop():
                self._read(save_at - self._monotonic())
                if self._monotonic() >= save_at:
                    saved = self._save()
                    save_at = self._monotonic() + (SAVE_SECONDS if saved else _RETRY_SECONDS)
            self._save()
        finally:
            self._stream.close()

    def _begin(self, stop: Callable[[], bool]) -> bool:
        """Take over and restore, as soon as Redis can be reached; tell whether that was before the stop."""
        while not stop():
            try:
                saved = self._store.take_over(self._window_seconds)
                key = self._store.read_people_key()
            except LiveStoreError as error:
                self._note_away(str(error))
                self._pause(_RETRY_SECONDS)
                continue
            self._note_back()
            self._window = Window(
                self._judged, self._broken, window_seconds=self._window_seconds, people_key=key, wall=self._clock
            )
            self._stream.since = str(int(1000 * (self._clock() - COLD_START_SECONDS)))
            if saved is not None:
                self._restore(saved)
            return True
        return False

    def _restore(self, saved: Saved) -> None:
        progress = saved.progress
        ticked = self._judges.restore(saved.detectors, progress.closed_until - progress.closed_until % TICK_SECONDS)
        self._window.restore(saved, ticked)
        for project in ticked:
            self._window.keep_people_since(project, self._judges.started_at[project])
        self._stream.last_event_id = self._saved_id = saved.resume_id
        self._edits_at = saved.edits_at
        self._follow_newest()

    def _read(self, wait_seconds: float) -> None:
        if self._pending or self._window.history.unsaved > _MOST_UNSAVED:
            self._pause(max(wait_seconds, 0.0))
            return
        batch = self._stream.read(max(wait_seconds, 0.0))
        if batch.oversized:
            self._broken.add("a message that is too large", "", times=batch.oversized)
        if batch.messages:
            self._count(batch)
        elif self._stream.connected:
            self._window.prepare("", self._monotonic())
            self._judge(self._window.reach(""))

    def _count(self, batch: Batch) -> None:
        edits = self._decoder.decode(batch.messages)
        if edits:
            self._edits_at = self._clock()
        self._window.prepare(batch.last_event_id, self._monotonic())
        self._judge(self._window.add(edits))
        self._judge(self._window.reach(batch.last_event_id, [edit.at for edit in edits]))

    def _judge(self, ticks: Iterable[WikiTick]) -> None:
        for wiki_tick in ticks:
            signal = self._judges.judge(wiki_tick)
            self._window.keep_people_since(wiki_tick.project, self._judges.started_at[wiki_tick.project])
            if signal.busy or signal.ends is not None:
                self._pending.append(_Judged(wiki_tick.project, wiki_tick.tick, signal))
                if self._away is None:
                    # At once, while all that it may want to look at is still kept.
                    self._hand_on_signals()

    def _hand_on_signals(self) -> bool:
        """Hand on what is pending; tell whether the database took all."""
        while self._pending:
            project, tick, signal = self._pending[0]
            try:
                self._on_signal(project, tick, signal, self._window.people_of(project))
            except DatabaseUnreachableError as error:
                self._note_away(str(error))
                return False
            self._pending.popleft()
        return True

    def _save(self) -> bool:
        """Save all that has happened; tell whether both stores took it."""
        heartbeat = self._beat(self._saved_id, self._away)
        try:
            if self._away is not None:
                # Redis is asked first: with one store away the other must not go ahead.
                self._store.beat(heartbeat)
            if self._window.is_wide:
                # Hours of edits wait for a topic that is behind: too much to be written each half second. A watcher
                # that is killed meanwhile reads them again from the saved id.
                self._store.beat(heartbeat)
            elif self._hand_on_signals():
                self._save_counts(heartbeat := self._beat(self._stream.last_event_id, None))
        except ReplacedError:
            raise
        except LiveStoreError as error:
            # Out of reach, out of memory, read-only: all of that passes, or is mended while we wait.
            self._note_away(str(error))
        if self._on_beat is not None:
            self._on_beat(heartbeat)
        return self._away is None

    def _save_counts(self, heartbeat: Heartbeat) -> None:
        if self._window.was_put_back:
            self._window.history.restore(
                self._window.closed_until, *self._store.read_running(self._window.closed_until)
            )
            self._window.was_put_back = False
        saves_all = self._monotonic() - self._saved_all_at >= _SAVE_ALL_SECONDS
        if saves_all:
            # For a store that has lost something: what is whole is written again.
            self._window.mark_all_unsaved()
            self._judges.mark_all_unsaved()
        self._store.save(self._list_changes(), heartbeat)
        if saves_all:
            self._saved_all_at = self._monotonic()
        self._forget_saved()

    def _list_changes(self) -> Changes:
        window = self._window
        seconds, minutes = window.history.list_changes(window.closed_until)
        people: dict[int, dict[str, bytes]] = {}
        for project, its_people in window.people.items():
            for minute, spans in its_people.list_changes():
                people.setdefault(minute, {})[project] = spans
        return Changes(
            progress=window.progress(),
            seconds=seconds,
            minutes=minutes,
            totals=window.list_totals(),
            rates=self._list_rates(),
            ids=window.ids.list_unsaved(),
            people=people,
            detectors=self._judges.list_unsaved(),
        )

    def _list_rates(self) -> dict[str, Rate | None]:
        shown: dict[str, Rate | None] = {}
        for project, rate in self._window.list_rates().items():
            started_at = self._judges.started_at.get(project)
            # Of all wikis most are not being edited.
            if rate.edits or self._judged is not None or started_at is not None:
                shown[project] = Rate(
                    until=self._window.closed_until,
                    window_seconds=self._window_seconds,
                    window_edits=rate.edits,
                    window_bot_edits=rate.bot_edits,
                    window_first=rate.first,
                    window_last=rate.last,
                    usual=self._judges.usual.get(project),
                    busy=started_at is not None,
                    started_at=started_at,
                )
        return dict.fromkeys(self._shown_rates, None) | shown

    def _forget_saved(self) -> None:
        self._shown_rates = {project for project, rate in self._window.list_rates().items() if rate.edits}
        self._window.forget_saved()
        self._judges.forget_saved()
        self._saved_id = self._stream.last_event_id
        self._follow_newest()
        self._note_back()

    def _beat(self, resume_id: str, away: str | None) -> Heartbeat:
        return Heartbeat(
            at=self._clock(),
            token=self._store.token,
            holder=self._holder,
            connected=self._stream.connected,
            problem=away or self._stream.problem or self._broken.problem,
            edits_at=self._edits_at,
            newest=self._window.newest,
            resume_id=resume_id,
        )

    def _follow_newest(self) -> None:
        """Let a stream that gives no ids, or forgets ours, go on at the newest event; repeats are dropped."""
        newest = self._window.newest
        if newest is not None:
            wall = int(self._clock())
            # From a time that is yet to come nothing can be resumed.
            reached = newest if newest < wall + _PAST_THE_WALL_SECONDS else wall
            self._stream.since = str(1000 * (reached - _OVERLAP_SECONDS))

    def _note_away(self, problem: str) -> None:
        if self._away is None:
            self._away_since = self._monotonic()
            logger.warning("%s; nothing is lost: what comes is kept, or fetched later", problem)
        self._away = problem

    def _note_back(self) -> None:
        if self._away is not None:
            logger.warning("reached again after %.0f s; everything is saved", self._monotonic() - self._away_since)
            self._away = None
