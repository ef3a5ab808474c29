"""What every page and every answer is made from, put together once at start."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine

from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.caching import Cached, Kept
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.configuration import ExplorerSettings
from wiki_activity.explorer.freshness import Freshness
from wiki_activity.explorer.live.feed import LiveFeed
from wiki_activity.explorer.problems import MovedError, unknown_wiki
from wiki_activity.explorer.records import Records
from wiki_activity.explorer.versions import Versions
from wiki_activity.settings import Settings
from wiki_activity.storage.peak_board import BoardPage

_BOARDS_KEPT = 200
"""Of a hundred peaks each, some 50 KB."""


@dataclass(frozen=True, slots=True)
class Explorer:
    """The explorer's parts.

    Parameters
    ----------
    settings, own
        What is set.
    engine
        The database.
    clock
        Tells the time, UTC.
    catalogues
        All wikis, at most a minute old.
    freshnesses
        How old the counts are, itself some seconds old.
    boards
        Peaks of all wikis in single months, by their version among other things.
    live
        The live stream's counts, at most a second old.
    versions
        In which state what is stored is.
    records
        What is stored of single wikis, as it is now.
    """

    settings: Settings
    own: ExplorerSettings
    engine: Engine
    clock: Callable[[], datetime]
    catalogues: Cached[Catalogue]
    freshnesses: Cached[Freshness]
    live: LiveFeed
    versions: Versions
    records: Records
    boards: Kept[BoardPage] = field(default_factory=lambda: Kept(_BOARDS_KEPT))

    @property
    def catalogue(self) -> Catalogue:
        """All wikis."""
        return self.catalogues.read()

    def wiki(self, project: str) -> Wiki:
        """Return the wiki of an address.

        Raises
        ------
        MovedError
            If it is the address that a wiki once had, or the name of its database: whoever asks is sent to where it is.
        ProblemError
            404 with the nearest matches, if there is none.
        """
        catalogue = self.catalogue
        wiki = catalogue.wikis.get(project)
        if wiki is None and project in catalogue.former:
            raise MovedError(project, catalogue.former[project])
        if wiki is None:
            by_dbname = next((one.project for one in catalogue.wikis.values() if one.dbname == project), None)
            if by_dbname is not None:
                raise MovedError(project, by_dbname)
            raise unknown_wiki(project, catalogue.nearest(project))
        return wiki


def explorer_of(request: Request) -> Explorer:
    """Return the parts behind a request."""
    explorer: Explorer = request.app.state.explorer
    return explorer


async def _find_parts(request: Request) -> Explorer:
    # A dependency that is no coroutine costs a change of threads.
    return explorer_of(request)


ExplorerParts = Annotated[Explorer, Depends(_find_parts)]
