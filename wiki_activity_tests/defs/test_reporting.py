"""What `refresh` stores beside Dagster, as Dagster is told of it."""

from datetime import date

import dagster as dg
from sqlalchemy import Engine

from wiki_activity.defs.reporting import report_stored
from wiki_activity.domain.counts import Series
from wiki_activity.settings import Settings
from wiki_activity_tests.defs.fakes import NOW, FakeMetrics, materialize

KEYS = [dg.AssetKey(name) for name in ("edit_counts", "editor_counts", "community_alerts")]


def test_months_that_were_stored_beside_dagster_are_materialized_once(
    engine: Engine, settings: Settings, instance: dg.DagsterInstance
) -> None:
    # In an instance of its own, of which this one knows nothing.
    materialize(engine, FakeMetrics(), settings, date(2024, 1, 1), date(2024, 6, 1))

    assert report_stored(instance, engine, settings, since=NOW, judged=[]) == 3 * 6
    for key in KEYS:
        assert sorted(instance.get_materialized_partitions(key)) == [f"2024-{month:02}-01" for month in range(1, 7)]
    assert instance.get_dynamic_partitions("months")[:2] == ["2001-01-01", "2001-02-01"]


def test_later_only_what_changed_is_told_and_the_newest_month(
    engine: Engine, settings: Settings, instance: dg.DagsterInstance
) -> None:
    first, last = date(2024, 1, 1), date(2024, 6, 1)
    materialize(engine, FakeMetrics(), settings, first, last, instance=instance)
    restated = FakeMetrics(changed={("aa.wikipedia.org", Series.EDITORS, date(2024, 2, 1)): 51})
    materialize(engine, restated, settings, first, last)

    told = report_stored(instance, engine, settings, since=NOW, judged=[date(2024, 4, 1)])

    assert told == 1 + 2 + 2
    (newest,) = instance.fetch_materializations(dg.AssetKey("editor_counts"), limit=1).records
    assert newest.run_id == ""
