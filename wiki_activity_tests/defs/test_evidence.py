"""The sensor of evidence: when it asks for a run, and when it does not ask again."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import Engine

from wiki_activity.defs.evidence import make_evidence_sensor, peak_evidence
from wiki_activity.defs.partitions import register_months
from wiki_activity.defs.resources import make_resources
from wiki_activity.domain.findings import FindingKind, Source
from wiki_activity.domain.peaks import Detector
from wiki_activity.evidence.choosing import list_due
from wiki_activity.evidence.forgetting import list_todays
from wiki_activity.settings import Settings, read_settings
from wiki_activity.simulator.evidence.causes import CauseKind, PlantedCause
from wiki_activity.simulator.limits import Limits
from wiki_activity.simulator.server import SimulatorSettings, running_simulator
from wiki_activity.storage.database import create_database_engine, reading
from wiki_activity.storage.evidence_table import StoredAnswer, read_evidence, request_evidence, store_evidence
from wiki_activity_tests.explorer.stored import NOW, SHARED, fill_database

HI = "hi.wikipedia.org"


@pytest.fixture
def tick(settings: Settings, engine: Engine, instance: dg.DagsterInstance) -> Callable[[datetime], str | None]:
    fill_database(engine)

    def tick(now: datetime) -> str | None:
        context = dg.build_sensor_context(
            instance=instance, resources={"settings": settings, "database": engine, "clock": lambda: now}
        )
        found = make_evidence_sensor(autostart=False)(context)
        return found.run_key if isinstance(found, dg.RunRequest) else None

    return tick


def test_a_run_that_fails_is_tried_again_after_a_quarter_of_an_hour_and_a_wish_at_once(
    tick: Callable[[datetime], str | None], engine: Engine
) -> None:
    first = tick(NOW)
    assert first is not None
    assert tick(NOW + timedelta(minutes=1)) == first
    # Three months of which nobody answered are left alone until tomorrow, and the others are not for that due at once.
    away = {Source.DAYS: StoredAnswer(None, "no answer", NOW)}
    for project, month in list_due(engine, Detector.SEASONAL, NOW)[:1]:
        store_evidence(engine, project, month, answers=away, found=(), now=NOW, names=0)
    assert tick(NOW + timedelta(minutes=2)) == first
    assert tick(NOW + timedelta(minutes=15)) not in {first, None}

    request_evidence(engine, HI, SHARED, NOW)
    wished = tick(NOW + timedelta(minutes=3))
    assert wished not in {first, None}
    store_evidence(engine, HI, SHARED, answers={}, found=(), now=NOW, names=0)
    request_evidence(engine, HI, SHARED.replace(month=4), NOW)
    assert tick(NOW + timedelta(minutes=4)) not in {first, wished, None}, "another wish, as many as before"


def test_nobody_is_asked_when_nothing_is_due(tick: Callable[[datetime], str | None], engine: Engine) -> None:
    known = {Source.DAYS: StoredAnswer({}, None, NOW)}
    for project, month in list_due(engine, Detector.SEASONAL, NOW):
        store_evidence(engine, project, month, answers=known, found=(), now=NOW, names=0)

    day = next(one for at in range(28) if not list_todays(engine, one := NOW + timedelta(days=at)))
    assert tick(day) is None


def test_once_a_day_it_is_looked_which_pages_are_gone(tick: Callable[[datetime], str | None], engine: Engine) -> None:
    known = {Source.DAYS: StoredAnswer({}, None, NOW)}
    for project, month in list_due(engine, Detector.SEASONAL, NOW):
        store_evidence(engine, project, month, answers=known, found=(), now=NOW, names=0)
    day = next(one for at in range(28) if list_todays(engine, one := NOW + timedelta(days=at)))

    assert tick(day) == tick(day + timedelta(hours=5)) == f"pages {day:%Y-%m-%d}"


MONTHS_PLANTED = (date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1))
WIKI = "as.wikipedia.org"


@pytest.fixture
def loaded(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of an installation whose counts have three planted peaks."""
    causes = tuple(PlantedCause(WIKI, month, CauseKind.CAMPAIGN_HASHTAG, 0.7, 3.0) for month in MONTHS_PLANTED[::2])
    limits = Limits(requests_per_minute=1_000_000)
    simulated = SimulatorSettings(wikis=170, newest_month=date(2026, 5, 1), limits=limits, causes=causes)
    with running_simulator(simulated) as base:
        names = {
            "METRICS_URL": f"{base}/api/rest_v1/metrics",
            "SITEMATRIX_URL": f"{base}/w/api.php",
            "STATE_DIR": str(tmp_path),
            "CONTACT": "tests@example.org",
            "REQUESTS_PER_MINUTE": "900000",
        }
        environment = {f"WIKI_ACTIVITY_{name}": value for name, value in names.items()}
        command = [sys.executable, "-m", "wiki_activity", "refresh", "--wiki", WIKI]
        subprocess.run(command, env={**os.environ, **environment}, check=True)
        yield environment


def test_months_of_a_backfill_are_explained_in_one_run_and_no_more_the_second_time(
    loaded: dict[str, str], instance: dg.DagsterInstance
) -> None:
    settings = read_settings(loaded)
    register_months(instance, MONTHS_PLANTED[-1])

    def materialize() -> dg.ExecuteInProcessResult:
        first, last = (f"{month:%Y-%m-%d}" for month in (MONTHS_PLANTED[0], MONTHS_PLANTED[-1]))
        return dg.materialize(
            [peak_evidence],
            instance=instance,
            resources=make_resources(lambda: settings),
            tags={"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last},
        )

    def count_requests(result: dg.ExecuteInProcessResult) -> object:
        return result.get_asset_materialization_events()[-1].materialization.metadata["requests"].value

    result = materialize()
    assert result.success
    engine = create_database_engine(settings.database_url)
    with reading(engine) as connection:
        known = read_evidence(connection, [WIKI])[WIKI]
    assert {month for month in known if month in MONTHS_PLANTED} == set(MONTHS_PLANTED[::2])
    assert all(known[month].findings[0].kind is FindingKind.HASHTAG for month in MONTHS_PLANTED[::2])
    assert count_requests(result) not in {None, 0}
    assert count_requests(materialize()) == 0
    engine.dispose()
