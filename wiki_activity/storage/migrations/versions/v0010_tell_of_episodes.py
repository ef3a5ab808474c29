"""Keep who is behind an episode and what becomes of its begin, what Slack refused, and mutes."""

import sqlalchemy as sa

from wiki_activity.storage.migrations.steps import LONG_TEXT, add_columns, create_table

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    add_columns(
        "rate_episodes",
        sa.Column("updated_at", sa.DateTime),
        sa.Column("excess", sa.Double),
        sa.Column("telling", sa.String(16)),
        sa.Column("reopened", sa.Integer),
        sa.Column("people", sa.Integer),
        sa.Column("bots_share", sa.Double),
        sa.Column("busiest_share", sa.Double),
        sa.Column("facts", LONG_TEXT),
    )
    add_columns(
        "notices",
        sa.Column("refused", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("sent_with", sa.BigInteger),
    )
    create_table(
        "mutes",
        sa.Column("project", sa.String(255), primary_key=True),
        sa.Column("until", sa.DateTime, nullable=False),
        sa.Column("muted_at", sa.DateTime, nullable=False),
    )
