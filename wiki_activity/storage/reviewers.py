"""Which accounts reviewers' names were when they were first looked up."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, Engine, insert, select

from wiki_activity.storage.database import reading, write
from wiki_activity.storage.schema import reviewer_ids


def find_reviewer_ids(engine: Engine, names: Collection[str]) -> dict[str, str]:
    """Return the central ids of the names that have been looked up."""
    query = select(reviewer_ids.c.name, reviewer_ids.c.person_id).where(reviewer_ids.c.name.in_(list(names)))
    with reading(engine) as connection:
        return {row.name: row.person_id for row in connection.execute(query)}


def keep_reviewer_id(engine: Engine, name: str, person_id: str, now: datetime) -> str:
    """Keep which account bears a name, unless that is kept already; returns the id that is kept."""
    query = select(reviewer_ids.c.person_id).where(reviewer_ids.c.name == name)

    def keep(connection: Connection) -> str:
        kept = connection.execute(query).scalar_one_or_none()
        if kept is None:
            row = {"name": name, "person_id": person_id, "resolved_at": now}
            connection.execute(insert(reviewer_ids).values(row))
            return person_id
        return str(kept)

    return write(engine, keep)
