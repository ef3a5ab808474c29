"""The watcher: from the stream's messages to counts in Redis, and to signals for whoever keeps episodes."""

import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final, Protocol

from wiki_activity.domain.heartbeat import DATABASE, REDIS, StreamState
from wiki_activity.domain.live import TICK_SECONDS, LiveDetector
from wiki_activity.redis_store.live_state import Rate, Saved
from wiki_activity.redis_store.store_errors import FenceLostError, RedisStoreError, ReplacedError
from wiki_activity.redis_store.writing import RedisStore
from wiki_activity.storage.storage_errors import DatabaseUnreachableError
from wiki_activity.watch.day_keeper import STORE_SECONDS, DayKeeper
from wiki_activity.watch.live_detection import LiveDetectors
from wiki_activity.watch.open_limit import HOLD_SECONDS
from wiki_activity.watch.outage_log import Trouble
from wiki_activity.watch.save_changes import list_changes, list_rates
from wiki_activity.watch.signal_queue import SignalQueue
from wiki_activity.watch.signals import EpisodeContext, OnSignal
from wiki_activity.watch.takeover import Takeover
from wiki_activity.watch.ticking import WikiTick
from wiki_activity.watch.title import Title
from wiki_activity.watch.vitals import Vitals
from wiki_activity.watch.who_edits import KEPT_SECONDS
from wiki_activity.watch.window import Window
from wiki_activity.wikimedia.events import EditDecoder
from wiki_activity.wikimedia.refusals import BrokenMessages
from wiki_activity.wikimedia.stream import Batch

SAVE_SECONDS: Final = 0.5
"""How often counts are saved."""
COLD_START_SECONDS: Final = 3600
"""How far back a first start begins, so that detectors know what is usual."""
_SAVE_ALL_SECONDS: Final = 60.0
_PAST_THE_WALL_SECONDS: Final = 600
_DAMAGE_TOLD_SECONDS: Final = 3600
_RETRY_SECONDS: Final = 1.0
_STORE_RETRY_SECONDS: Final = 5.0
_OVERLAP_SECONDS: Final = 60
_MOST_UNSAVED: Final = 500_000
"""Counts that may wait for Redis; then nothing is read until it is back."""
_MOST_PENDING: Final = 100_000
"""Signals that may wait for the database likewise."""


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


