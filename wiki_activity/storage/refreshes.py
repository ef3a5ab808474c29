"""Refreshes: what was asked for, how it stands and how it ended."""

import json
import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, func, or_, select

from wiki_activity.domain.counts import Series
from wiki_activity.leases import is_alive
from wiki_activity.storage.database import reading
from wiki_activity.storage.database_clock import in_database_time
from wiki_activity.storage.schema import refreshes as table

logger = logging.getLogger(__name__)

LEASE_SECONDS = 60
"""A holder that gave no sign of life for so long is taken to be dead."""
HUNG_SECONDS = 600
"""One whose process is seen to live is left so long: it may be stopped, or the clocks may disagree."""
PART = ", part "
"""In the name of a holder that refreshes a part of all wikis: whoever divides a load divides what Wikimedia grants."""


class Outcome(StrEnum):
    """How a refresh ended; a running one has none."""

    DONE = "done"
    """It went through its whole list, and nothing failed."""
    FAILURES = "failures"
    """It went through its whole list, and some wikis failed."""
    INTERRUPTED = "interrupted"
    """Its holder gave it up before the end."""
    ABANDONED = "abandoned"
    """Its holder gave no more signs of life, and another refresh began."""


@dataclass(frozen=True, slots=True)
class Refresh:
    """What a refresh was asked for, and how it stands.

    Parameters
    ----------
    id
        Its number.
    run_id
        The run that started it; other runs may have gone on with it.
    first, last
        The months to store, both included.
    projects
        The wikis that were asked for, in that order.
    series
        The series that were asked for.
    holder
        Who holds the lease, or held it last.
    started_at, heartbeat, finished_at
        UTC; `finished_at` is when it last went through its whole list, None where it never did.
    outcome
        None while it runs.
    """

    id: int
    run_id: str
    first: date
    last: date
    projects: tuple[str, ...]
    series: tuple[Series, ...]
    holder: str
    started_at: datetime
    heartbeat: datetime
    finished_at: datetime | None
    outcome: Outcome | None


def read_refresh(engine: Engine, refresh_id: int) -> Refresh:
    """Read one refresh as it is now: its wikis under the names that they have."""
    with reading(engine) as connection:
        return select_refresh(connection, refresh_id)


def last_refresh(engine: Engine, series: Series | None = None) -> Refresh | None:
    """Return the newest refresh, whatever came of it; or the newest that asked for a series."""
    query = select(table).order_by(table.c.id.desc()).limit(1)
    if series is not None:
        query = query.where(asks_for(series))
    with reading(engine) as connection:
        row = connection.execute(query).first()
    return None if row is None else make_refresh(row)


def find_running(engine: Engine, now: datetime) -> Refresh | None:
    """Return the refresh that runs and gives signs of life; None where none does."""
    with reading(engine) as connection:
        row = connection.execute(select(table).where(table.c.outcome.is_(None)).order_by(table.c.id.desc())).first()
        refresh = None if row is None else make_refresh(row)
        return None if refresh is None or is_silent(refresh, in_database_time(connection, now)) else refresh


def count_outcomes(engine: Engine) -> dict[str, int]:
    """Count the refreshes that have ended, by how; another version of the program may know other ways."""
    query = select(table.c.outcome, func.count()).where(table.c.outcome.is_not(None)).group_by(table.c.outcome)
    with reading(engine) as connection:
        return {row.outcome: row[1] for row in connection.execute(query)}


def last_whole(engine: Engine, series: Series, projects: int) -> Refresh | None:
    """Return the newest refresh, whatever came of it, that asked for a series of so many wikis or more.

    None where none of the last fifty of the series did.
    """
    query = select(table).where(asks_for(series)).order_by(table.c.id.desc()).limit(50)
    with reading(engine) as connection:
        found = map(make_refresh, connection.execute(query))
        return next((one for one in found if len(one.projects) >= projects), None)


def list_refreshes(engine: Engine, limit: int) -> list[Refresh]:
    """List the newest refreshes, newest first."""
    with reading(engine) as connection:
        return [make_refresh(row) for row in connection.execute(select(table).order_by(table.c.id.desc()).limit(limit))]


def asks_for(series: Series) -> ColumnElement[bool]:
    """Choose, in a query of refreshes, those that asked for a series."""
    return table.c.series.contains(json.dumps(str(series)), autoescape=True)


def is_silent(refresh: Refresh, now: datetime) -> bool:
    """Tell whether a holder has given no sign of life for so long that it is taken to be dead.

    Parameters
    ----------
    now
        As :func:`wiki_activity.storage.database_clock.database_time` tells it.
    """
    limit = HUNG_SECONDS if is_alive(refresh.holder) else LEASE_SECONDS
    return now - refresh.heartbeat > timedelta(seconds=limit)


def find_refresh_of_run(engine: Engine, run_id: str) -> Refresh | None:
    """Return the newest refresh that a run began or went on with."""
    runs = or_(table.c.run_id == run_id, table.c.resumed_by.contains(run_id, autoescape=True))
    with reading(engine) as connection:
        row = connection.execute(select(table).where(runs).order_by(table.c.id.desc()).limit(1)).first()
    return None if row is None else make_refresh(row)


def select_refresh(connection: Connection, refresh_id: int) -> Refresh:
    """Read one refresh within a transaction."""
    return make_refresh(connection.execute(select(table).where(table.c.id == refresh_id)).one())


def make_refresh(row: Row[Any]) -> Refresh:
    """Make it of its row."""
    return Refresh(
        id=row.id,
        run_id=row.run_id,
        first=row.first,
        last=row.last,
        projects=tuple(json.loads(row.wikis)),
        series=tuple(Series(one) for one in json.loads(row.series)),
        holder=row.holder,
        started_at=row.started_at,
        heartbeat=row.heartbeat,
        finished_at=row.finished_at,
        outcome=None if row.outcome is None else Outcome(row.outcome),
    )
