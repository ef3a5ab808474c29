"""What asks by itself for the series of people: first wikis after each new month, all others in a night after it."""

import zlib

import dagster as dg
from sqlalchemy import Engine

from wiki_activity.defs.automation import is_active, monthly_refresh, people_refresh
from wiki_activity.defs.autostart import sensor_status
from wiki_activity.defs.partitions import month_key, register_months
from wiki_activity.defs.resources import Clock
from wiki_activity.domain.counts import Series
from wiki_activity.domain.months import format_month
from wiki_activity.monthly.orphans import is_under_way
from wiki_activity.monthly.people_counts import plan_people
from wiki_activity.settings import Settings
from wiki_activity.storage.database_clock import database_time
from wiki_activity.storage.provisional_table import newest_complete_month
from wiki_activity.storage.refreshes import last_refresh


def make_people_sensor(*, autostart: bool) -> dg.SensorDefinition:
    """Make the sensor that asks for the wikis that lack the newest month's registered editors, accounts and pages."""

    @dg.sensor(
        name="people_counts_sensor",
        job=people_refresh,
        minimum_interval_seconds=60,
        default_status=sensor_status(autostart=autostart),
        description="Every minute, asking nobody: once a new month's counts are stored it asks for the wikis of "
        "WATCHLIST and those that somebody starred, and in the night after for all others. Each run asks for those "
        "that lack the month: whatever stops it, only the rest is asked for.",
    )
    def people_counts_sensor(
        context: dg.SensorEvaluationContext,
        settings: dg.ResourceParam[Settings],
        database: dg.ResourceParam[Engine],
        clock: dg.ResourceParam[Clock],
    ) -> dg.SensorResult | dg.SkipReason:
        now = clock()
        month, counted = newest_complete_month(database), last_refresh(database, Series.EDITS)
        if month is None or counted is None:
            return dg.SkipReason("no counts are stored yet")
        under_way = last_refresh(database)
        if under_way is not None and is_under_way(under_way, database_time(database, now)):
            return dg.SkipReason(f"a refresh is under way, held by {under_way.holder}")
        if any(is_active(context.instance, job.name, now) for job in (monthly_refresh, people_refresh)):
            return dg.SkipReason("a run is asked for, and has not ended")
        plan = plan_people(database, settings.watchlist, month, counted.started_at, now)
        if not plan.first and not plan.others:
            return dg.SkipReason(f"whoever is to be asked by now has answered for {month:%Y-%m}")
        register_months(context.instance, month)
        # What failed is asked for again the next day; what is new on the list, at once. In the night all who lack the
        # month are asked, first wikis first: one that never answers keeps nobody waiting.
        names = "night" if plan.others else f"{zlib.crc32(' '.join(plan.first).encode()):08x}"
        wanted = [] if plan.others else list(plan.first)
        config = {"since": format_month(min(settings.first_month, month)), "wikis": wanted}
        request = dg.RunRequest(
            run_key=f"people-{month:%Y-%m}-{names}-{now:%Y-%m-%d}",
            job_name=people_refresh.name,
            partition_key=month_key(month),
            run_config={"ops": {"monthly_activity": {"config": config}}},
        )
        return dg.SensorResult(run_requests=[request])

    return people_counts_sensor
