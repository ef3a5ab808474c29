"""The running month of some wikis in a sentence: held against the usual by this day, and not judged."""

import math
from collections.abc import Collection
from typing import Final

from wiki_activity.domain.months import name_month
from wiki_activity.explorer.day_book import DayBook
from wiki_activity.explorer.month_so_far import find_month_so_far
from wiki_activity.explorer.snapshot import Snapshot

MOST_MEASURED: Final = 200
_MOST_NAMED = 3


def say_running_months(book: DayBook, snapshot: Snapshot, projects: Collection[str]) -> str:
    """Name the wikis whose running month is furthest from the usual by this day; nothing where no usual is known.

    Of more than `MOST_MEASURED` wikis nothing is said.
    """
    if book.until is None or len(projects) > MOST_MEASURED:
        return ""
    found = ((project, find_month_so_far(book, snapshot.wiki(project))) for project in sorted(projects))
    times = {project: month.times for project, month in found if month is not None and month.times}
    if not times:
        return ""
    furthest = sorted(times, key=lambda project: -abs(math.log(times[project])))[:_MOST_NAMED]
    wikis = snapshot.catalogue.wikis
    named = [f"{wikis[one].name if one in wikis else one} {times[one]:.1f}×" for one in furthest]
    month = name_month(book.until.date().replace(day=1)).split()[0]
    return f"{month} so far, without bots, beside the usual by this day: {', '.join(named)}."
