"""Days of the stream for tests of pages and API: stored as the watcher stores them."""

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine

from wiki_activity.domain.heartbeat import WATCHER
from wiki_activity.storage.database import reading
from wiki_activity.storage.day_table import DayChanges, Holder, store_days
from wiki_activity.storage.heartbeats import claim
from wiki_activity.storage.renames import names_version

EPOCH = date(1970, 1, 1)

Counts = tuple[int, int, int]


def store(
    engine: Engine,
    counts: Mapping[str, Mapping[date, Counts]],
    first: date,
    until: datetime,
    *,
    missing: Collection[datetime] = (),
) -> None:
    """Store counts of wikis, with all hours from a day's begin to a moment seen whole but the missing ones."""
    claim(engine, WATCHER, "a test")
    with reading(engine) as connection:
        version = names_version(connection)
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC)
    hours = []
    moment = begin
    while moment < until:
        is_over = moment + timedelta(hours=1) <= until
        if moment not in missing:
            hours.append((int(moment.timestamp()) // 3600, is_over))
        moment += timedelta(hours=1)
    rows = [
        ((day - EPOCH).days, project, its) for project, days in counts.items() for day, its in days.items() if any(its)
    ]
    changes = DayChanges(rows, hours, (first - EPOCH).days, 0, "a place", "{}", "a lineage")
    store_days(engine, Holder(WATCHER, "a test", version), changes, until)


def list_days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=at) for at in range((last - first).days + 1)]


def count_some_days(engine: Engine) -> None:
    """Store three months of steady days, and a last one with many logged-out edits on a big and on a small wiki."""
    first, until = date(2026, 7, 1), datetime(2026, 10, 5, 12, tzinfo=UTC)
    days, yesterday = list_days(first, until.date()), date(2026, 10, 4)
    counts = {
        "hi.wikipedia.org": dict.fromkeys(days, (1000, 200, 400)) | {yesterday: (1000, 200, 2400)},
        "mos.wikipedia.org": dict.fromkeys(days, (2, 0, 1)) | {yesterday: (2, 0, 25)},
        "he.wikipedia.org": dict.fromkeys(days, (300, 20, 40)),
    }
    store(engine, counts, first, until, missing=[datetime(2026, 10, 2, 7, tzinfo=UTC)])
