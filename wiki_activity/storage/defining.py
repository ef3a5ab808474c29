"""How every table is defined, and the register of all of them."""

from sqlalchemy import MetaData, Table
from sqlalchemy.schema import SchemaItem

metadata = MetaData()


def define(name: str, *items: SchemaItem, sqlite_with_rowid: bool = True) -> Table:
    """Define a table, the same on either backend."""
    # Texts compare by their bytes on MySQL, as on SQLite. Without a rowid SQLite keeps the rows in the order of their
    # key, as InnoDB does, instead of the rows and an index of their keys beside them.
    return Table(
        name,
        metadata,
        *items,
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        sqlite_with_rowid=sqlite_with_rowid,
    )
