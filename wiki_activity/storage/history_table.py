"""What Wikimedia counted of each day, written wiki by wiki with the range that it answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, delete, func, insert, select

from wiki_activity.storage.database import reading
from wiki_activity.storage.day_schema import daily_history, daily_history_spans
from wiki_activity.storage.upsert import upsert

_FIGURES = (daily_history.c.edits, daily_history.c.user_edits, daily_history.c.logged_out_edits)


@dataclass(frozen=True, slots=True)
class Span:
    """From which day to which a wiki's history goes, both included, and when it was answered, UTC."""

    first: date
    last: date
    fetched_at: datetime


@dataclass(frozen=True, slots=True, eq=False)
class WikiHistory:
    """One wiki's days without gaps: a row a day, and of each all edits, those of registered people, those logged out.

    Parameters
    ----------
    span
        Which days; a day of them without edits has zeros.
    counts
        Shape (days, 3).
    """

    span: Span
    counts: NDArray[np.int32]


def read_spans(engine: Engine) -> dict[str, Span]:
    """Read by project which days are known.

    Raises
    ------
    DatabaseUnreachableError
        If the database is out of reach.
    """
    table = daily_history_spans
    with reading(engine) as connection:
        return {row.project: Span(row.first, row.last, row.fetched_at) for row in connection.execute(select(table))}


def read_history(engine: Engine, project: str) -> WikiHistory | None:
    """Read one wiki's days; None where none were ever answered. Raises as :func:`read_spans` does."""
    spans, table = daily_history_spans, daily_history
    with reading(engine) as connection:
        row = connection.execute(select(spans).where(spans.c.project == project)).first()
        if row is None:
            return None
        span = Span(row.first, row.last, row.fetched_at)
        query = select(table.c.day, *_FIGURES).where(table.c.project == project)
        days = connection.execute(query.where(table.c.day.between(span.first, span.last))).all()
    counts = np.zeros(((span.last - span.first).days + 1, 3), dtype=np.int32)
    for day, *figures in days:
        counts[(day - span.first).days] = figures
    return WikiHistory(span, counts)


def count_known(connection: Connection, project: str, first: date, last: date) -> int:
    """Count all edits that are known of a wiki's days from `first` to `last`, both included."""
    table = daily_history
    query = select(func.sum(table.c.edits)).where(table.c.project == project, table.c.day.between(first, last))
    return int(connection.execute(query).scalar() or 0)


def store_history(connection: Connection, project: str, span: Span, days: Mapping[date, tuple[int, int, int]]) -> None:
    """Put an answer in place of what is known of its days; earlier days stay where they touch it.

    Parameters
    ----------
    connection
        In a writing transaction.
    span
        The days that were answered.
    days
        Of each day with any edits: all, those of registered people, those logged out.
    """
    spans, table = daily_history_spans, daily_history
    before = connection.execute(select(spans).where(spans.c.project == project)).first()
    touches = before is not None and before.first < span.first <= before.last + timedelta(days=1)
    gone = delete(table).where(table.c.project == project)
    connection.execute(gone.where(table.c.day >= span.first) if touches else gone)
    rows = [
        {"project": project, "day": day, "edits": edits, "user_edits": users, "logged_out_edits": others}
        for day, (edits, users, others) in days.items()
        if edits or users or others
    ]
    if rows:
        connection.execute(insert(table), rows)
    first = before.first if before is not None and touches else span.first
    upsert(
        connection,
        spans,
        [{"project": project, "first": first, "last": span.last, "fetched_at": span.fetched_at}],
    )
