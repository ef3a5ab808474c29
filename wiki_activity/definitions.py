"""The Dagster code location: settings from the environment, and the definitions built with them."""

import os
import warnings

import dagster as dg

from wiki_activity.defs.author_asset import authors, make_daily_authors
from wiki_activity.defs.automation import (
    make_month_register,
    make_new_month_sensor,
    make_refresh_keeper,
    make_weekly_repair,
    monthly_refresh,
    people_refresh,
)
from wiki_activity.defs.checks import monthly_checks
from wiki_activity.defs.community_events import community_events, community_events_job, make_events_sensor
from wiki_activity.defs.daily_history import daily_history, daily_history_job, make_daily_history_sensor
from wiki_activity.defs.evidence import make_evidence_sensor, peak_evidence, peak_evidence_job
from wiki_activity.defs.live_automation import (
    make_alert_sensor,
    make_daily_pruning,
    make_failure_sensor,
)
from wiki_activity.defs.live_ops import deliver_notices, live_edit_rate, prune_runs, watch_stream
from wiki_activity.defs.monthly_assets import monthly_activity, wikis
from wiki_activity.defs.people_automation import make_people_sensor
from wiki_activity.defs.resources import make_resources
from wiki_activity.defs.retention import make_retention_sensor, who_stayed, who_stayed_job
from wiki_activity.defs.shards import monthly_shard
from wiki_activity.defs.watcher_sensor import make_watch_keeper
from wiki_activity.settings import Settings, read_settings

# Dagster's own run_failure_sensor passes a parameter that Dagster calls beta, and says so in the code server's log.
warnings.filterwarnings("ignore", "Parameter `owners` of initializer `SensorDefinition", dg.BetaWarning)


def read_environment() -> Settings:
    """Read the settings of this process."""
    return read_settings(os.environ)


@dg.definitions
def defs() -> dg.Definitions:
    """Build all definitions; sensors and schedules start switched on under WIKI_ACTIVITY_AUTOSTART."""
    autostart = read_environment().autostart
    return dg.Definitions(
        assets=[
            wikis,
            monthly_activity,
            peak_evidence,
            who_stayed,
            community_events,
            daily_history,
            live_edit_rate,
            authors,
        ],
        jobs=[
            monthly_refresh,
            monthly_shard,
            people_refresh,
            daily_history_job,
            peak_evidence_job,
            community_events_job,
            who_stayed_job,
            watch_stream,
            deliver_notices,
            prune_runs,
        ],
        schedules=[
            make_weekly_repair(autostart=autostart),
            make_daily_pruning(autostart=autostart),
            make_daily_authors(autostart=autostart),
        ],
        asset_checks=[monthly_checks],
        sensors=[
            make_month_register(),
            make_new_month_sensor(autostart=autostart),
            make_people_sensor(autostart=autostart),
            make_refresh_keeper(autostart=autostart),
            make_daily_history_sensor(autostart=autostart),
            make_evidence_sensor(autostart=autostart),
            make_events_sensor(autostart=autostart),
            make_retention_sensor(autostart=autostart),
            make_watch_keeper(autostart=autostart),
            make_alert_sensor(autostart=autostart),
            make_failure_sensor(autostart=autostart),
        ],
        resources=make_resources(read_environment),
        # The multiprocess executor would take a process and 60 MB a step, for steps that wait on the network.
        executor=dg.in_process_executor,
    )
