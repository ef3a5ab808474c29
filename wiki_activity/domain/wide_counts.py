"""The counts of all wikis side by side, as the detectors take them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.detection import Floats


@dataclass(frozen=True, slots=True, eq=False)
class WideCounts:
    """All series of all wikis; arrays are (wikis, months), NaN for a missing month, never 0.

    Parameters
    ----------
    projects
        The wiki of each row.
    months
        The month of each column: contiguous, oldest first.
    edits, user_edits, anonymous_edits, editors
        Whole numbers; bots' edits are those of neither users nor anonymous people.
    user_editors
        Editors who are registered and no bots; None where they are known of no wiki.

    Raises
    ------
    ValueError
        If an array has another shape, or months are left out.
    """

    projects: Sequence[str]
    months: Sequence[date]
    edits: Floats
    user_edits: Floats
    anonymous_edits: Floats
    editors: Floats
    user_editors: Floats | None = None

    def __post_init__(self) -> None:
        shape = (len(self.projects), len(self.months))
        for name in ("edits", "user_edits", "anonymous_edits", "editors", "user_editors"):
            array = getattr(self, name)
            found = shape if array is None else array.shape
            if found != shape:
                msg = f"{name} has the shape {found}; {shape[0]} wikis and {shape[1]} months need {shape}"
                raise ValueError(msg)
        numbers = [month.year * 12 + month.month for month in self.months]
        if numbers and numbers != list(range(numbers[0], numbers[0] + len(numbers))):
            msg = f"the months from {self.months[0]} to {self.months[-1]} are not contiguous"
            raise ValueError(msg)

    def read_metric(self, metric: Metric) -> Floats:
        """Return the counts that a metric means; people's edits are missing where either part is."""
        if metric is Metric.EDITS:
            return self.edits
        if metric is Metric.EDITORS:
            return self.editors
        return self.user_edits + self.anonymous_edits

    def without(self, months: Collection[date]) -> "WideCounts":
        """Return the same with these months missing."""
        hidden = np.array([month in months for month in self.months], dtype=bool)
        if not hidden.any():
            return self
        return replace(
            self,
            edits=np.where(hidden, np.nan, self.edits),
            user_edits=np.where(hidden, np.nan, self.user_edits),
            anonymous_edits=np.where(hidden, np.nan, self.anonymous_edits),
            editors=np.where(hidden, np.nan, self.editors),
            user_editors=None if self.user_editors is None else np.where(hidden, np.nan, self.user_editors),
        )
