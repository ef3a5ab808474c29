"""Keep what was refused, and peaks of months with edits alone; on SQLite, rows in the order of their keys.

Half of the peaks were `rolling_mean`'s of months without edits, and half of the file was indexes.
"""

import sqlalchemy as sa
from alembic import op

from wiki_activity.storage.migrations.steps import LONG_TEXT, create_table

revision = "0016"
down_revision = "0015"

KEYS = {
    "edit_counts": ("project", "timestamp"),
    "editor_counts": ("project", "timestamp"),
    "community_alerts": ("metric", "project", "timestamp", "detector"),
}
NEEDLESS = {
    "editor_counts": ("editor_counts_by_month",),
    "community_alerts": ("community_alerts_by_month", "community_alerts_by_detector", "community_alerts_by_ratio"),
}


def upgrade() -> None:
    create_table(
        "refused_answers",
        sa.Column("metric", sa.String(32), primary_key=True),
        sa.Column("project", sa.String(255), primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("newest_month", sa.DateTime),
        sa.Column("total_before", sa.BigInteger, nullable=False),
        sa.Column("total_after", sa.BigInteger, nullable=False),
        sa.Column("answer", LONG_TEXT, nullable=False),
        sa.Column("seen_at", sa.DateTime, nullable=False),
        sa.Column("settled", sa.String(16)),
        sa.Column("settled_at", sa.DateTime),
    )
    op.execute("delete from community_alerts where value = 0")
    for table, indexes in NEEDLESS.items():
        there = {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}
        for index in indexes:
            if index in there:
                op.drop_index(index, table)
    if op.get_bind().dialect.name == "sqlite":
        for table, key in KEYS.items():
            _put_into_order(table, key)


def _put_into_order(table: str, key: tuple[str, ...]) -> None:
    """Make a SQLite table anew without a rowid; all of the migration is one transaction there."""
    made = sa.text("select sql from sqlite_master where tbl_name = :table order by type desc")
    texts = [text for (text,) in op.get_bind().execute(made, {"table": table}) if text is not None]
    create, indexes = texts[0], texts[1:]
    if create.upper().endswith("WITHOUT ROWID"):
        return
    for index in sa.inspect(op.get_bind()).get_indexes(table):
        op.drop_index(str(index["name"]), table)
    op.rename_table(table, f"{table}_before")
    op.execute(f"{create} WITHOUT ROWID")
    op.execute(f"insert into {table} select * from {table}_before order by {', '.join(key)}")  # noqa: S608 - our own
    op.drop_table(f"{table}_before")
    for index in indexes:
        # Peaks of months without edits had to be left out of the indexes.
        op.execute(index.replace(" WHERE value > 0", ""))
