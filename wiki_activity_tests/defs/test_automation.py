"""The schedule and the sensors, on an ephemeral instance with fakes."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import Engine

from wiki_activity.defs.automation import (
    MONTHLY_KEYS,
    make_month_register,
    make_new_month_sensor,
    make_refresh_keeper,
    make_weekly_repair,
    monthly_refresh,
)
from wiki_activity.defs.monthly_assets import monthly_activity, wikis
from wiki_activity.defs.partitions import StrangeMonthError, months_of
from wiki_activity.defs.resources import Wikimedia
from wiki_activity.domain.counts import COUNT_SERIES, Series
from wiki_activity.leases import sign_lease
from wiki_activity.settings import Settings
from wiki_activity.storage.refresh_leases import start_refresh
from wiki_activity.ticks import find_last_tick
from wiki_activity.watch.failed_runs import find_failed_run
from wiki_activity.wikimedia.answer_errors import PassingError
from wiki_activity_tests.defs.fakes import NOW, FakeMetrics, FakeSession, fail_for_good, materialize


def evaluate_new_month(
    engine: Engine,
    settings: Settings,
    metrics: FakeMetrics,
    cursor: str | None = None,
    before: Callable[[dg.DagsterInstance], None] = lambda _: None,
) -> dg.SensorResult | dg.SkipReason:
    wikimedia = Wikimedia(FakeSession(["aa"]), metrics, "http://matrix", 2)  # type: ignore[arg-type]
    with dg.DagsterInstance.ephemeral() as instance:
        before(instance)
        context = dg.build_sensor_context(
            instance=instance,
            cursor=cursor,
            resources={"settings": settings, "database": engine, "wikimedia": wikimedia, "clock": lambda: NOW},
        )
        found = make_new_month_sensor(autostart=False)(context)
        assert isinstance(found, dg.SensorResult | dg.SkipReason)
        for request in getattr(found, "run_requests", None) or ():
            assert instance.has_dynamic_partition("months", request.partition_key)
        return found


def read_since(request: dg.RunRequest) -> str:
    """Return the first month that a request's run is to store."""
    since = request.run_config["ops"]["monthly_activity"]["config"]["since"]
    assert isinstance(since, str)
    return since


def test_with_nothing_stored_the_whole_history_is_asked_for(engine: Engine, settings: Settings) -> None:
    found = evaluate_new_month(engine, settings, FakeMetrics())

    assert isinstance(found, dg.SensorResult)
    (request,) = found.run_requests or ()
    assert (request.partition_key, read_since(request)) == ("2024-06-01", "2001-01")
    assert request.run_key == "new-month-2024-06-2024-07-09T12:00"
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


def test_a_first_load_that_cannot_begin_is_told_and_looked_for_again_within_minutes(
    engine: Engine, settings: Settings
) -> None:
    away = FakeMetrics(failing={("aa.wikipedia.org", Series.EDITS): PassingError("503 Service Unavailable")})

    assert isinstance(evaluate_new_month(engine, settings, away), dg.SkipReason)

    told = find_failed_run(engine)
    assert told is not None
    assert "the first load cannot begin" in told.message
    assert "503 Service Unavailable" in told.message
    sensor = make_new_month_sensor(autostart=True)
    assert sensor.minimum_interval_seconds is not None
    assert sensor.minimum_interval_seconds <= 180
    assert isinstance(evaluate_new_month(engine, settings, FakeMetrics()), dg.SensorResult)


def test_what_is_stored_is_held_against_wikimedia_every_half_hour(engine: Engine, settings: Settings) -> None:
    metrics = FakeMetrics()
    materialize(engine, metrics, settings, date(2024, 1, 1), date(2024, 6, 1))
    metrics.asked.clear()

    for minutes, requests in ((29, 0), (30, 1)):
        looked_at = NOW - timedelta(minutes=minutes)
        found = evaluate_new_month(
            engine, settings, metrics, cursor=f"2024-06 2024-07-02T08:00+00:00 {looked_at.isoformat()}"
        )
        assert isinstance(found, dg.SkipReason)
        assert metrics.asked.total() == requests


def test_a_monthly_run_that_has_not_begun_is_not_asked_for_twice(engine: Engine, settings: Settings) -> None:
    def queue(instance: dg.DagsterInstance) -> None:
        instance.add_run(dg.DagsterRun(job_name="monthly_refresh", status=dg.DagsterRunStatus.STARTING))

    found = evaluate_new_month(engine, settings, FakeMetrics(), before=queue)

    assert isinstance(found, dg.SkipReason)
    assert "has not ended" in str(found.skip_message)


