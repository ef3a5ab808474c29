"""Two annotations of one month become one, when two addresses turn out to be one wiki: both texts stay."""

from typing import Any

from sqlalchemy import Connection, Row, delete, update

from wiki_activity.storage.annotation_rows import select_annotations
from wiki_activity.storage.schema import annotation_revisions as steps
from wiki_activity.storage.schema import annotations as table


def merge_annotations(connection: Connection, project: str, into: str) -> None:
    """Put the annotations of months that both projects have together, under the name `project`.

    All revisions of both stay, one history behind the other: what was written last is shown. A hidden one comes first,
    so that it stays hidden and does not hide the other.
    """
    theirs = _read(connection, into)
    for key, ours in _read(connection, project).items():
        if key in theirs:
            first, second = sorted((ours, theirs[key]), key=lambda one: (not one.hidden, one.at))
            _append(connection, first, second, project)


def _read(connection: Connection, project: str) -> dict[tuple[Any, ...], Row[Any]]:
    query = select_annotations().where(table.c.project == project)
    return {(row.metric, row.timestamp): row for row in connection.execute(query)}


def _append(connection: Connection, first: Row[Any], second: Row[Any], project: str) -> None:
    moved = update(steps).where(steps.c.annotation_id == second.id)
    connection.execute(moved.values(annotation_id=first.id, number=steps.c.number + first.revision))
    connection.execute(delete(table).where(table.c.id == second.id))
    both = {"revision": first.revision + second.revision, "project": project}
    connection.execute(update(table).where(table.c.id == first.id).values(both))
