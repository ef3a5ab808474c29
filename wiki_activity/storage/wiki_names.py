"""Names of wikis as people write them, resolved against the wikis that are stored."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Engine

from wiki_activity.domain.names import ResolvedNames, resolve_names
from wiki_activity.settings import PREFIX, Settings
from wiki_activity.storage.database import reading
from wiki_activity.storage.renames import read_former_names
from wiki_activity.storage.wiki_table import load_wikis


def resolve_projects(engine: Engine, written: Sequence[str]) -> ResolvedNames:
    """Find the stored wikis that were meant, also by an address that one of them once had.

    No name is unknown while no wiki is stored.

    Parameters
    ----------
    written
        As in :func:`wiki_activity.domain.names.resolve_names`: of settings, or of a command line.

    Raises
    ------
    StorageError
        If the database is out of reach.
    """
    wikis = {wiki.project: wiki for wiki in load_wikis(engine)}
    return resolve_names(written, wikis, load_former_names(engine))


def load_former_names(engine: Engine) -> Mapping[str, str]:
    """Load which wiki has moved from each address that is no wiki's any more: old project, project of now."""
    with reading(engine) as connection:
        return read_former_names(connection)


def list_name_warnings(engine: Engine, settings: Settings) -> list[str]:
    """Say of each name in the settings that is no stored wiki's, or an old one, what is wrong with it.

    Raises
    ------
    StorageError
        If the database is out of reach.
    """
    lists = {"LIVE_WIKIS": settings.live_wikis, "WATCHLIST": settings.watchlist}
    return [
        f"{PREFIX}{variable}: {warning}"
        for variable, written in lists.items()
        for warning in resolve_projects(engine, written).warnings
    ]
