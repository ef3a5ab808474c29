"""Count the changes of each wiki by its own name, for which a subject had no room.

The numbers begin anew: whoever has kept anything by them does not live through a migration. What a process of the
earlier release stores afterwards is counted by nobody: end them all before migrating.
"""

import sqlalchemy as sa
from alembic import op

from wiki_activity.storage.migrations.steps import create_table

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.drop_table("data_changes", if_exists=True)
    create_table(
        "data_changes",
        sa.Column("subject", sa.String(255), primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.DateTime),
    )
