"""Parts of migrations that may be run again after they were killed half-way."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import MEDIUMTEXT
from sqlalchemy.schema import SchemaItem

VERSION_TABLE = "wiki_activity_version"
"""Not Alembic's usual name: Dagster and the earlier program may keep theirs in the same database."""

BIG_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
LONG_TEXT = sa.Text().with_variant(MEDIUMTEXT, "mysql")


def create_table(
    name: str, *items: SchemaItem, indexes: dict[str, list[str]] | None = None, sqlite_with_rowid: bool = True
) -> None:
    """Create a table and its indexes, whichever of them are not there yet."""
    op.create_table(
        name,
        *items,
        if_not_exists=True,
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        sqlite_with_rowid=sqlite_with_rowid,
    )
    there = {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(name)}
    for index, columns in (indexes or {}).items():
        if index not in there:
            op.create_index(index, name, columns)


def add_columns(table: str, *columns: sa.Column[Any]) -> None:
    """Add columns to a table, whichever of them are not there yet."""
    there = {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}
    for column in columns:
        if column.name not in there:
            op.add_column(table, column)


def list_tables() -> set[str]:
    """List the tables of the database."""
    return set(sa.inspect(op.get_bind()).get_table_names())
