"""The asset of who stayed, and its sensor: when it asks for a run, and when it does not."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from sqlalchemy import Engine

from wiki_activity.defs.resources import make_resources
from wiki_activity.defs.retention import make_retention_sensor, who_stayed
from wiki_activity.domain.daily_history import DayRange
from wiki_activity.settings import Settings
from wiki_activity.storage.retention_table import open_cohorts, read_cohort

NOW = datetime.now(UTC)
LAST = NOW.date() - timedelta(days=20)
COHORT = ("hi.wikipedia.org", DayRange(LAST - timedelta(days=9), LAST))


@pytest.fixture
def tick(settings: Settings, engine: Engine, instance: dg.DagsterInstance) -> Callable[[datetime], str | None]:
    def tick(now: datetime) -> str | None:
        context = dg.build_sensor_context(
            instance=instance, resources={"settings": settings, "database": engine, "clock": lambda: now}
        )
        found = make_retention_sensor(autostart=False)(context)
        return found.run_key if isinstance(found, dg.RunRequest) else None

    return tick


def test_a_run_is_asked_for_when_a_window_has_ended_and_again_after_an_hour(
    tick: Callable[[datetime], str | None], engine: Engine
) -> None:
    assert tick(NOW) is None
    open_cohorts(engine, [COHORT])
    assert tick(NOW) is None
    begin = datetime.combine(LAST + timedelta(days=31), datetime.min.time(), UTC)
    first = tick(begin)
    assert first is not None
    assert tick(begin + timedelta(minutes=5)) == first
    assert tick(begin + timedelta(minutes=65)) not in {first, None}


def test_a_run_names_how_much_it_asked(settings: Settings, engine: Engine, instance: dg.DagsterInstance) -> None:
    open_cohorts(engine, [COHORT])
    result = dg.materialize([who_stayed], instance=instance, resources=make_resources(lambda: settings))

    assert result.success
    metadata = result.get_asset_materialization_events()[-1].materialization.metadata
    assert {name: metadata[name].value for name in ("cohorts", "requests", "gaps")} == {
        "cohorts": 0,
        "requests": 0,
        "gaps": 0,
    }
    assert all(one.found is None for one in read_cohort(engine, COHORT))
