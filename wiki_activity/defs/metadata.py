"""What the assets tell of themselves: figures worth plotting, by partition and in all."""

from collections.abc import Mapping, Sequence
from datetime import date

import dagster as dg
from sqlalchemy import Engine

from wiki_activity.domain.counts import Metric, Series
from wiki_activity.domain.months import format_month, name_month
from wiki_activity.domain.peaks import Peak
from wiki_activity.domain.sentences import describe_kind, format_count, format_ratio
from wiki_activity.monthly.figures import MonthFigures, count_peaks_by_month, find_biggest_new_peaks
from wiki_activity.monthly.refresh import RefreshOutcome
from wiki_activity.settings import Settings
from wiki_activity.storage.peaks import PeakChanges
from wiki_activity.wikimedia.site_matrix import SiteMatrix

Metadata = dict[str, dg.MetadataValue]
_METRIC_NAMES = {Metric.EDITS: "edits", Metric.PEOPLE_EDITS: "people's edits", Metric.EDITORS: "editors"}


def describe_wikis(matrix: SiteMatrix) -> Metadata:
    """Count wikis, open and closed, families and languages, and name what of the matrix cannot be used."""
    wikis = matrix.wikis
    return {
        "dagster/row_count": dg.MetadataValue.int(len(wikis)),
        "open wikis": dg.MetadataValue.int(sum(not wiki.closed for wiki in wikis)),
        "closed wikis": dg.MetadataValue.int(sum(wiki.closed for wiki in wikis)),
        "families": dg.MetadataValue.int(len({wiki.family for wiki in wikis})),
        "languages": dg.MetadataValue.int(len({wiki.language for wiki in wikis})),
        "left out": dg.MetadataValue.int(len(matrix.left_out)),
        **({"what is left out": dg.MetadataValue.text(matrix.describe_left_out())} if matrix.left_out else {}),
    }


def describe_counts(
    outcome: RefreshOutcome,
    series: Sequence[Series],
    figures: Mapping[date, MonthFigures],
    requests: int,
    seconds: float,
) -> tuple[Metadata, dict[date, Metadata]]:
    """Describe one asset of counts, in all and by month; months that no wiki has are left out."""
    total = series[0]
    failed = {project for one in series for project in outcome.failed.get(one, {})}
    asked = len(outcome.refresh.projects)
    in_all: Metadata = {
        "wikis asked": dg.MetadataValue.int(asked),
        "wikis failed": dg.MetadataValue.int(len(failed)),
        "wikis without data": dg.MetadataValue.int(len(outcome.no_data.get(total, []))),
        "coverage": dg.MetadataValue.float(1 - len(failed) / asked if asked else 1.0),
        "restated counts": dg.MetadataValue.int(sum(month.restated for month in figures.values())),
        "requests of the run": dg.MetadataValue.int(requests),
        "seconds of the run": dg.MetadataValue.float(round(seconds, 1)),
    }
    name = "editors in all" if total is Series.EDITORS else "edits in all"
    by_month: dict[date, Metadata] = {
        month: {
            "month": dg.MetadataValue.text(format_month(month)),
            "dagster/partition_row_count": dg.MetadataValue.int(figure.wikis),
            "wikis": dg.MetadataValue.int(figure.wikis),
            name: dg.MetadataValue.int(figure.total),
            "restated wikis": dg.MetadataValue.int(figure.restated),
        }
        for month, figure in figures.items()
        if figure.wikis
    }
    return in_all, by_month


def describe_alerts(
    database: Engine, settings: Settings, changes: PeakChanges, published: Sequence[date]
) -> tuple[Metadata, dict[date, Metadata]]:
    """Describe the peaks of the speaking detector, in all and by published month."""
    if not published:
        return {}, {}
    first, last = published[0], published[-1]
    counts = count_peaks_by_month(database, settings.peak_detector, first, last)
    biggest = find_biggest_new_peaks(database, changes.added, settings.peak_detector, first=first, last=last)
    in_all: Metadata = {
        "peaks new": dg.MetadataValue.int(len(changes.added)),
        "peaks gone": dg.MetadataValue.int(changes.removed),
        "peaks stored": dg.MetadataValue.int(len(changes.added) + changes.changed + changes.kept),
        "speaking detector": dg.MetadataValue.text(settings.peak_detector.value),
        "biggest new peaks": dg.MetadataValue.md(_tabulate(biggest, settings.explorer_url)),
    }
    by_month: dict[date, Metadata] = {
        month: {
            "month": dg.MetadataValue.text(format_month(month)),
            **{f"peaks in {_METRIC_NAMES[metric]}": dg.MetadataValue.int(counts[metric, month]) for metric in Metric},
        }
        for month in published
    }
    return in_all, by_month


def _tabulate(peaks: Sequence[Peak], explorer_url: str) -> str:
    if not peaks:
        return "No new peaks."
    lines = [
        f"{name_month(peaks[0].month)}, furthest above usual first:",
        "",
        "| wiki | what | count | expected | times | made of |",
        "|---|---|--:|--:|--:|---|",
    ]
    for peak in peaks:
        link = f"{explorer_url}/p/{peak.project}/peaks/{format_month(peak.month)}?metric={peak.metric.value}"
        times = format_ratio(peak.value, peak.expected) or ""
        lines.append(
            f"| [{peak.project}]({link}) | {_METRIC_NAMES[peak.metric]} | {format_count(peak.value)} "
            f"| {format_count(peak.expected)} | {times} | {describe_kind(peak)} |"
        )
    return "\n".join(lines)
