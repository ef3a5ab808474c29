"""The stream's counts of days, which of its hours were seen, and where in it they end: written in one transaction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, String, cast, delete, func, insert, literal_column, select

from wiki_activity.storage.database import reading, write
from wiki_activity.storage.day_schema import daily_counts, hashtag_days, stream_hours, stream_position
from wiki_activity.storage.heartbeats import keep_role
from wiki_activity.storage.packed import cut_off, read_text
from wiki_activity.storage.renames import check_names
from wiki_activity.storage.upsert import upsert

KEPT: Final = timedelta(days=400)
"""How long counts of days are kept."""
_DAY: Final = 86_400
_HOUR: Final = 3600
_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class DayChanges:
    """What one save writes; all numbers are absolute.

    Parameters
    ----------
    counts
        Day (epoch seconds // 86,400), project, edits by registered people, by bots, logged out.
    hours
        Hour (epoch seconds // 3,600), and whether all of it was seen.
    replaced_from
        Day from which on there is nothing but this; None where the rest stays.
    pruned_before
        Days before it are forgotten.
    resume_id, state
        Where the counts end, and what it takes to go on there.
    lineage
        Drawn when the counts were begun.
    hashtags
        Day, project, hashtag, edits, accounts; all that is known of a hashtag and a day.
    """

    counts: Sequence[tuple[int, str, tuple[int, int, int]]]
    hours: Sequence[tuple[int, bool]]
    replaced_from: int | None
    pruned_before: int
    resume_id: str
    state: str
    lineage: str
    hashtags: Sequence[tuple[int, str, str, int, int]] = ()


@dataclass(frozen=True, slots=True)
class Holder:
    """Who writes: the name by which a role is held, and the version of the wikis' names by which was counted."""

    role: str
    name: str
    names_version: int


@dataclass(frozen=True, slots=True)
class StreamPosition:
    """Where the counts end, as it was stored with them; `stored` counts the saves."""

    lineage: str
    resume_id: str
    state: str
    stored: int
    saved_at: datetime


class DayRows(NamedTuple):
    """One day (epoch seconds // 86,400): its wikis, and of each the edits by registered people, by bots, logged out."""

    day: int
    projects: list[str]
    user_edits: list[int]
    bot_edits: list[int]
    logged_out_edits: list[int]


def store_days(engine: Engine, holder: Holder, changes: DayChanges, now: datetime) -> None:
    """Write counts, hours and position, all or nothing, for the holder of a role alone.

    Parameters
    ----------
    holder
        Who writes.
    now
        UTC.

    Raises
    ------
    LeaseLostError
        If another one has taken the role.
    WikisRenamedError
        If a wiki has moved since; nothing is written.
    DatabaseUnreachableError
        If the database is out of reach, or takes no writes.
    """

    def work(connection: Connection) -> None:
        keep_role(connection, holder.role, holder.name)
        check_names(connection, holder.names_version)
        _forget(connection, changes)
        rows = [
            {"day": _day(day), "project": project, "user_edits": users, "bot_edits": bots, "logged_out_edits": others}
            for day, project, (users, bots, others) in changes.counts
        ]
        hours = [{"hour": _moment(hour * _HOUR), "complete": whole} for hour, whole in changes.hours]
        if changes.replaced_from is None:
            upsert(connection, daily_counts, rows)
            upsert(connection, stream_hours, hours)
        else:
            for table, its in ((daily_counts, rows), (stream_hours, hours)):
                if its:
                    connection.execute(insert(table), its)
        columns = ("day", "project", "hashtag", "edits", "accounts")
        tags = [dict(zip(columns, (_day(day), *its), strict=True)) for day, *its in changes.hashtags]
        upsert(connection, hashtag_days, tags)
        known = select(stream_position.c.stored).where(stream_position.c.role == holder.role)
        before = connection.execute(known).scalar()
        position = {
            "role": holder.role,
            "lineage": changes.lineage,
            "stored": (before or 0) + 1,
            "resume_id": changes.resume_id,
            "state": changes.state,
            "saved_at": now,
        }
        upsert(connection, stream_position, [position])

    write(engine, work)


def _forget(connection: Connection, changes: DayChanges) -> None:
    pruned = _day(changes.pruned_before)
    connection.execute(delete(daily_counts).where(daily_counts.c.day < pruned))
    connection.execute(delete(hashtag_days).where(hashtag_days.c.day < pruned))
    connection.execute(delete(stream_hours).where(stream_hours.c.hour < _moment(changes.pruned_before * _DAY)))
    if changes.replaced_from is not None:
        connection.execute(delete(daily_counts).where(daily_counts.c.day >= _day(changes.replaced_from)))
        since = _moment(changes.replaced_from * _DAY)
        connection.execute(delete(stream_hours).where(stream_hours.c.hour >= since))


def read_position(engine: Engine, role: str) -> StreamPosition | None:
    """Read where the counts end; None where none were ever stored. Raises as :func:`store_days` does."""
    with reading(engine) as connection:
        row = connection.execute(select(stream_position).where(stream_position.c.role == role)).first()
    return None if row is None else StreamPosition(row.lineage, row.resume_id, row.state, row.stored, row.saved_at)


def read_position_time(engine: Engine, role: str) -> tuple[tuple[str, int], datetime | None]:
    """Read what tells one state of the counts from another, and when that was stored; raises as `store_days` does."""
    table = stream_position
    query = select(table.c.lineage, table.c.stored, table.c.saved_at).where(table.c.role == role)
    with reading(engine) as connection:
        row = connection.execute(query).first()
    return (("", 0), None) if row is None else ((row.lineage, row.stored), row.saved_at)


def read_days(engine: Engine, first: int | None = None) -> Iterator[DayRows]:
    """Read the counts of the days from one on (epoch seconds // 86,400), in order.

    A year of all wikis is 350,000 rows, for which the drivers take many times as long as for one text a day.

    Raises
    ------
    StorageError
        If the server cut a text off, or the database is out of reach.
    """
    table = daily_counts
    comma = literal_column("','", String)
    numbers = (table.c.user_edits, table.c.bot_edits, table.c.logged_out_edits)
    # A comma ends each, so that it shows wherever the server may cut the text off.
    parts: list[ColumnElement[Any]] = [
        table.c.project,
        comma,
        *(part for one in numbers for part in (cast(one, String(11)), comma)),
    ]
    is_sqlite = engine.dialect.name == "sqlite"
    text = func.group_concat(reduce(ColumnElement.concat, parts)) if is_sqlite else func.group_concat(*parts)
    query = select(table.c.day, func.count(), text).group_by(table.c.day).order_by(table.c.day)
    if first is not None:
        query = query.where(table.c.day >= _day(first))
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    for day, count, packed in rows:
        cells = read_text(packed).split(",")
        if len(cells) != 5 * count or cells[-1]:
            raise cut_off(f"the {count} wikis of {day}")
        users, bots, logged_out = (list(map(int, cells[at::5])) for at in (1, 2, 3))
        yield DayRows((day - _EPOCH).days, cells[::5], users, bots, logged_out)


def read_hours(engine: Engine, first: int | None = None) -> list[tuple[int, bool]]:
    """Read the hours that were seen from a day on, as in :class:`DayChanges`, in order."""
    query = select(stream_hours.c.hour, stream_hours.c.complete).order_by(stream_hours.c.hour)
    if first is not None:
        query = query.where(stream_hours.c.hour >= _moment(first * _DAY))
    with reading(engine) as connection:
        return [(int(row.hour.timestamp()) // _HOUR, row.complete) for row in connection.execute(query)]


def _day(number: int) -> date:
    return _EPOCH + timedelta(days=number)


def _moment(epoch_seconds: int) -> datetime:
    return datetime.fromtimestamp(epoch_seconds, UTC)
