"""Days that Wikimedia counted afterwards: which of them may be asked for, and whether an answer may be believed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from wiki_activity.domain.counts import DailyCounts, MonthlyCounts, Series
from wiki_activity.domain.months import format_month, shift_month

ASKED_DAYS = 800
"""So far back days are asked for, and to the beginning of that month."""
ASKED_SERIES = (Series.EDITS, Series.USER_EDITS, Series.ANONYMOUS_EDITS)
MOST_APART = 0.05
"""By up to this share of a month's count its days may add up to another one, restated between the two answers."""
FEW_APART = 20
"""By so many edits they always may."""


@dataclass(frozen=True, slots=True)
class DayRange:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    def list(self) -> list[date]:
        """List the days, oldest first."""
        return [self.first + timedelta(days=at) for at in range((self.last - self.first).days + 1)]

    def find_year_before(self) -> "DayRange":
        """Find the same dates a year before; 28 February stands for a 29th that there was not."""
        return DayRange(_shift_year(self.first), _shift_year(self.last))

    def find_weeks_before(self) -> "DayRange":
        """Find the four weeks right before."""
        return DayRange(self.first - timedelta(weeks=4), self.first - timedelta(days=1))


def find_askable(stored: Mapping[Series, MonthlyCounts], provisional: Collection[date]) -> DayRange | None:
    """Find the days that may be asked for: those of whole months, without gaps, of which all counts are stored.

    Parameters
    ----------
    stored
        The wiki's months, by series.
    provisional
        Months that are published in part.
    """
    known = set.intersection(*(set(stored.get(one, ())) for one in ASKED_SERIES)) - set(provisional)
    if not known:
        return None
    newest = first = max(known)
    last = _end(newest)
    while first > last - timedelta(days=ASKED_DAYS) and shift_month(first, -1) in known:
        first = shift_month(first, -1)
    return DayRange(first, last)


def explain_refusal(
    days: DayRange, stored: Mapping[Series, MonthlyCounts], answers: Mapping[Series, DailyCounts], known: int
) -> str | None:
    """Say why an answer is not believed; None where it may replace what is known.

    Parameters
    ----------
    days
        What was asked for, whole months.
    stored
        The wiki's months, by series.
    answers
        By series, the edits of each day; a day that is absent had none where the others are all of its month.
    known
        All edits that are known of these days.
    """
    total = answers[Series.EDITS]
    if known and not sum(total.values()):
        return f"it is empty, and {known:,} edits are known"
    people = (answers[Series.USER_EDITS], answers[Series.ANONYMOUS_EDITS])
    for day in {*people[0], *people[1]}:
        if sum(one.get(day, 0) for one in people) > total.get(day, 0):
            return f"people made more edits on {day} than there were"
    for series in ASKED_SERIES:
        sums: dict[date, int] = {}
        for day, count in answers[series].items():
            month = day.replace(day=1)
            sums[month] = sums.get(month, 0) + count
        month = days.first
        while month <= days.last:
            expected, found = stored[series][month], sums.get(month, 0)
            # A day that was left out is about a thirtieth of a month: less than what a restatement may change.
            is_whole = all(day in answers[series] for day in DayRange(month, _end(month)).list())
            apart = max(FEW_APART, MOST_APART * expected) if is_whole else 0
            if abs(found - expected) > apart:
                return f"{series}: the days of {format_month(month)} add up to {found:,}, and {expected:,} are stored"
            month = shift_month(month, 1)
    return None


def _end(month: date) -> date:
    return shift_month(month, 1) - timedelta(days=1)


def _shift_year(day: date) -> date:
    leaps = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if leaps else day.day)
