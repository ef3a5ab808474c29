"""How far above expected a wiki's month was, in people and in edits, and where a board shows it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.peaks import Kind

PEOPLE_FOR_A_LINE: Final = 5
"""So many people above expected are worth a line of a board."""
EDITS_FOR_A_LINE: Final = 500
"""So many edits above expected are, where at least `LEAST_PEOPLE` made the month's edits."""
LEAST_PEOPLE: Final = 3


class BoardPart(StrEnum):
    """Where a board shows a month that is a peak."""

    STOOD_OUT = "stood_out"
    """In a line of its own."""
    SMALL_RISE = "small_rise"
    """A peak by the rule, of too few people and edits for a line."""
    MANY_WIKIS = "many_wikis"
    """More wikis than chance explains peaked in the month."""
    MOSTLY_BOTS = "mostly_bots"


@dataclass(frozen=True, slots=True)
class Excess:
    """A count, and what was expected of it."""

    value: float
    expected: float

    @property
    def more(self) -> int:
        """By how much it is above, in whole numbers; negative where it is below."""
        return round(self.value - self.expected)


@dataclass(frozen=True, slots=True)
class Rise:
    """One month of one wiki that is a peak.

    Parameters
    ----------
    project, month
        Whose, and which.
    metric
        The first of those that speak in which it is a peak.
    kind, shared
        Of that peak, as in :class:`~wiki_activity.domain.peaks.Peak`.
    editors
        How many people edited; None where that is not known.
    registered
        Whether people are editors who are registered and no bots, as the kind is told by; else all editors.
    people
        The same against what was expected; None where that is not known either.
    edits
        Edits without bots where they are known and judged, else all; all of a month of mostly bot edits.
    bots_counted
        Whether `edits` are all edits.
    """

    project: str
    month: date
    metric: Metric
    kind: Kind | None
    shared: bool
    editors: float | None
    people: Excess | None
    edits: Excess | None
    bots_counted: bool = False
    registered: bool = False

    @property
    def people_more(self) -> int:
        """How many people above expected; 0 where none are known to be."""
        return 0 if self.people is None else max(self.people.more, 0)

    @property
    def people_shown(self) -> int:
        """How many people above expected are worth saying: a few beside many edits are not."""
        few = self.people_more < PEOPLE_FOR_A_LINE and self.edits_more >= EDITS_FOR_A_LINE
        return 0 if few or self.kind is Kind.BOT_RUN else self.people_more

    @property
    def edits_more(self) -> int:
        """How many edits above expected; 0 where none are known to be."""
        return 0 if self.edits is None else max(self.edits.more, 0)

    @property
    def part(self) -> BoardPart:
        """Where a board shows it."""
        if self.kind is Kind.BOT_RUN:
            return BoardPart.MOSTLY_BOTS
        if self.shared:
            return BoardPart.MANY_WIKIS
        by_enough = self.editors is not None and self.editors >= LEAST_PEOPLE
        if self.people_more >= PEOPLE_FOR_A_LINE or (self.edits_more >= EDITS_FOR_A_LINE and by_enough):
            return BoardPart.STOOD_OUT
        return BoardPart.SMALL_RISE

    @property
    def rank(self) -> tuple[int, int, str]:
        """Sorts rises by what is shown of them: most people above expected first, then most edits."""
        return (-self.people_shown, -self.edits_more, self.project)