class Watcher:
    """Counts the stream and judges it.

    What a signal leads to is committed to the database first; then counts, open seconds, event ids, detectors' states
    and the resume id are saved by one script. While a store is away the stream is read on, and what would have gone
    there waits in memory; whether it is away is mostly found out by the heart, so that the loop seldom waits for one.

    Parameters
    ----------
    stream
        Where messages come from.
    store
        Where counts go.
    title
        Says that we are the one who watches.
    vitals
        Where is noted how all of it goes.
    judged
        The wikis to judge; None for all.
    make_detector
        Makes a detector that has seen nothing.
    on_signal
        Told of busy wikis.
    on_deleted
        Told of deleted pages of the judged wikis, project and title, before the place in the stream is saved; it raises
        what says that the database is out of reach, and is then called again.
    window_seconds
        Length of the window.
    hot_page_people
        So many people make a page hot; None where nobody looks for such pages.
    days
        Who keeps the counts of days; nobody by default.
    projects
        Of each dbname its project, as in :class:`~wiki_activity.wikimedia.events.EditDecoder`.
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
        store: RedisStore,
        title: Title,
        vitals: Vitals,
        *,
        judged: Collection[str] | None,
        make_detector: Callable[[], LiveDetector],
        on_signal: OnSignal,
        on_deleted: Callable[[str, str], object] = lambda _project, _title: None,
        window_seconds: int = 120,
        hot_page_people: int | None = None,
        days: DayKeeper | None = None,
        projects: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._stream = stream
        self._store = store
        self._vitals = vitals
        self._judged = judged
        self._window_seconds = window_seconds
        self._clock = clock
        self._monotonic = monotonic
        self._pause = pause
        self._broken = BrokenMessages()
        self._decoder = EditDecoder(self._broken, projects)
        self._judges = LiveDetectors(make_detector, hot_page_people)
        self._window = Window(judged, self._broken, window_seconds=window_seconds)
        self._shown_rates: set[str] = set()
        self._saved_id = ""
        self._day_keeper = days
        self._stored_at = monotonic()
        self._saved_all_at = monotonic()
        self._begun_at = monotonic()
        self._trouble = Trouble(monotonic)
        self._takeover = Takeover(store, title, vitals, window_seconds)
        self._queue = SignalQueue(on_signal, self._people_of, vitals, self._trouble)
        self._on_deleted = on_deleted
        self._deleted: deque[tuple[str, str]] = deque(maxlen=_MOST_PENDING)
        self.handed_until: int | None = None
        """Event time up to which all signals were handed on; None before the first edit. Any thread may look."""

    def know_content(self, namespaces: Mapping[str, Collection[int]]) -> None:
        """Take in which namespaces are content, as :meth:`EditDecoder.know_content` does; from any thread."""
        self._decoder.know_content(namespaces)

    def run(self, stop: Callable[[], bool]) -> None:
        """Watch until told to stop; everything that was read is then saved, if the stores take it.

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
                self._vitals.note_loop()
                self._read(save_at - self._monotonic())
                if self._monotonic() >= save_at:
                    saved = self._save()
                    save_at = self._monotonic() + (SAVE_SECONDS if saved else _RETRY_SECONDS)
            self._stored_at = float("-inf")
            self._save()
        finally:
            self._stream.close()

    def _begin(self, stop: Callable[[], bool]) -> bool:
        """Take over and restore, as soon as both stores allow it; tell whether that was before the stop."""
        while not stop():
            self._vitals.note_loop()
            try:
                in_redis, key = self._takeover.take_over()
                saved = in_redis
                if self._day_keeper is not None:
                    with self._vitals.asking(DATABASE):
                        saved = self._day_keeper.choose_start(in_redis)
            except ReplacedError:
                raise
            except (RedisStoreError, DatabaseUnreachableError) as error:
                self._trouble.note(str(error))
                self._pause(_RETRY_SECONDS)
                continue
            self._trouble.note_over()
            self._window = Window(
                self._judged, self._broken, window_seconds=self._window_seconds, people_key=key, wall=self._clock
            )
            self._begun_at = self._monotonic()
            self._stream.since = str(int(1000 * (self._clock() - COLD_START_SECONDS)))
            if saved is not None:
                self._restore(saved)
            if saved is not in_redis:
                # Whoever goes on from Redis next needs all of it there, event ids and detectors' states too.
                self._mark_all_unsaved()
            if self._day_keeper is not None:
                self._day_keeper.begin(self._window, self._saved_id)
            self._stored_at = self._monotonic()
            self._note_stream()
            return True
        return False

    def _restore(self, saved: Saved) -> None:
        progress = saved.progress
        ticked = self._judges.restore(saved.detectors, progress.closed_until - progress.closed_until % TICK_SECONDS)
        self._window.restore(saved, ticked)
        for project in ticked:
            self._window.people.keep_since(project, self._judges.find_oldest(project))
        self._stream.last_event_id = self._saved_id = saved.resume_id
        if saved.edits_at is not None:
            self._vitals.note_edits(saved.edits_at)
        self._follow_newest()

    def _read(self, wait_seconds: float) -> None:
        # While topics are hours apart nothing is saved because of what is still to be read, so that has to go on.
        is_full = self._window.history.unsaved > _MOST_UNSAVED and not self._window.is_wide
        if len(self._queue) > _MOST_PENDING or is_full:
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
        self._note_stream()

    def _count(self, batch: Batch) -> None:
        edits = self._decoder.decode(batch.messages)
        if deleted := self._decoder.take_deleted():
            self._deleted.extend(one for one in deleted if self._judged is None or one[0] in self._judged)
        self._window.prepare(batch.last_event_id, self._monotonic())
        self._judge(self._window.add(edits))
        # Edits of which the window refuses every one, for their times, are not seen.
        if edits and self._broken.problem is None:
            self._vitals.note_edits()
        self._judge(self._window.reach(batch.last_event_id, [edit.at for edit in edits]))

    def _judge(self, ticks: Iterable[WikiTick]) -> None:
        for wiki_tick in ticks:
            signal = self._judges.detect(wiki_tick)
            if signal.busy or signal.ends is not None:
                self._queue.put(wiki_tick.project, wiki_tick.tick, signal)
            its_people = self._window.people.wikis.get(wiki_tick.project)
            for page in self._judges.look_at_pages(wiki_tick, its_people):
                self._queue.put(wiki_tick.project, page.tick, page.signal)
            self._keep_people(wiki_tick.project)
            self._queue.hand_on_at_once()

    def _keep_people(self, project: str) -> None:
        """Keep who edited what for as long as a spell lasts, or somebody may want to look at it."""
        moments = [self._judges.find_oldest(project)]
        if self._queue.oldest is not None:
            moments.append(self._queue.oldest - KEPT_SECONDS)
        self._window.people.keep_since(project, min((at for at in moments if at is not None), default=None))

    def _people_of(self, project: str) -> EpisodeContext:
        # Of whichever window there is by then.
        return self._window.people_of(project)

    def _save(self) -> bool:
        """Save all that has happened; tell whether both stores took it."""
        try:
            if self._vitals.is_away(REDIS):
                # Redis is asked first: with one store away the other must not go ahead.
                with self._vitals.asking(REDIS):
                    self._store.check()
            if self._window.is_wide:
                # Hours of edits wait for a topic that is behind: too much to be written each half second. A watcher
                # that is killed meanwhile reads them again from the saved id.
                with self._vitals.asking(REDIS):
                    self._store.check()
                return True
            if self._queue.hand_on() and self._hand_on_deleted():
                stored = self._store_days()
                with self._vitals.asking(REDIS):
                    self._save_counts()
                self._forget_saved()
                if stored:
                    self._trouble.note_over()
                return True
        except ReplacedError:
            raise
        except FenceLostError as error:
            self._trouble.note(str(error))
            self._put_fence_back()
        except RedisStoreError as error:
            # Out of reach, out of memory, read-only: all of that passes, or is mended while we wait.
            self._trouble.note(str(error))
        return False

    def _hand_on_deleted(self) -> bool:
        """Tell of deleted pages; tell whether the database took all."""
        while self._deleted:
            try:
                with self._vitals.asking(DATABASE):
                    self._on_deleted(*self._deleted[0])
            except DatabaseUnreachableError as error:
                self._trouble.note(str(error))
                return False
            self._deleted.popleft()
        return True

    def _store_days(self) -> bool:
        """Store the counts of days, once a minute; tell whether the database has what it should have by now."""
        if self._day_keeper is None or self._monotonic() - self._stored_at < STORE_SECONDS:
            return True
        try:
            with self._vitals.asking(DATABASE):
                self._day_keeper.store(self._window, self._judges, self._stream.last_event_id)
        except DatabaseUnreachableError as error:
            # Redis has them, too, and goes on meanwhile.
            self._trouble.note(str(error))
            self._window.days.bound()
            self._stored_at = self._monotonic() - STORE_SECONDS + _STORE_RETRY_SECONDS
            return False
        self._stored_at = self._monotonic()
        return True

    def _save_counts(self) -> None:
        window = self._window
        if window.was_put_back:
            window.history.restore(window.closed_until, *self._store.read_running(window.closed_until))
            window.was_put_back = False
        saves_all = self._monotonic() - self._saved_all_at >= _SAVE_ALL_SECONDS
        if saves_all:
            # For a store that has lost something: what is whole is written again.
            self._mark_all_unsaved()
        self._store.save(list_changes(window, self._judges, self._list_rates()), self._stream.last_event_id)
        if saves_all:
            self._saved_all_at = self._monotonic()

    def _mark_all_unsaved(self) -> None:
        self._window.mark_all_unsaved()
        self._judges.mark_all_unsaved()

    def _put_fence_back(self) -> None:
        try:
            self._takeover.put_fence_back()
            self._mark_all_unsaved()
        except ReplacedError:
            raise
        except (RedisStoreError, DatabaseUnreachableError) as error:
            # A Redis that has lost everything may be full, too, or leave again.
            self._trouble.note(str(error))

    def _list_rates(self) -> dict[str, Rate | None]:
        shown = list_rates(self._window, self._judges, self._window_seconds, keep_all=self._judged is not None)
        return dict.fromkeys(self._shown_rates, None) | shown

    def _forget_saved(self) -> None:
        self._shown_rates = {project for project, rate in self._window.list_rates().items() if rate.edits}
        self._window.forget_saved()
        self._judges.forget_saved()
        self._saved_id = self._stream.last_event_id
        self._follow_newest()
        self._note_stream()

    def _note_stream(self) -> None:
        self.handed_until = self._window.newest if self._queue.oldest is None else self._queue.oldest
        self._vitals.note_stream(
            StreamState(
                connected=self._stream.connected,
                problem=self._stream.problem or self._broken.problem,
                warning="; ".join(self._list_warnings()) or None,
                newest=self._window.newest,
                resume_id=self._saved_id,
            )
        )

    def _list_warnings(self) -> list[str]:
        warnings = [one for one in (self._broken.warning, self._window.clock_note) if one]
        if self._store.damage and self._monotonic() - self._begun_at < _DAMAGE_TOLD_SECONDS:
            warnings.append(f"of what was saved before, {', '.join(self._store.damage)}; the rest is kept")
        return warnings

    def _follow_newest(self) -> None:
        """Let a stream that gives no ids, or forgets ours, go on where all topics have been; repeats are dropped."""
        newest = self._window.newest
        if newest is not None:
            wall = int(self._clock())
            reached = min(newest, self._window.closed_until + HOLD_SECONDS)
            # From a time that is yet to come nothing can be resumed.
            reached = reached if reached < wall + _PAST_THE_WALL_SECONDS else wall
            self._stream.since = str(1000 * (reached - _OVERLAP_SECONDS))
