"""Carry the earlier program's counts over."""

import sqlalchemy as sa

from wiki_activity.storage.migrations.legacy_import import insert, now, report_carried, settle
from wiki_activity.storage.migrations.legacy_tables import COUNT_COLUMNS, METRICS, read_counts

revision = "0006"
down_revision = "0005"

REVISIONS = sa.table(
    "count_revisions",
    sa.column("metric", sa.String),
    sa.column("project", sa.String),
    sa.column("timestamp", sa.DateTime),
    sa.column("old", sa.BigInteger),
    sa.column("new", sa.BigInteger),
    sa.column("seen_at", sa.DateTime),
)


def upgrade() -> None:
    for name, column in COUNT_COLUMNS.items():
        rows = read_counts(name).rows
        chosen, beaten = settle(rows)
        insert(_table(name, column), [{"project": r.project, "timestamp": r.month, column: r.count} for r in chosen])
        # Of two rows of one month, one without `.org`, the other's count is kept as one that was replaced.
        replaced = [
            {
                "metric": METRICS[name],
                "project": loser.project,
                "timestamp": loser.month,
                "old": loser.count,
                "new": winner.count,
                "seen_at": now(),
            }
            for winner, loser in beaten
            if winner.count != loser.count
        ]
        insert(REVISIONS, replaced)
        report_carried(name, len(rows))


def _table(name: str, column: str) -> sa.TableClause:
    return sa.table(
        name, sa.column("project", sa.String), sa.column("timestamp", sa.DateTime), sa.column(column, sa.BigInteger)
    )
