"""What is known of the figures themselves: faults, and changes of what is counted."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from wiki_activity.domain.counts import Metric

_FAULTY: Final = re.compile(
    r"\b(missing|lost|loss|incomplete|not complete|outage|duplicated?|duplicates|double[- ]count(?:ed|ing)|"
    r"over-?count(?:ed|ing)?|under-?count(?:ed|ing)?|corrupt(?:ed)?|incorrect|wrong|inaccurate|invalid)\b",
    re.IGNORECASE,
)
_MENDED: Final = re.compile(
    r"\b(restored|backfilled|back-filled|recovered|corrected|fixed|repaired|resolved|reprocessed|recomputed)\b",
    re.IGNORECASE,
)
_NOT_MENDED: Final = re.compile(
    r"\b(?:not|never|cannot be|can.t be|could not be|no longer|yet to be|to be)(?: yet)?(?: been| be)? "
    r"(?:restored|backfilled|back-filled|recovered|corrected|fixed|repaired|resolved|reprocessed|recomputed)\b",
    re.IGNORECASE,
)
_CHANGED: Final = re.compile(r"\b(definition|redefined|temporary accounts?|now counted|now counts)\b", re.IGNORECASE)


class AnnotatedMetric(StrEnum):
    """The figures of Wikistats whose annotations are read, by the names of their pages."""

    EDITS = "edits"
    EDITORS = "editors"
    NEW_ACCOUNTS = "newRegisteredUsers"


_METRICS: Final = {
    Metric.EDITS: AnnotatedMetric.EDITS,
    Metric.PEOPLE_EDITS: AnnotatedMetric.EDITS,
    Metric.EDITORS: AnnotatedMetric.EDITORS,
}


@dataclass(frozen=True, slots=True)
class DataAnnotation:
    """What those who keep the figures say of them.

    Parameters
    ----------
    metric
        Of which figure.
    day
        The day that it is on; it says no more of when.
    title, note
        In their words, plain text.
    partial
        Whether it is about a part of the figure alone.
    """

    metric: AnnotatedMetric
    day: date
    title: str
    note: str
    partial: bool = False

    @property
    def month(self) -> date:
        """The month that it is on."""
        return self.day.replace(day=1)

    @property
    def is_fault(self) -> bool:
        """Whether it says that the figure as a whole is faulty, and stays so.

        Strict, since nobody is told of the peaks of such a month: it must say in a word that data are missing or wrong,
        must not be of a part alone, must not say that it was mended, and no change of what is counted is a fault.
        """
        said = f"{self.title} {self.note}"
        is_mended = _MENDED.search(_NOT_MENDED.sub("", said)) is not None
        return not self.partial and not is_mended and not _CHANGED.search(said) and _FAULTY.search(said) is not None

    def is_about(self, metric: Metric) -> bool:
        """Tell whether it is about what this metric counts."""
        return self.metric is _METRICS[metric]


def find_faults(annotations: Iterable[DataAnnotation], metric: Metric, month: date) -> list[DataAnnotation]:
    """Find what says that the counts of a month are faulty."""
    return [one for one in annotations if one.month == month and one.is_about(metric) and one.is_fault]
