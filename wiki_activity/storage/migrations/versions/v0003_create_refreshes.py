"""Create the refreshes' lease and the record of their fetches."""

import sqlalchemy as sa

from wiki_activity.storage.migrations.steps import BIG_KEY, LONG_TEXT, create_table

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    create_table(
        "refreshes",
        sa.Column("id", BIG_KEY, primary_key=True, autoincrement=True),
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("resumed_by", sa.Text, nullable=False),
        sa.Column("from", sa.DateTime, nullable=False),
        sa.Column("to", sa.DateTime, nullable=False),
        sa.Column("wikis", LONG_TEXT, nullable=False),
        sa.Column("series", sa.String(255), nullable=False),
        sa.Column("holder", sa.String(255), nullable=False),
        sa.Column("heartbeat", sa.DateTime, nullable=False),
        sa.Column("started_at", sa.DateTime, nullable=False),
        sa.Column("finished_at", sa.DateTime),
        sa.Column("outcome", sa.String(32)),
    )
    create_table(
        "fetches",
        sa.Column(
            "refresh",
            BIG_KEY,
            sa.ForeignKey("refreshes.id", name="fetches_of_refresh"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("metric", sa.String(32), primary_key=True),
        sa.Column("project", sa.String(255), primary_key=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("months", sa.Integer, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("fetched_at", sa.DateTime, nullable=False),
        indexes={"fetches_by_wiki": ["metric", "project", "fetched_at"]},
    )
