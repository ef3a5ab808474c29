"""The schedule and the sensors, on an ephemeral instance with fakes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import dagster as dg
import pytest
from sqlalchemy import Engine

from wiki_activity.defs.automation import (
    MONTHLY_KEYS,
    make_new_month_sensor,
    make_refresh_keeper,
    make_weekly_repair,
    monthly_refresh,
)
from wiki_activity.defs.monthly_assets import monthly_activity, wikis
from wiki_activity.defs.partitions import RANGE_END_TAG, RANGE_START_TAG
from wiki_activity.defs.resources import Wikimedia
from wiki_activity.domain.counts import Series
from wiki_activity.holders import sign_lease
from wiki_activity.settings import Settings
from wiki_activity.storage.refreshes import start_refresh
from wiki_activity_tests.defs.fakes import NOW, FakeMetrics, FakeSession, fail_for_good, materialize, no_data


def evaluate_new_month(
    engine: Engine, settings: Settings, metrics: FakeMetrics, cursor: str | None = None
) -> dg.SensorResult | dg.SkipReason:
    wikimedia = Wikimedia(FakeSession(["aa"]), metrics, "http://matrix", 2)  # type: ignore[arg-type]
    context = dg.build_sensor_context(
        cursor=cursor,
        resources={"settings": settings, "database": engine, "wikimedia": wikimedia, "clock": lambda: NOW},
    )
    found = make_new_month_sensor(autostart=False)(context)
    assert isinstance(found, dg.SensorResult | dg.SkipReason)
    return found


def test_with_nothing_stored_the_whole_history_is_asked_for(engine: Engine, settings: Settings) -> None:
    found = evaluate_new_month(engine, settings, FakeMetrics())

    assert isinstance(found, dg.SensorResult)
    (request,) = found.run_requests or ()
    assert (request.tags[RANGE_START_TAG], request.tags[RANGE_END_TAG]) == ("2001-01-01", "2024-06-01")
    assert found.cursor == f"2024-06 {NOW.isoformat()}"


def test_a_published_month_that_is_stored_asks_for_nothing(engine: Engine, settings: Settings) -> None:
    materialize(engine, FakeMetrics(), settings, date(2024, 1, 1), date(2024, 6, 1))

    found = evaluate_new_month(engine, settings, FakeMetrics())

    assert isinstance(found, dg.SkipReason)
    assert "2024-06 is the newest published month" in str(found.skip_message)


def test_a_new_month_is_asked_for_once(engine: Engine, settings: Settings) -> None:
    old = FakeMetrics(newest=date(2024, 5, 1))
    materialize(engine, old, settings, date(2024, 1, 1), date(2024, 5, 1))

    first = evaluate_new_month(engine, settings, FakeMetrics(), cursor="2024-05")
    assert isinstance(first, dg.SensorResult)
    second = evaluate_new_month(engine, settings, FakeMetrics(), cursor=first.cursor)

    assert isinstance(second, dg.SkipReason)
    assert "a run was asked for already" in str(second.skip_message)


def test_a_failed_probe_says_nothing_of_what_is_published(engine: Engine, settings: Settings) -> None:
    metrics = FakeMetrics(failing={("aa.wikipedia.org", Series.EDITS): fail_for_good()})

    found = evaluate_new_month(engine, settings, metrics, cursor="2024-05")

    assert isinstance(found, dg.SkipReason)
    assert "could not be read" in str(found.skip_message)


def test_while_a_refresh_is_under_way_no_other_is_asked_for(engine: Engine, settings: Settings) -> None:
    hold_lease(engine, "another-run")

    found = evaluate_new_month(engine, settings, FakeMetrics())

    assert isinstance(found, dg.SkipReason)
    assert "under way" in str(found.skip_message)


def test_the_weekly_repair_covers_every_ended_month_from_the_first_one_on(settings: Settings) -> None:
    late = replace(settings, first_month=date(2020, 1, 1))
    context = dg.build_schedule_context(resources={"settings": late, "clock": lambda: NOW})

    request = make_weekly_repair(autostart=False)(context)

    assert isinstance(request, dg.RunRequest)
    assert (request.tags[RANGE_START_TAG], request.tags[RANGE_END_TAG]) == ("2020-01-01", "2024-06-01")


def test_a_month_of_which_few_wikis_are_stored_is_asked_for(engine: Engine, settings: Settings) -> None:
    materialize(engine, FakeMetrics(newest=date(2024, 5, 1)), settings, date(2024, 1, 1), date(2024, 5, 1))
    some = {(f"{code}.wikipedia.org", series): no_data() for code in ("bb", "cc") for series in Series}
    materialize(engine, FakeMetrics(failing=some), settings, date(2024, 1, 1), date(2024, 6, 1))

    found = evaluate_new_month(engine, settings, FakeMetrics())

    assert isinstance(found, dg.SensorResult)
    (request,) = found.run_requests or ()
    assert request.tags[RANGE_END_TAG] == "2024-06-01"


def hold_lease(engine: Engine, run_id: str, *, holder: str | None = None, silent_for: timedelta = timedelta()) -> None:
    start_refresh(
        engine,
        run_id=run_id,
        holder=holder or sign_lease(f"Dagster run {run_id}"),
        first=date(2024, 1, 1),
        last=date(2024, 6, 1),
        projects=["aa.wikipedia.org"],
        series=list(Series),
        now=NOW - silent_for,
    )


def start_run(instance: dg.DagsterInstance, keys: Sequence[dg.AssetKey]) -> dg.DagsterRun:
    definitions = dg.Definitions(
        [wikis, monthly_activity],
        resources=dict.fromkeys(("settings", "database", "wikimedia", "clock"), None),
    )
    job = definitions.resolve_implicit_global_asset_job_def().get_subset(asset_selection=frozenset(keys))
    run = instance.create_run_for_job(job, asset_selection=frozenset(keys))
    mark_as_started(instance, run)
    return run


def mark_as_started(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    instance.handle_run_event(
        run.run_id,
        dg.DagsterEvent(
            event_type_value=dg.DagsterEventType.RUN_START.value, job_name=run.job_name, message="started by the test"
        ),
    )


def keep(instance: dg.DagsterInstance, engine: Engine) -> str:
    context = dg.build_sensor_context(instance=instance, resources={"database": engine, "clock": lambda: NOW})
    found = make_refresh_keeper(autostart=False)(context)
    assert isinstance(found, dg.SkipReason)
    return str(found.skip_message)


@pytest.mark.parametrize(
    ("holder", "silent_for", "reaped"),
    [
        (None, timedelta(), False),
        (None, timedelta(seconds=61), True),
        ("Dagster run {run}, process 1 on a-host-that-is-not-this-one", timedelta(seconds=59), False),
        ("Dagster run {run}, process 1 on a-host-that-is-not-this-one", timedelta(seconds=61), True),
    ],
)
def test_a_run_is_an_orphan_when_its_lease_is_silent(
    engine: Engine, instance: dg.DagsterInstance, holder: str | None, silent_for: timedelta, reaped: bool
) -> None:
    run = start_run(instance, sorted(MONTHLY_KEYS))
    hold_lease(engine, run.run_id, holder=holder and holder.format(run=run.run_id), silent_for=silent_for)

    told = keep(instance, engine)

    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    assert (found.status is dg.DagsterRunStatus.FAILURE) == reaped
    assert (run.run_id in told) == reaped


def test_other_peoples_runs_are_let_be(engine: Engine, instance: dg.DagsterInstance) -> None:
    @dg.job
    def of_somebody_else() -> None: ...

    run = instance.create_run_for_job(of_somebody_else)
    mark_as_started(instance, run)

    assert "is alive" in keep(instance, engine)
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    assert found.status is dg.DagsterRunStatus.STARTED


def test_sensors_and_the_schedule_are_off_unless_autostarted() -> None:
    for autostart, status in ((False, "STOPPED"), (True, "RUNNING")):
        assert make_weekly_repair(autostart=autostart).default_status.value == status
        assert make_new_month_sensor(autostart=autostart).default_status.value == status
        assert make_refresh_keeper(autostart=autostart).default_status.value == status


def test_failed_runs_of_the_job_are_tried_again_from_where_they_failed() -> None:
    assert monthly_refresh.tags is not None
    assert monthly_refresh.tags["dagster/max_retries"] == "2"
