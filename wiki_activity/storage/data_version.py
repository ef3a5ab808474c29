"""A key that changes whenever anything a reader may see has changed, for those who keep what they read.

Settings, the program itself and live data are not part of it. Read the key first and the data after it: what is written
in between makes a later key.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, Table, bindparam, func, select, union_all, update

from wiki_activity.domain.counts import Metric, Series
from wiki_activity.storage.database import reading
from wiki_activity.storage.fetches import FetchStatus
from wiki_activity.storage.schema import annotations, data_changes, fetches, refreshes, wikis

PEAKS = "peaks"
"""The subject that whoever replaces peaks marks as changed."""


@dataclass(frozen=True, slots=True)
class DataVersion:
    """How new the stored data is.

    Parameters
    ----------
    run_id
        The run of Dagster or of the command line that began the refresh in which counts were last stored.
    as_of
        When that was, UTC; both are None where no refresh has stored any.
    key
        Changes with the data; short, and fit for an ETag.
    """

    run_id: str | None
    as_of: datetime | None
    key: str


def read_data_version(engine: Engine, project: str | None = None) -> DataVersion:
    """Read the version of all that is stored of one wiki, or of everything.

    It covers, of that wiki or of all:

    - counts, by the newest answered fetches: a re-run and a restatement make newer ones, a failed fetch writes nothing;
    - peaks, by the number of times that :func:`mark_changed` was told of them, whichever wiki's they were: peaks that
      vanish or stay with other numbers leave no trace in their rows;
    - annotations, by the sum of their revision numbers, which only grows: hiding and unhiding are revisions too;
    - the name, direction and closing of wikis, by when the site matrix was last stored.

    A page that shows other wikis too (those of the same month, for instance) needs the version of everything.
    """
    with reading(engine) as connection:
        if project is None:
            answers = connection.execute(_NEWEST_ANSWERS).all()
        else:
            answers = connection.execute(_ANSWERS_OF_WIKI, {"project": project}).all()
        facts = (
            [tuple(row) for row in answers],
            connection.execute(_PEAK_CHANGES).scalar(),
            _sum_up(connection, annotations, _REVISION_SUMS, project),
            _sum_up(connection, wikis, _MATRIX_SUMS, project),
        )
        newest = max(answers, key=lambda row: (row.fetched_at, row.refresh), default=None)
        run_id = None if newest is None else connection.execute(_RUN, {"refresh": newest.refresh}).scalar()
    key = hashlib.sha256(repr((project, facts)).encode()).hexdigest()[:20]
    return DataVersion(run_id, None if newest is None else newest.fetched_at, key)


def mark_changed(connection: Connection, subject: str, now: datetime) -> None:
    """Count a change of a subject, in the transaction that makes it.

    Parameters
    ----------
    connection
        In a writing transaction.
    subject
        `PEAKS`.
    now
        UTC.
    """
    change = {"number": data_changes.c.number + 1, "changed_at": now}
    connection.execute(update(data_changes).where(data_changes.c.subject == subject).values(change))


def _select_answers(series: Series) -> Select[Any]:
    """Select the newest answered fetch of one series of a wiki."""
    newest = (
        select(fetches.c.refresh, fetches.c.fetched_at, fetches.c.status, fetches.c.months)
        .where(fetches.c.metric == series, fetches.c.project == bindparam("project"), _IS_ANSWERED)
        .order_by(fetches.c.fetched_at.desc(), fetches.c.refresh.desc())
        .limit(1)
        .subquery()
    )
    return select(newest)


def _sum_up(
    connection: Connection, table: Table, sums: Sequence[ColumnElement[Any]], project: str | None
) -> tuple[object, ...]:
    query = select(*sums).select_from(table)
    if project is not None:
        query = query.where(table.c.project == project)
        if "metric" in table.c:
            # The indexes begin with the metric.
            query = query.where(table.c.metric.in_(list(Metric)))
    return tuple(connection.execute(query).one())


_IS_ANSWERED = fetches.c.status != FetchStatus.FAILED
_ANSWERS_OF_WIKI = union_all(*(_select_answers(series) for series in Series))
_LAST_MOMENT = (
    select(fetches.c.fetched_at).where(_IS_ANSWERED).order_by(fetches.c.fetched_at.desc()).limit(1).scalar_subquery()
)
# Of one second there may be several: each that comes is one more.
_NEWEST_ANSWERS = (
    select(fetches.c.fetched_at, func.max(fetches.c.refresh).label("refresh"), func.count(), func.sum(fetches.c.months))
    .where(fetches.c.fetched_at == _LAST_MOMENT, _IS_ANSWERED)
    .group_by(fetches.c.fetched_at)
)
_PEAK_CHANGES = select(data_changes.c.number).where(data_changes.c.subject == PEAKS)
_REVISION_SUMS: list[ColumnElement[Any]] = [func.count(), func.sum(annotations.c.revision)]
_MATRIX_SUMS: list[ColumnElement[Any]] = [func.count(), func.max(wikis.c.refreshed_at)]
_RUN = select(refreshes.c.run_id).where(refreshes.c.id == bindparam("refresh"))
