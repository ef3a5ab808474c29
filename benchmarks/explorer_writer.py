"""A refresh that goes on while readers read: `python -m benchmarks.explorer_writer DATABASE SECONDS`."""

import sys
import time
from datetime import UTC, date, datetime

from sqlalchemy import select

from benchmarks.explorer_database import MONTHS
from wiki_activity.domain.counts import COUNT_SERIES, MonthlyCounts, Series
from wiki_activity.domain.months import newest_ended_month, shift_month
from wiki_activity.monthly.fetching import WikiAnswers
from wiki_activity.monthly.peak_refresh import refresh_peaks
from wiki_activity.monthly.writer import RefreshWriter
from wiki_activity.settings import read_settings
from wiki_activity.storage.count_tables import read_series
from wiki_activity.storage.database import create_database_engine, reading
from wiki_activity.storage.fetches import FetchResult, FetchStatus
from wiki_activity.storage.refresh_leases import start_refresh
from wiki_activity.storage.refreshes import Outcome
from wiki_activity.storage.schema import wikis

_HOLDER = "benchmark's writer"
_PERCENT = 30


def main() -> None:
    """Store wiki after wiki at Wikimedia's pace; at half time replace the peaks, as the end of a run does."""
    url, seconds = sys.argv[1], float(sys.argv[2])
    engine = create_database_engine(url)
    pace = read_settings({"WIKI_ACTIVITY_CONTACT": "bench@example.org"}).pace_per_minute
    now = _now()
    last = newest_ended_month(now)
    first = shift_month(last, 1 - MONTHS)
    with reading(engine) as connection:
        projects = list(connection.execute(select(wikis.c.project)).scalars())
    refresh = start_refresh(
        engine, run_id="while read", holder=_HOLDER, first=first, last=last,
        projects=projects, series=COUNT_SERIES, now=now,
    )  # fmt: skip
    begin = time.monotonic()
    judged = stored = 0
    with RefreshWriter(engine, refresh, _now) as writer:
        for at, project in enumerate(projects):
            time.sleep(max(0.0, begin + at * 60 * len(COUNT_SERIES) / pace - time.monotonic()))
            if time.monotonic() >= begin + seconds:
                break
            counts: dict[Series, MonthlyCounts] = {}
            for series in COUNT_SERIES:
                known = read_series(engine, series, [project])[project].dropna().to_dict()
                counts[series] = _restate(known, last)
            results = {series: FetchResult(FetchStatus.OK, months=len(counts[series])) for series in COUNT_SERIES}
            writer.add(WikiAnswers(project, counts, results, unreachable=False))
            if writer.is_due():
                writer.store()
            stored += 1
            if not judged and time.monotonic() >= begin + seconds / 2:
                refresh_peaks(engine, _PERCENT, _now())
                judged = 1
        writer.finish(Outcome.DONE)
    engine.dispose()
    print(f"{stored} wikis stored, peaks replaced {judged} times")


def _restate(counts: dict[datetime, float], last: date) -> dict[date, int]:
    """Let the newest month be a percent more, so that something is written."""
    months = {date(at.year, at.month, 1): int(count) for at, count in counts.items()}
    return {month: count + count // 100 if month == last else count for month, count in months.items()}


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    main()
