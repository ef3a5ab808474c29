"""The database server's clock: what several machines hold against each other is told by it."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, select, text

from wiki_activity.storage.database import reading

_TOLERATED_AHEAD = timedelta(seconds=2)


def database_time(engine: Engine, now: datetime) -> datetime:
    """Say by the database server's clock what this machine's clock calls `now`."""
    with reading(engine) as connection:
        return in_database_time(connection, now)


def in_database_time(connection: Connection, now: datetime) -> datetime:
    """Correct `now` by how far this machine's clock is from the database server's; a file has no other clock."""
    if connection.dialect.name == "sqlite":
        return now
    here = datetime.now(UTC)
    there = connection.execute(select(text("utc_timestamp(6)"))).scalar_one()
    ahead = there.replace(tzinfo=UTC) - here
    # So long a question may be under way.
    return now if abs(ahead) < _TOLERATED_AHEAD else now + ahead
