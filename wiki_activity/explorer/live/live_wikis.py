"""Which wikis have a live page: the known ones, and those whose edits are counted all the same."""

from wiki_activity.explorer.context import Explorer
from wiki_activity.explorer.live.picture import Picture
from wiki_activity.explorer.problems import MovedError, unknown_wiki
from wiki_activity.storage.storage_errors import StorageError


def check_wiki(explorer: Explorer, picture: Picture, project: str) -> None:
    """Make sure that there is such a wiki.

    Raises
    ------
    MovedError
        If it stands for a wiki whose address is another.
    ProblemError
        404 with the nearest matches, if there is none.
    """
    known = explorer.catalogues.find()
    if known is not None and project in known.former:
        raise MovedError(project, known.former[project])
    counted = picture.live is not None and project in picture.live.totals
    if project in picture.wikis or counted or project in explorer.settings.live_wikis:
        return
    try:
        explorer.wiki(project)
    except StorageError:
        # Without the database a name cannot be looked up; the live store can be read all the same.
        raise unknown_wiki(project) from None
