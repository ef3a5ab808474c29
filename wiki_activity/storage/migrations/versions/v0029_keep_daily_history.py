"""Keep what Wikimedia counted of each day of the wikis that somebody cares about."""

import sqlalchemy as sa
from alembic import op

from wiki_activity.storage.migrations.steps import create_table, list_tables

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    if "daily_history" not in list_tables():
        op.create_table(
            "daily_history",
            sa.Column("project", sa.String(255), primary_key=True),
            sa.Column("day", sa.Date, primary_key=True),
            sa.Column("edits", sa.Integer, nullable=False),
            sa.Column("user_edits", sa.Integer, nullable=False),
            sa.Column("logged_out_edits", sa.Integer, nullable=False),
            mysql_engine="InnoDB",
            mysql_charset="utf8mb4",
            mysql_collate="utf8mb4_bin",
            sqlite_with_rowid=False,
        )
    create_table(
        "daily_history_spans",
        sa.Column("project", sa.String(255), primary_key=True),
        sa.Column("first", sa.Date, nullable=False),
        sa.Column("last", sa.Date, nullable=False),
        sa.Column("fetched_at", sa.DateTime, nullable=False),
    )
