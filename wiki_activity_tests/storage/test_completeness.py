from datetime import date, timedelta

from sqlalchemy import Engine

from wiki_activity.domain.counts import COUNT_SERIES, Metric, Series
from wiki_activity.storage.completeness import Coverage, Failure, Restated, read_completeness
from wiki_activity.storage.database import writing
from wiki_activity.storage.fetches import FetchResult, FetchStatus
from wiki_activity.storage.refresh_leases import finish_refresh, start_refresh
from wiki_activity.storage.refreshes import Outcome
from wiki_activity_tests.storage.conftest import NOW
from wiki_activity_tests.storage.rows import counts_from
from wiki_activity_tests.storage.storing import record_fetches, store_counts

FIRST, LAST = date(2001, 1, 1), date(2024, 5, 1)
OK = FetchResult(FetchStatus.OK, months=1)
NO_DATA = FetchResult(FetchStatus.NO_DATA)
LATER = NOW + timedelta(days=1)
ALL_OK = dict.fromkeys(COUNT_SERIES, OK)


def test_an_empty_database_reports_nothing(engine: Engine) -> None:
    report = read_completeness(engine)
    assert (report.newest_month, report.refreshed_at) == (None, None)
    assert report.coverage == {Metric.EDITS: Coverage(0, 0, 0, ()), Metric.EDITORS: Coverage(0, 0, 0, ())}
    assert report.restated == Restated(0, None)


def test_a_wiki_counts_as_failed_when_its_total_or_its_split_failed(engine: Engine) -> None:
    refresh(
        engine,
        {
            "ok.org": ALL_OK,
            "total.org": {**ALL_OK, Series.EDITS: failed("503")},
            "split.org": {**ALL_OK, Series.USER_EDITS: failed("no JSON"), Series.ANONYMOUS_EDITS: failed("timeout")},
            "nothing.org": dict.fromkeys(COUNT_SERIES, NO_DATA),
            "nobody-logged-out.org": {**ALL_OK, Series.ANONYMOUS_EDITS: NO_DATA},
            "editors.org": {**ALL_OK, Series.EDITORS: failed("503")},
        },
    )
    coverage = read_completeness(engine).coverage
    assert coverage[Metric.EDITS] == Coverage(
        wikis=6,
        ok=3,
        no_data=1,
        failed=(
            Failure("split.org", ("registered people's edits: no JSON", "logged-out people's edits: timeout")),
            Failure("total.org", ("total: 503",)),
        ),
    )
    assert coverage[Metric.EDITORS] == Coverage(6, 4, 1, (Failure("editors.org", ("editors: 503",)),))


def test_the_newest_fetch_of_each_series_decides(engine: Engine) -> None:
    refresh(engine, {"healed.org": {Series.EDITORS: failed("503")}, "broke.org": {Series.EDITORS: OK}})
    refresh(engine, {"healed.org": {Series.EDITORS: OK}, "broke.org": {Series.EDITORS: failed("503")}}, days=1)
    refresh(engine, {"other.org": {Series.EDITORS: OK}}, days=2)
    assert read_completeness(engine).coverage[Metric.EDITORS] == Coverage(
        3, 2, 0, (Failure("broke.org", ("editors: 503",)),)
    )
    assert read_completeness(engine).coverage[Metric.EDITS].wikis == 0


def test_age_and_restatements_are_told(engine: Engine) -> None:
    refresh(engine, {})
    with writing(engine) as connection:
        for count in (5, 6):
            answers = {Series.EDITS: counts_from("2024-01", 1, count)}
            store_counts(connection, "hi.wikipedia.org", answers, FIRST, LAST, LATER)
    report = read_completeness(engine)
    assert report.newest_month == date(2024, 2, 1)
    assert report.refreshed_at == NOW
    assert report.restated == Restated(1, LATER)


def failed(error: str) -> FetchResult:
    return FetchResult(FetchStatus.FAILED, error=error)


def refresh(engine: Engine, results: dict[str, dict[Series, FetchResult]], days: int = 0) -> None:
    now = NOW + timedelta(days=days)
    begun = start_refresh(
        engine,
        run_id="r",
        holder="h",
        first=FIRST,
        last=LAST,
        projects=list(results),
        series=list(COUNT_SERIES),
        now=now,
    )
    with writing(engine) as connection:
        for project, by_series in results.items():
            record_fetches(connection, begun.id, project, by_series, now)
    finish_refresh(engine, begun.id, "h", now, Outcome.DONE)