def test_while_a_refresh_is_under_way_no_other_is_asked_for(engine: Engine, settings: Settings) -> None:
    hold_lease(engine, "another-run")

    found = evaluate_new_month(engine, settings, FakeMetrics())

    assert isinstance(found, dg.SkipReason)
    assert "under way" in str(found.skip_message)


@pytest.mark.parametrize(("registered", "newest"), [([], "2024-05-01"), (["2024-06-01", "2024-13", "x"], "2024-06-01")])
def test_the_weekly_repair_stores_every_month_from_the_first_one_to_the_newest_published(
    settings: Settings, tmp_path: Path, registered: list[str], newest: str
) -> None:
    instance = dg.DagsterInstance.local_temp(str(tmp_path))
    instance.add_dynamic_partitions("months", registered)
    late = replace(settings, first_month=date(2020, 1, 1))
    context = dg.build_schedule_context(instance=instance, resources={"settings": late, "clock": lambda: NOW})

    request = make_weekly_repair(autostart=False)(context)

    assert isinstance(request, dg.RunRequest)
    assert (request.partition_key, read_since(request)) == (newest, "2020-01")
    instance.dispose()


def test_months_are_registered_oldest_first_and_stay(engine: Engine, instance: dg.DagsterInstance) -> None:
    def tick() -> str:
        context = dg.build_sensor_context(instance=instance, resources={"database": engine, "clock": lambda: NOW})
        found = make_month_register()(context)
        assert isinstance(found, dg.SkipReason)
        return str(found.skip_message)

    assert tick() == "registered 2001-01-01 to 2024-05-01"
    assert tick() == "every month is registered"
    keys = instance.get_dynamic_partitions("months")
    assert list(keys) == sorted(keys)
    assert len(keys) == 23 * 12 + 5


@pytest.mark.parametrize("key", ["2026-13-junk", "2026-10", ""])
def test_of_a_key_that_is_no_month_the_key_is_told_and_nothing_beneath_it(key: str) -> None:
    with pytest.raises(StrangeMonthError, match=f"partition '{key}' is no month of ours.*delete it") as refused:
        months_of(["2026-10-01", key])

    assert refused.value.__cause__ is None


def test_a_month_that_is_stored_can_be_asked_for(
    engine: Engine, settings: Settings, instance: dg.DagsterInstance
) -> None:
    materialize(engine, FakeMetrics(), settings, date(2024, 6, 1), date(2024, 6, 1))
    context = dg.build_sensor_context(instance=instance, resources={"database": engine, "clock": lambda: NOW})

    make_month_register()(context)

    assert instance.get_dynamic_partitions("months")[-1] == "2024-06-01"


def test_a_month_of_which_few_wikis_are_stored_is_asked_for(engine: Engine, settings: Settings) -> None:
    materialize(engine, FakeMetrics(newest=date(2024, 5, 1)), settings, date(2024, 1, 1), date(2024, 5, 1))
    late = frozenset({"bb.wikipedia.org", "cc.wikipedia.org"})
    materialize(engine, FakeMetrics(late=late), settings, date(2024, 1, 1), date(2024, 6, 1))

    found = evaluate_new_month(engine, settings, FakeMetrics())

    assert isinstance(found, dg.SensorResult)
    (request,) = found.run_requests or ()
    assert request.partition_key == "2024-06-01"


