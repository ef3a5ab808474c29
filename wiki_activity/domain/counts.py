"""The series that are fetched and the metrics that are judged."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Final


class Series(StrEnum):
    """One request to the metrics API: all months of one wiki."""

    EDITS = "edits"
    USER_EDITS = "user_edits"
    ANONYMOUS_EDITS = "anonymous_edits"
    EDITORS = "editors"
    USER_EDITORS = "user_editors"
    """Editors who are registered and no bots."""
    EDITORS_5_24 = "editors_5_24"
    """Those of them with so many content edits in the month; each is of one level only."""
    EDITORS_25_99 = "editors_25_99"
    EDITORS_100 = "editors_100"
    NEW_USERS = "new_users"
    """Accounts that were registered on the wiki."""
    NEW_PAGES = "new_pages"
    """Content pages that were created, by bots too."""


COUNT_SERIES: Final = (Series.EDITS, Series.USER_EDITS, Series.ANONYMOUS_EDITS, Series.EDITORS)
"""What every wiki is asked for with each new month."""
PEOPLE_SERIES: Final = tuple(one for one in Series if one not in COUNT_SERIES)
"""What is asked for after that, of the wikis that somebody cares about first."""
ACTIVE_EDITORS: Final = (Series.EDITORS_5_24, Series.EDITORS_25_99, Series.EDITORS_100)
"""Together the active editors: registered, no bots, five or more content edits in the month."""


class Metric(StrEnum):
    """One series of numbers that detectors judge."""

    EDITS = "edits"
    """All edits to content pages, bots' included."""
    PEOPLE_EDITS = "people_edits"
    """Edits by registered and by logged-out people; unknown where the split is not known."""
    EDITORS = "editors"
    """Distinct editors of content pages, whatever their activity."""


class PeopleMetric(StrEnum):
    """What is known of a wiki's people besides, which nobody looks for peaks in; not of every wiki and month."""

    USER_EDITORS = "user_editors"
    """Editors of content pages who are registered and no bots."""
    ACTIVE_EDITORS = "active_editors"
    """Those of them who made five or more content edits in the month."""
    NEW_USERS = "new_users"
    """Accounts that people registered on the wiki."""
    NEW_PAGES = "new_pages"
    """Content pages that were created."""


Counted = Metric | PeopleMetric
"""Whatever numbers of a month are shown."""

MonthlyCounts = Mapping[date, int]
"""Count by month; a month that is absent is missing, which is not zero."""

DailyCounts = Mapping[date, int]
"""Count by day, UTC."""
