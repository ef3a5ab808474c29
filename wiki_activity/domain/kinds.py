"""What peaks were made of, what became of them, and whether other wikis had them too; finding them is elsewhere."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.detection import Detection, Flags, Floats
from wiki_activity.domain.peaks import Kind, Outcome
from wiki_activity.domain.registered import find_registered
from wiki_activity.domain.wide_counts import WideCounts
from wiki_activity.domain.windows import find_medians, shift

Codes = NDArray[np.int8]
"""Numbers into `KINDS` or `OUTCOMES`; the last of them, None, is -1."""

KINDS: tuple[Kind | None, ...] = (*Kind, None)
OUTCOMES: tuple[Outcome | None, ...] = (*Outcome, None)

_LAST_12 = range(1, 13)
_ROWS_FOR_A_MEDIAN = 6
_LEAST_WIKIS = 3
_CHANCE = 1e-4
_LAST_MONTHS = 24
_MONTHS_FOR_A_RATE = 6


def find_kinds(counts: WideCounts, metric: Metric) -> Codes:
    """Tell for every month of every wiki what a peak in this metric would be made of.

    Rises are taken against the median of the 12 months before, of which at least 6 must be stored. Of all edits:
    a bot run where people made under half the rise. Else, and for people's edits: a logged-out wave where anonymous
    edits make over half the rise; else more people where the editors rose by at least half as much as the edits, on a
    log scale, else the same people. A peak in people's edits or in editors is never a bot run, whatever bots did that
    month; one in editors is more people where these rose, unless anonymous edits make over half of the rise in people's
    edits. Editors are those that `find_registered` says.

    Parameters
    ----------
    counts
        All series.
    metric
        What the peaks are in.

    Returns
    -------
    Codes
        (wikis, months), numbers into `KINDS`; -1 where a count that is needed is missing, or where the metric did not
        rise over its last year (as at many peaks of `rolling_mean`).
    """
    people = counts.user_edits + counts.anonymous_edits
    judged = counts.edits if metric is Metric.EDITS else people
    people_rise, anonymous_rise = _find_rises(people), _find_rises(counts.anonymous_edits)
    rise = people_rise if judged is people else _find_rises(judged)
    editors, usual_editors = _choose_editors(counts)

    unknown = np.isnan(people_rise) | np.isnan(anonymous_rise) | np.isnan(rise)
    # A product, not a quotient: nothing is divided by a rise of zero.
    by_bots = (people_rise < rise / 2) & (metric is Metric.EDITS)
    logged_out = (anonymous_rise > rise / 2) & (rise > 0)
    if metric is Metric.EDITORS:
        rose = (editors > usual_editors) & (counts.editors > _find_usual(counts.editors))
        more = np.ones_like(rose)
    else:
        rose = rise > 0
        growth = np.log((judged + 0.5) / (judged - rise + 0.5))
        more = np.log((editors + 0.5) / (usual_editors + 0.5)) >= growth / 2
        unknown |= (np.isnan(editors) | np.isnan(usual_editors)) & ~by_bots & ~logged_out
    codes = np.select(
        [unknown | ~rose, by_bots, logged_out, more],
        [-1, KINDS.index(Kind.BOT_RUN), KINDS.index(Kind.LOGGED_OUT_WAVE), KINDS.index(Kind.MORE_PEOPLE)],
        KINDS.index(Kind.SAME_PEOPLE),
    )
    return codes.astype(np.int8)


def find_outcomes(counts: Floats, expected: Floats) -> Codes:
    """Tell for every month what had become of a peak a month later.

    Over where the next month is at most halfway back, on a log scale: √(expected × count).

    Parameters
    ----------
    counts, expected
        (wikis, months); NaN for a missing or unjudged month.

    Returns
    -------
    Codes
        (wikis, months), numbers into `OUTCOMES`; -1 where the next month is missing.
    """
    later = shift(counts, -1)
    halfway = np.sqrt(expected * counts)
    codes = np.where(later <= halfway, OUTCOMES.index(Outcome.OVER), OUTCOMES.index(Outcome.STILL_UP))
    return np.where(np.isnan(later) | np.isnan(halfway), -1, codes).astype(np.int8)


def find_shared_months(counts: Floats, detection: Detection) -> Flags:
    """Find the months in which more wikis peaked than chance explains.

    Chance is a Poisson law with the mean number of peaks of the 24 months before, the month itself left out. Months in
    which no wiki could be judged do not count, and at least 6 must; `rolling_mean`'s peaks of zero edits are no busy
    months and do not count either.

    Parameters
    ----------
    counts
        (wikis, months), NaN for a missing month.
    detection
        One detector's, of the same shape.

    Returns
    -------
    Flags
        (months,): at least 3 wikis peaked, which chance does less than once in 10,000 months.
    """
    peaks = (detection.peak & (counts > 0)).sum(axis=0).astype(np.float64)
    judged = (~np.isnan(detection.threshold)).any(axis=0)
    ends = np.arange(len(peaks))
    begins = np.maximum(ends - _LAST_MONTHS, 0)
    sums, rows = (np.concatenate([[0.0], np.cumsum(values)]) for values in (peaks, judged))
    known = rows[ends] - rows[begins]
    rate = (sums[ends] - sums[begins]) / np.maximum(known, 1)
    tail = gammainc(np.maximum(peaks, 1), rate)  # P(N ≥ peaks) of a Poisson law
    shared: Flags = (peaks >= _LEAST_WIKIS) & (known >= _MONTHS_FOR_A_RATE) & (tail < _CHANCE)
    return shared


def _choose_editors(counts: WideCounts) -> tuple[Floats, Floats]:
    """Choose by month who is counted as people, with what is usual of them."""
    editors, usual = counts.editors, _find_usual(counts.editors)
    registered = find_registered(editors, counts.user_editors)
    if counts.user_editors is None or not registered.any():
        return editors, usual
    return (
        np.where(registered, counts.user_editors, editors),
        np.where(registered, _find_usual(counts.user_editors), usual),
    )


def _find_usual(values: Floats) -> Floats:
    return find_medians(values, _LAST_12, _ROWS_FOR_A_MEDIAN)


def _find_rises(values: Floats) -> Floats:
    rises: Floats = values - _find_usual(values)
    return rises
