"""Set tables of the earlier program aside under the name `earlier_…`; later steps carry their rows over."""

import sqlalchemy as sa
from alembic import op

from wiki_activity.storage.migrations.steps import list_tables

revision = "0001"
down_revision = None

OURS = (
    "wikis", "edit_counts", "editor_counts", "count_revisions", "refreshes", "fetches", "community_alerts",
    "annotations", "annotation_revisions", "rate_episodes", "notices",
)  # fmt: skip
EARLIER = ("editor_alerts", "peak_annotations")


def upgrade() -> None:
    tables = list_tables()
    for name in (*OURS, *EARLIER):
        aside = f"earlier_{name}"
        if name not in tables:
            continue
        if aside in tables:
            msg = f"both {name} and {aside} are there, and this program cannot tell which one holds the earlier rows"
            raise sa.exc.InvalidRequestError(msg)
        op.rename_table(name, aside)
