"""What is to be explained: a wiki's month, and how much busier than expected it was."""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

import numpy as np
from sqlalchemy import Engine

from wiki_activity.domain.counts import Metric, PeopleMetric, Series
from wiki_activity.domain.detectors import detect_months
from wiki_activity.domain.months import number_month, shift_month, start_of
from wiki_activity.domain.peaks import Detector, Kind
from wiki_activity.storage.wiki_data import KINDS, METRICS, WikiData, read_wiki_data

_USUAL_MONTHS: Final = 12
_LEAST_MONTHS: Final = 6
_NEW_ACCOUNTS_TIMES: Final = 1.5


class NotToExplainError(Exception):
    """A month that is no peak of a wiki, or of which the counts are not known; the message says which."""


@dataclass(frozen=True, slots=True)
class Question:
    """One month to explain.

    Parameters
    ----------
    project
        The wiki.
    month
        Which one.
    metric
        The count whose rise is explained; edits without bots where these rose, since people are asked about first.
    value, expected
        Of that count.
    people
        Registered editors without a bot's mark, or all editors where those are not known; None where neither is.
    more_accounts
        Whether clearly more accounts than usual were registered on the wiki itself; None where not known.
    logged_out
        Whether it was a wave of people without an account.
    year_before
        Of that count in the same month a year before; None where not known.
    """

    project: str
    month: date
    metric: Metric
    value: float
    expected: float
    people: float | None
    more_accounts: bool | None
    logged_out: bool = False
    year_before: float | None = None

    @property
    def first(self) -> datetime:
        """UTC, when the month began."""
        return start_of(self.month).replace(tzinfo=UTC)

    @property
    def until(self) -> datetime:
        """UTC, when it was over."""
        return start_of(shift_month(self.month, 1)).replace(tzinfo=UTC)

    @property
    def length(self) -> int:
        """Days of it."""
        return calendar.monthrange(self.month.year, self.month.month)[1]

    @property
    def series(self) -> Series:
        """The series whose days say when in the month it was: of people, those who made most of the rise."""
        if self.logged_out:
            return Series.ANONYMOUS_EDITS
        return Series.EDITS if self.metric is Metric.EDITS else Series.USER_EDITS


def make_question(engine: Engine, project: str, month: date, detector: Detector, percent: float) -> Question:
    """Make the question of a wiki's month by what is stored of it.

    Raises
    ------
    NotToExplainError
        If the month is no peak, or edits did not rise in it.
    StorageError
        If the database is out of reach.
    """
    (data,) = read_wiki_data(engine, [project])
    peaks = data.peaks[data.peaks["month"] == number_month(month)]
    if not len(peaks):
        msg = f"{project} has no peak in {month:%Y-%m}"
        raise NotToExplainError(msg)
    logged_out = any(KINDS[int(row["kind"])] is Kind.LOGGED_OUT_WAVE for row in peaks if row["kind"] >= 0)
    for metric in _order(peaks):
        found = _judge(data, metric, month, detector, percent)
        if found is not None and found[0] > found[1]:
            people, accounts = _count_people(data, month), _find_accounts(data, month)
            before = _read_count(data, metric, shift_month(month, -12))
            return Question(project, month, metric, *found, people, accounts, logged_out, before)
    msg = f"{project} had no more edits than expected in {month:%Y-%m}, or none were expected by what is stored"
    raise NotToExplainError(msg)


def _order(peaks: "np.ndarray[tuple[int], np.dtype[np.void]]") -> list[Metric]:
    peaking = {METRICS[int(row["metric"])] for row in peaks}
    wanted = (Metric.PEOPLE_EDITS, Metric.EDITS)
    # A peak in editors alone is explained by what people edited, if that rose too.
    return sorted(wanted, key=lambda metric: (metric not in peaking, wanted.index(metric)))


def _read_count(data: WikiData, metric: Metric, month: date) -> float | None:
    months = list(data.counts.months)
    count = float(data.counts.read_metric(metric)[0, months.index(month)]) if month in months else np.nan
    return None if np.isnan(count) else count


def _judge(
    data: WikiData, metric: Metric, month: date, detector: Detector, percent: float
) -> tuple[float, float] | None:
    counts, months = data.counts.read_metric(metric), list(data.counts.months)
    if month not in months:
        return None
    known = np.flatnonzero(~np.isnan(counts[0]))
    at = months.index(month)
    if not len(known) or not known[0] <= at <= known[-1]:
        return None
    detection = detect_months(counts[:, known[0] : known[-1] + 1], metric, detector, percent)
    value, expected = float(counts[0, at]), float(detection.expected[0, at - known[0]])
    return None if np.isnan(value) or np.isnan(expected) else (value, expected)


def _count_people(data: WikiData, month: date) -> float | None:
    at = data.counts.months.index(month)
    for row in (_read_people(data, PeopleMetric.USER_EDITORS), data.counts.editors[0]):
        if not np.isnan(row[at]):
            return float(row[at])
    return None


def _find_accounts(data: WikiData, month: date) -> bool | None:
    row, at = _read_people(data, PeopleMetric.NEW_USERS), data.counts.months.index(month)
    before = row[max(0, at - _USUAL_MONTHS) : at]
    known = before[~np.isnan(before)]
    if np.isnan(row[at]) or len(known) < _LEAST_MONTHS:
        return None
    return bool(row[at] >= _NEW_ACCOUNTS_TIMES * max(float(np.median(known)), 1.0))


def _read_people(data: WikiData, metric: PeopleMetric) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    months = data.counts.months
    if data.people is None:
        return np.full(len(months), np.nan)
    row: np.ndarray[tuple[int], np.dtype[np.float64]] = data.people.read(metric, number_month(months[0]), len(months))[
        0
    ]
    return row
