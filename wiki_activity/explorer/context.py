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
from wiki_activity.explorer.outages import Outage
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
    outage
        Whether the database is known not to do what it should.
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
    outage: Outage
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
            If it stands for a wiki whose address is another: one that it once had, or the same written otherwise.
        ProblemError
            404 with the nearest matches, if there is none.
        """
        catalogue = self.catalogue
        wiki = catalogue.wikis.get(project)
        if wiki is not None:
            return wiki
        meant = catalogue.resolve(project)
        if meant is not None:
            raise MovedError(project, meant.project)
        raise unknown_wiki(project, catalogue.nearest(project))


def explorer_of(request: Request) -> Explorer:
    """Return the parts behind a request."""
    explorer: Explorer = request.app.state.explorer
    return explorer


async def _find_parts(request: Request) -> Explorer:
    # A dependency that is no coroutine costs a change of threads.
    return explorer_of(request)


ExplorerParts = Annotated[Explorer, Depends(_find_parts)]
