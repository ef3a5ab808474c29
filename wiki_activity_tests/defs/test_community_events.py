"""The asset of community events, against the simulated services, and the sensor that asks for it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
import requests
from sqlalchemy import Engine

from wiki_activity.defs.community_events import community_events, make_events_sensor
from wiki_activity.defs.resources import make_resources
from wiki_activity.settings import read_settings
from wiki_activity.simulator.evidence.causes import CauseKind, PlantedCause
from wiki_activity.simulator.limits import Limits
from wiki_activity.simulator.server import SimulatorSettings, running_simulator
from wiki_activity.storage.calendar_table import CalendarSource, read_calendar, read_source
from wiki_activity.storage.database import create_database_engine
from wiki_activity.storage.migrate import migrate

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
WIKI, MONTH = "de.wikipedia.org", date(2025, 3, 1)
SECRETS = ("zqx", "Zqx Street", "behind the school", "meet.example.org", "chat.example.org", "women")


@pytest.fixture
def base() -> Iterator[str]:
    causes = (PlantedCause(WIKI, MONTH, CauseKind.CAMPAIGN_HASHTAG, 0.7, 3.0),)
    limits = Limits(requests_per_minute=1_000_000)
    simulated = SimulatorSettings(wikis=6, newest_month=date(2026, 5, 1), limits=limits, causes=causes)
    with running_simulator(simulated) as at:
        yield at


@pytest.fixture
def environment(base: str, tmp_path: Path) -> dict[str, str]:
    names = {
        "METRICS_URL": f"{base}/api/rest_v1/metrics",
        "SITEMATRIX_URL": f"{base}/w/api.php",
        "STATE_DIR": str(tmp_path),
        "CONTACT": "tests@example.org",
        "REQUESTS_PER_MINUTE": "900000",
    }
    return {f"WIKI_ACTIVITY_{name}": value for name, value in names.items()}


@pytest.fixture
def engine(environment: dict[str, str]) -> Iterator[Engine]:
    engine = create_database_engine(read_settings(environment).database_url)
    migrate(engine, now=NOW)
    yield engine
    engine.dispose()


def materialize(environment: dict[str, str], instance: dg.DagsterInstance) -> dict[str, object]:
    settings = read_settings(environment)
    result = dg.materialize([community_events], instance=instance, resources=make_resources(lambda: settings))
    event = result.get_asset_materialization_events()[-1]
    return {name: value.value for name, value in event.materialization.metadata.items()}


def test_all_events_are_there_after_a_run_and_nothing_of_where_people_meet(
    environment: dict[str, str], engine: Engine, instance: dg.DagsterInstance, base: str, tmp_path: Path
) -> None:
    told = materialize(environment, instance)
    known = read_calendar(engine)
    assert (told["stored"], told["all ids read"], told["gaps"]) == (len(known.events), True, {})
    assert told["annotations"] == 3
    truth = [one["cause"] for one in requests.get(f"{base}/simulator/causes.json", timeout=30).json()]
    (cause,) = [one for one in truth if one["project"] == WIKI and one["month"] == "2025-03"]
    campaign = [one for one in known.events if one.dbnames == ("dewiki",) and one.count_days(MONTH)]
    assert date(2025, 3, cause["first_day"]) in {one.first for one in campaign}
    assert all(one.first <= one.last for one in known.events)
    assert not any("test" in one.name for one in known.events)
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("*.sqlite*")).decode(errors="replace")
    assert [secret for secret in SECRETS if secret in stored] == []
    again = materialize(environment, instance)
    assert (again["stored"], again["requests"]) == (0, 30)


def test_a_service_that_is_away_is_a_gap_and_nothing_is_lost(
    environment: dict[str, str], engine: Engine, instance: dg.DagsterInstance, base: str
) -> None:
    materialize(environment, instance)
    before = read_calendar(engine).events
    fault = {"faults": {"service_faults": ["events=forbidden"]}}
    requests.post(f"{base}/simulator/settings", json=fault, timeout=30).raise_for_status()
    told = materialize(environment, instance)
    assert list(told["gaps"]) == ["event_registration"]  # type: ignore[call-overload]
    assert read_calendar(engine).events == before
    state = read_source(engine, CalendarSource.EVENTS)
    assert state is not None
    assert state.error is not None


def test_the_sensor_asks_for_a_run_once_a_day(
    engine: Engine, instance: dg.DagsterInstance, environment: dict[str, str]
) -> None:
    def tick(now: datetime) -> str | None:
        context = dg.build_sensor_context(instance=instance, resources={"database": engine, "clock": lambda: now})
        found = make_events_sensor(autostart=False)(context)
        return found.run_key if isinstance(found, dg.RunRequest) else None

    now = datetime.now(UTC)
    assert tick(now) == f"{now:%Y-%m-%dT%H}"
    materialize(environment, instance)
    now = datetime.now(UTC)
    assert tick(now + timedelta(minutes=1)) is None
    assert tick(now + timedelta(hours=19)) is None
    assert tick(now + timedelta(hours=21)) is not None