def hold_lease(engine: Engine, run_id: str, *, holder: str | None = None, silent_for: timedelta = timedelta()) -> None:
    start_refresh(
        engine,
        run_id=run_id,
        holder=holder or sign_lease(f"Dagster run {run_id}"),
        first=date(2024, 1, 1),
        last=date(2024, 6, 1),
        projects=["aa.wikipedia.org"],
        series=list(COUNT_SERIES),
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


def keep(instance: dg.DagsterInstance, engine: Engine, settings: Settings, now: datetime = NOW) -> dg.SensorResult:
    context = dg.build_sensor_context(
        instance=instance, resources={"settings": settings, "database": engine, "clock": lambda: now}
    )
    found = make_refresh_keeper(autostart=False)(context)
    assert isinstance(found, dg.SensorResult)
    return found


def test_a_run_that_never_began_is_asked_for_again_within_minutes(
    engine: Engine, settings: Settings, instance: dg.DagsterInstance
) -> None:
    config = {"ops": {"monthly_activity": {"config": {"since": "2001-01"}}}}
    tags = {"dagster/partition": "2024-06-01"}
    run = instance.add_run(dg.DagsterRun(job_name="monthly_refresh", run_config=config, tags=tags))
    instance.report_run_failed(run, "it took too long to begin")
    now = datetime.now(UTC)

    assert not keep(instance, engine, settings, now).run_requests
    (request,) = keep(instance, engine, settings, now + timedelta(minutes=6)).run_requests or ()

    assert (request.partition_key, read_since(request)) == ("2024-06-01", "2001-01")
    assert request.run_key == f"again-{run.run_id}"


def test_a_run_that_began_is_not_asked_for_again(
    engine: Engine, settings: Settings, instance: dg.DagsterInstance
) -> None:
    run = instance.add_run(dg.DagsterRun(job_name="monthly_refresh"))
    mark_as_started(instance, run)
    instance.report_run_failed(run, "Wikimedia is away")

    assert not keep(instance, engine, settings, datetime.now(UTC) + timedelta(minutes=6)).run_requests


def test_a_tick_leaves_its_mark(engine: Engine, settings: Settings, instance: dg.DagsterInstance) -> None:
    assert find_last_tick(settings.state_dir) is None
    keep(instance, engine, settings)
    assert find_last_tick(settings.state_dir) == NOW


@pytest.mark.parametrize(
    ("holder", "silent_for", "reaped"),
    [
        (None, timedelta(), False),
        (None, timedelta(seconds=599), False),
        (None, timedelta(seconds=601), True),
        ("Dagster run {run}, process 1 on a-host-that-is-not-this-one", timedelta(seconds=59), False),
        ("Dagster run {run}, process 1 on a-host-that-is-not-this-one", timedelta(seconds=61), True),
    ],
)
def test_a_run_is_an_orphan_when_its_lease_is_silent(  # noqa: PLR0917
    engine: Engine,
    settings: Settings,
    instance: dg.DagsterInstance,
    holder: str | None,
    silent_for: timedelta,
    reaped: bool,
) -> None:
    run = start_run(instance, sorted(MONTHLY_KEYS))
    hold_lease(engine, run.run_id, holder=holder and holder.format(run=run.run_id), silent_for=silent_for)

    told = str(keep(instance, engine, settings).skip_reason)

    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    assert (found.status is dg.DagsterRunStatus.FAILURE) == reaped
    assert (run.run_id in told) == reaped


@pytest.mark.parametrize(
    "run",
    [
        dg.DagsterRun(job_name="prune_runs"),
        dg.DagsterRun(job_name="__ASSET_JOB", asset_selection=frozenset({dg.AssetKey("authors")})),
    ],
)
def test_every_run_of_ours_whose_log_is_silent_is_an_orphan(
    engine: Engine, settings: Settings, instance: dg.DagsterInstance, run: dg.DagsterRun
) -> None:
    instance.add_run(run)
    mark_as_started(instance, run)
    instance.report_engine_event("somebody works", run)

    assert "is alive" in str(keep(instance, engine, settings, datetime.now(UTC)).skip_reason)
    assert f"run {run.run_id} was an orphan" in str(
        keep(instance, engine, settings, datetime.now(UTC) + timedelta(minutes=11)).skip_reason
    )


def test_other_peoples_runs_are_let_be(engine: Engine, settings: Settings, instance: dg.DagsterInstance) -> None:
    @dg.job
    def of_somebody_else() -> None: ...

    run = instance.create_run_for_job(of_somebody_else)
    mark_as_started(instance, run)

    assert "is alive" in str(keep(instance, engine, settings).skip_reason)
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    assert found.status is dg.DagsterRunStatus.STARTED


def test_sensors_and_the_schedule_are_off_unless_autostarted() -> None:
    for autostart, status in ((False, "STOPPED"), (True, "RUNNING")):
        assert make_weekly_repair(autostart=autostart).default_status.value == status
        assert make_new_month_sensor(autostart=autostart).default_status.value == status
        assert make_refresh_keeper(autostart=autostart).default_status.value == status


def test_the_months_are_registered_even_where_nothing_else_is_on() -> None:
    assert make_month_register().default_status.value == "RUNNING"


def test_failed_runs_of_the_job_are_tried_again_from_where_they_failed() -> None:
    assert monthly_refresh.tags is not None
    assert monthly_refresh.tags["dagster/max_retries"] == "2"
