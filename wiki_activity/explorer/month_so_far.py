"""A wiki's running month out of what the explorer holds: the stream's days and Wikimedia's monthly counts."""

import math
from datetime import date

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.month_so_far import MonthSoFar, WikiDays, measure_month
from wiki_activity.explorer.day_book import DayBook
from wiki_activity.explorer.snapshot import WikiSnapshot


def find_month_so_far(book: DayBook, wiki: WikiSnapshot) -> MonthSoFar | None:
    """Measure a wiki's running month; None while nothing of it was seen, and once Wikimedia has counted it.

    The latter is so where nobody has watched since: what the stream had by then is no running month any more.
    """
    key = (wiki.data.project, wiki.version)
    if key not in book.so_far:
        days = book.read(wiki.data.project)
        is_over = days is not None and wiki.newest(Metric.EDITS, days.until.date().replace(day=1), 1) != [None]
        book.so_far[key] = None if days is None or is_over else measure_month(days, _read_monthly(wiki, days))
    return book.so_far[key]


def _read_monthly(wiki: WikiSnapshot, days: WikiDays) -> dict[date, float]:
    months = wiki.months(Metric.PEOPLE_EDITS)
    counts = wiki.counts(Metric.PEOPLE_EDITS)[0].tolist()
    newest = days.until.date()
    return {
        month: count
        for month, count in zip(months, counts, strict=True)
        if not math.isnan(count) and month not in wiki.data.provisional and month < newest.replace(day=1)
    }
