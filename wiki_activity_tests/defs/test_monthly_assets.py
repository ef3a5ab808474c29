"""What a run of the monthly assets stores and reports."""

from collections.abc import Mapping
from datetime import date

import dagster as dg
import pytest
from sqlalchemy import Engine

from wiki_activity.defs.monthly_assets import is_same_backfill
from wiki_activity.domain.counts import Metric, Series
from wiki_activity.domain.peaks import Detector
from wiki_activity.settings import Settings
from wiki_activity.storage.counts import read_series
from wiki_activity.storage.peaks import read_peaks
from wiki_activity_tests.defs.fakes import FakeMetrics, fail_for_good, materialize, no_data


def read_metadata(instance: dg.DagsterInstance, key: str) -> dict[str | None, Mapping[str, dg.MetadataValue]]:
    records = instance.fetch_materializations(dg.AssetKey(key), limit=100).records
    return {one.partition_key: one.asset_materialization.metadata for one in records if one.asset_materialization}


KEYS = ("edit_counts", "editor_counts", "community_alerts")


def test_a_range_is_one_run_with_four_requests_a_wiki(
    engine: Engine, settings: Settings, instance: dg.DagsterInstance
) -> None:
    metrics = FakeMetrics()

    result = materialize(engine, metrics, settings, date(2018, 7, 1), date(2024, 6, 1), instance=instance)

    assert result.success
    assert len(metrics.asked) == 3 * 4
    assert set(metrics.asked.values()) == {1}
    for key in KEYS:
        assert len(instance.get_materialized_partitions(dg.AssetKey(key))) == 72


def test_every_partition_has_its_own_metadata(engine: Engine, settings: Settings, instance: dg.DagsterInstance) -> None:
    materialize(engine, FakeMetrics(), settings, date(2018, 1, 1), date(2024, 6, 1), instance=instance)

    edits = read_metadata(instance, "edit_counts")
    alerts = read_metadata(instance, "community_alerts")
    assert edits["2024-02-01"]["edits in all"].value == 3000
    assert edits["2024-03-01"]["edits in all"].value == 15000
    assert edits["2024-03-01"]["wikis"].value == 3
    assert alerts["2024-02-01"]["peaks in edits"].value == 0
    assert alerts["2024-03-01"]["peaks in edits"].value == 3


def test_the_peak_is_found_by_both_detectors_and_reported(
    engine: Engine, settings: Settings, instance: dg.DagsterInstance
) -> None:
    materialize(engine, FakeMetrics(), settings, date(2018, 7, 1), date(2024, 6, 1), instance=instance)

    for detector in Detector:
        peaks = read_peaks(engine, metric=Metric.EDITS, detector=detector, project="bb.wikipedia.org")
        assert [peak.month for peak in peaks] == [date(2024, 3, 1)]
    event = instance.get_latest_materialization_event(dg.AssetKey("community_alerts"))
    assert event is not None
    assert event.asset_materialization is not None
    table = event.asset_materialization.metadata["biggest new peaks"].value
    assert "March 2024" in str(table)
    assert "[bb.wikipedia.org](http://localhost:5000/p/bb.wikipedia.org/peaks/2024-03?metric=people_edits)" in str(
        table
    )


def test_a_month_that_is_not_published_is_not_materialized(
    engine: Engine, settings: Settings, instance: dg.DagsterInstance
) -> None:
    metrics = FakeMetrics(newest=date(2024, 5, 1))

    result = materialize(engine, metrics, settings, date(2024, 1, 1), date(2024, 6, 1), instance=instance)

    assert result.success
    for key in KEYS:
        assert sorted(instance.get_materialized_partitions(dg.AssetKey(key))) == [
            f"2024-{month:02}-01" for month in range(1, 6)
        ]
    (check,) = [one for one in result.get_asset_check_evaluations() if one.check_name == "newest_month_is_complete"]
    assert not check.passed
    assert "2024-06 is not published" in str(check.description)
    assert "2024-07-09 12:00 UTC" in str(check.description)


def test_few_failures_are_named_by_the_check_and_the_run_succeeds(engine: Engine, settings: Settings) -> None:
    languages = [f"{first}{second}" for first in "abcde" for second in "abcdef"]
    metrics = FakeMetrics(
        failing={
            ("aa.wikipedia.org", Series.EDITS): fail_for_good(),
            ("bb.wikipedia.org", Series.EDITS): no_data(),
        }
    )

    result = materialize(engine, metrics, settings, date(2024, 1, 1), date(2024, 6, 1), languages=languages)

    assert result.success
    coverage = {
        one.asset_key.to_user_string(): one
        for one in result.get_asset_check_evaluations()
        if one.check_name == "coverage"
    }
    assert not coverage["edit_counts"].passed
    assert "aa.wikipedia.org" in str(coverage["edit_counts"].description)
    assert coverage["edit_counts"].metadata["without data"].value == ["bb.wikipedia.org"]
    assert coverage["editor_counts"].passed
    assert "aa.wikipedia.org" not in read_series(engine, Series.EDITS)
    assert "aa.wikipedia.org" in read_series(engine, Series.EDITORS)


