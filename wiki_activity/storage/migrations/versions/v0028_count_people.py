"""Keep monthly counts of registered editors by activity, of new accounts and of new content pages."""

import sqlalchemy as sa

from wiki_activity.storage.migrations.steps import create_table

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    create_table(
        "people_counts",
        sa.Column("project", sa.String(255), primary_key=True),
        sa.Column("timestamp", sa.DateTime, primary_key=True),
        *(sa.Column(one, sa.BigInteger) for one in ("user_editors", "editors_5_24", "editors_25_99", "editors_100")),
        *(sa.Column(one, sa.BigInteger) for one in ("new_users", "new_pages")),
        sqlite_with_rowid=False,
    )
