"""What authors of notes are called now: accounts are renamed, and some vanish or are hidden."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, Engine, or_, select

from wiki_activity.storage.data_version import NOTES, mark_changed
from wiki_activity.storage.database import reading, write
from wiki_activity.storage.schema import authors as table
from wiki_activity.storage.schema import note_revisions as steps
from wiki_activity.storage.upsert import upsert


def list_authors(engine: Engine, before: datetime, limit: int) -> list[str]:
    """List central ids of authors whose names were not looked at since a moment, UTC; the longest ago first."""
    query = (
        select(steps.c.author_id, table.c.looked_at)
        .distinct()
        .outerjoin(table, table.c.author_id == steps.c.author_id)
        .where(steps.c.author_id.is_not(None), or_(table.c.looked_at.is_(None), table.c.looked_at < before))
        .order_by(table.c.looked_at, steps.c.author_id)
    )
    with reading(engine) as connection:
        # Where nobody logs in, authors have ids that are no accounts'.
        found = [author_id for author_id in connection.execute(query).scalars() if author_id.isdecimal()]
    return found[:limit]


def keep_author_names(engine: Engine, names: Mapping[str, str | None], now: datetime) -> None:
    """Keep names by central ids, None for accounts that are gone or hidden; those of who wrote nothing are not kept."""
    write(engine, lambda connection: note_author_names(connection, names, now))


def note_author_names(connection: Connection, names: Mapping[str, str | None], now: datetime) -> None:
    """Do what :func:`keep_author_names` does, in a writing transaction."""
    wrote = select(steps.c.author_id).distinct().where(steps.c.author_id.in_(list(names)))
    kept = {author_id: names[author_id] for author_id in connection.execute(wrote).scalars()}
    was = {
        row.author_id: row.name for row in connection.execute(select(table).where(table.c.author_id.in_(list(kept))))
    }
    rows = [{"author_id": author_id, "name": name, "looked_at": now} for author_id, name in sorted(kept.items())]
    upsert(connection, table, rows)
    if any(author_id not in was or was[author_id] != name for author_id, name in kept.items()):
        mark_changed(connection, (NOTES,), now)
