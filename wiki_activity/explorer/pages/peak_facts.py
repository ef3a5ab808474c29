"""What a month of one wiki was made of: each count against its own last year."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from statistics import median

from sqlalchemy import Engine, select

from wiki_activity.domain.months import list_months, shift_month
from wiki_activity.domain.sentences import MonthCounts
from wiki_activity.storage.database import reading
from wiki_activity.storage.schema import edit_counts, editor_counts

_ROWS_FOR_A_MEDIAN = 6
_NOTHING = MonthCounts()


@dataclass(frozen=True, slots=True)
class Part:
    """One count of a month.

    Parameters
    ----------
    name
        For readers.
    count
        None where it is not known.
    usual
        Median of the 12 months before; None where fewer than 6 of them are known.
    share, usual_share
        Lengths of bars, 0 to 1: against the greatest number of the same unit.
    """

    name: str
    count: float | None
    usual: float | None
    share: float = 0.0
    usual_share: float = 0.0

    @property
    def rise(self) -> float | None:
        """How many more than usual; None where that is not known."""
        return None if self.count is None or self.usual is None else self.count - self.usual


def read_last_year(engine: Engine, project: str, month: date) -> dict[date, MonthCounts]:
    """Read all counts of a month and of the 12 before it; months of which nothing is stored are absent."""
    edits, editors = edit_counts.c, editor_counts.c
    first = shift_month(month, -12)
    counts = select(edits.timestamp, edits.edit_count, edits.user_edits, edits.anonymous_edits).where(
        edits.project == project, edits.timestamp.between(first, month)
    )
    people = select(editors.timestamp, editors.editor_count).where(
        editors.project == project, editors.timestamp.between(first, month)
    )
    with reading(engine) as connection:
        by_month = {
            at: MonthCounts(total, None if user is None or anonymous is None else user + anonymous, anonymous)
            for at, total, user, anonymous in connection.execute(counts)
        }
        for at, count in connection.execute(people):
            by_month[at] = replace(by_month.get(at, _NOTHING), editors=count)
    return by_month


def find_parts(counts: Mapping[date, MonthCounts], month: date) -> list[Part]:
    """Find what a month was made of: edits of people with and without an account, of bots, all of them, and editors.

    Parameters
    ----------
    counts
        Of one wiki, the 12 months before among them; a month that is absent is missing.
    """
    before = [counts.get(one, _NOTHING) for one in list_months(shift_month(month, -12), shift_month(month, -1))]
    here = counts.get(month, _NOTHING)
    edits = [
        Part(name, take(here), _find_usual([take(one) for one in before]))
        for name, take in (
            ("People with an account", _take_user_edits),
            ("People without an account", _take_anonymous_edits),
            ("Bots", _take_bot_edits),
            ("All edits", _take_edits),
        )
    ]
    editors = Part("Editors", here.editors, _find_usual([one.editors for one in before]))
    return [*_scale(edits), *_scale([editors])]


def _scale(parts: list[Part]) -> list[Part]:
    full = max((number for part in parts for number in (part.count, part.usual) if number is not None), default=0) or 1
    return [
        Part(part.name, part.count, part.usual, (part.count or 0) / full, (part.usual or 0) / full) for part in parts
    ]


def _find_usual(counts: list[float | None]) -> float | None:
    known = [count for count in counts if count is not None]
    return median(known) if len(known) >= _ROWS_FOR_A_MEDIAN else None


def _take_edits(counts: MonthCounts) -> float | None:
    return counts.edits


def _take_anonymous_edits(counts: MonthCounts) -> float | None:
    return counts.anonymous_edits


def _take_user_edits(counts: MonthCounts) -> float | None:
    if counts.people_edits is None or counts.anonymous_edits is None:
        return None
    return counts.people_edits - counts.anonymous_edits


def _take_bot_edits(counts: MonthCounts) -> float | None:
    return None if counts.edits is None or counts.people_edits is None else counts.edits - counts.people_edits
