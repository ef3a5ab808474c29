"""What `doctor` checks of the stored counts: whether Wikimedia's answers had to be refused."""

from wiki_activity.cli.doctor.findings import Finding, Level
from wiki_activity.cli.setup import create_engine
from wiki_activity.settings import Settings
from wiki_activity.storage.inspection import find_missing_file, has_tables
from wiki_activity.storage.migrate import require_current_schema
from wiki_activity.storage.refusals import read_refused
from wiki_activity.storage.storage_errors import StorageError

_COUNTS = "counts"
_NAMED = 5


def check_counts(settings: Settings) -> Finding | None:
    """Name the wikis whose answers are refused; None where there is no database to look at, which is told elsewhere."""
    if find_missing_file(settings.database_url) is not None:
        return None
    try:
        engine = create_engine(settings)
        try:
            if not has_tables(engine):
                return None
            require_current_schema(engine)
            refused = read_refused(engine)
        finally:
            engine.dispose()
    except StorageError:
        return None
    if not refused:
        return Finding(_COUNTS, Level.OK, "no answer is refused")
    projects = sorted({one.project for one in refused})
    names = ", ".join(projects[:_NAMED]) + (" …" if len(projects) > _NAMED else "")
    one = refused[0]
    return Finding(
        _COUNTS,
        Level.WARN,
        f"answers of {len(projects)} wikis are refused beside what is stored: {names} ({one.series}: {one.reason})",
        f"look at them; `wiki-activity refresh --wiki {one.project} --accept {one.project}` takes them all the same",
    )
