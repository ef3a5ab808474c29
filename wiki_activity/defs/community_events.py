"""The asset of the calendar: which community events there are, and what is known of faults of the figures."""

import dagster as dg
from sqlalchemy import Engine

from wiki_activity.defs.automation import is_active
from wiki_activity.defs.autostart import sensor_status
from wiki_activity.defs.evidence import EVIDENCE_POOL
from wiki_activity.defs.metadata import Metadata
from wiki_activity.defs.resources import Clock, Wikimedia
from wiki_activity.defs.specs import COMMUNITY_EVENTS, EVENT_COLUMNS, KINDS, OWNERS
from wiki_activity.evidence.calendar import is_calendar_due, make_calendar_services, refresh_calendar
from wiki_activity.settings import Settings


@dg.asset(
    key=COMMUNITY_EVENTS,
    group_name="calendar",
    kinds=KINDS,
    owners=OWNERS,
    pool=EVIDENCE_POOL,
    description="Community events as Event registration has them, and what Wikistats says of faults of its figures: "
    "some requests a day, and a few thousand once.",
    metadata={"dagster/column_schema": EVENT_COLUMNS, "dagster/table_name": "community_events"},
)
def community_events(
    settings: dg.ResourceParam[Settings],
    database: dg.ResourceParam[Engine],
    wikimedia: dg.ResourceParam[Wikimedia],
    clock: dg.ResourceParam[Clock],
) -> dg.MaterializeResult[None]:
    """Ask for what is new and for what has not ended; at most 2,000 requests, the next run goes on."""
    outcome = refresh_calendar(database, make_calendar_services(settings, wikimedia.session), clock)
    events = outcome.events
    metadata: Metadata = {
        "stored": dg.MetadataValue.int(events.kept),
        "gone": dg.MetadataValue.int(events.gone),
        "left out": dg.MetadataValue.int(events.left_out),
        "could not be read": dg.MetadataValue.int(events.unread),
        "requests": dg.MetadataValue.int(events.requests),
        "all ids read": dg.MetadataValue.bool(events.finished),
        "annotations": dg.MetadataValue.int(outcome.annotations),
        "gaps": dg.MetadataValue.json({source.value: why for source, why in outcome.errors.items()}),
    }
    if outcome.errors and not (events.kept or outcome.annotations):
        msg = "nobody could be read; what was known stays"
        raise dg.Failure(msg, metadata=metadata, allow_retries=False)
    return dg.MaterializeResult(metadata=metadata)


community_events_job = dg.define_asset_job(
    "community_events_refresh",
    selection=dg.AssetSelection.assets(COMMUNITY_EVENTS),
    description="Ask which community events there are.",
)


def make_events_sensor(*, autostart: bool) -> dg.SensorDefinition:
    """Make the sensor that asks for events once a day, and goes on with a walk that has not come to its end."""

    @dg.sensor(
        name="community_events_sensor",
        job=community_events_job,
        minimum_interval_seconds=300,
        default_status=sensor_status(autostart=autostart),
        description="Every five minutes, and asks nobody: when events were last read a day ago, or not to their end "
        "an hour ago, it asks for a run.",
    )
    def community_events_sensor(
        context: dg.SensorEvaluationContext, database: dg.ResourceParam[Engine], clock: dg.ResourceParam[Clock]
    ) -> dg.RunRequest | dg.SkipReason:
        now = clock()
        if is_active(context.instance, community_events_job.name, now):
            return dg.SkipReason("a run is asked for, and has not ended")
        if not is_calendar_due(database, now):
            return dg.SkipReason("events were read to their end less than a day ago")
        # A run that fails before it stores anything is tried again after an hour, and not every five minutes.
        return dg.RunRequest(run_key=f"{now:%Y-%m-%dT%H}")

    return community_events_sensor
