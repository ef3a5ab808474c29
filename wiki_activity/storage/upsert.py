"""Statements that insert rows or replace those of the same key, on either backend."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Dialect, Table
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.sql.dml import Insert

_NAMED = re.compile(r"%\((\w+)\)s")


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
    if rows:
        connection.execute(_insert_or_change(connection.dialect.name, table, tuple(rows[0])), rows)


class Upsert:
    """An upsert of many rows, made ready for the driver before the transaction begins.

    SQLAlchemy takes as long to convert each value of a row as SQLite takes to write it, under the lock that keeps all
    other writers waiting: here each different value is converted once, and before.

    Parameters
    ----------
    dialect
        Of the database that it is for.
    table
        Rows are told apart by its primary key.
    columns
        The keys of the columns that each row has, the primary key's among them, in the order of the rows.
    rows
        Values, texts not as enumerations.
    kept
        Columns that keep what they have where the key is there.
    """

    def __init__(
        self,
        dialect: Dialect,
        table: Table,
        columns: tuple[str, ...],
        rows: Sequence[Sequence[Any]],
        kept: Collection[str] = (),
    ) -> None:
        self._text, order, converters = _write_for_driver(dialect, table, columns, frozenset(kept))
        by_column = list(zip(*rows, strict=True))
        parts = [_convert(by_column[at], convert) for at, convert in zip(order, converters, strict=True) if by_column]
        self._rows: list[tuple[Any, ...]] = list(zip(*parts, strict=True))

    def execute(self, connection: Connection) -> None:
        """Write the rows, in a writing transaction."""
        if self._rows:
            connection.exec_driver_sql(self._text, self._rows)


def _convert(values: Sequence[Any], convert: Callable[[Any], Any] | None) -> Sequence[Any]:
    if convert is None:
        return values
    known = {value: convert(value) for value in set(values)}
    return [known[value] for value in values]


@lru_cache(maxsize=32)
def _write_for_driver(
    dialect: Dialect, table: Table, columns: tuple[str, ...], kept: frozenset[str]
) -> tuple[str, list[int], list[Callable[[Any], Any] | None]]:
    """Return the text for the driver, the places of its parameters in a row, and what converts each of them."""
    statement = _insert_or_change(dialect.name, table, columns, dict.fromkeys(kept))
    compiled = statement.compile(dialect=dialect, column_keys=list(columns))
    text = str(compiled)
    # PyMySQL's parameters have names, and it takes rows by place as well.
    names = compiled.positiontup or _NAMED.findall(text)
    order = [columns.index(name) for name in names]
    return (
        _NAMED.sub("%s", text),
        order,
        [table.c[columns[at]].type.dialect_impl(dialect).bind_processor(dialect) for at in order],
    )


def _insert_or_change(
    dialect: str, table: Table, columns: Sequence[str], otherwise: Mapping[str, ColumnElement[Any] | None] | None = None
) -> Insert:
    """Insert, or set the columns besides the key: to what was to be inserted, or to something else; None keeps them."""
    keys = [column.key for column in table.primary_key]
    statement = (sqlite if dialect == "sqlite" else mysql).insert(table)
    new = statement.excluded if isinstance(statement, sqlite.Insert) else statement.inserted
    found = {name: new[name] for name in columns if name not in keys} | dict(otherwise or {})
    changes = {name: change for name, change in found.items() if change is not None}
    if isinstance(statement, sqlite.Insert):
        return statement.on_conflict_do_update(index_elements=keys, set_=changes)
    on_mysql: Insert = statement.on_duplicate_key_update(changes)
    return on_mysql
