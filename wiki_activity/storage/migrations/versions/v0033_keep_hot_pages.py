"""Keep which page an episode is about, where it is one page that is hot, and the hashtags of each day."""

import sqlalchemy as sa

from wiki_activity.storage.migrations.steps import add_columns, create_table

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    add_columns("rate_episodes", sa.Column("page", sa.Text), sa.Column("page_shown", sa.Boolean))
    create_table(
        "hashtag_days",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("project", sa.String(255), primary_key=True),
        sa.Column("hashtag", sa.String(191), primary_key=True),
        sa.Column("edits", sa.Integer, nullable=False),
        sa.Column("accounts", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
