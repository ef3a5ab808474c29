"""The series that are fetched and the metrics that are judged."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum


class Series(StrEnum):
    """One request to the metrics API: all months of one wiki."""

    EDITS = "edits"
    USER_EDITS = "user_edits"
    ANONYMOUS_EDITS = "anonymous_edits"
    EDITORS = "editors"


class Metric(StrEnum):
    """One series of numbers that detectors judge."""

    EDITS = "edits"
    """All edits to content pages, bots' included."""
    PEOPLE_EDITS = "people_edits"
    """Edits by registered and by logged-out people; unknown where the split is not known."""
    EDITORS = "editors"
    """Distinct editors of content pages, whatever their activity."""


MonthlyCounts = Mapping[date, int]
"""Count by month; a month that is absent is missing, which is not zero."""

DailyCounts = Mapping[date, int]
"""Count by day, UTC."""
