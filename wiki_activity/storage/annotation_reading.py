"""Reading annotations: of a month, of a wiki, their histories, and the feed of all changes."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, or_, select

from wiki_activity.domain.annotations import Annotation, Change, Revision
from wiki_activity.domain.concealment import conceal_history
from wiki_activity.domain.counts import Metric
from wiki_activity.storage.annotation_rows import (
    make_annotation,
    make_revision,
    read_revisions,
    select_annotations,
)
from wiki_activity.storage.database import reading
from wiki_activity.storage.schema import annotation_revisions as steps
from wiki_activity.storage.schema import annotations as table

ChangeCursor = tuple[datetime, int, int]
"""Moment, annotation and revision: where a page of the feed ended."""


def read_annotations(
    engine: Engine,
    *,
    metric: Metric | None = None,
    project: str | None = None,
    first: date | None = None,
    last: date | None = None,
) -> list[Annotation]:
    """Read the annotations that meet every condition given, oldest month first, then by project and metric.

    Hidden ones are among them, with the text that `conceal` takes away.

    Parameters
    ----------
    first, last
        Months, both included.
    """
    query = select_annotations().order_by(table.c.timestamp, table.c.project, table.c.metric)
    if metric is not None:
        query = query.where(table.c.metric == metric)
    elif project is not None:
        # The index begins with the metric.
        query = query.where(table.c.metric.in_(list(Metric)))
    if project is not None:
        query = query.where(table.c.project == project)
    if first is not None:
        query = query.where(table.c.timestamp >= first)
    if last is not None:
        query = query.where(table.c.timestamp <= last)
    with reading(engine) as connection:
        return [make_annotation(row) for row in connection.execute(query)]


def read_history(engine: Engine, annotation_id: int) -> list[Revision]:
    """Read all revisions of an annotation, oldest first; empty where there is none.

    They come with all their texts: `conceal_history` takes away what not everybody may see.
    """
    with reading(engine) as connection:
        return read_revisions(connection, annotation_id)


def read_changes(
    engine: Engine, *, since: datetime | None = None, before: ChangeCursor | None = None, limit: int = 50
) -> list[Change]:
    """Read the newest revisions of all annotations as everybody may see them, newest first.

    Parameters
    ----------
    since
        Only what was done at or after this moment, UTC.
    before
        Where the page before ended: the `cursor` of its last change. What is written meanwhile shifts no page.
    limit
        At most so many.
    """
    moment, number = steps.c.at, steps.c.number
    query = select(steps, table).join(table, table.c.id == steps.c.annotation_id)
    query = query.order_by(moment.desc(), steps.c.annotation_id.desc(), number.desc()).limit(limit)
    if since is not None:
        query = query.where(moment >= since)
    if before is not None:
        query = query.where(_is_before(before))
    with reading(engine) as connection:
        rows = list(connection.execute(query))
        # Read last: what was hidden meanwhile is left out.
        histories = _read_public_histories(connection, {row.annotation_id for row in rows})
    return [_make_change(row, histories[row.annotation_id]) for row in rows]


def _is_before(cursor: ChangeCursor) -> ColumnElement[bool]:
    at, annotation_id, number = cursor
    moment, annotation = steps.c.at, steps.c.annotation_id
    # A comparison of rows would not use the index on MariaDB.
    same_moment = or_(annotation < annotation_id, and_(annotation == annotation_id, steps.c.number < number))
    return and_(moment <= at, or_(moment < at, same_moment))


def _read_public_histories(connection: Connection, annotations: Collection[int]) -> dict[int, list[Revision]]:
    whole: dict[int, list[Revision]] = defaultdict(list)
    query = select(steps).where(steps.c.annotation_id.in_(annotations)).order_by(steps.c.annotation_id, steps.c.number)
    for row in connection.execute(query):
        whole[row.annotation_id].append(make_revision(row))
    return {annotation: conceal_history(history) for annotation, history in whole.items()}


def _make_change(row: Any, history: list[Revision]) -> Change:  # noqa: ANN401, RUF100
    return Change(
        annotation_id=row.annotation_id,
        metric=Metric(row.metric),
        project=row.project,
        month=row.timestamp,
        revision=history[row.number - 1],
        hidden=history[-1].hidden,
    )
