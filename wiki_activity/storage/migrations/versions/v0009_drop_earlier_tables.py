"""Drop the earlier tables of which everything was carried over; keep the others, and tell why."""

import sqlalchemy as sa
from alembic import op

from wiki_activity.storage.migrations.legacy_import import find_leftovers, report_kept
from wiki_activity.storage.migrations.steps import list_tables
from wiki_activity.storage.migrations.versions.v0001_set_earlier_tables_aside import EARLIER, OURS

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    # `peak_annotations` comes first: it may refer to the others.
    for name in (*reversed(EARLIER), *OURS):
        aside = f"earlier_{name}"
        if aside not in list_tables():
            continue
        reasons = find_leftovers(name)
        for other in _find_referring(aside):
            reasons[f"{other} refers to it"] = 0
        if reasons:
            report_kept(name, reasons)
        else:
            op.drop_table(aside)


def _find_referring(table: str) -> list[str]:
    keys = sa.inspect(op.get_bind()).get_multi_foreign_keys()
    return sorted(
        other
        for (_, other), found in keys.items()
        if other != table and any(key["referred_table"] == table for key in found)
    )
