"""The code location as Dagster sees it: what it has, what depends on what, and that it holds no secret."""

import json
from datetime import timedelta

import dagster as dg
import pytest

from wiki_activity.cli.demo import demo_steps
from wiki_activity.definitions import defs


@pytest.fixture
def definitions(monkeypatch: pytest.MonkeyPatch) -> dg.Definitions:
    for name, value in {
        "DATABASE_URL": "mysql+pymysql://user:hidden-password@127.0.0.1/wiki",
        "SLACK_WEBHOOK_URL": "https://hooks.example.org/hidden-webhook",
    }.items():
        monkeypatch.setenv(f"WIKI_ACTIVITY_{name}", value)
    loaded = defs()
    assert isinstance(loaded, dg.Definitions)
    return loaded


def test_the_keys_and_their_dependencies(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()

    assert {key.to_user_string(): sorted(up.to_user_string() for up in graph.get(key).parent_keys)
            for key in graph.get_all_asset_keys()} == {
        "wikis": [],
        "edit_counts": ["wikis"],
        "editor_counts": ["wikis"],
        "people_counts": ["wikis"],
        "community_alerts": ["edit_counts", "editor_counts", "people_counts"],
        "peak_evidence": ["community_alerts"],
        "community_events": [],
        "who_stayed": ["peak_evidence"],
        "daily_history": ["edit_counts"],
        "live_edit_rate": [],
        "authors": [],
    }  # fmt: skip


def test_the_jobs_schedules_and_sensors(definitions: dg.Definitions) -> None:
    repository = definitions.get_repository_def()

    jobs = {
        "monthly_refresh",
        "monthly_shard",
        "people_refresh",
        "daily_history_refresh",
        "peak_evidence_refresh",
        "community_events_refresh",
        "who_stayed_refresh",
        "watch_stream",
        "deliver_notices",
        "prune_runs",
    }
    sensors = {
        "month_register",
        "new_month_sensor",
        "people_counts_sensor",
        "refresh_keeper",
        "daily_history_sensor",
        "peak_evidence_sensor",
        "community_events_sensor",
        "who_stayed_sensor",
        "watch_keeper",
        "edit_rate_alert_sensor",
        "run_failure_alerts",
    }
    crons = {one.name: one.cron_schedule for one in repository.schedule_defs}
    assert {name for name in repository.job_names if not name.startswith("__")} == jobs
    assert crons == {"weekly_repair": "17 4 * * 1", "daily_pruning": "41 3 * * *", "daily_authors": "23 3 * * *"}
    assert {one.name for one in repository.sensor_defs} == sensors


def test_every_monthly_asset_has_one_run_for_any_range_a_description_and_its_columns(
    definitions: dg.Definitions,
) -> None:
    graph = definitions.resolve_asset_graph()

    for name in ("edit_counts", "editor_counts", "people_counts", "community_alerts"):
        node = graph.get(dg.AssetKey(name))
        assert node.backfill_policy == dg.BackfillPolicy.single_run()
        assert node.partitions_def is not None
        assert node.group_name == "monthly"
        assert node.description
        assert node.kinds
        assert "dagster/column_schema" in node.metadata


def test_every_monthly_asset_has_an_owner_and_says_when_it_is_late(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    monthly = ("edit_counts", "editor_counts", "people_counts", "community_alerts")
    days = dict.fromkeys(monthly, (40, 50)) | {"wikis": (8, 15)}

    for name, (warn, fail) in days.items():
        node = graph.get(dg.AssetKey(name))
        wanted = dg.FreshnessPolicy.time_window(warn_window=timedelta(days=warn), fail_window=timedelta(days=fail))
        assert node.freshness_policy == wanted
        assert node.owners == ["team:wiki_activity"]
        assert node.tags["source"] == "wikimedia"


@pytest.mark.parametrize("asset", ["edit_counts", "people_counts", "daily_history", "authors"])
def test_whatever_asks_wikimedia_more_than_once_takes_its_pool(definitions: dg.Definitions, asset: str) -> None:
    assert definitions.resolve_assets_def(dg.AssetKey(asset)).op.pool == "wikimedia"


def test_no_secret_is_in_what_dagster_shows(definitions: dg.Definitions) -> None:
    shown = json.dumps(
        [repr(one) for one in definitions.get_repository_def().get_top_level_resources().values()]
        + [
            str(one.config_schema.as_field())
            for one in definitions.get_repository_def().get_top_level_resources().values()
        ]
    )

    assert "hidden" not in shown


def test_the_demo_switches_on_all_sensors_that_an_installation_has(definitions: dg.Definitions) -> None:
    """Whoever tries the demo sees all of it: twice a sensor was forgotten, and nothing of its kind ever came."""
    switched_on = {*demo_steps._LIVE_SENSORS, *demo_steps._FURTHER_SENSORS, *demo_steps._MONTHLY_SENSORS}
    every = {sensor.name for sensor in definitions.sensors or ()}
    assert every - switched_on == {"month_register"}, "which is always on"
