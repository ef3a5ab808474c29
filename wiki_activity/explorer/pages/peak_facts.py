"""What a month of one wiki was made of, as a table with bars: each count against its own last year."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from wiki_activity.domain.sentences import MonthCounts
from wiki_activity.explorer.api.makeup import Makeup, Part, find_makeup

_EDITS = {
    Part.USER_EDITS: "People with an account",
    Part.ANONYMOUS_EDITS: "People without an account",
    Part.BOT_EDITS: "Bots",
    Part.EDITS: "All edits",
}
_EDITORS = {Part.USER_EDITORS: "Registered editors, no bots", Part.EDITORS: "Editors"}


@dataclass(frozen=True, slots=True)
class Row:
    """One count of a month.

    Parameters
    ----------
    name
        For readers.
    made
        The count, and what is usual.
    share, usual_share
        Lengths of bars, 0 to 1: against the greatest number of the same unit.
    """

    name: str
    made: Makeup
    share: float
    usual_share: float


def list_parts(counts: Callable[[date], MonthCounts | None], month: date) -> list[Row]:
    """List what a month was made of: edits of people with and without an account, of bots, all of them, and editors.

    Parameters
    ----------
    counts
        Tells those of a month of the wiki; None where nothing of it is known.
    """
    rows = [row for names in (_EDITS, _EDITORS) for row in _scale(find_makeup(counts, month, names), names)]
    # They are not asked for of every wiki.
    return [row for row in rows if row.made.part is not Part.USER_EDITORS or row.made.value is not None]


def _scale(parts: list[Makeup], names: Mapping[Part, str]) -> list[Row]:
    full = max((number for one in parts for number in (one.value, one.usual) if number is not None), default=0) or 1
    return [Row(names[one.part], one, (one.value or 0) / full, (one.usual or 0) / full) for one in parts]
