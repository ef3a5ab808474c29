"""One statement that inserts rows or replaces those of the same key, on either backend."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Connection, Table, literal_column
from sqlalchemy.dialects import mysql, sqlite


def upsert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows, or replace the columns besides the key where the key is there.

    One statement with a list of rows: about twenty times as fast as a statement a row.

    Parameters
    ----------
    connection
        In a writing transaction.
    table
        Rows are told apart by its primary key.
    rows
        Must all have the same columns.
    """
    _insert_or_change(connection, table, rows, None)


def insert_or_count(connection: Connection, counter: Column[int], rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows, or replace them but for a counter, which goes up by one where the key is there.

    Parameters
    ----------
    counter
        A column of the table; the rows have what it begins with.
    connection, rows
        As in :func:`upsert`.
    """
    _insert_or_change(connection, counter.table, rows, counter)


def _insert_or_change(
    connection: Connection, table: Table, rows: Sequence[dict[str, Any]], counter: Column[int] | None
) -> None:
    if not rows:
        return
    keys = [column.key for column in table.primary_key]
    others = [name for name in rows[0] if name not in keys]
    # PyMySQL sends a list of rows as one statement only where nothing behind them is a parameter.
    counted = {} if counter is None else {counter.key: counter + literal_column("1")}
    if connection.dialect.name == "sqlite":
        on_sqlite = sqlite.insert(table)
        changes = {name: on_sqlite.excluded[name] for name in others} | counted
        connection.execute(on_sqlite.on_conflict_do_update(index_elements=keys, set_=changes), rows)
    else:
        on_mysql = mysql.insert(table)
        changes = {name: on_mysql.inserted[name] for name in others} | counted
        connection.execute(on_mysql.on_duplicate_key_update(changes), rows)
