"""Keep which page an episode is about, where it is one page that is hot."""

import sqlalchemy as sa

from wiki_activity.storage.migrations.steps import add_columns

revision = "0033"
down_revision = "0030"


def upgrade() -> None:
    add_columns("rate_episodes", sa.Column("page", sa.Text), sa.Column("page_shown", sa.Boolean))
