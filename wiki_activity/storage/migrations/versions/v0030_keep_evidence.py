"""Keep what was found behind peaks, and what others answered of them."""

import sqlalchemy as sa

from wiki_activity.storage.migrations.steps import LONG_TEXT, create_table

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    create_table(
        "evidence",
        sa.Column("project", sa.String(255), primary_key=True),
        sa.Column("month", sa.DateTime, primary_key=True),
        sa.Column("source", sa.String(32), primary_key=True),
        sa.Column("answer", LONG_TEXT),
        sa.Column("error", sa.Text),
        sa.Column("asked_at", sa.DateTime, nullable=False),
    )
    create_table(
        "findings",
        sa.Column("project", sa.String(255), primary_key=True),
        sa.Column("month", sa.DateTime, primary_key=True),
        sa.Column("metric", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("subject", sa.String(255), primary_key=True),
        sa.Column("share", sa.Double),
        sa.Column("margin", sa.Double),
        sa.Column("parameters", LONG_TEXT, nullable=False),
        sa.Column("url", sa.Text),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("asked_at", sa.DateTime, nullable=False),
    )
    create_table(
        "evidence_requests",
        sa.Column("project", sa.String(255), primary_key=True),
        sa.Column("month", sa.DateTime, primary_key=True),
        sa.Column("requested_at", sa.DateTime, nullable=False),
    )
