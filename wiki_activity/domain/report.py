"""What a report on some months says: totals beside those of a year and of the months before, of the same wikis.

Editors are never added up, over wikis or over months: somebody who edits twice would be two people.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from wiki_activity.domain.daily_history import DayRange
from wiki_activity.domain.detection import Detection
from wiki_activity.domain.months import shift_month
from wiki_activity.domain.sentences import MonthCounts

CountsOf = Callable[[date], MonthCounts | None]
"""All counts of one wiki in a month, or in a day; None where none is stored."""


class Figure(StrEnum):
    """What is added up over wikis and months, but for editors."""

    EDITS = "edits"
    PEOPLE_EDITS = "people_edits"
    BOT_EDITS = "bot_edits"
    LOGGED_OUT_EDITS = "logged_out_edits"
    EDITORS = "editors"
    ACTIVE_EDITORS = "active_editors"
    NEW_USERS = "new_users"
    NEW_PAGES = "new_pages"


MEANS: Final = (Figure.EDITORS, Figure.ACTIVE_EDITORS)
"""What is never added up; of one wiki the mean of its months is told."""


DAILY_FIGURES = (Figure.EDITS, Figure.PEOPLE_EDITS, Figure.BOT_EDITS, Figure.LOGGED_OUT_EDITS)
"""What is known by day; all others are counted by month alone."""


@dataclass(frozen=True, slots=True)
class Change:
    """A total beside another one, both of the wikis of which both are known.

    Parameters
    ----------
    now, before
        The totals; of editors the monthly means.
    wikis
        Of how many wikis.
    """

    now: float
    before: float
    wikis: int

    @property
    def percent(self) -> float | None:
        """By how much it rose, in percent; None where there was nothing before."""
        return None if self.before == 0 else 100 * (self.now - self.before) / self.before


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of a report.

    Parameters
    ----------
    value
        Of the wikis of which all months are known; None where that is none. Of editors the monthly mean of one wiki.
    wikis
        How many those are.
    year_before, months_before
        Beside the same months a year before, and as many months right before; None where no wiki knows both.
        Of days beside the same dates a year before, and the mean of a day beside that of the four weeks before.
    """

    figure: Figure
    value: float | None
    wikis: int
    year_before: Change | None
    months_before: Change | None


def add_up(wikis: Mapping[str, CountsOf], months: Sequence[date]) -> list[Line]:
    """Add up each figure over wikis and months; editors only where there is one wiki, as a monthly mean."""
    figures = [one for one in Figure if one not in MEANS or len(wikis) == 1]
    a_year_before = [shift_month(month, -12) for month in months]
    just_before = [shift_month(month, -len(months)) for month in months]
    lines = []
    for figure in figures:
        now, year, before = (_add_up(figure, wikis, some) for some in (months, a_year_before, just_before))
        value = sum(now.values()) if now else None
        lines.append(Line(figure, value, len(now), _compare(now, year), _compare(now, before)))
    return lines


def add_up_days(wikis: Mapping[str, CountsOf], days: DayRange) -> list[Line]:
    """Add up each figure over wikis and days."""
    period, weeks = days.list(), days.find_weeks_before().list()
    lines = []
    for figure in DAILY_FIGURES:
        now, year = (_add_up(figure, wikis, some) for some in (period, days.find_year_before().list()))
        before = {name: total / len(weeks) for name, total in _add_up(figure, wikis, weeks).items()}
        value = sum(now.values()) if now else None
        means = {name: total / len(period) for name, total in now.items()}
        lines.append(Line(figure, value, len(now), _compare(now, year), _compare(means, before)))
    return lines


def find_smallest_rises(detection: Detection, stored: Sequence[date], months: Sequence[date]) -> dict[date, float]:
    """Find from which rise over expected, in percent, a month would have been a peak; months not judged are left out.

    Parameters
    ----------
    detection
        One row, of the stored months.
    """
    places = {month: at for at, month in enumerate(stored)}
    found = {}
    for month in months:
        at = places.get(month)
        if at is None:
            continue
        expected, threshold = float(detection.expected[0, at]), float(detection.threshold[0, at])
        # Missing ones compare as false.
        if expected > 0 and threshold >= expected:
            found[month] = 100 * (threshold / expected - 1)
    return found


def _compare(now: Mapping[str, float], before: Mapping[str, float]) -> Change | None:
    both = now.keys() & before.keys()
    return Change(sum(now[one] for one in both), sum(before[one] for one in both), len(both)) if both else None


def _add_up(figure: Figure, wikis: Mapping[str, CountsOf], months: Sequence[date]) -> dict[str, float]:
    """Return the total of each wiki that knows the figure of all months; of editors the mean."""
    totals = {}
    for name, counts_of in wikis.items():
        known = [value for month in months if (value := _read(figure, counts_of(month))) is not None]
        if months and len(known) == len(months):
            totals[name] = sum(known) / (len(months) if figure in MEANS else 1)
    return totals


def _read(figure: Figure, counts: MonthCounts | None) -> float | None:
    if counts is None:
        return None
    if figure is Figure.BOT_EDITS:
        known = counts.edits is not None and counts.people_edits is not None
        return counts.edits - counts.people_edits if known else None  # type: ignore[operator]
    value: float | None = getattr(counts, "anonymous_edits" if figure is Figure.LOGGED_OUT_EDITS else figure.value)
    return value
