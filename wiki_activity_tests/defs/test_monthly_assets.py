"""What a run of the monthly assets stores and reports."""

import time
from collections.abc import Mapping
from datetime import date

import dagster as dg
import pytest
from sqlalchemy import Engine

from wiki_activity.defs.checks import monthly_checks
from wiki_activity.defs.monthly_assets import monthly_activity, wikis
from wiki_activity.domain.counts import COUNT_SERIES, Metric, Series
from wiki_activity.domain.months import list_months
from wiki_activity.domain.peaks import Detector
from wiki_activity.leases import sign_lease
from wiki_activity.monthly.refresh_errors import UnknownWikiError
from wiki_activity.settings import Settings
from wiki_activity.storage.count_tables import read_series
from wiki_activity.storage.peak_table import read_peaks
from wiki_activity.storage.refresh_leases import release_refresh, start_refresh
from wiki_activity_tests.defs.fakes import (
    NOW,
    FakeMetrics,
    fail_for_good,
    materialize,
    materialize_keys,
    no_data,
)


def read_metadata(instance: dg.DagsterInstance, key: str) -> dict[str | None, Mapping[str, dg.MetadataValue]]:
    records = instance.fetch_materializations(dg.AssetKey(key), limit=100).records
    return {one.partition_key: one.asset_materialization.metadata for one in records if one.asset_materialization}


def read_check(instance: dg.DagsterInstance, key: str, name: str) -> dg.AssetCheckEvaluation:
    wanted = dg.AssetCheckKey(dg.AssetKey(key), name)
    record = instance.event_log_storage.get_latest_asset_check_execution_by_key([wanted])[wanted]
    assert record.event is not None
    assert record.event.dagster_event is not None
    evaluation = record.event.dagster_event.event_specific_data
    assert isinstance(evaluation, dg.AssetCheckEvaluation)
    return evaluation


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
    table = read_metadata(instance, "community_alerts")["2024-03-01"]["biggest new peaks"].value
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
    check = read_check(instance, "edit_counts", "newest_month_is_complete")
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


def test_what_is_implausible_and_taken_is_told_by_the_check_and_nothing_unknown_can_be_accepted(
    engine: Engine, settings: Settings
) -> None:
    months = date(2024, 1, 1), date(2024, 6, 1)
    materialize(engine, FakeMetrics(), settings, *months)
    zeros = {("aa.wikipedia.org", Series.EDITS, month): 0 for month in list_months(*months)}

    with pytest.raises(UnknownWikiError, match=r"'a\.wikipedia\.org'; did you mean aa\.wikipedia\.org"):
        materialize(engine, FakeMetrics(changed=zeros), settings, *months, accept=["a.wikipedia.org"])
    result = materialize(engine, FakeMetrics(changed=zeros), settings, *months, accept=["aawiki"])

    checks = {one.asset_key.to_user_string(): one for one in result.get_asset_check_evaluations()
              if one.check_name == "coverage"}  # fmt: skip
    taken = checks["edit_counts"].metadata["implausible and taken"].value
    assert taken == {"aa.wikipedia.org": "edits: all its counts are 0, and 10,000 edits are known (accepted)"}
    assert "implausible and taken" not in checks["editor_counts"].metadata


def test_the_list_of_wikis_names_what_is_left_out_of_it(engine: Engine, settings: Settings) -> None:
    may = date(2024, 5, 1)

    result = materialize(engine, FakeMetrics(), settings, may, may, languages=["aa", "<b>"], selection=["wikis"])

    (materialization,) = result.asset_materializations_for_node("wikis")
    metadata = {name: value.value for name, value in materialization.metadata.items()}
    assert (metadata["open wikis"], metadata["left out"]) == (1, 1)
    assert metadata["what is left out"] == "<b>wiki (no usable url: 'https://<b>.wikipedia.org')"


