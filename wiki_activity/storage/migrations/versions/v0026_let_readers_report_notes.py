"""Keep what readers say is wrong with a note, for reviewers."""

import sqlalchemy as sa

from wiki_activity.storage.migrations.steps import BIG_KEY, create_table

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    create_table(
        "note_reports",
        sa.Column("note_id", BIG_KEY, primary_key=True, autoincrement=False),
        sa.Column("person_id", sa.String(64), primary_key=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("settled_at", sa.DateTime),
    )
