"""Keep the minutes around each episode, which Redis forgets after eight days."""

import sqlalchemy as sa

from wiki_activity.storage.migrations.steps import BIG_KEY, LONG_TEXT, create_table

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    create_table(
        "episode_minutes",
        sa.Column("episode_id", BIG_KEY, primary_key=True, autoincrement=False),
        sa.Column("first", sa.DateTime, nullable=False),
        sa.Column("until", sa.DateTime, nullable=False),
        sa.Column("whole", sa.Boolean, nullable=False),
        sa.Column("counts", LONG_TEXT, nullable=False),
    )
