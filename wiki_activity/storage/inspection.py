"""Looking at a database without changing it: what it is, and whether it holds anything."""

from pathlib import Path

from sqlalchemy import BigInteger, Engine, inspect, make_url, text
from sqlalchemy.exc import ArgumentError

from wiki_activity.storage.database import SQLITE_DRIVERS, reading
from wiki_activity.storage.schema import metadata


def find_missing_file(url: str) -> Path | None:
    """Return the SQLite file that an address names, where it is not there yet: opening it would make it."""
    try:
        address = make_url(url.strip())
    except (ArgumentError, ValueError):
        return None
    if address.drivername not in SQLITE_DRIVERS or address.host or address.database in {None, "", ":memory:"}:
        return None
    file = Path(str(address.database))
    return None if file.exists() else file


def has_tables(engine: Engine) -> bool:
    """Tell whether there is any table, ours or not."""
    with reading(engine) as connection:
        return bool(inspect(connection).get_table_names())


def read_server_version(engine: Engine) -> str:
    """Name the server and its version: `SQLite 3.45.1`, `MariaDB 10.11.6`, `MySQL 8.4.0`."""
    with reading(engine) as connection:
        if connection.dialect.name == "sqlite":
            return f"SQLite {connection.execute(text('select sqlite_version()')).scalar()}"
        version = str(connection.execute(text("select version()")).scalar())
    name = "MariaDB" if "mariadb" in version.lower() else "MySQL"
    return f"{name} {version.partition('-')[0]}"


def find_damage(engine: Engine) -> str | None:
    """Return the first thing that is wrong inside an SQLite file; None where it is whole, and for servers."""
    if engine.dialect.name != "sqlite":
        return None
    with reading(engine) as connection:
        found = str(connection.execute(text("PRAGMA quick_check(1)")).scalar())
    return None if found == "ok" else found.splitlines()[-1]


def find_narrow_columns(engine: Engine) -> list[str]:
    """Find the columns that should hold 64 bits and do not; a table that is not there has none."""
    narrow = []
    with reading(engine) as connection:
        present = inspect(connection)
        for table in metadata.sorted_tables:
            if not present.has_table(table.name):
                continue
            found = {column["name"]: column["type"] for column in present.get_columns(table.name)}
            for column in table.columns:
                wide = isinstance(column.type.dialect_impl(connection.dialect), BigInteger)
                if wide and column.name in found and not isinstance(found[column.name], BigInteger):
                    narrow.append(f"{table.name}.{column.name}")
    return narrow
