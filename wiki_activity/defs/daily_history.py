"""The asset of days: what Wikimedia counted of each day of the wikis that somebody cares about."""

import hashlib

import dagster as dg
from sqlalchemy import Engine

from wiki_activity.defs.autostart import sensor_status
from wiki_activity.defs.metadata import Metadata
from wiki_activity.defs.resources import Clock, Wikimedia
from wiki_activity.defs.specs import DAILY_HISTORY, EDIT_COUNTS, GROUP, HISTORY_COLUMNS, KINDS, OWNERS, TAGS
from wiki_activity.defs.wikimedia_pool import WIKIMEDIA_POOL
from wiki_activity.monthly.daily_history import begin_elsewhere, list_open, refresh_history
from wiki_activity.monthly.first_wikis import list_first_wikis
from wiki_activity.monthly.orphans import is_under_way
from wiki_activity.settings import Settings
from wiki_activity.storage.database_clock import database_time
from wiki_activity.storage.refreshes import last_refresh


@dg.asset(
    key=DAILY_HISTORY,
    deps=[EDIT_COUNTS],
    group_name=GROUP,
    kinds=KINDS,
    owners=OWNERS,
    tags=TAGS,
    pool=WIKIMEDIA_POOL,
    description="Edits of each day of the last 800, of the wikis of WATCHLIST and those that anybody starred; three "
    "requests a wiki, of months that are stored.",
    metadata={"dagster/column_schema": HISTORY_COLUMNS, "dagster/table_name": "daily_history"},
)
def daily_history(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    database: dg.ResourceParam[Engine],
    wikimedia: dg.ResourceParam[Wikimedia],
    clock: dg.ResourceParam[Clock],
) -> dg.MaterializeResult[None]:
    """Ask for the days of those of the first wikis that lack any; a run that was killed is gone on with by the next."""
    now = clock()
    todo = begin_elsewhere(list_open(database, list_first_wikis(database, settings.watchlist), now), now.date())
    outcome = refresh_history(database, wikimedia.metrics, todo, clock, context.log.info)
    metadata: Metadata = {
        "stored": dg.MetadataValue.int(len(outcome.stored)),
        "without days": dg.MetadataValue.json(outcome.without),
        "failed": dg.MetadataValue.json(outcome.failed),
        "not asked for": dg.MetadataValue.json(outcome.left),
    }
    if outcome.failed and not outcome.stored:
        msg = "the days of no wiki could be read and believed; what was known stays"
        raise dg.Failure(msg, metadata=metadata, allow_retries=False)
    return dg.MaterializeResult(metadata=metadata)


daily_history_job = dg.define_asset_job(
    "daily_history_refresh",
    selection=dg.AssetSelection.assets(DAILY_HISTORY),
    description="Fetch the days of the wikis that somebody cares about.",
)


def make_daily_history_sensor(*, autostart: bool) -> dg.SensorDefinition:
    """Make the sensor that asks for days when a month of counts is new, or somebody starred another wiki."""

    @dg.sensor(
        name="daily_history_sensor",
        job=daily_history_job,
        minimum_interval_seconds=120,
        default_status=sensor_status(autostart=autostart),
        description="Every two minutes, and asks nobody: when counts of a month are stored whose days are not, for "
        "wikis of WATCHLIST or with a star, it asks for a run; for the same ones once a day at most.",
    )
    def daily_history_sensor(
        settings: dg.ResourceParam[Settings], database: dg.ResourceParam[Engine], clock: dg.ResourceParam[Clock]
    ) -> dg.RunRequest | dg.SkipReason:
        now = clock()
        refresh = last_refresh(database)
        if refresh is not None and is_under_way(refresh, database_time(database, now)):
            return dg.SkipReason(f"a refresh is under way, held by {refresh.holder}")
        todo = list_open(database, list_first_wikis(database, settings.watchlist), now)
        if not todo:
            return dg.SkipReason("all days of the wikis that somebody cares about are stored")
        asked = " ".join(f"{project}:{days.last}" for project, days in sorted(todo.items()))
        return dg.RunRequest(run_key=f"{now:%Y-%m-%d} {hashlib.sha256(asked.encode()).hexdigest()[:16]}")

    return daily_history_sensor
