"""The asset of days, and the sensor that asks for it."""

from datetime import date, timedelta

import dagster as dg
import pytest
from sqlalchemy import Engine

from wiki_activity.defs.daily_history import daily_history, make_daily_history_sensor
from wiki_activity.defs.resources import Wikimedia
from wiki_activity.domain.counts import DailyCounts, Series
from wiki_activity.settings import Settings
from wiki_activity.storage.history_table import read_spans
from wiki_activity.storage.my_wikis import keep_my_wikis
from wiki_activity_tests.defs.fakes import NOW, FakeMetrics, FakeSession, fail_for_good, materialize

AA = "aa.wikipedia.org"


class FakeHistory(FakeMetrics):
    """Answers each month's count on its first day."""

    def get_days(self, project: str, series: Series, first: date, last: date) -> DailyCounts:
        months = self.get_series(project, series, last)
        return {month: count for month, count in months.items() if first <= month <= last}


def look(engine: Engine, settings: Settings) -> dg.RunRequest | dg.SkipReason:
    resources = {"settings": settings, "database": engine, "clock": lambda: NOW}
    found = make_daily_history_sensor(autostart=False)(dg.build_sensor_context(resources=resources))
    assert isinstance(found, dg.RunRequest | dg.SkipReason)
    return found


def run(engine: Engine, settings: Settings, metrics: FakeHistory) -> dg.ExecuteInProcessResult:
    wikimedia = Wikimedia(FakeSession(["aa"]), metrics, "http://matrix", 2)  # type: ignore[arg-type]
    resources = {"settings": settings, "database": engine, "wikimedia": wikimedia, "clock": lambda: NOW}
    return dg.materialize([daily_history], resources=resources, raise_on_error=False)


def test_a_star_and_a_new_month_ask_for_days_and_nothing_else_does(engine: Engine, settings: Settings) -> None:
    metrics = FakeHistory(newest=date(2024, 5, 1))
    materialize(engine, metrics, settings, date(2024, 1, 1), date(2024, 5, 1))
    assert isinstance(look(engine, settings), dg.SkipReason)
    keep_my_wikis(engine, "1", [AA], NOW)
    first = look(engine, settings)
    assert isinstance(first, dg.RunRequest)
    assert look(engine, settings) == first

    assert run(engine, settings, metrics).success
    assert read_spans(engine)[AA].last == date(2024, 5, 31)
    assert isinstance(look(engine, settings), dg.SkipReason)

    metrics.newest = date(2024, 6, 1)
    materialize(engine, metrics, settings, date(2024, 6, 1), date(2024, 6, 1))
    second = look(engine, settings)
    assert isinstance(second, dg.RunRequest)
    assert second.run_key != first.run_key


@pytest.mark.parametrize("failing", [True, False])
def test_a_run_fails_where_no_wiki_could_be_read(engine: Engine, settings: Settings, *, failing: bool) -> None:
    metrics = FakeHistory()
    materialize(engine, metrics, settings, date(2024, 1, 1), date(2024, 6, 1))
    keep_my_wikis(engine, "1", [AA, "bb.wikipedia.org"], NOW + timedelta(days=1))
    metrics.failing = {
        (one, Series.USER_EDITS): fail_for_good() for one in ([AA, "bb.wikipedia.org"] if failing else [AA])
    }
    result = run(engine, settings, metrics)
    assert result.success is not failing
    assert list(read_spans(engine)) == ([] if failing else ["bb.wikipedia.org"])