def test_a_total_without_its_split_is_stored_and_named(engine: Engine, settings: Settings) -> None:
    languages = [f"{first}{second}" for first in "abcde" for second in "abcdef"]
    metrics = FakeMetrics(failing={("aa.wikipedia.org", Series.USER_EDITS): fail_for_good()})

    result = materialize(engine, metrics, settings, date(2024, 1, 1), date(2024, 6, 1), languages=languages)

    assert result.success
    assert read_series(engine, Series.EDITS)["aa.wikipedia.org"].notna().all()
    (coverage,) = [
        one
        for one in result.get_asset_check_evaluations()
        if one.check_name == "coverage" and one.asset_key == dg.AssetKey("edit_counts")
    ]
    assert coverage.metadata["stored without the split"].value == ["aa.wikipedia.org"]


def test_many_failures_fail_the_run_and_keep_what_came(
    engine: Engine, settings: Settings, instance: dg.DagsterInstance
) -> None:
    metrics = FakeMetrics(failing={("aa.wikipedia.org", Series.EDITS): fail_for_good()})

    result = materialize(
        engine, metrics, settings, date(2024, 1, 1), date(2024, 6, 1), instance=instance, raise_on_error=False
    )

    assert not result.success
    assert not instance.get_materialized_partitions(dg.AssetKey("edit_counts"))
    assert "bb.wikipedia.org" in read_series(engine, Series.EDITS)


@pytest.mark.parametrize(("key", "requests"), [("edit_counts", 3), ("editor_counts", 1), ("community_alerts", 0)])
def test_each_asset_can_be_materialized_alone(engine: Engine, settings: Settings, key: str, requests: int) -> None:
    metrics = FakeMetrics()
    materialize(engine, FakeMetrics(), settings, date(2024, 1, 1), date(2024, 6, 1))

    result = materialize(engine, metrics, settings, date(2024, 1, 1), date(2024, 6, 1), selection=[key])

    assert result.success
    assert len(metrics.asked) == 3 * requests


def test_a_restatement_is_measured(engine: Engine, settings: Settings) -> None:
    materialize(engine, FakeMetrics(), settings, date(2024, 1, 1), date(2024, 6, 1))
    metrics = FakeMetrics(changed={("aa.wikipedia.org", Series.EDITS, date(2024, 2, 1)): 500})

    result = materialize(engine, metrics, settings, date(2024, 1, 1), date(2024, 6, 1))

    (check,) = [one for one in result.get_asset_check_evaluations() if one.check_name == "restatement_is_ordinary"]
    assert not check.passed
    assert "aa.wikipedia.org 2024-02, 1,000 to 500" in str(check.description)


def test_the_list_of_wikis_names_what_is_left_out_of_it(engine: Engine, settings: Settings) -> None:
    may = date(2024, 5, 1)

    result = materialize(engine, FakeMetrics(), settings, may, may, languages=["aa", "<b>"], selection=["wikis"])

    (materialization,) = result.asset_materializations_for_node("wikis")
    metadata = {name: value.value for name, value in materialization.metadata.items()}
    assert (metadata["open wikis"], metadata["left out"]) == (1, 1)
    assert metadata["what is left out"] == "<b>wiki (no usable url: 'https://<b>.wikipedia.org')"


def test_runs_of_one_backfill_wait_for_each_other_and_for_no_other(instance: dg.DagsterInstance) -> None:
    one, sibling, stranger = (
        instance.add_run(dg.DagsterRun(job_name="x", run_id=run_id, tags={"dagster/backfill": backfill}))
        for run_id, backfill in (("r1", "b1"), ("r2", "b1"), ("r3", "b2"))
    )

    assert is_same_backfill(instance, one, "Dagster run r2, process 1 on host")
    assert is_same_backfill(instance, sibling, "Dagster run r1, process 1 on host")
    assert not is_same_backfill(instance, stranger, "Dagster run r1, process 1 on host")
    assert not is_same_backfill(instance, dg.DagsterRun(job_name="x"), "Dagster run r1, process 1 on host")
