"""The job that fetches a part of all wikis, against a Wikimedia that answers what it is told."""

from datetime import UTC, datetime

import dagster as dg
from sqlalchemy import Engine

from wiki_activity.defs.resources import Wikimedia
from wiki_activity.defs.shards import SHARD_POOL, fetch_shard, monthly_shard
from wiki_activity.defs.specs import COMMUNITY_ALERTS, EDIT_COUNTS
from wiki_activity.defs.wikimedia_pool import WIKIMEDIA_POOL
from wiki_activity.domain.counts import COUNT_SERIES, Series
from wiki_activity.settings import Settings
from wiki_activity.storage.notices import read_notices
from wiki_activity.wikimedia.answer_errors import PassingError
from wiki_activity_tests.defs.fakes import FakeMetrics, FakeSession

LANGUAGES = [f"{first}{second}" for first in "bchjk" for second in "aeinou"]
PARTS = monthly_shard.partitions_def


def now() -> datetime:
    return datetime(2024, 7, 9, 12, tzinfo=UTC)


def fetch(
    engine: Engine, settings: Settings, instance: dg.DagsterInstance, metrics: FakeMetrics, part: str, **more: bool
) -> dg.ExecuteInProcessResult:
    resources = {
        "settings": settings,
        "database": engine,
        "wikimedia": Wikimedia(FakeSession(LANGUAGES), metrics, "https://meta.example/api.php", 2),  # type: ignore[arg-type]
        "clock": now,
    }
    return monthly_shard.execute_in_process(instance=instance, resources=resources, partition_key=part, **more)


def test_the_last_part_finds_the_peaks_and_tells_dagster_of_the_months_with_one_digest(
    engine: Engine, settings: Settings, instance: dg.DagsterInstance
) -> None:
    assert PARTS is not None
    parts, metrics = PARTS.get_partition_keys(), FakeMetrics()
    for part in parts[1:]:
        assert fetch(engine, settings, instance, metrics, part).success
    assert not instance.get_materialized_partitions(EDIT_COUNTS)
    assert read_notices(engine) == []

    assert fetch(engine, settings, instance, metrics, parts[0]).success

    # Besides, each part has asked one wiki for its newest month.
    assert {times for (_, series), times in metrics.asked.items() if series is not Series.EDITS} == {1}
    assert len(metrics.asked) == len(LANGUAGES) * len(COUNT_SERIES)
    assert "2024-06-01" in instance.get_materialized_partitions(EDIT_COUNTS)
    assert "2024-03-01" in instance.get_materialized_partitions(COMMUNITY_ALERTS)
    assert len(read_notices(engine)) == 1


def test_a_part_that_could_not_be_read_fails_and_holds_the_peaks_up(
    engine: Engine, settings: Settings, instance: dg.DagsterInstance
) -> None:
    assert PARTS is not None
    *others, last = PARTS.get_partition_keys()
    for part in others:
        assert fetch(engine, settings, instance, FakeMetrics(), part).success
    failing = {(f"{language}.wikipedia.org", Series.EDITORS): PassingError("503") for language in LANGUAGES}

    assert not fetch(engine, settings, instance, FakeMetrics(failing=failing), last, raise_on_error=False).success
    assert not instance.get_materialized_partitions(COMMUNITY_ALERTS)

    assert fetch(engine, settings, instance, FakeMetrics(), last).success
    assert instance.get_materialized_partitions(COMMUNITY_ALERTS)


def test_parts_have_a_pool_of_their_own() -> None:
    assert fetch_shard.pool == SHARD_POOL != WIKIMEDIA_POOL
