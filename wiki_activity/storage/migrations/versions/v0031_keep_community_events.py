"""Keep which community events there are, and what is known of faults of the figures."""

import sqlalchemy as sa

from wiki_activity.storage.migrations.steps import LONG_TEXT, create_table

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    create_table(
        "community_events",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("page", sa.String(255), nullable=False),
        sa.Column("page_dbname", sa.String(64), nullable=False),
        sa.Column("dbnames", LONG_TEXT, nullable=False),
        sa.Column("starts_at", sa.DateTime, nullable=False),
        sa.Column("ends_at", sa.DateTime, nullable=False),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.Column("types", sa.Text, nullable=False),
        sa.Column("dashboard_slug", sa.String(255)),
        sa.Column("read_at", sa.DateTime, nullable=False),
    )
    create_table(
        "data_annotations",
        sa.Column("metric", sa.String(32), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("title", sa.String(255), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("partial", sa.Boolean, nullable=False),
    )
    create_table(
        "calendar_sources",
        sa.Column("source", sa.String(32), primary_key=True),
        sa.Column("asked_at", sa.DateTime, nullable=False),
        sa.Column("read_at", sa.DateTime),
        sa.Column("error", sa.Text),
        sa.Column("position", LONG_TEXT),
    )
