"""Keep the wikis that people who log in call their own."""

import sqlalchemy as sa

from wiki_activity.storage.migrations.steps import create_table

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    create_table(
        "my_wikis",
        sa.Column("person_id", sa.String(255), primary_key=True),
        sa.Column("names", sa.Text, nullable=False),
        sa.Column("changed_at", sa.DateTime, nullable=False),
    )
