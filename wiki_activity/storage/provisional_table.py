"""Months that Wikimedia has published only in part: judged by nobody, told to nobody, and drawn so."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import date, datetime

from sqlalchemy import Connection, Engine, delete, func, insert, select

from wiki_activity.domain.provisional import ProvisionalMonth
from wiki_activity.storage.data_version import PEAKS, mark_changed
from wiki_activity.storage.database import reading, write
from wiki_activity.storage.schema import edit_counts, editor_counts, people_counts
from wiki_activity.storage.schema import provisional_months as table


def keep_provisional(engine: Engine, found: ProvisionalMonth | None, now: datetime) -> None:
    """Note which month is provisional, or that none is; whoever keeps what was made of its wikis sees a change.

    Parameters
    ----------
    found
        As it is now; since when it has been so is found here.
    now
        UTC.
    """

    def work(connection: Connection) -> None:
        before = _read(connection)
        after = [] if found is None else [_date_back(found, before)]
        connection.execute(delete(table))
        for one in after:
            connection.execute(insert(table).values(asdict(one)))
        if changed := _choose(before) ^ _choose(after):
            mark_changed(connection, [*_find_wikis(connection, changed), PEAKS], now)

    write(engine, work)


def read_provisional(engine: Engine) -> frozenset[date]:
    """Read the months that are provisional; of all that is made of counts they are left out."""
    with reading(engine) as connection:
        return read_provisional_months(connection)


def read_provisional_months(connection: Connection) -> frozenset[date]:
    """Read the same in somebody else's transaction."""
    return _choose(_read(connection))


def list_provisional(engine: Engine) -> list[ProvisionalMonth]:
    """List the provisional months with what is known of them, oldest first."""
    with reading(engine) as connection:
        return [one for one in _read(connection) if not one.is_settled]


def newest_complete_month(engine: Engine) -> date | None:
    """Return the newest month with any edits that is not provisional: the newest one that readers are told of."""
    with reading(engine) as connection:
        provisional = read_provisional_months(connection)
        return connection.execute(
            select(func.max(edit_counts.c.timestamp)).where(edit_counts.c.timestamp.not_in(provisional))
        ).scalar()


def _date_back(found: ProvisionalMonth, before: Iterable[ProvisionalMonth]) -> ProvisionalMonth:
    for known in before:
        if (known.month, known.total, known.wikis_missing) == (found.month, found.total, found.wikis_missing):
            return replace(found, changed_at=known.changed_at)
    return found


def _read(connection: Connection) -> list[ProvisionalMonth]:
    rows = connection.execute(select(table).order_by(table.c.month)).mappings()
    return [ProvisionalMonth(**row) for row in rows]


def _choose(months: Iterable[ProvisionalMonth]) -> frozenset[date]:
    return frozenset(one.month for one in months if not one.is_settled)


def _find_wikis(connection: Connection, months: Iterable[date]) -> set[str]:
    chosen = list(months)
    found: set[str] = set()
    for counts in (edit_counts, editor_counts, people_counts):
        query = select(counts.c.project).where(counts.c.timestamp.in_(chosen))
        found.update(connection.execute(query).scalars())
    return found
