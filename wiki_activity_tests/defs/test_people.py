"""`people_counts` and the sensor that asks for it, with fakes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import dagster as dg
import pytest
from sqlalchemy import Engine

from wiki_activity.defs.automation import monthly_refresh, people_refresh
from wiki_activity.defs.people_automation import make_people_sensor
from wiki_activity.domain.counts import PEOPLE_SERIES, Series
from wiki_activity.settings import Settings
from wiki_activity.storage.frames import read_series
from wiki_activity.storage.my_wikis import keep_my_wikis
from wiki_activity_tests.defs.fakes import NOW, FakeMetrics, fail_for_good, materialize

JUNE = date(2024, 6, 1)
PEOPLE = ["people_counts", "community_alerts"]


def load(engine: Engine, settings: Settings, metrics: FakeMetrics, instance: dg.DagsterInstance) -> None:
    materialize(engine, metrics, settings, date(2024, 1, 1), JUNE, since="2018-01", instance=instance)


def load_people(
    engine: Engine, settings: Settings, metrics: FakeMetrics, instance: dg.DagsterInstance
) -> dg.ExecuteInProcessResult:
    return materialize(
        engine, metrics, settings, JUNE, JUNE, selection=PEOPLE, since="2018-01", instance=instance,
        raise_on_error=False,
    )  # fmt: skip


def look(
    engine: Engine,
    settings: Settings,
    instance: dg.DagsterInstance,
    now: datetime = NOW,
    before: Callable[[], object] = lambda: None,
) -> dg.RunRequest | str:
    before()
    context = dg.build_sensor_context(
        instance=instance, resources={"settings": settings, "database": engine, "clock": lambda: now}
    )
    found = make_people_sensor(autostart=False)(context)
    if isinstance(found, dg.SensorResult):
        (request,) = found.run_requests or ()
        return request
    return str(found.skip_message)


def test_a_run_asks_for_people_alone_judges_anew_and_checks(
    engine: Engine, settings: Settings, instance: dg.DagsterInstance
) -> None:
    metrics = FakeMetrics()
    load(engine, settings, metrics, instance)
    assert {series for _, series in metrics.asked}.isdisjoint(PEOPLE_SERIES)
    metrics.asked.clear()

    ended = load_people(engine, settings, metrics, instance)

    assert ended.success
    assert set(metrics.asked) == {
        (f"{code}.wikipedia.org", one) for code in ("aa", "bb", "cc") for one in PEOPLE_SERIES
    }
    assert {one.asset_key.to_user_string() for one in ended.get_asset_materialization_events()} == set(PEOPLE)
    (checked,) = (one for one in ended.get_asset_check_evaluations() if one.asset_key.path == ["people_counts"])
    assert checked.passed
    assert len(read_series(engine, Series.NEW_PAGES)) == 78


def test_a_second_run_asks_nobody(engine: Engine, settings: Settings, instance: dg.DagsterInstance) -> None:
    metrics = FakeMetrics()
    load(engine, settings, metrics, instance)
    load_people(engine, settings, metrics, instance)
    metrics.asked.clear()

    assert load_people(engine, settings, metrics, instance).success
    assert metrics.asked.total() == 0


def test_when_people_cannot_be_read_the_run_fails_and_counts_stay(
    engine: Engine, settings: Settings, instance: dg.DagsterInstance
) -> None:
    codes = ("aa", "bb", "cc")
    failing: dict[tuple[str, Series], Exception] = {
        (f"{code}.wikipedia.org", one): fail_for_good() for code in codes for one in PEOPLE_SERIES
    }
    metrics = FakeMetrics(failing=failing)
    load(engine, settings, metrics, instance)
    before = read_series(engine, Series.EDITS)

    assert not load_people(engine, settings, metrics, instance).success
    assert before.equals(read_series(engine, Series.EDITS))
    assert read_series(engine, Series.USER_EDITORS).empty


def test_first_wikis_are_asked_for_at_once_and_the_others_in_the_night(
    engine: Engine, settings: Settings, instance: dg.DagsterInstance
) -> None:
    metrics = FakeMetrics()
    assert look(engine, settings, instance) == "no counts are stored yet"
    load(engine, settings, metrics, instance)
    assert "has answered for 2024-06" in str(look(engine, settings, instance))

    keep_my_wikis(engine, "1", ["cc.wikipedia.org"], NOW)
    request = look(engine, replace(settings, watchlist=("bb.wikipedia.org",)), instance)
    night = look(engine, replace(settings, watchlist=()), instance, NOW + timedelta(days=1))

    assert isinstance(request, dg.RunRequest)
    assert isinstance(night, dg.RunRequest)
    assert request.partition_key == "2024-06-01"
    config = request.run_config["ops"]["monthly_activity"]["config"]
    assert config == {"since": "2001-01", "wikis": ["bb.wikipedia.org", "cc.wikipedia.org"]}
    assert request.job_name == night.job_name == "people_refresh"
    assert night.run_config["ops"]["monthly_activity"]["config"]["wikis"] == []


@pytest.mark.parametrize("job", [monthly_refresh.name, people_refresh.name])
def test_while_a_run_has_not_ended_no_other_is_asked_for(
    engine: Engine, settings: Settings, instance: dg.DagsterInstance, job: str
) -> None:
    load(engine, settings, FakeMetrics(), instance)
    instance.add_run(dg.DagsterRun(job_name=job, status=dg.DagsterRunStatus.STARTING))

    assert "has not ended" in str(look(engine, settings, instance, NOW + timedelta(days=1)))
