"""What the assets tell of themselves: figures worth plotting."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date

import dagster as dg
from sqlalchemy import Engine

from wiki_activity.domain.counts import Metric, Series
from wiki_activity.domain.months import format_month, name_month
from wiki_activity.domain.peaks import Peak
from wiki_activity.domain.sentences import describe_kind, format_count, format_ratio
from wiki_activity.monthly.figures import MonthFigures, count_peaks_by_month, find_biggest_new_peaks
from wiki_activity.settings import Settings
from wiki_activity.storage.peak_table import PeakKey
from wiki_activity.wikimedia.site_matrix import SiteMatrix

Metadata = dict[str, dg.MetadataValue]
_METRIC_NAMES = {Metric.EDITS: "edits", Metric.PEOPLE_EDITS: "edits without bots", Metric.EDITORS: "editors"}


def describe_wikis(matrix: SiteMatrix, gone: int) -> Metadata:
    """Count wikis, open, closed and gone from the matrix, families and languages, and name what cannot be used."""
    wikis = matrix.wikis
    return {
        "dagster/row_count": dg.MetadataValue.int(len(wikis)),
        "open wikis": dg.MetadataValue.int(sum(wiki.is_open for wiki in wikis)),
        "closed wikis": dg.MetadataValue.int(sum(wiki.closed for wiki in wikis)),
        "gone wikis": dg.MetadataValue.int(gone),
        "families": dg.MetadataValue.int(len({wiki.family for wiki in wikis})),
        "languages": dg.MetadataValue.int(len({wiki.language for wiki in wikis})),
        "left out": dg.MetadataValue.int(len(matrix.left_out)),
        **({"what is left out": dg.MetadataValue.text(matrix.describe_left_out())} if matrix.left_out else {}),
    }


def describe_counts(series: Series, figures: Mapping[date, MonthFigures], explorer_url: str) -> dict[date, Metadata]:
    """Describe the months of one asset of counts, each by its own figures."""
    name = "edits in all" if series is Series.EDITS else "editors in all"
    return {
        month: {
            **_describe_month(month, explorer_url),
            "dagster/partition_row_count": dg.MetadataValue.int(figure.wikis),
            "wikis": dg.MetadataValue.int(figure.wikis),
            name: dg.MetadataValue.int(figure.total),
            "restated wikis": dg.MetadataValue.int(figure.restated),
        }
        for month, figure in figures.items()
    }


def describe_alerts(
    database: Engine, settings: Settings, added: Collection[PeakKey], published: Sequence[date]
) -> dict[date, Metadata]:
    """Describe the peaks of the speaking detector, by published month."""
    if not published:
        return {}
    first, last = published[0], published[-1]
    counts = count_peaks_by_month(database, settings.peak_detector, first, last)
    new = Counter(month for _, _, month, detector in added if detector is settings.peak_detector)
    biggest = find_biggest_new_peaks(database, added, settings.peak_detector, first=first, last=last)
    by_month: dict[date, Metadata] = {
        month: {
            **_describe_month(month, settings.explorer_url),
            "speaking detector": dg.MetadataValue.text(settings.peak_detector.value),
            "peaks new": dg.MetadataValue.int(new[month]),
            **{f"peaks in {_METRIC_NAMES[metric]}": dg.MetadataValue.int(counts[metric, month]) for metric in Metric},
        }
        for month in published
    }
    if biggest:
        by_month[biggest[0].month]["biggest new peaks"] = dg.MetadataValue.md(_tabulate(biggest, settings.explorer_url))
    return by_month


def _describe_month(month: date, explorer_url: str) -> Metadata:
    name = format_month(month)
    return {
        "month": dg.MetadataValue.text(name),
        "explorer": dg.MetadataValue.url(f"{explorer_url}/peaks?month={name}"),
    }


def _tabulate(peaks: Sequence[Peak], explorer_url: str) -> str:
    lines = [
        f"{name_month(peaks[0].month)}, what stood out most first:",
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
