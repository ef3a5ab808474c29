"""Mark changes of what is dear to compare, and find the newest fetch of all."""

import sqlalchemy as sa
from alembic import op

from wiki_activity.storage.migrations.steps import create_table

revision = "0013"
down_revision = "0012"

CHANGES = sa.table("data_changes", sa.column("subject", sa.String), sa.column("number", sa.BigInteger))


def upgrade() -> None:
    create_table(
        "data_changes",
        sa.Column("subject", sa.String(32), primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.DateTime),
    )
    if op.get_bind().execute(sa.select(CHANGES.c.subject)).first() is None:
        op.get_bind().execute(sa.insert(CHANGES).values(subject="peaks", number=0))
    if "fetches_by_time" not in {index["name"] for index in sa.inspect(op.get_bind()).get_indexes("fetches")}:
        op.create_index("fetches_by_time", "fetches", ["fetched_at"])
