"""An SQLite file beneath an engine: how it is opened, how long it keeps somebody waiting, whether it is still it."""

import os
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import stamina
from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from wiki_activity.storage.patience import Limits
from wiki_activity.storage.storage_errors import DatabaseRefusedError, DatabaseUnreachableError

WRITES = "wiki_activity_writes"
"""Execution option of a connection whose transactions may write."""
_STEPS = 200_000
"""Of SQLite's machine, a few milliseconds, between two looks at the clock."""
_LOG_BYTES = 16 * 2**20
"""What the log is cut back to once all of it is in the file."""
_UNTIL, _SEEN = "wiki_activity_until", "wiki_activity_seen"

_Files = tuple[int, int, int]
"""Device and number of the file, and the number of its write-ahead log; 0 where there is none."""


class SqliteFile:
    """Looks after the connections of one engine.

    A connection belongs to the file that it was opened on: where another one has taken its place since, or none has,
    what it writes is lost, and SQLite does not say so.

    Parameters
    ----------
    file
        Where it is.
    limits
        How long it may keep somebody waiting.
    """

    def __init__(self, file: Path, limits: Limits) -> None:
        self._file = file.absolute()
        self._log = f"{self._file}-wal"
        self._limits = limits
        self._last: _Files | None = None

    def look_after(self, engine: Engine) -> None:
        """Do so from now on."""
        event.listen(engine, "do_connect", self._open)
        event.listen(engine, "connect", self._prepare)
        event.listen(engine, "checkout", self._check_out)
        event.listen(engine, "before_cursor_execute", self._limit)
        event.listen(engine, "begin", self._begin)
        event.listen(engine, "commit", self._commit)
        event.listen(engine, "handle_error", _renew_what_only_reads)

    def _open(
        self, _dialect: Dialect, _entry: ConnectionPoolEntry, _arguments: Sequence[str], options: dict[str, Any]
    ) -> sqlite3.Connection | None:
        if self._last is None:
            return None
        # A file that was there and is gone must not be made anew, empty.
        self._refuse_foreign_log(self._last)
        connection: sqlite3.Connection = sqlite3.connect(f"{self._file.as_uri()}?mode=rw", uri=True, **options)
        return connection

    def _refuse_foreign_log(self, last: _Files) -> None:
        now = self._look()
        if now is not None and now[:2] != last[:2] and now[2] == last[2] != 0 and Path(self._log).stat().st_size > 0:
            raise DatabaseRefusedError(
                str(self._file),
                f"it was replaced, and beside it is still the log of the one before: end what uses it, and remove "
                f"{self._log} and {self._file}-shm",
            )

    def _prepare(self, connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
        # None keeps the driver from starting transactions by itself; `_begin` does.
        connection.isolation_level = None
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            # The busy timeout does not cover this switch.
            for attempt in stamina.retry_context(
                on=_is_locked, attempts=None, timeout=self._limits.lock, wait_initial=0.02, wait_max=0.5
            ):
                with attempt:
                    connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA cache_size = -16000")
        connection.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")
        connection.execute("PRAGMA foreign_keys = ON")
        # Whoever has read once keeps the log open, and SQLite removes none that is open.
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        self._last = entry.info[_SEEN] = self._look()
        entry.info[_UNTIL] = float("inf")
        connection.set_progress_handler(lambda: time.monotonic() > entry.info[_UNTIL], _STEPS)

    def _check_out(self, _connection: sqlite3.Connection, entry: ConnectionPoolEntry, *_: object) -> None:
        if self._look() != entry.info[_SEEN]:
            raise DisconnectionError

    def _limit(self, connection: Connection, *_: object) -> None:
        connection.info[_UNTIL] = time.monotonic() + self._limits.statement

    def _begin(self, connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if _writes(connection) else "BEGIN")

    def _commit(self, connection: Connection) -> None:
        if _writes(connection) and self._look() != connection.info[_SEEN]:
            raise DatabaseUnreachableError(str(self._file), "the file was moved, deleted or replaced meanwhile")

    def _look(self) -> _Files | None:
        try:
            found = os.stat(self._file)  # noqa: PTH116 - at each use of a connection
            return found.st_dev, found.st_ino, self._look_for_log()
        except FileNotFoundError:
            return None

    def _look_for_log(self) -> int:
        try:
            return os.stat(self._log).st_ino  # noqa: PTH116 - as above
        except FileNotFoundError:
            return 0


def _writes(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get(WRITES, False))


def _renew_what_only_reads(context: ExceptionContext) -> None:
    # A connection that was opened while the file might only be read stays so, whatever the file's mode is by now.
    if getattr(context.original_exception, "sqlite_errorname", "").startswith("SQLITE_READONLY"):
        context.is_disconnect = True


def _is_locked(error: Exception) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorname.startswith("SQLITE_BUSY")
