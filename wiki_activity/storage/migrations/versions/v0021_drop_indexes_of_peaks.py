"""Drop the indexes that the explorer's lists were read by: it holds all peaks in memory, and they cost 34 MB."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    there = {index["name"] for index in sa.inspect(op.get_bind()).get_indexes("community_alerts")}
    for index in ("community_alerts_of_month", "community_alerts_by_value"):
        if index in there:
            op.drop_index(index, "community_alerts")
