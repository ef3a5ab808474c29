"""What would have been alerted: recorded or past events through the live window and detectors, by event time alone."""

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from wiki_activity.domain.episodes import Episode, Telling
from wiki_activity.domain.event_clock import FAR_AHEAD_SECONDS
from wiki_activity.domain.live import LiveDetector, Signal, Tick
from wiki_activity.domain.notices import Moments, decide_begin, is_news, is_same_episode
from wiki_activity.watch.episode_growth import Seen, close, grow, moment_of, open_episode, reopen
from wiki_activity.watch.live_detection import LiveDetectors
from wiki_activity.watch.signals import EpisodeContext
from wiki_activity.watch.ticking import WikiTick
from wiki_activity.watch.watcher import Stream
from wiki_activity.watch.window import Window
from wiki_activity.wikimedia.events import Edit, EditDecoder
from wiki_activity.wikimedia.refusals import BrokenMessages

CAUGHT_UP_SECONDS: Final = 10
"""A replay of the stream is over when its newest event is so old."""
_SILENT_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay found.

    Parameters
    ----------
    since, until
        Event times of the first and the last edit, UTC; None where there was none.
    edits, late, repeats, broken
        What became of the edits of all wikis, and of messages that could not be used.
    kinds
        The broken ones by kind.
    episodes
        In the order in which they were opened; one that was still open at the end has no `closed_at`. Those that
        people would have been told of have `telling` `told`.
    """

    since: datetime | None
    until: datetime | None
    edits: int
    late: int
    repeats: int
    broken: int
    kinds: dict[str, int]
    episodes: list[Episode]


class Replay:
    """Counts and judges edits as the watcher does, and keeps episodes by the same rules, in memory only.

    Parameters
    ----------
    judged
        The wikis to judge; None for all.
    make_detector
        Makes a detector that has seen nothing.
    window_seconds
        Length of the window.
    far_ahead_seconds
        How far ahead of the newest an event time may be by itself; a recording of one wiki has longer gaps than the
        stream.
    """

    def __init__(
        self,
        *,
        judged: Collection[str] | None,
        make_detector: Callable[[], LiveDetector],
        window_seconds: int = 120,
        far_ahead_seconds: int = FAR_AHEAD_SECONDS,
    ) -> None:
        self.broken = BrokenMessages()
        self.window = Window(judged, self.broken, window_seconds=window_seconds, far_ahead_seconds=far_ahead_seconds)
        self._detector = make_detector().name
        self._judges = LiveDetectors(make_detector)
        self._since: int | None = None
        self._newest: dict[str, Episode] = {}
        self._over: list[Episode] = []

    def add(self, edits: Iterable[Edit]) -> None:
        """Take edits in, in the order in which they were recorded."""
        self._judge(self.window.add(self._note_first(edits)))

    def finish(self) -> Replayed:
        """Close what is open in the window, and sum up."""
        self._judge(self.window.finish())
        totals = self.window.list_totals().values()
        newest = self.window.newest
        return Replayed(
            since=None if self._since is None else moment_of(self._since),
            until=None if newest is None else moment_of(newest),
            edits=sum(one.edits for one in totals),
            late=sum(one.late for one in totals),
            repeats=sum(one.repeats for one in totals),
            broken=self.broken.kinds.total(),
            kinds=dict(self.broken.kinds),
            episodes=sorted([*self._over, *self._newest.values()], key=lambda one: (one.opened_at, one.project)),
        )

    def _note_first(self, edits: Iterable[Edit]) -> Iterator[Edit]:
        for edit in edits:
            yield edit
            if self._since is None:
                self._since = self.window.newest

    def _judge(self, ticks: Iterable[WikiTick]) -> None:
        for wiki_tick in ticks:
            project, tick = wiki_tick.project, wiki_tick.tick
            signal = self._judges.detect(wiki_tick)
            self.window.people.keep_since(project, self._judges.started_at[project])
            if signal.busy or signal.ends is not None:
                self._take(project, tick, signal, self.window.people_of(project))
        # Nobody saves here: what has been counted need not be kept.
        self.window.history.forget_saved(self.window.closed_until)
        self.window.ids.forget_saved()

    def _take(self, project: str, tick: Tick, signal: Signal, context: EpisodeContext) -> None:
        at = moment_of(tick.at)
        seen = Seen(tick, signal, context, Moments(at, at))
        last = self._newest.get(project)
        is_open = last is not None and last.closed_at is None
        if not signal.busy:
            if last is not None and is_open:
                self._newest[project] = close(last, seen)
            return
        if last is not None and is_open:
            episode = grow(last, seen)
        elif last is not None and is_same_episode(last, at):
            episode = reopen(last, seen, end_was_told=False)
        else:
            if last is not None:
                self._over.append(last)
            episode = open_episode(project, self._detector, seen)
        if episode.telling is Telling.SILENT:
            telling = decide_begin(
                episode.telling, episode.opened_at, seen.moments, news=is_news(seen.lately), muted=False
            )
            episode = replace(episode, telling=telling)
        self._newest[project] = episode


def read_past(
    stream: Stream,
    since: datetime,
    broken: BrokenMessages,
    *,
    clock: Callable[[], float] = time.time,
    monotonic: Callable[[], float] = time.monotonic,
) -> Iterator[list[Edit]]:
    """Read the article edits of the stream from a time on, until now is reached.

    Parameters
    ----------
    stream
        A new one.
    since
        With its time zone.
    broken
        Where to count what cannot be used.
    clock, monotonic
        Wall clock, and seconds that only go up.

    Raises
    ------
    TimeoutError
        If nothing has come for a minute; the message says why.
    """
    decoder = EditDecoder(broken)
    stream.since = str(int(1000 * since.timestamp()))
    newest, heard_at = 0.0, monotonic()
    try:
        while newest < clock() - CAUGHT_UP_SECONDS:
            batch = stream.read(0.5)
            if batch.messages:
                heard_at = monotonic()
                edits = decoder.decode(batch.messages)
                newest = max([newest, *(edit.at for edit in edits if edit.at <= clock() + FAR_AHEAD_SECONDS)])
                yield edits
            elif monotonic() - heard_at > _SILENT_SECONDS:
                msg = f"the stream's past could not be read: {stream.problem or 'nothing came for a minute'}"
                raise TimeoutError(msg)
    finally:
        stream.close()
