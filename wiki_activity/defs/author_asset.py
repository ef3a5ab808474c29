"""What authors of notes are called now, asked once a day."""

import dagster as dg
from sqlalchemy import Engine

from wiki_activity.defs.autostart import schedule_status
from wiki_activity.defs.resources import Clock, Wikimedia
from wiki_activity.defs.specs import OWNERS
from wiki_activity.defs.wikimedia_pool import WIKIMEDIA_POOL
from wiki_activity.monthly.author_names import refresh_author_names
from wiki_activity.settings import Settings


@dg.asset(
    group_name="notes",
    kinds={"sql", "wikimedia"},
    owners=OWNERS,
    pool=WIKIMEDIA_POOL,
    description="What authors of notes are called now; accounts that are gone or hidden have no name.",
    metadata={"dagster/table_name": "authors"},
)
def authors(
    settings: dg.ResourceParam[Settings],
    database: dg.ResourceParam[Engine],
    wikimedia: dg.ResourceParam[Wikimedia],
    clock: dg.ResourceParam[Clock],
) -> dg.MaterializeResult[None]:
    """Ask Meta-Wiki for each author, and keep the names in `authors`."""
    found = refresh_author_names(database, wikimedia.session, settings.accounts_url, clock())
    return dg.MaterializeResult(metadata={"asked": found.asked, "gone": found.gone, "could_not_be_read": found.failed})


def make_daily_authors(*, autostart: bool) -> dg.ScheduleDefinition:
    """Make the schedule that looks every night at what authors are called."""
    return dg.ScheduleDefinition(
        name="daily_authors",
        target=dg.AssetSelection.assets(authors),
        cron_schedule="23 3 * * *",
        execution_timezone="UTC",
        default_status=schedule_status(autostart=autostart),
        description="Every night: asks what authors of notes are called now.",
    )
