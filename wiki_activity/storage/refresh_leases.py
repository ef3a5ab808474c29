"""The lease that keeps two refreshes apart, but for parts of one load, and what another one goes on with."""

import json
import logging
from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, insert, or_, select, update

from wiki_activity.domain.counts import COUNT_SERIES, Series
from wiki_activity.leases import is_alive
from wiki_activity.storage.database import exclusively, write
from wiki_activity.storage.database_clock import in_database_time
from wiki_activity.storage.refreshes import (
    HUNG_SECONDS,
    LEASE_SECONDS,
    PART,
    Outcome,
    Refresh,
    make_refresh,
    select_refresh,
)
from wiki_activity.storage.schema import refreshes as table
from wiki_activity.storage.schema import wikis
from wiki_activity.storage.storage_errors import LeaseLostError, NothingToResumeError, RefreshBusyError

logger = logging.getLogger(__name__)


def start_refresh(
    engine: Engine,
    *,
    run_id: str,
    holder: str,
    first: date,
    last: date,
    projects: Sequence[str],
    series: Sequence[Series],
    now: datetime,
    lease_seconds: int = LEASE_SECONDS,
    is_gone: Callable[[str], bool] | None = None,
) -> Refresh:
    """Take the lease and begin a new refresh; one left by a dead holder is marked as abandoned.

    Parameters
    ----------
    run_id
        Of the run that does it; `resume_refresh` finds it again by this.
    holder
        Who does it, for people to read, different for each process.
    first, last, projects, series
        What is to be fetched, as in :class:`Refresh`.
    now
        UTC.
    lease_seconds
        How old another holder's last sign of life may be.
    is_gone
        Tells of a holder whether it is known to be dead, so that nobody has to wait for its lease to run out.

    Raises
    ------
    RefreshBusyError
        If another refresh is under way.
    """
    row: dict[str, Any] = {
        "run_id": run_id,
        "resumed_by": "[]",
        "first": first,
        "last": last,
        "wikis": json.dumps(list(projects)),
        "series": json.dumps([str(one) for one in series]),
        "holder": holder,
        "started_at": now,
    }

    with exclusively(engine, "refresh") as connection:
        row["heartbeat"] = in_database_time(connection, now)
        _take_over(
            connection, holder, set(projects), now=row["heartbeat"], lease_seconds=lease_seconds, is_gone=is_gone
        )
        key = connection.execute(insert(table).values(row)).inserted_primary_key
        assert key is not None
        return select_refresh(connection, key[0])


def resume_refresh(
    engine: Engine,
    *,
    run_id: str,
    holder: str,
    now: datetime,
    of_run_id: str | None = None,
    series: Collection[Series] = COUNT_SERIES,
    lease_seconds: int = LEASE_SECONDS,
    is_gone: Callable[[str], bool] | None = None,
) -> Refresh:
    """Take the lease of the newest refresh that was left unfinished or with failures, and go on with it.

    Parameters
    ----------
    run_id, holder, now, lease_seconds, is_gone
        As in :func:`start_refresh`.
    of_run_id
        Go on with the newest refresh that this run started or went on with, finished or not.
    series
        Only a refresh of one of these series; a run may have started one for each of its assets.

    Raises
    ------
    NothingToResumeError
        If there is none.
    RefreshBusyError
        If another refresh is under way.
    """
    with exclusively(engine, "refresh") as connection:
        beaten = in_database_time(connection, now)
        found = _take_unfinished(
            _list_unfinished(connection, of_run_id, set(series)),
            lambda projects: _take_over(
                connection, holder, projects, now=beaten, lease_seconds=lease_seconds, is_gone=is_gone
            ),
        )
        change = {
            "holder": holder,
            "heartbeat": beaten,
            "outcome": None,
            "resumed_by": json.dumps([*json.loads(found.resumed_by), run_id]),
        }
        connection.execute(update(table).where(table.c.id == found.id).values(change))
        return select_refresh(connection, found.id)


def beat(engine: Engine, refresh_id: int, holder: str, now: datetime) -> None:
    """Give a sign of life.

    Raises
    ------
    LeaseLostError
        If the refresh was taken over, or has ended.
    """
    write(
        engine,
        lambda connection: _change(connection, refresh_id, holder, {"heartbeat": in_database_time(connection, now)}),
    )


def check_lease(connection: Connection, refresh_id: int, holder: str) -> None:
    """Make sure that the holder still has the lease, and keeps it until the transaction ends.

    Raises
    ------
    LeaseLostError
        If the refresh was taken over, or has ended: roll back.
    """
    query = select(table.c.id).where(_is_held(refresh_id, holder)).with_for_update(read=True)
    if connection.execute(query).first() is None:
        raise LeaseLostError(_tell_lost(refresh_id, holder))


