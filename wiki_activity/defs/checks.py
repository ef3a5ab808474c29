"""The checks of the counts: what could not be read, what is not published, what was restated.

They read what is stored of the last refresh, so that each can be executed alone, at any time.
"""

from collections.abc import Iterator
from datetime import date

import dagster as dg
from sqlalchemy import Engine

from wiki_activity.defs.specs import CHECK_SPECS, COMPLETENESS, COVERAGE, EDIT_COUNTS, RESTATEMENT, SERIES_OF
from wiki_activity.domain.counts import Series
from wiki_activity.domain.months import format_month
from wiki_activity.domain.plausibility import SPLIT
from wiki_activity.monthly.figures import judge_completeness, measure_restatement
from wiki_activity.monthly.refresh import TOLERATED_SHARE
from wiki_activity.storage.fetches import FetchRow, FetchStatus, read_fetches
from wiki_activity.storage.refreshes import Refresh, last_refresh
from wiki_activity.storage.refusals import Settled, read_refused

_NAMED = 50
_ORDINARY_RATIO = (0.9, 1.1)
_COMPLETE_SHARE = 0.99


@dg.multi_asset_check(
    name="monthly_checks",
    specs=CHECK_SPECS,
    can_subset=True,
    description="Reads what is stored of the last refresh: what could not be read, what is missing, what was restated.",
)
def monthly_checks(
    context: dg.AssetCheckExecutionContext, database: dg.ResourceParam[Engine]
) -> Iterator[dg.AssetCheckResult]:
    """Check what was asked to be checked."""
    for key in context.selected_asset_check_keys:
        yield check(database, key)


def check(database: Engine, key: dg.AssetCheckKey) -> dg.AssetCheckResult:
    """Check one thing by what is stored; where no refresh has asked for it yet, that is what is told."""
    refresh = last_refresh(database, SERIES_OF[key.asset_key][0])
    if refresh is None:
        return dg.AssetCheckResult(
            asset_key=key.asset_key,
            check_name=key.name,
            passed=False,
            severity=dg.AssetCheckSeverity.WARN,
            description="nothing was fetched yet",
        )
    if key.name == COVERAGE:
        return _check_coverage(database, key.asset_key, refresh)
    return _check_completeness(database, refresh) if key.name == COMPLETENESS else _check_restatement(database, refresh)


def tell_checks(instance: dg.DagsterInstance, database: Engine) -> None:
    """Check everything and tell it, for runs whose end leaves Dagster's own step out."""
    for spec in CHECK_SPECS:
        result = check(database, spec.key)
        instance.report_runless_asset_event(
            dg.AssetCheckEvaluation(
                asset_key=spec.asset_key,
                check_name=spec.name,
                passed=result.passed,
                severity=result.severity,
                description=result.description,
                metadata=result.metadata,
            )
        )


def _check_coverage(database: Engine, key: dg.AssetKey, refresh: Refresh) -> dg.AssetCheckResult:
    """Name the wikis of which something could not be read; an error when there are too many."""
    series = SERIES_OF[key]
    rows = [row for row in read_fetches(database, refresh.id) if row.series in series]
    failed: dict[str, str] = {}
    for row in rows:
        if row.result.status is FetchStatus.FAILED:
            failed.setdefault(row.project, f"{row.series}: {row.result.error}")
    metadata: dict[str, dg.MetadataValue] = {
        "wikis asked": dg.MetadataValue.int(len({row.project for row in rows})),
        "failed": dg.MetadataValue.int(len(failed)),
        "failed wikis": dg.MetadataValue.json(failed),
        "without data": dg.MetadataValue.json(sorted(_name_without_data(rows, series[0]))),
        "asked at": dg.MetadataValue.timestamp(refresh.started_at),
    }
    taken = {
        one.project: f"{one.series}: {one.reason} ({one.settled})"
        for one in read_refused(database, settled_since=refresh.started_at)
        if one.series in series and one.settled in {Settled.TAKEN, Settled.ACCEPTED}
    }
    if taken:
        metadata["implausible and taken"] = dg.MetadataValue.json(taken)
    if key == EDIT_COUNTS:
        metadata["stored without the split"] = dg.MetadataValue.json(sorted(_name_without_split(rows)))
    names = ", ".join(sorted(failed)[:_NAMED]) + (" …" if len(failed) > _NAMED else "")
    many = len(failed) > TOLERATED_SHARE * len(refresh.projects)
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=COVERAGE,
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR if many else dg.AssetCheckSeverity.WARN,
        description=f"could not be read: {names}" if failed else "every wiki was read",
        metadata=metadata,
    )


def _name_without_data(rows: list[FetchRow], series: Series) -> set[str]:
    return {row.project for row in rows if row.series is series and row.result.status is FetchStatus.NO_DATA}


def _name_without_split(rows: list[FetchRow]) -> set[str]:
    failed = {(row.project, row.series) for row in rows if row.result.status is FetchStatus.FAILED}
    return {project for project, series in failed if series in SPLIT and (project, Series.EDITS) not in failed}


def _check_completeness(database: Engine, refresh: Refresh) -> dg.AssetCheckResult:
    """Tell whether the newest month asked for is published, and which wikis of the month before it lacks."""
    asked_for = refresh.last
    found = judge_completeness(database, Series.EDITS, asked_for)
    if found.month != asked_for:
        description = _tell_unpublished(asked_for, found.month, refresh)
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
            "last asked for": dg.MetadataValue.timestamp(refresh.heartbeat),
        },
    )


def _tell_unpublished(asked_for: date, newest: date | None, refresh: Refresh) -> str:
    stored = "none" if newest is None else format_month(newest)
    return (
        f"{format_month(asked_for)} is not published by Wikimedia yet: no wiki has it. "
        f"It was last asked for on {refresh.heartbeat:%Y-%m-%d %H:%M} UTC; the newest month stored is {stored}."
    )


def _check_restatement(database: Engine, refresh: Refresh) -> dg.AssetCheckResult:
    """Tell how far what was restated moved; recorded restatements have a median ratio of 0.996."""
    size = measure_restatement(database, Series.EDITS, refresh.started_at)
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
