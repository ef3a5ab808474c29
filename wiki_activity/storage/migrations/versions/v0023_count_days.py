"""Keep what the stream has of each day, which of its hours were seen, and where in it that ends."""

import sqlalchemy as sa
from alembic import op

from wiki_activity.storage.migrations.steps import LONG_TEXT, create_table, list_tables

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    _create_daily_counts()
    create_table(
        "stream_hours",
        sa.Column("hour", sa.DateTime, primary_key=True),
        sa.Column("complete", sa.Boolean, nullable=False),
    )
    create_table(
        "stream_position",
        sa.Column("role", sa.String(32), primary_key=True),
        sa.Column("lineage", sa.String(32), nullable=False),
        sa.Column("stored", sa.BigInteger, nullable=False),
        sa.Column("resume_id", sa.Text, nullable=False),
        sa.Column("state", LONG_TEXT, nullable=False),
        sa.Column("saved_at", sa.DateTime, nullable=False),
    )
    create_table(
        "content_namespaces",
        sa.Column("project", sa.String(255), primary_key=True),
        sa.Column("namespaces", sa.Text, nullable=False),
        sa.Column("fetched_at", sa.DateTime, nullable=False),
    )


def _create_daily_counts() -> None:
    if "daily_counts" in list_tables():
        return
    op.create_table(
        "daily_counts",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("project", sa.String(255), primary_key=True),
        sa.Column("user_edits", sa.Integer, nullable=False),
        sa.Column("bot_edits", sa.Integer, nullable=False),
        sa.Column("logged_out_edits", sa.Integer, nullable=False),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        sqlite_with_rowid=False,
    )
