"""The asset of evidence: what was behind the peaks of the newest month, and behind those that somebody asks about."""

from zlib import crc32

import dagster as dg
from sqlalchemy import Engine

from wiki_activity.defs.automation import is_active
from wiki_activity.defs.autostart import sensor_status
from wiki_activity.defs.metadata import Metadata
from wiki_activity.defs.partitions import MONTHS, month_key, months_of, register_months
from wiki_activity.defs.resources import Clock, Wikimedia
from wiki_activity.defs.specs import COMMUNITY_ALERTS, FINDING_COLUMNS, GROUP, KINDS, OWNERS, PEAK_EVIDENCE, TAGS
from wiki_activity.evidence.choosing import list_due, list_month
from wiki_activity.evidence.explaining import Explainer
from wiki_activity.evidence.forgetting import Forgotten, forget_deleted, list_todays
from wiki_activity.evidence.services import make_services
from wiki_activity.monthly.new_peaks import tell_what_was_found
from wiki_activity.settings import Settings
from wiki_activity.storage.evidence_table import list_requests
from wiki_activity.storage.provisional_table import newest_complete_month

EVIDENCE_POOL = "evidence"
"""Not that of counts: evidence waits its turn by the budget, and takes no run's place."""
_LOOK = "wiki_activity/pages_looked_at"
"""Tag of the day's run that also looks which pages are gone."""


_SPEC = dg.AssetSpec(
    PEAK_EVIDENCE,
    deps=[COMMUNITY_ALERTS],
    group_name=GROUP,
    kinds=KINDS,
    owners=OWNERS,
    tags=TAGS,
    description="What was behind each peak by the detector that speaks, as far as Wikimedia's public services show it: "
    "about ten requests a peak. The newest month comes by itself, other months by a backfill or when somebody asks.",
    metadata={"dagster/column_schema": FINDING_COLUMNS, "dagster/table_name": "findings"},
)


@dg.multi_asset(
    specs=[_SPEC], partitions_def=MONTHS, backfill_policy=dg.BackfillPolicy.single_run(), pool=EVIDENCE_POOL
)
def peak_evidence(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    database: dg.ResourceParam[Engine],
    wikimedia: dg.ResourceParam[Wikimedia],
    clock: dg.ResourceParam[Clock],
) -> dg.MaterializeResult[None]:
    """Ask about the peaks of the run's months, and about those that somebody wants to know of.

    Each month is stored as soon as it was asked for: whatever ends a run, the next one asks only for the rest.
    """
    services = make_services(settings, wikimedia.session)
    explainer = Explainer(database, services, settings.peak_detector, settings.peak_percent, clock)
    months = [
        *list_due(database, settings.peak_detector, clock()),
        *(
            key
            for month in months_of(context.partition_keys)
            for key in list_month(database, settings.peak_detector, month)
        ),
    ]
    outcome = explainer.explain_all(dict.fromkeys(months), tell=context.log.info)
    tell_what_was_found(database, settings, clock())
    gaps = {
        f"{one.question.project} {one.question.month:%Y-%m}": len(one.gaps) for one in outcome.explained if one.gaps
    }
    forgotten = Forgotten()
    if _LOOK in context.run.tags:
        forgotten = forget_deleted(database, services.wiki, clock())
    metadata: Metadata = {
        "titles forgotten": dg.MetadataValue.int(sum(forgotten.titles.values())),
        "explained": dg.MetadataValue.int(len(outcome.explained)),
        "findings": dg.MetadataValue.int(sum(len(one.findings) for one in outcome.explained)),
        "requests": dg.MetadataValue.int(sum(one.requests for one in outcome.explained)),
        "gaps": dg.MetadataValue.json(gaps),
        "nothing to explain": dg.MetadataValue.int(len(outcome.left_out)),
        "not asked for": dg.MetadataValue.int(len(outcome.left)),
    }
    if outcome.left:
        msg = "nobody answers any more; what was found is stored, and the next run asks for the rest"
        raise dg.Failure(msg, metadata=metadata, allow_retries=False)
    return dg.MaterializeResult(metadata=metadata)


peak_evidence_job = dg.define_asset_job(
    "peak_evidence_refresh",
    selection=dg.AssetSelection.assets(PEAK_EVIDENCE),
    description="Ask what was behind peaks.",
)


def make_evidence_sensor(*, autostart: bool) -> dg.SensorDefinition:
    """Make the sensor that asks for evidence once a new month was judged, and when somebody wants to know."""

    @dg.sensor(
        name="peak_evidence_sensor",
        job=peak_evidence_job,
        minimum_interval_seconds=60,
        default_status=sensor_status(autostart=autostart),
        description="Every minute, and asks nobody: when peaks of the newest month have not been asked about, somebody "
        "wants to know of another month, or a service could not be read yesterday, it asks for a run; and once a day "
        "for one that looks which pages that were told of are gone.",
    )
    def peak_evidence_sensor(
        context: dg.SensorEvaluationContext,
        settings: dg.ResourceParam[Settings],
        database: dg.ResourceParam[Engine],
        clock: dg.ResourceParam[Clock],
    ) -> dg.RunRequest | dg.SkipReason:
        now, month = clock(), newest_complete_month(database)
        if month is None:
            return dg.SkipReason("no counts are stored yet")
        if is_active(context.instance, peak_evidence_job.name, now):
            return dg.SkipReason("a run is asked for, and has not ended")
        due = list_due(database, settings.peak_detector, now)
        if not due and not list_todays(database, now):
            return dg.SkipReason("everybody has been asked about all that is known")
        if not due:
            register_months(context.instance, month)
            return dg.RunRequest(
                run_key=f"pages {now:%Y-%m-%d}", partition_key=month_key(month), tags={_LOOK: f"{now:%Y-%m-%d}"}
            )
        register_months(context.instance, month)
        # What somebody wants to know is asked at once; a run that fails is tried again after a quarter of an hour,
        # and not each minute, though fewer months are left to it.
        wanted = crc32(repr(list_requests(database)).encode())
        return dg.RunRequest(
            run_key=f"{month:%Y-%m} {wanted} {now:%Y-%m-%dT%H}:{now.minute // 15}", partition_key=month_key(month)
        )

    return peak_evidence_sensor
