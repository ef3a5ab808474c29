"""The wikis of the site matrix, as last read."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, Engine, func, select

from wiki_activity.domain.wikis import Wiki
from wiki_activity.storage.data_version import WIKIS, mark_changed
from wiki_activity.storage.database import reading, write
from wiki_activity.storage.schema import wikis as table
from wiki_activity.storage.upsert import upsert


def save_wikis(engine: Engine, wikis: Sequence[Wiki], refreshed_at: datetime) -> None:
    """Store wikis; those that the matrix no longer names stay as they were.

    Parameters
    ----------
    engine
        Where to.
    wikis
        As the site matrix names them.
    refreshed_at
        When the matrix was read, UTC.
    """
    write(engine, lambda connection: store_wikis(connection, wikis, refreshed_at))


def store_wikis(connection: Connection, wikis: Sequence[Wiki], refreshed_at: datetime) -> None:
    """Store wikis, as :func:`save_wikis` does, in a transaction of somebody else's."""
    rows = [{**asdict(wiki), "refreshed_at": refreshed_at, "gone_at": None} for wiki in wikis]
    for row in rows:
        if row.pop("gone"):
            row["gone_at"] = refreshed_at
    upsert(connection, table, rows)
    mark_changed(connection, [WIKIS], refreshed_at)


def load_wikis(engine: Engine) -> list[Wiki]:
    """Load all wikis, by project."""
    columns = [column for column in table.columns if column.key not in {"refreshed_at", "gone_at"}]
    query = select(*columns, table.c.gone_at.is_not(None).label("gone")).order_by(table.c.project)
    with reading(engine) as connection:
        return [Wiki(**{**row, "gone": bool(row["gone"])}) for row in connection.execute(query).mappings()]


def wikis_refreshed_at(engine: Engine) -> datetime | None:
    """Tell when the site matrix was last read, UTC; None where it never was."""
    with reading(engine) as connection:
        return connection.execute(select(func.max(table.c.refreshed_at))).scalar()
