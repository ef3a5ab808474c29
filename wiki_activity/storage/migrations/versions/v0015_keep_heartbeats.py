"""Keep the signs of life of whoever watches, and the number that shuts out earlier ones."""

import sqlalchemy as sa

from wiki_activity.storage.migrations.steps import create_table

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    create_table(
        "heartbeats",
        sa.Column("role", sa.String(32), primary_key=True),
        sa.Column("holder", sa.String(255), nullable=False),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("loop_at", sa.DateTime, nullable=False),
        sa.Column("stores", sa.Text, nullable=False),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("clock", sa.Text, nullable=False),
    )
