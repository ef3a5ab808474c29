"""The asset of who stayed: how many of the accounts of peaks, of noted days and of wishes still edit weeks later."""

from zlib import crc32

import dagster as dg
from sqlalchemy import Engine

from wiki_activity.defs.automation import is_active
from wiki_activity.defs.autostart import sensor_status
from wiki_activity.defs.evidence import EVIDENCE_POOL
from wiki_activity.defs.metadata import Metadata
from wiki_activity.defs.resources import Clock, Wikimedia
from wiki_activity.defs.specs import GROUP, KINDS, OWNERS, PEAK_EVIDENCE, RETENTION_COLUMNS, TAGS, WHO_STAYED
from wiki_activity.evidence.cohorts_due import forget_before, list_due_cohorts
from wiki_activity.evidence.services import make_follower
from wiki_activity.settings import Settings
from wiki_activity.storage.retention_table import forget_accounts

_SPEC = dg.AssetSpec(
    WHO_STAYED,
    deps=[PEAK_EVIDENCE],
    group_name=GROUP,
    kinds=KINDS,
    owners=OWNERS,
    tags=TAGS,
    description="How many of the accounts that were made on a wiki in a peak's month, or on days that a note is about, "
    "still edit weeks later: up to 40 requests for each, spread over three months.",
    metadata={"dagster/column_schema": RETENTION_COLUMNS, "dagster/table_name": "retention"},
)


@dg.multi_asset(specs=[_SPEC], pool=EVIDENCE_POOL)
def who_stayed(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    database: dg.ResourceParam[Engine],
    wikimedia: dg.ResourceParam[Wikimedia],
    clock: dg.ResourceParam[Clock],
) -> dg.MaterializeResult[None]:
    """Ask about the windows that have ended, and note the cohorts that are new.

    Each cohort is stored as soon as it was asked about: whatever ends a run, the next one asks only for the rest.
    """
    follower = make_follower(settings, wikimedia.session, database, clock)
    outcome = follower.follow_all(list_due_cohorts(database, settings.peak_detector, clock()), tell=context.log.info)
    forget_accounts(database, forget_before(clock()))
    metadata: Metadata = {
        "cohorts": dg.MetadataValue.int(len(outcome.followed)),
        "requests": dg.MetadataValue.int(sum(one.requests for one in outcome.followed)),
        "gaps": dg.MetadataValue.int(sum(bool(one.gaps) for one in outcome.followed)),
        "not asked about": dg.MetadataValue.int(len(outcome.left)),
    }
    if outcome.left:
        msg = "nobody answers any more; what was found is stored, and the next run asks for the rest"
        raise dg.Failure(msg, metadata=metadata, allow_retries=False)
    return dg.MaterializeResult(metadata=metadata)


who_stayed_job = dg.define_asset_job(
    "who_stayed_refresh", selection=dg.AssetSelection.assets(WHO_STAYED), description="Ask who stayed of new accounts."
)


def make_retention_sensor(*, autostart: bool) -> dg.SensorDefinition:
    """Make the sensor that asks for a run when a window has ended, or when a peak or a note is new."""

    @dg.sensor(
        name="who_stayed_sensor",
        job=who_stayed_job,
        minimum_interval_seconds=300,
        default_status=sensor_status(autostart=autostart),
        description="Every five minutes, and asks nobody: when weeks have passed after which it is looked at who "
        "stayed, or days are new of which that is wanted, it asks for a run.",
    )
    def who_stayed_sensor(
        context: dg.SensorEvaluationContext,
        settings: dg.ResourceParam[Settings],
        database: dg.ResourceParam[Engine],
        clock: dg.ResourceParam[Clock],
    ) -> dg.RunRequest | dg.SkipReason:
        now = clock()
        if is_active(context.instance, who_stayed_job.name, now):
            return dg.SkipReason("a run is asked for, and has not ended")
        due = list_due_cohorts(database, settings.peak_detector, now)
        if not due:
            return dg.SkipReason("nobody has to be asked today")
        # A run that fails is tried again after an hour, and what is new at once.
        return dg.RunRequest(run_key=f"{crc32(repr(due).encode())} {now:%Y-%m-%dT%H}")

    return who_stayed_sensor
