"""What passes between the watcher of the live stream and the detectors that judge a wiki's rate of edits."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

TICK_SECONDS = 10
"""Detectors judge every so many seconds of event time."""


class LiveDetectorName(StrEnum):
    """A named rule that finds busy spells in the live stream."""

    MEAN_GAP = "mean_gap"
    BURST = "burst"
    HOT_PAGE = "hot_page"
    """Judges pages, beside the one that judges whole wikis."""

    @property
    def judges_people(self) -> bool:
        """Whether bots' edits are left out of what it judges."""
        return self is not LiveDetectorName.MEAN_GAP


WIKI_DETECTORS: Final = (LiveDetectorName.MEAN_GAP, LiveDetectorName.BURST)
"""Those that judge whole wikis, of which one speaks."""


class EndReason(StrEnum):
    """Why an episode ended."""

    USUAL_AGAIN = "usual_again"
    FEED_SILENT = "feed_silent"
    NEW_USUAL_LEVEL = "new_usual_level"


@dataclass(frozen=True, slots=True)
class Tick:
    """Ten seconds of one wiki's article edits, all of them closed, and the window that ends with them.

    Parameters
    ----------
    at
        Epoch second at which the ten seconds end, exclusive; a multiple of ten.
    edits
        Edits with event times in [at − 10, at), bots' included.
    people_edits
        Those of them not by bots.
    window_edits
        Edits in [at − window, at), bots' included.
    window_first, window_last
        Event time of the first and the last of them; 0 where there is none.
    """

    at: int
    edits: int
    people_edits: int
    window_edits: int
    window_first: int
    window_last: int


@dataclass(frozen=True, slots=True)
class Signal:
    """What a detector says after a tick.

    Parameters
    ----------
    busy
        Whether an episode is open after this tick.
    begins
        Whether it was opened by this tick.
    ends
        Why it was closed by this tick; None where it was not.
    rate
        Edits per second now, of those that the detector judges; None below two edits.
    usual
        Edits per second that it takes to be usual; None while it does not know.
    started_at
        Epoch second at which the open or just closed episode started, before it was noticed; None without one.
    ended_at
        Epoch second at which the just closed episode ended, before that was noticed; None without one.
    page
        Title of the page that it is about; None where it is about the whole wiki.
    opened_at
        Epoch second of the look at which that page was found, by which it is known where its title must be forgotten.
    """

    busy: bool
    begins: bool
    ends: EndReason | None
    rate: float | None
    usual: float | None
    started_at: int | None
    ended_at: int | None
    page: str | None = None
    opened_at: int | None = None


class LiveDetector(Protocol):
    """Judges one wiki, a tick at a time; ticks come in order, ten seconds of event time apart, none left out."""

    @property
    def name(self) -> LiveDetectorName:
        """The rule's name."""

    def tick(self, tick: Tick) -> Signal:
        """Take one tick in and say what it means."""

    def save(self) -> Mapping[str, Any]:
        """Return the whole state as a JSON object of plain numbers; restoring it goes on as if nothing had happened."""

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take a saved state back.

        Raises
        ------
        ValueError
            If it is no state of this detector.
        """
