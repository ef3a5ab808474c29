"""Drop the earlier tables of which everything was carried over; keep the others, and tell why."""

from alembic import op

from wiki_activity.storage.migrations.carry import find_leftovers, report_kept
from wiki_activity.storage.migrations.steps import list_tables
from wiki_activity.storage.migrations.versions.v0001_set_earlier_tables_aside import EARLIER, OURS

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    tables = list_tables()
    for name in (*OURS, *EARLIER):
        if f"earlier_{name}" not in tables:
            continue
        leftovers = find_leftovers(name)
        if leftovers:
            report_kept(name, leftovers)
        else:
            op.drop_table(f"earlier_{name}")
