"""Signs of life in the database: who holds a role, with which number, and when it last gave one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from wiki_activity.domain.heartbeat import Beat, ClockState, Heartbeat, StoreState, StreamState
from wiki_activity.storage.columns import Moment
from wiki_activity.storage.database import exclusively, reading, write
from wiki_activity.storage.schema import heartbeats as table
from wiki_activity.storage.storage_errors import LeaseLostError

_LONGEST_HOLDER = 255


class _Clock(msgspec.Struct, frozen=True):
    """The moments of a heartbeat by its holder's clock."""

    at: float
    loop_at: float
    beats: int = 0
    ahead_seconds: float | None = None
    wrong_seconds: float = 0.0


def claim(engine: Engine, role: str, holder: str, at_least: int = 1) -> tuple[int, Beat | None]:
    """Take a role from whoever has it; returns the new number, and the last sign of life of the one before.

    Parameters
    ----------
    holder
        Who takes it, no two alike.
    at_least
        The number is not lower: for a Redis that has seen higher ones than this database.

    Raises
    ------
    DatabaseUnreachableError
        If the database is out of reach, or takes no writes.
    """
    with exclusively(engine, "heartbeats") as connection:
        now = read_clock(connection)
        row = connection.execute(select(table).where(table.c.role == role)).first()
        token = max(at_least, 1 if row is None else row.token + 1)
        values = {"holder": holder[:_LONGEST_HOLDER], "token": token, "at": now, "loop_at": now}
        if row is None:
            # Nobody has beaten yet: an empty clock says so.
            connection.execute(insert(table).values(role=role, **values, stores="{}", stream="{}", clock=""))
        else:
            connection.execute(update(table).where(table.c.role == role).values(values))
        return token, None if row is None else _read(row, now)


def holds(engine: Engine, role: str, holder: str) -> bool:
    """Tell whether a role is still this holder's. Raises as :func:`claim` does."""
    query = select(table.c.role).where(table.c.role == role, table.c.holder == holder[:_LONGEST_HOLDER])
    with reading(engine) as connection:
        return connection.execute(query).first() is not None


def read_number(engine: Engine, role: str) -> int:
    """Read the number of whoever took a role last; 0 where nobody has. Raises as :func:`claim` does."""
    with reading(engine) as connection:
        return connection.execute(select(table.c.token).where(table.c.role == role)).scalar() or 0


def keep_role(connection: Connection, role: str, holder: str) -> None:
    """Let nobody take a role from its holder before the transaction ends.

    Raises
    ------
    LeaseLostError
        If another one has it already.
    """
    query = select(table.c.role).where(table.c.role == role, table.c.holder == holder[:_LONGEST_HOLDER])
    if connection.execute(query.with_for_update()).first() is None:
        msg = f"{role} is no longer {holder}: another one has taken over"
        raise LeaseLostError(msg)


def beat(engine: Engine, role: str, holder: str, heartbeat: Heartbeat) -> datetime:
    """Give a sign of life; returns the database's time.

    Raises
    ------
    LeaseLostError
        If another one has taken the role.
    DatabaseUnreachableError
        As :func:`claim` does.
    """

    def work(connection: Connection) -> datetime:
        now = read_clock(connection)
        clock = _Clock(
            heartbeat.at,
            heartbeat.loop_at,
            heartbeat.beats,
            heartbeat.clock.ahead_seconds,
            heartbeat.clock.wrong_seconds,
        )
        values = {
            "at": now,
            "loop_at": now - timedelta(seconds=max(heartbeat.at - heartbeat.loop_at, 0.0)),
            "stores": _encode(heartbeat.stores),
            "stream": _encode(heartbeat.stream),
            "clock": _encode(clock),
        }
        ours = (table.c.role == role) & (table.c.holder == holder[:_LONGEST_HOLDER])
        if connection.execute(update(table).where(ours).values(values)).rowcount == 0:
            msg = f"{role} is no longer {holder}: another one has taken over"
            raise LeaseLostError(msg)
        return now

    return write(engine, work)


def read_beat(engine: Engine, role: str) -> Beat | None:
    """Read the last sign of life; None if nobody has given one. Raises as :func:`claim` does."""
    with reading(engine) as connection:
        row = connection.execute(select(table).where(table.c.role == role)).first()
        return None if row is None else _read(row, read_clock(connection))


def read_clock(connection: Connection) -> datetime:
    """Read the database's clock, UTC, to the second; SQLite's is this machine's."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    return connection.execute(select(func.utc_timestamp(type_=Moment))).scalar_one()


def _encode(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _read(row: Row[Any], now: datetime) -> Beat | None:
    if not row.clock:
        return None
    clock = msgspec.json.decode(row.clock, type=_Clock)
    heartbeat = Heartbeat(
        at=clock.at,
        token=row.token,
        holder=row.holder,
        loop_at=clock.loop_at,
        beats=clock.beats,
        stores=msgspec.json.decode(row.stores, type=dict[str, StoreState]),
        stream=msgspec.json.decode(row.stream, type=StreamState),
        clock=ClockState(clock.ahead_seconds, clock.wrong_seconds),
    )
    return Beat(heartbeat, (now - row.at).total_seconds(), from_database=True)
