"""The wikis that somebody cares about, which are asked for more than the others, and before them."""

from collections.abc import Sequence

from sqlalchemy import Engine

from wiki_activity.domain.names import resolve_names
from wiki_activity.domain.wikis import is_watched, order_for_fetching
from wiki_activity.storage.count_tables import newest_sizes
from wiki_activity.storage.my_wikis import list_starred
from wiki_activity.storage.wiki_names import load_former_names
from wiki_activity.storage.wiki_table import load_wikis


def list_first_wikis(engine: Engine, watchlist: Sequence[str]) -> list[str]:
    """List the open wikis that WATCHLIST names or that anybody with an account starred, in the order of fetching.

    Those of WATCHLIST come first. Names that are no stored wiki's are left out; none is known while no wiki is stored.

    Parameters
    ----------
    watchlist
        Projects and groups of them, as WATCHLIST has them.

    Returns
    -------
    list of str
        Projects, each once.

    Raises
    ------
    StorageError
        If the database is out of reach.
    """
    wikis = load_wikis(engine)
    known, former = {wiki.project: wiki for wiki in wikis}, load_former_names(engine)
    watched, starred = (resolve_names(names, known, former).names for names in (watchlist, list_starred(engine)))
    first = [wiki for wiki in wikis if wiki.is_open and is_watched(wiki, [*watched, *starred])]
    return [wiki.project for wiki in order_for_fetching(first, watched, newest_sizes(engine))]
