"""Index the peaks of busy months, which are few among those of all-zero windows, in the orders of the board."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

INDEXES = {
    "of_month": ["timestamp", "value", "project", "percentage_difference", "shared"],
    "by_value": ["value", "timestamp", "project", "percentage_difference", "expected", "score"],
    "by_ratio": ["percentage_difference", "value", "timestamp", "project"],
}


def upgrade() -> None:
    there = {index["name"] for index in sa.inspect(op.get_bind()).get_indexes("community_alerts")}
    for name, columns in INDEXES.items():
        index = f"community_alerts_{name}"
        if index not in there:
            op.create_index(
                index, "community_alerts", ["detector", "metric", *columns], sqlite_where=sa.text("value > 0")
            )
