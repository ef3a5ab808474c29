"""What can go wrong with the database, named for the person who has to mend it."""

from datetime import UTC, datetime


class StorageError(Exception):
    """The database could not do what was asked."""


class DatabaseURLError(StorageError):
    """The address of the database is none, or of a kind that is not supported."""


class DatabaseUnreachableError(StorageError):
    """The server or the file cannot be opened, or went away.

    Parameters
    ----------
    place
        Host and database, or the file; never the password.
    reason
        The driver's own words.
    """

    says = "cannot reach the database"

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{self.says} {place}: {reason}")
        self.place = place
        self.reason = reason


class DatabaseRefusedError(DatabaseUnreachableError):
    """The server or the file is there, and does not do what it should: read-only, full, damaged, too slow."""

    says = "refused by the database"


class DatabaseBusyError(DatabaseRefusedError):
    """What another one holds was waited for too long, or in a circle."""


class SchemaOutdatedError(StorageError):
    """The tables are not those that this program knows."""


class SchemaNewerError(SchemaOutdatedError):
    """The tables are those of a newer program.

    Parameters
    ----------
    place
        The database, without a password.
    revision
        What its tables are at.
    """

    def __init__(self, place: str, revision: str) -> None:
        super().__init__(f"the tables in {place} are at {revision}, newer than this program: install the newer one")


class MigrationError(StorageError):
    """The tables could not be brought up to date; what was there is still there."""


class RefreshBusyError(StorageError):
    """Another refresh is under way.

    Parameters
    ----------
    holder
        Who has the lease.
    started_at, heartbeat
        When it began and when it last gave a sign of life, UTC.
    """

    def __init__(self, holder: str, started_at: datetime, heartbeat: datetime) -> None:
        super().__init__(
            f"another refresh is under way: held by {holder} since {_format(started_at)}, "
            f"last sign of life {_format(heartbeat)}"
        )
        self.holder = holder
        self.started_at = started_at
        self.heartbeat = heartbeat


class LeaseLostError(StorageError):
    """The refresh was taken over or has ended; this holder may write no more."""


class WikisRenamedError(StorageError):
    """A wiki has moved to another address since its counts were asked for: read the refresh anew, and go on."""


class DetectedMeanwhileError(StorageError):
    """Another process replaced the peaks while these were compared; nothing of this part is written."""


class NothingToResumeError(StorageError):
    """No refresh was left unfinished, or none of the run that was named."""


def _format(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
