"""The checks of the counts: what could not be read, what is not published, what was restated."""

from collections.abc import Sequence
from datetime import date

import dagster as dg
from sqlalchemy import Engine

from wiki_activity.defs.specs import COMPLETENESS, COVERAGE, EDIT_COUNTS, RESTATEMENT, SERIES_OF
from wiki_activity.domain.counts import Series
from wiki_activity.domain.months import format_month
from wiki_activity.monthly.figures import judge_completeness, measure_restatement
from wiki_activity.monthly.refresh import RefreshOutcome

_NAMED = 50
_ORDINARY_RATIO = (0.9, 1.1)
_COMPLETE_SHARE = 0.99


def check_coverage(key: dg.AssetKey, outcome: RefreshOutcome) -> dg.AssetCheckResult:
    """Name the wikis of which something could not be read; an error when there are too many."""
    failed: dict[str, str] = {}
    for series in SERIES_OF[key]:
        for project, error in outcome.failed.get(series, {}).items():
            failed.setdefault(project, f"{series}: {error}")
    no_data = outcome.no_data.get(SERIES_OF[key][0], [])
    without_split = outcome.wikis_without_split if key == EDIT_COUNTS else []
    metadata: dict[str, dg.MetadataValue] = {
        "wikis asked": dg.MetadataValue.int(len(outcome.refresh.projects)),
        "failed": dg.MetadataValue.int(len(failed)),
        "failed wikis": dg.MetadataValue.json(failed),
        "without data": dg.MetadataValue.json(sorted(no_data)),
        "implausible and taken": dg.MetadataValue.json(
            {one.project: f"{one.series}: {one.reason} ({one.settled})" for one in outcome.taken}
        ),
    }
    if key == EDIT_COUNTS:
        metadata["stored without the split"] = dg.MetadataValue.json(without_split)
    names = ", ".join(sorted(failed)[:_NAMED]) + (" …" if len(failed) > _NAMED else "")
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=COVERAGE,
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR if outcome.fails else dg.AssetCheckSeverity.WARN,
        description=f"could not be read: {names}" if failed else "every wiki was read",
        metadata=metadata,
    )


def check_completeness(database: Engine, outcome: RefreshOutcome, months: Sequence[date]) -> dg.AssetCheckResult:
    """Tell whether the newest month asked for is published, and which wikis of the month before it lacks."""
    asked_for = months[-1]
    found = judge_completeness(database, Series.EDITS, asked_for)
    asked_at = outcome.refresh.heartbeat
    if found.month != asked_for:
        newest = "none" if found.month is None else format_month(found.month)
        description = (
            f"{format_month(asked_for)} is not published by Wikimedia yet: no wiki has it. "
            f"It was last asked for on {asked_at:%Y-%m-%d %H:%M} UTC; the newest month stored is {newest}."
        )
        passed = False
    else:
        description = (
            f"{len(found.missing)} of {found.expected} wikis lack {format_month(asked_for)}"
            if found.missing
            else f"all {found.expected} wikis have {format_month(asked_for)}"
        )
        passed = len(found.missing) <= (1 - _COMPLETE_SHARE) * found.expected
    return dg.AssetCheckResult(
        asset_key=EDIT_COUNTS,
        check_name=COMPLETENESS,
        passed=passed,
        severity=dg.AssetCheckSeverity.WARN,
        description=description,
        metadata={
            "missing wikis": dg.MetadataValue.json(list(found.missing[:_NAMED])),
            "last asked for": dg.MetadataValue.timestamp(asked_at),
        },
    )


def check_restatement(database: Engine, outcome: RefreshOutcome) -> dg.AssetCheckResult:
    """Tell how far what was restated moved; recorded restatements have a median ratio of 0.996."""
    size = measure_restatement(database, Series.EDITS, outcome.refresh.started_at)
    low, high = _ORDINARY_RATIO
    metadata: dict[str, dg.MetadataValue] = {"restated counts": dg.MetadataValue.int(size.counts)}
    description = "nothing was restated"
    if size.furthest is not None:
        project, month, old, new = size.furthest
        description = f"{size.counts:,} counts; the furthest: {project} {format_month(month)}, {old:,} to {new:,}"
    if size.median_ratio is not None:
        metadata["median of new / old"] = dg.MetadataValue.float(size.median_ratio)
    return dg.AssetCheckResult(
        asset_key=EDIT_COUNTS,
        check_name=RESTATEMENT,
        passed=size.median_ratio is None or low <= size.median_ratio <= high,
        severity=dg.AssetCheckSeverity.WARN,
        description=description,
        metadata=metadata,
    )
