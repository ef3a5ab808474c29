"""What was stored without Dagster, told to it: months as materialized, and the checks.

Run by `refresh`, which knows no Dagster, as a process of its own: `python -m wiki_activity.defs.reporting SINCE
[MONTH …]`. The instance is that of DAGSTER_HOME.
"""

import os
import sys
from collections.abc import Collection
from datetime import UTC, date, datetime

import dagster as dg
from sqlalchemy import Engine

from wiki_activity.defs.checks import tell_checks
from wiki_activity.defs.materializing import describe_months, emit_months
from wiki_activity.defs.partitions import find_published, register_months
from wiki_activity.defs.specs import COMMUNITY_ALERTS, SERIES_OF
from wiki_activity.domain.counts import Series
from wiki_activity.domain.months import parse_month
from wiki_activity.settings import Settings, read_settings
from wiki_activity.storage.count_tables import newest_month
from wiki_activity.storage.database import create_database_engine
from wiki_activity.storage.revisions import count_restated_by_month


def report_stored(
    instance: dg.DagsterInstance, database: Engine, settings: Settings, *, since: datetime, judged: Collection[date]
) -> int:
    """Report the months that a refresh has changed, or that Dagster never heard of; return how many, over all assets.

    Parameters
    ----------
    since
        When the refresh began, UTC.
    judged
        Months whose peaks are others now.
    """
    newest = newest_month(database, Series.EDITS)
    register_months(instance, find_published(datetime.now(UTC), newest))
    restated = {key: {month for one in series for month in count_restated_by_month(database, one, since)}
                for key, series in SERIES_OF.items()}  # fmt: skip
    changed = {**restated, COMMUNITY_ALERTS: set(judged)}
    latest = set() if newest is None else {newest}
    told = 0
    for key, months in changed.items():
        by_month = describe_months(database, settings, key, since=since)
        told += emit_months(instance.report_runless_asset_event, instance, key, by_month, changed=months | latest)
    tell_checks(instance, database)
    return told


def main() -> None:
    """Report what is stored to the instance of DAGSTER_HOME."""
    settings = read_settings(os.environ)
    database = create_database_engine(settings.database_url, connections=settings.database_connections)
    with dg.DagsterInstance.get() as instance:
        since, judged = datetime.fromisoformat(sys.argv[1]), [parse_month(month) for month in sys.argv[2:]]
        told = report_stored(instance, database, settings, since=since, judged=judged)
    database.dispose()
    print(f"Dagster was told of {told} months.", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    main()
