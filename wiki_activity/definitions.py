"""The Dagster code location: settings from the environment, and the definitions built with them."""

import os

import dagster as dg

from wiki_activity.defs.automation import (
    make_new_month_sensor,
    make_refresh_keeper,
    make_weekly_repair,
    monthly_refresh,
)
from wiki_activity.defs.monthly_assets import monthly_activity, wikis
from wiki_activity.defs.resources import make_resources
from wiki_activity.settings import Settings, read_settings


def read_environment() -> Settings:
    """Read the settings of this process."""
    return read_settings(os.environ)


@dg.definitions
def defs() -> dg.Definitions:
    """Build all definitions; sensors and schedules start switched on under WIKI_ACTIVITY_AUTOSTART."""
    autostart = read_environment().autostart
    return dg.Definitions(
        assets=[wikis, monthly_activity],
        jobs=[monthly_refresh],
        schedules=[make_weekly_repair(autostart=autostart)],
        sensors=[make_new_month_sensor(autostart=autostart), make_refresh_keeper(autostart=autostart)],
        resources=make_resources(read_environment),
        # The multiprocess executor would take a process and 60 MB a step, for steps that wait on the network.
        executor=dg.in_process_executor,
    )
