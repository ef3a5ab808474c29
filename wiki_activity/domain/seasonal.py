"""The detector `seasonal`: a month far above what its own last year, recent months and usual season lead to expect."""

from dataclasses import dataclass

import numpy as np

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.detection import Detection, Floats, detect_over_threshold
from wiki_activity.domain.windows import count_stored, find_medians, find_second_lowest, shift, sum_stored

_CENTRED = range(-6, 7)
_SAME_MONTH_OF_EARLIER_YEARS = range(12, 61, 12)
_LAST_12_WITH_CURRENT = range(12)
_LAST_12 = range(1, 13)
_LAST_5 = range(1, 6)
_LAST_36 = range(1, 37)

_MONTHS_SINCE_FIRST_EDIT = 12
_SCORE = 3.1
_RATIO = 1.3
_LEAST_NOISE = 0.0036  # a standard deviation of 6 %
_PRIOR_MONTHS = 12  # what a wiki of that size usually shows weighs as much as a year of its own
_SHIFT = 3 / 8  # Anscombe's, which makes counts of constant variance


@dataclass(frozen=True, slots=True)
class _Constants:
    noise: float
    least_size: float
    least_rise: float

    def expect_noise(self, expected: Floats) -> Floats:
        """Return the relative variance that wikis of this size usually have."""
        noise: Floats = self.noise * np.maximum(expected, self.least_size) ** -0.3
        return noise


_EDITS = _Constants(noise=0.9, least_size=20, least_rise=10)
_EDITORS = _Constants(noise=0.1, least_size=3, least_rise=3)


def find_peaks(counts: Floats, metric: Metric) -> Detection:
    """Find the months that stand out from what past months lead to expect.

    Counts are taken as overdispersed: variance = mean + φ mean². The expected value is the wiki's level times the
    season of the month. The score is in standard deviations, on the scale where such counts have a constant variance.

    - **Level**: the higher of the last year's median and the second lowest of the last five months, all freed of their
      season. So no event of two or three months becomes what is expected after it, and a level that stays is believed
      after four. Where only one of the two has its rows (six, three), it stands alone.
    - **Noise** φ: learned from how far the last 36 months were from what was expected of them, and drawn to what wikis
      of that size usually show. It is the mean of the logarithms of both, with a weight of twelve months for the
      latter: the longer a wiki is known, the more its own calm or wildness counts.
    - Zeros before a wiki's first edit are no history: they count as missing, so that it makes no difference whether a
      source answers them. Where no month of a calendar year had a season (B = 0), there is none.
    - A month is a peak where its count reaches the threshold, which is the same as a score of at least 3.1, 1.3 × the
      expected value and 10 edits (3 editors) over it.

    What other choices cost, in the worlds of ``benchmarks/detection.py``:

    - The last quarter's median in place of the five months' second lowest: the two months after an event of two are
      always expected at its height. With the median of the last five, all four months after it are expected within
      1.3 × of the truth on 92 of 100 wikis with a noise of 10 %, with the second lowest on 99; after events of three on
      none and on 95. The price is a fourth month of alarm after a lasting rise.
    - φ as the arithmetic mean over 24 months with a weight of 24, and a score of 3, as first designed: on calm wikis it
      finds 53 of 100 events instead of 90, on calm small ones 8 instead of 73; on wild ones F1 is .68 instead of .71,
      with 0.75 false alarms in 100 wiki-years instead of 1.0.
    - A score of 3 with all else as it is: F1 .72 on wild ones, at 1.3 false alarms. One of 3.2: .70 and 0.8.
    - A prior learned across wikis was not needed for that, and would make one wiki's peaks depend on which others are
      stored.

    Only earlier months enter the expected value, the threshold and φ: a peak does not raise its own baseline, a
    prefix of the months is judged as the whole, and a series that never changes has no peak.

    Parameters
    ----------
    counts
        (wikis, months), whole numbers, contiguous months in order, NaN for a missing month.
    metric
        Which counts they are; editors have constants of their own.

    Returns
    -------
    Detection
        A month is judged from 12 months after the wiki's first edit; the score is z, in standard deviations.
    """
    constants = _EDITORS if metric is Metric.EDITORS else _EDITS
    begun = np.maximum.accumulate(counts > 0, axis=1)
    history = np.where(begun, counts, np.nan)
    season = _estimate_season(history)
    expected = _estimate_level(history / season) * season
    noise = _estimate_noise(history, expected, constants)

    root = np.sqrt(noise)
    usual = np.arcsinh(np.sqrt(noise * (expected + _SHIFT)))
    score = 2 / root * (np.arcsinh(np.sqrt(noise * (history + _SHIFT))) - usual)
    limit = np.sinh(usual + _SCORE * root / 2) ** 2 / noise - _SHIFT
    threshold = np.maximum(limit, np.maximum(_RATIO * expected, expected + constants.least_rise))
    old_enough = shift(begun.astype(np.float64), _MONTHS_SINCE_FIRST_EDIT, fill=0.0) > 0
    return detect_over_threshold(counts, expected, np.where(old_enough, threshold, np.nan), score)


