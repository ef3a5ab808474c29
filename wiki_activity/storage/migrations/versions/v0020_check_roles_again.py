"""Remember when a session's role was found, and which account a reviewer's name was when it was first looked up."""

import sqlalchemy as sa

from wiki_activity.storage.migrations.steps import add_columns, create_table

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    add_columns("sessions", sa.Column("checked_at", sa.DateTime))
    create_table(
        "reviewer_ids",
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("person_id", sa.String(255), nullable=False),
        sa.Column("resolved_at", sa.DateTime, nullable=False),
    )
