"""Keep what authors of notes are called now, beside what they were called when they wrote."""

import sqlalchemy as sa
from alembic import op

from wiki_activity.storage.migrations.steps import create_table

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    create_table(
        "authors",
        sa.Column("author_id", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(255)),
        sa.Column("looked_at", sa.DateTime, nullable=False),
    )
    if "note_revisions_by_author" not in {
        one["name"] for one in sa.inspect(op.get_bind()).get_indexes("note_revisions")
    }:
        op.create_index("note_revisions_by_author", "note_revisions", ["author_id"])
