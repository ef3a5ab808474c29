"""How long the database may keep somebody waiting, by who waits."""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Limits:
    """Time limits, in seconds.

    Parameters
    ----------
    connect
        Until there is a connection.
    statement
        For one statement, a list of rows included.
    lock
        For what another one holds: a row, a table, an SQLite file, a connection of the pool.
    idle
        After which a server ends a connection that asks for nothing, with all that it has locked: the host at its other
        end may have lost its power or its network, of which nobody is told.
    pause
        Once a database was found away every call fails at once, so that those who wait do not pile up, and so often it
        is tried whether it is back; 0 lets every call try for itself.
    """

    connect: float
    statement: float
    lock: int
    idle: int
    pause: float = 0.0

    @property
    def answer(self) -> float:
        """For the server's next word: a little more than it has for a statement, so that it may say so itself."""
        return self.statement + 0.5


class Patience(Enum):
    """Who uses an engine."""

    READER = Limits(connect=3, statement=3, lock=4, idle=60, pause=1)
    """Somebody waits for a page."""
    WATCHER = Limits(connect=5, statement=5, lock=5, idle=20, pause=1)
    """The stream goes on meanwhile; and short commands at which somebody looks on."""
    BATCH = Limits(connect=10, statement=60, lock=30, idle=300)
    """Nobody waits."""
    MIGRATION = Limits(connect=10, statement=3600, lock=900, idle=3600)
    """Tables with years of counts are made anew."""
