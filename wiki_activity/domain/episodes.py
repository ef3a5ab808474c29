"""What is kept of an episode, a stretch of unusual edit rate, and what is known of the edits behind it."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final

from wiki_activity.domain.live import EndReason, LiveDetectorName

LEAST_PEOPLE: Final = 3
"""A page that fewer people edited is not named in a message."""


class Telling(StrEnum):
    """What becomes of an episode's begin: who is told of it, and when."""

    SILENT = "silent"
    """Too few edits or people so far."""
    HELD = "held"
    """Found while catching up after an outage: it may be over already."""
    MUTED = "muted"
    """Its wiki is muted."""
    TOLD = "told"
    """A message of its own was made."""
    RECOVERY = "recovery"
    """Over when it was found: one line in the message that says that edits are seen again."""
    DIGEST = "digest"
    """Too old when it was found: one line in the next monthly digest."""
    DIGESTED = "digested"
    """That digest was made."""


@dataclass(frozen=True, slots=True)
class PageEdits:
    """One page, how often it was edited, and by how many people."""

    title: str
    edits: int
    people: int


@dataclass(frozen=True, slots=True)
class EpisodeFacts:
    """What is known of one wiki's article edits within some time: what is hot, and who is behind it.

    Parameters
    ----------
    since, until
        Epoch seconds: all edits with event times in [since, until) are known and counted here. `since` may be later
        than was asked for, where nothing earlier is known any more.
    edits
        All of them, bots' included.
    bot_edits
        Those by bots.
    people
        Distinct users, bots left out.
    busiest_share
        Share of the busiest person in people's edits, 0 to 1; 0 where there are none.
    pages
        The most edited pages, most edited first; a few are enough.
    """

    since: int
    until: int
    edits: int
    bot_edits: int
    people: int
    busiest_share: float
    pages: tuple[PageEdits, ...]

    @property
    def people_edits(self) -> int:
        """Edits that were not by bots."""
        return self.edits - self.bot_edits

    @property
    def bots_share(self) -> float:
        """Share of the edits that were by bots; 0 where there are none."""
        return self.bot_edits / self.edits if self.edits else 0.0

    def count(self, detector: LiveDetectorName) -> int:
        """Count the edits that a detector judges: people's, or all."""
        return self.people_edits if detector.judges_people else self.edits


@dataclass(frozen=True, slots=True)
class Episode:
    """A stretch of unusual edit rate of one wiki, as found by one detector.

    Parameters
    ----------
    project, detector, opened_at
        Its key; opened at the tick that noticed it.
    started_at
        When it began, before it was noticed.
    updated_at
        The last tick that went into it; ticks up to it are repeats.
    rate
        Highest rate, edits per second.
    usual
        Usual rate when it was opened; None where the detector knows none.
    edits
        Edits since `started_at` that the detector judges; once closed, those until `ended_at`.
    telling
        What becomes of its begin.
    facts
        The fullest look at the edits behind it; None while there was none.
    closed_at, ended_at, why
        The tick that noticed the end, the end itself, and its reason; None while it is open. A closed one without a
        reason ended while nobody watched.
    reopened
        How often it began again soon after its end.
    id
        Its number in the database, which stays the same; None where it was not stored.
    page
        Title of the page that is hot; None where it is about the whole wiki, and once the page is deleted.
    page_shown
        Whether the title may be shown: the page was found to exist, and to be a day old.
    """

    project: str
    detector: LiveDetectorName
    opened_at: datetime
    started_at: datetime
    updated_at: datetime
    rate: float
    usual: float | None
    edits: int
    telling: Telling
    facts: EpisodeFacts | None = None
    closed_at: datetime | None = None
    ended_at: datetime | None = None
    why: EndReason | None = None
    reopened: int = 0
    id: int | None = field(default=None, compare=False)
    page: str | None = None
    page_shown: bool = False

    @property
    def subject(self) -> str:
        """What its notices are about."""
        return f"{self.project} {self.detector} {self.opened_at:%Y-%m-%dT%H:%M:%SZ}"

    @property
    def is_of_page(self) -> bool:
        """Whether one page is hot, and not the whole wiki busy."""
        return self.detector is LiveDetectorName.HOT_PAGE

    @property
    def shown_page(self) -> str | None:
        """The title, where it may be shown."""
        return self.page if self.page_shown else None

    @property
    def seconds(self) -> float:
        """How long it took, or has taken so far."""
        return ((self.ended_at or self.updated_at) - self.started_at).total_seconds()

    @property
    def days(self) -> tuple[date, date]:
        """Its first and last day, UTC; the last one so far while it is open."""
        return self.started_at.astimezone(UTC).date(), (self.ended_at or self.updated_at).astimezone(UTC).date()

    @property
    def titles(self) -> tuple[str, ...]:
        """All titles of pages that are in it."""
        named = () if self.facts is None else tuple(one.title for one in self.facts.pages)
        return named if self.page is None else (self.page, *named)

    @property
    def times(self) -> float | None:
        """How many times the usual rate it was at most."""
        return self.rate / self.usual if self.usual else None

    @property
    def average_times(self) -> float | None:
        """How many times the usual rate it was on average."""
        return self.edits / (self.usual * self.seconds) if self.usual and self.seconds > 0 else None

    @property
    def excess(self) -> float | None:
        """Edits beyond the usual ones."""
        return self.edits - self.usual * self.seconds if self.usual is not None else None
