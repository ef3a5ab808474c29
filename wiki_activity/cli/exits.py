"""Exit codes, and which error ends in which."""

from wiki_activity.cli.up.folder_lock import FolderTakenError
from wiki_activity.domain.months import MonthError
from wiki_activity.domain.shards import ShardError
from wiki_activity.monthly.refresh_errors import HopelessError, NotAskedForError, UnknownWikiError
from wiki_activity.settings import SettingError
from wiki_activity.storage.storage_errors import DatabaseUnreachableError, DatabaseURLError, StorageError
from wiki_activity.wikimedia.answer_errors import WikimediaError

DONE = 0
FAILED = 1
WRONG_USE = 2
DATABASE_UNREACHABLE = 3
INTERRUPTED = 130

_CODES: tuple[tuple[type[Exception], int], ...] = (
    (SettingError, WRONG_USE),
    (MonthError, WRONG_USE),
    (ShardError, WRONG_USE),
    (UnknownWikiError, WRONG_USE),
    (NotAskedForError, WRONG_USE),
    (DatabaseURLError, WRONG_USE),
    (FolderTakenError, FAILED),
    (DatabaseUnreachableError, DATABASE_UNREACHABLE),
    (StorageError, FAILED),
    (WikimediaError, FAILED),
    (HopelessError, FAILED),
)


def exit_code_of(error: Exception) -> int | None:
    """Return the exit code of an error that a user can understand; None for a defect of ours."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), None)