def _estimate_season(history: Floats) -> Floats:
    """Estimate each month's usual factor over its surroundings, 1 where under four earlier years tell.

    The factor is shrunk by how much of it is noise: W is the spread of one calendar month between years, and
    π/2 · W/k the part of B, the spread between calendar months, that this spread alone would make.
    """
    centre = find_medians(history, _CENTRED, at_least=9)
    # Centred months reach six ahead, yet are used from twelve on only: all of them are past by then.
    factors = np.log((history + 0.5) / (centre + 0.5))
    usual = find_medians(factors, _SAME_MONTH_OF_EARLIER_YEARS, at_least=1)
    years = count_stored(factors, _SAME_MONTH_OF_EARLIER_YEARS)

    within = find_medians(_find_variances(factors, years), _LAST_12_WITH_CURRENT, at_least=1)
    seasons = count_stored(usual, _LAST_12_WITH_CURRENT)
    between = sum_stored(usual**2, _LAST_12_WITH_CURRENT) / np.maximum(seasons, 1)
    known = (years >= 4) & (between > 0)
    noise_share = np.divide(1.57 * within, years * between, out=np.ones_like(history), where=known)
    season: Floats = np.where(known, np.exp(np.where(known, usual, 0.0) * np.clip(1 - noise_share, 0, 1)), 1.0)
    return season


def _find_variances(factors: Floats, years: Floats) -> Floats:
    """Find the variance of a calendar month's factors, with divisor k − 1; NaN for fewer than two years."""
    divisor = np.where(years >= 2, years, np.nan)
    mean = sum_stored(factors, _SAME_MONTH_OF_EARLIER_YEARS) / divisor
    squares = np.zeros_like(factors)
    for lag in _SAME_MONTH_OF_EARLIER_YEARS:
        squares += np.nan_to_num((shift(factors, lag) - mean) ** 2)
    variances: Floats = squares / (divisor - 1)
    return variances


def _estimate_level(adjusted: Floats) -> Floats:
    """Estimate the level from months freed of their season: the last year's, or what the last months stay above."""
    year = find_medians(adjusted, _LAST_12, at_least=6)
    recent = find_second_lowest(adjusted, _LAST_5, at_least=3)
    level: Floats = np.fmax(year, recent)
    return level


def _estimate_noise(history: Floats, expected: Floats, constants: _Constants) -> Floats:
    """Estimate φ, the relative variance beyond chance, from the last 36 months' distances."""
    known = np.where(expected >= 5, expected, np.nan)
    distances = (1.4826 * np.log((history + 0.5) / (known + 0.5))) ** 2 - 1 / (known + 0.5)
    rows = count_stored(distances, _LAST_36)
    own = np.maximum(np.nan_to_num(find_medians(distances, _LAST_36, at_least=1)), _LEAST_NOISE)
    usual = constants.expect_noise(expected)
    drawn = np.exp((rows * np.log(own) + _PRIOR_MONTHS * np.log(usual)) / (rows + _PRIOR_MONTHS))
    noise: Floats = np.maximum(_LEAST_NOISE, drawn)
    return noise
