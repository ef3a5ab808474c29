"""What a peak is: one month of one wiki at or over its threshold, as found by one detector."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from wiki_activity.domain.counts import Metric


class Detector(StrEnum):
    """A named rule that finds peaks in monthly counts."""

    ROLLING_MEAN = "rolling_mean"
    SEASONAL = "seasonal"


class Kind(StrEnum):
    """What a peak was made of, as the counts of the same month show."""

    BOT_RUN = "bot_run"
    MORE_PEOPLE = "more_people"
    SAME_PEOPLE = "same_people"
    LOGGED_OUT_WAVE = "logged_out_wave"


class Outcome(StrEnum):
    """What had become of a peak a month later."""

    OVER = "over"
    STILL_UP = "still_up"


@dataclass(frozen=True, slots=True)
class Peak:
    """One month of one wiki at or over its threshold.

    Parameters
    ----------
    metric, project, month, detector
        Its key.
    value
        The count of the month.
    expected
        What the month was held against.
    threshold
        The value at which it became a peak.
    score
        How far it stands out, comparable within one detector: z for `seasonal`, the part over the mean for
        `rolling_mean`; None over a mean of zero.
    kind
        None where the counts needed to tell are missing, or where it is no rise over the last year.
    outcome
        None while the next month is not known.
    shared
        Whether so many wikis peaked in the same month that chance does not explain it.
    starts_episode
        Whether the last stored month before was no peak.
    """

    metric: Metric
    project: str
    month: date
    detector: Detector
    value: float
    expected: float
    threshold: float
    score: float | None
    kind: Kind | None
    outcome: Outcome | None
    shared: bool
    starts_episode: bool

    @property
    def percentage_difference(self) -> float | None:
        """Percent over the expected value; None where that is zero."""
        if self.expected == 0:
            return None
        return 100 * (self.value - self.expected) / self.expected
