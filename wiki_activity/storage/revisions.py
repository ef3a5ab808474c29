"""Restatements: what Wikimedia changed in months that were stored already."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pandas as pd
from sqlalchemy import Engine, func, select

from wiki_activity.domain.counts import Series
from wiki_activity.storage.database import reading
from wiki_activity.storage.schema import count_revisions as table


def count_restated_by_month(engine: Engine, series: Series, since: datetime) -> Mapping[date, int]:
    """Count the wikis whose count of a month was restated at or after `since` (UTC), by month."""
    query = (
        select(table.c.timestamp, func.count())
        .where(table.c.metric == series, table.c.seen_at >= since)
        .group_by(table.c.timestamp)
    )
    with reading(engine) as connection:
        return {month: int(count) for month, count in connection.execute(query)}


def read_revisions(engine: Engine, series: Series, since: datetime) -> pd.DataFrame:
    """Read what was restated at or after `since`: columns project, month, old, new; one row a restatement."""
    columns = (table.c.project, table.c.timestamp, table.c.old, table.c.new)
    with reading(engine) as connection:
        rows: list[Any] = list(
            connection.execute(select(*columns).where(table.c.metric == series, table.c.seen_at >= since))
        )
    return pd.DataFrame([tuple(row) for row in rows], columns=["project", "month", "old", "new"])