def finish_refresh(engine: Engine, refresh_id: int, holder: str, now: datetime, outcome: Outcome) -> None:
    """End a refresh that went through its whole list, with `done` or `failures`.

    Raises
    ------
    LeaseLostError
        If the refresh was taken over, or has ended.
    """
    change = {"heartbeat": now, "finished_at": now, "outcome": outcome}
    write(engine, lambda connection: _change(connection, refresh_id, holder, change))


def release_refresh(engine: Engine, refresh_id: int, holder: str, now: datetime) -> None:
    """Give up a refresh before its end, so that another may go on with it at once; a lost lease is let be."""
    change = {"heartbeat": now, "outcome": Outcome.INTERRUPTED}
    write(
        engine, lambda connection: connection.execute(update(table).where(_is_held(refresh_id, holder)).values(change))
    )


def _take_over(
    connection: Connection,
    holder: str,
    projects: set[str],
    *,
    now: datetime,
    lease_seconds: int,
    is_gone: Callable[[str], bool] | None,
) -> None:
    """Abandon dead refreshes; one that lives hinders, unless both are parts and have no wiki in common."""
    for row in connection.execute(select(table).where(table.c.outcome.is_(None))).all():
        refresh = make_refresh(row)
        if PART in holder and PART in refresh.holder and projects.isdisjoint(refresh.projects):
            continue
        # What is seen of a process says more than any two clocks.
        limit = max(HUNG_SECONDS, lease_seconds) if is_alive(refresh.holder) else lease_seconds
        lives = now - refresh.heartbeat < timedelta(seconds=limit)
        if lives and not (is_gone is not None and is_gone(refresh.holder)):
            raise RefreshBusyError(refresh.holder, refresh.started_at, refresh.heartbeat)
        connection.execute(update(table).where(table.c.id == refresh.id).values(outcome=Outcome.ABANDONED))
        logger.warning("refresh %d of %s was abandoned after %s", refresh.id, refresh.holder, refresh.heartbeat)


def _list_unfinished(connection: Connection, of_run_id: str | None, series: set[Series]) -> list[Row[Any]]:
    """List what one may go on with, the newest first.

    Raises
    ------
    NothingToResumeError
        If there is nothing.
    """
    done: list[Refresh] = []
    found = []
    # A wiki that was closed meanwhile is in no later list, and need not be asked for.
    shut = set(
        connection.execute(select(wikis.c.project).where(or_(wikis.c.closed, wikis.c.gone_at.is_not(None)))).scalars()
    )
    for row in connection.execute(select(table).order_by(table.c.id.desc())):
        refresh = make_refresh(row)
        if series.isdisjoint(refresh.series):
            continue
        if of_run_id is not None:
            if of_run_id in {refresh.run_id, *json.loads(row.resumed_by)}:
                return [row]
        elif refresh.outcome is Outcome.DONE:
            done.append(refresh)
        elif not any(_covers(later, refresh, shut) for later in done):
            found.append(row)
    if found:
        return found
    msg = "no refresh was left unfinished" if of_run_id is None else f"run {of_run_id} started no refresh"
    raise NothingToResumeError(msg)


def _take_unfinished(found: Sequence[Row[Any]], take_over: Callable[[set[str]], None]) -> Row[Any]:
    """Return the newest whose wikis nobody else refreshes: of several shards another one may be left to go on with."""
    hindrance: RefreshBusyError | None = None
    for row in found:
        try:
            take_over(set(json.loads(row.wikis)))
        except RefreshBusyError as error:
            hindrance = hindrance or error
        else:
            return row
    assert hindrance is not None
    raise hindrance


def _covers(one: Refresh, other: Refresh, shut: set[str]) -> bool:
    return (
        one.first <= other.first
        and one.last >= other.last
        and set(one.projects) >= set(other.projects) - shut
        and set(one.series) >= set(other.series)
    )


def _change(connection: Connection, refresh_id: int, holder: str, change: dict[str, Any]) -> None:
    if connection.execute(update(table).where(_is_held(refresh_id, holder)).values(change)).rowcount == 0:
        raise LeaseLostError(_tell_lost(refresh_id, holder))


def _is_held(refresh_id: int, holder: str) -> ColumnElement[bool]:
    return and_(table.c.id == refresh_id, table.c.holder == holder, table.c.outcome.is_(None))


def _tell_lost(refresh_id: int, holder: str) -> str:
    return f"refresh {refresh_id} is no longer held by {holder}: it was taken over or has ended"
