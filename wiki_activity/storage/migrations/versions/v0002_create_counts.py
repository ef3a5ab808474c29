"""Create wikis, counts and their revisions."""

import sqlalchemy as sa

from wiki_activity.storage.migrations.steps import BIG_KEY, create_table

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    create_table(
        "wikis",
        sa.Column("project", sa.String(255), primary_key=True),
        sa.Column("dbname", sa.String(64), nullable=False),
        sa.Column("family", sa.String(32), nullable=False),
        sa.Column("language", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("autonym", sa.String(255), nullable=False),
        sa.Column("direction", sa.String(3), nullable=False),
        sa.Column("closed", sa.Boolean, nullable=False),
        sa.Column("refreshed_at", sa.DateTime, nullable=False),
    )
    create_table(
        "edit_counts",
        sa.Column("project", sa.String(255), primary_key=True),
        sa.Column("timestamp", sa.DateTime, primary_key=True),
        sa.Column("edit_count", sa.BigInteger, nullable=False),
        sa.Column("user_edits", sa.BigInteger),
        sa.Column("anonymous_edits", sa.BigInteger),
        indexes={"edit_counts_by_month": ["timestamp"]},
    )
    create_table(
        "editor_counts",
        sa.Column("project", sa.String(255), primary_key=True),
        sa.Column("timestamp", sa.DateTime, primary_key=True),
        sa.Column("editor_count", sa.BigInteger, nullable=False),
        indexes={"editor_counts_by_month": ["timestamp"]},
    )
    create_table(
        "count_revisions",
        sa.Column("id", BIG_KEY, primary_key=True, autoincrement=True),
        sa.Column("metric", sa.String(32), nullable=False),
        sa.Column("project", sa.String(255), nullable=False),
        sa.Column("timestamp", sa.DateTime, nullable=False),
        sa.Column("old", sa.BigInteger, nullable=False),
        sa.Column("new", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.DateTime, nullable=False),
        indexes={
            "count_revisions_by_month": ["metric", "project", "timestamp"],
            "count_revisions_by_time": ["seen_at"],
        },
    )
