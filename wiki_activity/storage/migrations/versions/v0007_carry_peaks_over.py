"""Carry the earlier program's peaks over: those of `editor_alerts` become peaks in the editors."""

import sqlalchemy as sa

from wiki_activity.storage.migrations.legacy_import import insert, now, report_carried, settle
from wiki_activity.storage.migrations.legacy_tables import METRICS, PEAK_COLUMNS, LegacyPeak, read_peaks

revision = "0007"
down_revision = "0006"

PEAKS = sa.table(
    "community_alerts",
    sa.column("metric", sa.String),
    sa.column("project", sa.String),
    sa.column("timestamp", sa.DateTime),
    sa.column("detector", sa.String),
    sa.column("value", sa.Double),
    sa.column("expected", sa.Double),
    sa.column("threshold", sa.Double),
    sa.column("percentage_difference", sa.Double),
    sa.column("shared", sa.Boolean),
    sa.column("starts_episode", sa.Boolean),
    sa.column("found_at", sa.DateTime),
)


def upgrade() -> None:
    for name in PEAK_COLUMNS:
        rows = read_peaks(name).rows
        chosen, _ = settle(rows)
        months = {(peak.project, _number(peak)) for peak in chosen}
        insert(
            PEAKS,
            [
                {
                    "metric": METRICS[name],
                    "project": peak.project,
                    "timestamp": peak.month,
                    "detector": "rolling_mean",
                    "value": peak.value,
                    "expected": peak.expected,
                    "threshold": peak.threshold,
                    "percentage_difference": peak.percentage,
                    "shared": False,
                    "starts_episode": (peak.project, _number(peak) - 1) not in months,
                    "found_at": now(),
                }
                for peak in chosen
            ],
        )
        report_carried(name, len(rows))


def _number(peak: LegacyPeak) -> int:
    return peak.month.year * 12 + peak.month.month
