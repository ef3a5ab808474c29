"""Know the addresses that wikis once had, and the wikis that the site matrix no longer names."""

import sqlalchemy as sa

from wiki_activity.storage.migrations.steps import BIG_KEY, add_columns, create_table

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    add_columns("wikis", sa.Column("gone_at", sa.DateTime))
    create_table(
        "wiki_names",
        sa.Column("id", BIG_KEY, primary_key=True, autoincrement=True),
        sa.Column("project", sa.String(255), nullable=False),
        sa.Column("dbname", sa.String(64), nullable=False),
        sa.Column("since", sa.DateTime, nullable=False),
        indexes={"wiki_names_by_project": ["project"]},
    )
