"""Who stayed, as it is stored: figures by wiki, days and window, and for a while the numbers of the accounts."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, delete, insert, or_, select
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.sql.dml import Insert

from wiki_activity.domain.daily_history import DayRange
from wiki_activity.domain.retention import Retention, Stayed, Window
from wiki_activity.storage.data_version import mark_changed
from wiki_activity.storage.database import reading, write
from wiki_activity.storage.renames import check_names
from wiki_activity.storage.retention_schema import retention as table
from wiki_activity.storage.retention_schema import retention_accounts as accounts
from wiki_activity.storage.upsert import upsert

Cohort = tuple[str, DayRange]
"""The accounts that were made on a wiki, by its project, in some days."""


def open_cohorts(engine: Engine, cohorts: Iterable[Cohort]) -> None:
    """Note that it is wanted who stayed; what is stored of it already stays.

    Raises
    ------
    DatabaseUnreachableError
        If the database is out of reach.
    """
    rows = [
        {"project": project, "first": days.first, "last": days.last, "days_after": window.value, "estimated": False}
        for project, days in cohorts
        for window in Window
    ]
    if rows:
        write(engine, lambda connection: connection.execute(_insert_new(connection.dialect.name), rows))


def read_cohort(engine: Engine, cohort: Cohort) -> list[Retention]:
    """Read what is known of a cohort, a window after the other; empty where nobody wanted to know."""
    with reading(engine) as connection:
        rows = connection.execute(select(table).where(_is_of(table, cohort))).all()
    return _make_all(rows)


def read_retention(connection: Connection, projects: Collection[str]) -> dict[str, tuple[Retention, ...]]:
    """Read what is known of some wikis, by project, the oldest days first."""
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(select(table).where(table.c.project.in_(projects))):
        found[row.project].append(row)
    return {project: tuple(_make_all(rows)) for project, rows in found.items()}


def list_wanted(engine: Engine, since: date) -> list[Retention]:
    """List all windows of cohorts whose last day is not before a day, and of others those that nobody was asked."""
    query = select(table).where(or_(table.c.last >= since, table.c.asked_at.is_(None)))
    with reading(engine) as connection:
        return _make_all(connection.execute(query).all())


def read_account_numbers(engine: Engine, cohort: Cohort) -> list[int]:
    """Read whom to ask about; empty where that is not known any more, or not yet."""
    query = select(accounts.c.user_id).where(_is_of(accounts, cohort)).order_by(accounts.c.user_id)
    with reading(engine) as connection:
        return list(connection.execute(query).scalars())


def store_retention(
    engine: Engine, cohort: Cohort, found: Sequence[Retention], numbers: Collection[int], *, now: datetime, names: int
) -> None:
    """Put what was found of a cohort, and whom to ask about again, in the place of what is stored of it.

    Parameters
    ----------
    now
        UTC.
    names
        The version of wikis' names by which it was asked.

    Raises
    ------
    WikisRenamedError
        If a wiki has moved meanwhile; nothing is stored then.
    """
    project, days = cohort
    kept = [{"project": project, "first": days.first, "last": days.last, "user_id": one} for one in sorted(numbers)]

    def work(connection: Connection) -> None:
        check_names(connection, names)
        upsert(connection, table, [_make_row(one) for one in found])
        connection.execute(delete(accounts).where(_is_of(accounts, cohort)))
        if kept:
            connection.execute(insert(accounts), kept)
        mark_changed(connection, [project], now)

    write(engine, work)


def forget_accounts(engine: Engine, before: date) -> None:
    """Delete the accounts of cohorts whose last day is before a day, whatever is known of them."""
    write(engine, lambda connection: connection.execute(delete(accounts).where(accounts.c.last < before)))


def _insert_new(dialect: str) -> Insert:
    if dialect == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return mysql.insert(table).prefix_with("IGNORE")


def _is_of(one: Any, cohort: Cohort) -> Any:
    project, days = cohort
    return and_(one.c.project == project, one.c.first == days.first, one.c.last == days.last)


def _make_row(one: Retention) -> dict[str, Any]:
    row: dict[str, Any] = {
        "project": one.project,
        "first": one.days.first,
        "last": one.days.last,
        "days_after": one.window.value,
        "accounts": one.accounts,
        "estimated": one.estimated,
        "error": one.error,
        "usual_error": one.usual_error,
        "asked_at": one.asked_at,
    }
    for prefix, stayed in (("", one.found), ("usual_", one.usual)):
        row |= {
            f"{prefix}{name}": None if stayed is None else getattr(stayed, name)
            for name in ("asked", "editing", "active")
        }
    return row


def _make_all(rows: Iterable[Row[Any]]) -> list[Retention]:
    # Another version of the program may know other windows.
    found = [_make(row) for row in rows if row.days_after in set(Window)]
    return sorted(found, key=lambda one: (one.days.first, one.days.last, one.project, one.window.since))


def _make(row: Row[Any]) -> Retention:
    return Retention(
        project=row.project,
        days=DayRange(row.first, row.last),
        window=Window(row.days_after),
        accounts=row.accounts,
        estimated=row.estimated,
        found=_make_stayed(row.asked, row.editing, row.active),
        usual=_make_stayed(row.usual_asked, row.usual_editing, row.usual_active),
        asked_at=row.asked_at,
        error=row.error,
        usual_error=row.usual_error,
    )


def _make_stayed(asked: int | None, editing: int | None, active: int | None) -> Stayed | None:
    return None if asked is None or editing is None or active is None else Stayed(asked, editing, active)