def test_a_routine_run_asks_for_one_month_and_materializes_what_changed(
    engine: Engine, settings: Settings, instance: dg.DagsterInstance
) -> None:
    june = date(2024, 6, 1)
    first = materialize(engine, FakeMetrics(), settings, june, june, instance=instance, since="2001-01")
    changed = FakeMetrics(changed={("aa.wikipedia.org", Series.EDITS, date(2023, 2, 1)): 1001})
    second = materialize(engine, changed, settings, june, june, instance=instance, since="2001-01")

    for key in KEYS:
        assert len(instance.get_materialized_partitions(dg.AssetKey(key))) == 78
    planned = instance.all_logs(first.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED)
    assert len(planned) == len(KEYS) + 1
    partitions = [
        event.step_materialization_data.materialization.partition
        for event in second.get_asset_materialization_events()
        if event.asset_key == dg.AssetKey("edit_counts")
    ]
    assert sorted(str(key) for key in partitions) == ["2023-02-01", "2024-06-01"]


def test_each_month_tells_its_own_figures_and_its_page(
    engine: Engine, settings: Settings, instance: dg.DagsterInstance
) -> None:
    materialize(engine, FakeMetrics(), settings, date(2024, 1, 1), date(2024, 6, 1), instance=instance)

    edits, alerts = read_metadata(instance, "edit_counts"), read_metadata(instance, "community_alerts")
    assert "requests of the run" not in edits["2024-02-01"]
    assert edits["2024-02-01"]["explorer"].value == "http://localhost:5000/peaks?month=2024-02"
    assert alerts["2024-02-01"]["peaks new"].value == 0
    assert "biggest new peaks" not in alerts["2024-02-01"]


def test_a_key_that_is_no_month_is_refused_by_name(
    engine: Engine, settings: Settings, instance: dg.DagsterInstance
) -> None:
    instance.add_dynamic_partitions("months", ["2024-05", "nonsense"])

    for key in ("2024-05", "nonsense"):
        with pytest.raises(dg.Failure, match=key):
            materialize_keys(engine, FakeMetrics(), settings, key, key, instance)


@pytest.mark.parametrize("key", ["edit_counts", "editor_counts"])
def test_checks_can_be_executed_alone(
    engine: Engine, settings: Settings, instance: dg.DagsterInstance, key: str
) -> None:
    metrics = FakeMetrics(failing={("aa.wikipedia.org", Series.EDITS): no_data()})
    assert {one.description for one in execute_checks(engine, key, instance)} == {"nothing was fetched yet"}
    materialize(engine, metrics, settings, date(2024, 1, 1), date(2024, 6, 1))

    found = {one.check_name: one for one in execute_checks(engine, key, instance)}

    assert all(one.passed for one in found.values())
    assert found["coverage"].metadata["wikis asked"].value == 3
    assert len(found) == (3 if key == "edit_counts" else 1)


def execute_checks(engine: Engine, key: str, instance: dg.DagsterInstance) -> list[dg.AssetCheckEvaluation]:
    """Execute the checks of an asset as the button `Execute` of Dagster's page does: without a partition."""
    definitions = dg.Definitions(
        [wikis, monthly_activity],
        asset_checks=[monthly_checks],
        resources={"database": engine, **dict.fromkeys(("settings", "wikimedia", "clock"), None)},
        jobs=[dg.define_asset_job("checks", dg.AssetSelection.checks_for_assets(dg.AssetKey(key)))],
    )
    result = definitions.resolve_job_def("checks").execute_in_process(instance=instance)
    return list(result.get_asset_check_evaluations())


def test_a_run_waits_for_the_lease_that_the_command_line_holds(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = start_refresh(
        engine,
        run_id="cli",
        holder=sign_lease("wiki-activity refresh"),
        first=date(2024, 1, 1),
        last=date(2024, 6, 1),
        projects=["aa.wikipedia.org"],
        series=list(COUNT_SERIES),
        now=NOW,
    )
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        release_refresh(engine, held.id, held.holder, NOW)

    monkeypatch.setattr(time, "sleep", sleep)

    assert materialize(engine, FakeMetrics(), settings, date(2024, 6, 1), date(2024, 6, 1)).success
    assert slept == [60]
