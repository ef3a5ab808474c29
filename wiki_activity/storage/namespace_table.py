"""Which namespaces of each wiki hold content, as its siteinfo says."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select

from wiki_activity.storage.database import reading, write
from wiki_activity.storage.day_schema import content_namespaces as table
from wiki_activity.storage.upsert import upsert


@dataclass(frozen=True, slots=True)
class ContentNamespaces:
    """The numbers of a wiki's namespaces of content, in order, and when it said so, UTC."""

    numbers: tuple[int, ...]
    fetched_at: datetime


def read_content_namespaces(engine: Engine) -> dict[str, ContentNamespaces]:
    """Read them by project; of a wiki that is absent they are not known.

    Raises
    ------
    DatabaseUnreachableError
        If the database is out of reach.
    """
    with reading(engine) as connection:
        rows = connection.execute(select(table)).all()
    return {row.project: ContentNamespaces(tuple(json.loads(row.namespaces)), row.fetched_at) for row in rows}


def store_content_namespaces(engine: Engine, project: str, numbers: Sequence[int], now: datetime) -> None:
    """Write those of one wiki; raises as :func:`read_content_namespaces` does."""
    row = {"project": project, "namespaces": json.dumps(list(numbers)), "fetched_at": now}
    write(engine, lambda connection: upsert(connection, table, [row]))
