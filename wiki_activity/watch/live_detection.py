"""The live detectors of all judged wikis: each tick goes to its wiki's own, and their states are saved and restored."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from wiki_activity.domain.hot_pages import LOOK_SECONDS, WINDOW_SECONDS, HotPages, PageSignal
from wiki_activity.domain.live import LiveDetector, Signal
from wiki_activity.redis_store.live_state import NO_PAGES, DetectorState
from wiki_activity.watch.page_counts import PageCounts
from wiki_activity.watch.ticking import WikiTick
from wiki_activity.watch.who_edits import People

logger = logging.getLogger(__name__)


class LiveDetectors:
    """One detector for each wiki.

    Parameters
    ----------
    make_detector
        Makes one that has seen nothing.
    hot_page_people
        So many people make a page hot; None where nobody looks for such pages.
    """

    def __init__(self, make_detector: Callable[[], LiveDetector], hot_page_people: int | None = None) -> None:
        self.usual: dict[str, float | None] = {}
        """Edits a second that each wiki's detector takes to be usual."""
        self.started_at: dict[str, int | None] = {}
        """When each wiki's open episode started; None without one."""
        self._make_detector = make_detector
        self._detectors: dict[str, LiveDetector] = {}
        self._hot_page_people = hot_page_people
        self._pages: dict[str, HotPages] = {}
        self._counts: dict[str, PageCounts] = {}
        self._encoded: dict[str, msgspec.Raw] = {}
        self._unsaved: dict[str, int] = {}
        self._ticked: dict[str, int] = {}

    def detect(self, wiki_tick: WikiTick) -> Signal:
        """Have a wiki's detector judge a tick."""
        project, tick, is_first = wiki_tick
        detector = self._detectors.get(project)
        if detector is None or is_first:
            detector = self._detectors[project] = self._make_detector()
            self._pages.pop(project, None)
            self._counts.pop(project, None)
            self._encoded.pop(project, None)
        signal = detector.tick(tick)
        self.usual[project] = signal.usual
        self.started_at[project] = signal.started_at if signal.busy else None
        self._unsaved[project] = self._ticked[project] = tick.at
        return signal

    def look_at_pages(self, wiki_tick: WikiTick, people: People | None) -> list[PageSignal]:
        """Look for hot pages of a wiki, after its tick; they are looked for every 30 seconds.

        Parameters
        ----------
        people
            Who edits the wiki; None where nobody has yet.
        """
        project, at = wiki_tick.project, wiki_tick.tick.at
        if self._hot_page_people is None or people is None or at % LOOK_SECONDS:
            return []
        if people.since > at - WINDOW_SECONDS:
            # Of a window that is known in part, what is hot would seem to have cooled down.
            return []
        pages = self._pages.get(project)
        if pages is None:
            pages = self._pages[project] = HotPages(self._hot_page_people)
        counts = self._counts.setdefault(project, PageCounts())
        counts.move(people, at)
        signals = pages.look(at, counts)
        if signals or at % WINDOW_SECONDS == 0:
            self._encoded.pop(project, None)
        return signals

    def find_oldest(self, project: str) -> int | None:
        """Return since when who edits a wiki is wanted, for what is open there; None where nothing is."""
        busy_since, pages = self.started_at.get(project), self._pages.get(project)
        hot_since = None if pages is None else pages.started_at
        if hot_since is None or busy_since is None:
            return hot_since or busy_since
        return min(hot_since, busy_since)

    def list_unsaved(self) -> dict[str, DetectorState]:
        """List the states of the detectors that have ticked since the last save."""
        return self._list(self._unsaved)

    def list_all(self) -> dict[str, DetectorState]:
        """List the states of all detectors that have ticked."""
        return self._list(self._ticked)

    def _list(self, ticked: Mapping[str, int]) -> dict[str, DetectorState]:
        return {
            project: DetectorState(
                name=self._detectors[project].name,
                at=at,
                state=dict(self._detectors[project].save()),
                usual=self.usual[project],
                started_at=self.started_at[project],
                pages=self._encode_pages(project),
            )
            for project, at in ticked.items()
        }

    def _encode_pages(self, project: str) -> msgspec.Raw:
        if project not in self._pages:
            return NO_PAGES
        encoded = self._encoded.get(project)
        if encoded is None:
            encoded = self._encoded[project] = msgspec.Raw(msgspec.json.encode(self._pages[project].save()))
        return encoded

    def mark_all_unsaved(self) -> None:
        """Note that none is saved."""
        self._unsaved = dict(self._ticked)

    def forget_saved(self) -> None:
        """Note that all are saved."""
        self._unsaved.clear()

    def restore(self, states: Mapping[str, DetectorState], at: int) -> set[str]:
        """Take saved states back.

        Parameters
        ----------
        states
            By project.
        at
            The last tick that was saved: a detector that has not seen it has missed some, and begins anew.

        Returns
        -------
        set
            The wikis whose detectors go on.
        """
        for project, saved in states.items():
            detector = self._make_detector()
            if saved.at != at or saved.name != detector.name:
                continue
            try:
                detector.restore(saved.state)
            except ValueError as error:
                logger.warning("%s: its detector begins anew: %s", project, error)
                continue
            self._detectors[project] = detector
            self._restore_pages(project, saved.pages)
            self._ticked[project] = saved.at
            self.usual[project], self.started_at[project] = saved.usual, saved.started_at
        return set(self._detectors)

    def _restore_pages(self, project: str, encoded: msgspec.Raw) -> None:
        if self._hot_page_people is None or encoded == NO_PAGES:
            return
        pages = HotPages(self._hot_page_people)
        try:
            pages.restore(msgspec.json.decode(encoded, type=dict[str, Any]))
        except (ValueError, msgspec.MsgspecError) as error:
            logger.warning("%s: what is usual for its pages is learned anew: %s", project, error)
        self._pages[project] = pages
