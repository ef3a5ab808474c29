"""Keep which months are provisional, and what readers were told of a month."""

import sqlalchemy as sa

from wiki_activity.storage.migrations.steps import LONG_TEXT, create_table

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    create_table(
        "provisional_months",
        sa.Column("month", sa.DateTime, primary_key=True),
        sa.Column("total", sa.BigInteger, nullable=False),
        sa.Column("expected", sa.BigInteger, nullable=False),
        sa.Column("wikis_missing", sa.Integer, nullable=False),
        sa.Column("seen_at", sa.DateTime, nullable=False),
        sa.Column("changed_at", sa.DateTime, nullable=False),
    )
    create_table(
        "told_months",
        sa.Column("month", sa.DateTime, primary_key=True),
        sa.Column("facts", LONG_TEXT, nullable=False),
        sa.Column("corrections", sa.Integer, nullable=False),
        sa.Column("told_at", sa.DateTime, nullable=False),
    )
