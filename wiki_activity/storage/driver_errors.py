"""Which errors of the drivers mean that a database is away, or refuses; all others are defects of ours."""

import sqlite3

from sqlalchemy import URL
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, NotSupportedError, ProgrammingError

from wiki_activity.storage.storage_errors import DatabaseBusyError, DatabaseRefusedError, DatabaseUnreachableError

_CLIENT_ERRORS = range(2000, 3000)
"""The driver's own: no connection, or one that is lost."""
_AWAY = frozenset({1040, 1042, 1043, 1053, 1077, 1079, 1080, 1129, 1130, 1152, 1158, 1159, 1160, 1161, 1203, 1927})
"""No room for connections, hosts that are not let in, a server that ends, connections cut off."""
_LOCKED = frozenset({1205, 1213})
"""Another one's lock was waited for too long; a deadlock's victim."""
_NOT_OUR_TABLES = frozenset({1054, 1146})
_OURS = (DataError, IntegrityError, NotSupportedError, ProgrammingError)
"""Kinds of errors that a statement of ours makes, whatever the state of the database."""
_SQLITE_AWAY = ("SQLITE_CANTOPEN", "SQLITE_NOTADB", "SQLITE_IOERR")
_SQLITE_LOCKED = ("SQLITE_BUSY", "SQLITE_LOCKED")
_FOREIGN = "its tables are not those of this program"


def describe(url: URL) -> str:
    """Name host and database, or the file, without user and password."""
    if url.host is None:
        return str(url.database)
    return f"{url.database} on {url.host}:{url.port or 3306}"


def find_trouble(error: DBAPIError, url: URL) -> DatabaseUnreachableError | None:
    """Tell what a driver's error says of the database; None where it is a defect of ours.

    Parameters
    ----------
    error
        From a statement, a commit, or an attempt to connect.
    url
        Of the database.
    """
    place, reason = describe(url), _reason(error)
    if isinstance(error.orig, sqlite3.Error):
        return _find_trouble_of_sqlite(error, error.orig, place, reason)
    code = _code(error)
    if error.connection_invalidated or code in _CLIENT_ERRORS or code in _AWAY:
        return DatabaseUnreachableError(place, reason)
    if code in _LOCKED:
        return DatabaseBusyError(place, reason)
    if code in _NOT_OUR_TABLES:
        return DatabaseRefusedError(place, f"{_FOREIGN}: {reason}")
    return None if isinstance(error, _OURS) else DatabaseRefusedError(place, reason)


def _find_trouble_of_sqlite(
    error: DBAPIError, original: sqlite3.Error, place: str, reason: str
) -> DatabaseUnreachableError | None:
    name: str = getattr(original, "sqlite_errorname", "")
    if name.startswith(_SQLITE_AWAY):
        return DatabaseUnreachableError(place, reason)
    if name.startswith(_SQLITE_LOCKED):
        return DatabaseBusyError(place, reason)
    if name == "SQLITE_INTERRUPT":
        return DatabaseRefusedError(place, "a statement took too long and was ended")
    if reason.startswith("no such ") or " has no column " in reason:
        return DatabaseRefusedError(place, f"{_FOREIGN}: {reason}")
    return None if isinstance(error, _OURS) else DatabaseRefusedError(place, reason)


def _code(error: DBAPIError) -> int | None:
    arguments = getattr(error.orig, "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else None


def _reason(error: DBAPIError) -> str:
    arguments = getattr(error.orig, "args", ())
    return str(arguments[-1]) if arguments else str(error.orig)
