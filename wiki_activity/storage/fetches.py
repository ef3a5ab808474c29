"""Fetches: what came of each request of a refresh, so that another run asks only for the rest."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection, Engine, func, select

from wiki_activity.domain.counts import Series
from wiki_activity.storage.data_version import mark_changed
from wiki_activity.storage.database import reading
from wiki_activity.storage.schema import fetches, refreshes
from wiki_activity.storage.upsert import Upsert


class FetchStatus(StrEnum):
    """What came of one request."""

    OK = "ok"
    NO_DATA = "no_data"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What came of asking one series of one wiki.

    Parameters
    ----------
    status
        `no_data` is an answer: Wikimedia knows nothing of this wiki.
    months
        How many months the answer held.
    error
        What went wrong, where it failed.
    """

    status: FetchStatus
    months: int = 0
    error: str | None = None


@dataclass(frozen=True, slots=True)
class FetchRow:
    """One stored fetch."""

    project: str
    series: Series
    result: FetchResult
    fetched_at: datetime


def record_all_fetches(
    connection: Connection,
    refresh_id: int,
    results: Mapping[str, Mapping[Series, FetchResult]],
    fetched_at: datetime,
) -> None:
    """Record what came of the requests of some wikis, in the transaction that stores their counts."""
    rows = [
        (refresh_id, series.value, project, result.status.value, result.months, result.error, fetched_at)
        for project, by_series in results.items()
        for series, result in by_series.items()
    ]
    columns = ("refresh", "metric", "project", "status", "months", "error", "fetched_at")
    Upsert(connection.dialect, fetches, columns, rows).execute(connection)
    known = [
        project
        for project, by_series in results.items()
        if any(result.status is not FetchStatus.FAILED for result in by_series.values())
    ]
    mark_changed(connection, known, fetched_at)


def answered(engine: Engine, refresh_id: int) -> set[tuple[str, Series]]:
    """Return the requests of a refresh that need not be made again, by project and series."""
    query = select(fetches.c.project, fetches.c.metric).where(
        fetches.c.refresh == refresh_id, fetches.c.status != FetchStatus.FAILED
    )
    with reading(engine) as connection:
        return {(project, Series(series)) for project, series in connection.execute(query)}


def list_answered(engine: Engine, series: Collection[Series], month: date) -> set[str]:
    """List the wikis that have answered each of some series since a month, or a later one, could be in the answer."""
    query = (
        select(fetches.c.project)
        .join(refreshes, refreshes.c.id == fetches.c.refresh)
        .where(fetches.c.metric.in_(series), fetches.c.status != FetchStatus.FAILED, refreshes.c.last >= month)
        .group_by(fetches.c.project)
        .having(func.count(fetches.c.metric.distinct()) == len(series))
    )
    with reading(engine) as connection:
        return set(connection.execute(query).scalars())


def read_fetches(engine: Engine, refresh_id: int) -> list[FetchRow]:
    """Read the fetches of a refresh, by project and series."""
    query = select(fetches).where(fetches.c.refresh == refresh_id).order_by(fetches.c.project, fetches.c.metric)
    with reading(engine) as connection:
        return [
            FetchRow(
                row.project,
                Series(row.metric),
                FetchResult(FetchStatus(row.status), row.months, row.error),
                row.fetched_at,
            )
            for row in connection.execute(query)
        ]
