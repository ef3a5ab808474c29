"""What every page and every answer is made from, put together once at start."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import Engine

from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.caching import Cached, Kept
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.configuration import ExplorerSettings
from wiki_activity.explorer.freshness import Freshness
from wiki_activity.explorer.live.feed import LiveFeed
from wiki_activity.explorer.problems import unknown_wiki
from wiki_activity.settings import Settings

_SERIES_KEPT = 200
"""One of 312 months takes some 60 KB."""


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
    live
        The live stream's counts, at most a second old.
    series
        Wikis' series that were read last, by their version among other things; only `read_wiki_series` looks there.
    """

    settings: Settings
    own: ExplorerSettings
    engine: Engine
    clock: Callable[[], datetime]
    catalogues: Cached[Catalogue]
    freshnesses: Cached[Freshness]
    live: LiveFeed
    series: Kept[Any] = field(default_factory=lambda: Kept(_SERIES_KEPT))

    @property
    def catalogue(self) -> Catalogue:
        """All wikis."""
        return self.catalogues.read()

    def wiki(self, project: str) -> Wiki:
        """Return the wiki of an address.

        Raises
        ------
        ProblemError
            404 with the nearest matches, if there is none.
        """
        catalogue = self.catalogue
        wiki = catalogue.wikis.get(project)
        if wiki is None:
            raise unknown_wiki(project, catalogue.nearest(project))
        return wiki


def explorer_of(request: Request) -> Explorer:
    """Return the parts behind a request."""
    explorer: Explorer = request.app.state.explorer
    return explorer


ExplorerParts = Annotated[Explorer, Depends(explorer_of)]
