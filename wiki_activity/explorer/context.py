"""What every page and every answer is made from, put together once at start."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from anyio import CapacityLimiter
from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Engine

from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.cache import RenewedValue
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.configuration import ExplorerSettings
from wiki_activity.explorer.day_book import DayBook
from wiki_activity.explorer.freshness import Freshness
from wiki_activity.explorer.live.feed import LiveFeed
from wiki_activity.explorer.outages import Outage
from wiki_activity.explorer.pictures.painter import Painter
from wiki_activity.explorer.snapshot import Snapshot
from wiki_activity.explorer.snapshots import Snapshots
from wiki_activity.settings import Settings
from wiki_activity.storage.completeness import Completeness
from wiki_activity.storage.history_table import WikiHistory
from wiki_activity.storage.refusals import StandingRefusal


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
    completeness
        How complete the counts are, at most a minute old.
    live
        The live stream's counts, at most a second old.
    snapshots
        All monthly data, as it is stored now.
    refusals
        By project, which answers of Wikimedia's were refused, so that older counts stand; as old as the lists at most.
    outage
        Whether the database is known not to do what it should.
    painter
        Paints pictures.
    dumping
        Lets one thread at a time work on files of everything.
    days
        What the stream has of each day, some seconds old.
    histories
        What Wikimedia counted of each day, by project, some seconds old.
    """

    settings: Settings
    own: ExplorerSettings
    engine: Engine
    clock: Callable[[], datetime]
    catalogues: RenewedValue[Catalogue]
    freshnesses: RenewedValue[Freshness]
    live: LiveFeed
    snapshots: Snapshots
    completeness: RenewedValue[Completeness]
    refusals: RenewedValue[Mapping[str, Sequence[StandingRefusal]]]
    outage: Outage
    days: RenewedValue[DayBook]
    histories: RenewedValue[Mapping[str, WikiHistory]]
    painter: Painter = field(default_factory=Painter)
    dumping: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(1))

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
        return self.catalogue.get(project)


def explorer_of(request: Request) -> Explorer:
    """Return the parts behind a request."""
    explorer: Explorer = request.app.state.explorer
    return explorer


async def _find_explorer(request: Request) -> Explorer:
    # A dependency that is no coroutine costs a change of threads.
    return explorer_of(request)


CurrentExplorer = Annotated[Explorer, Depends(_find_explorer)]


async def _find_snapshot(request: Request, explorer: CurrentExplorer) -> Snapshot:
    explorer.snapshots.want(
        [*request.path_params.values(), *request.query_params.getlist("vs"), *request.query_params.getlist("project")]
    )
    return await explorer.snapshots.look()


CurrentSnapshot = Annotated[Snapshot, Depends(_find_snapshot)]


async def find_wiki(snapshot: Snapshot, project: str) -> Wiki:
    """Return the wiki of an address, as :meth:`Catalogue.get` does."""
    wiki = snapshot.catalogue.wikis.get(project)
    # To look for the nearest names would hold up everybody else.
    return await run_in_threadpool(snapshot.catalogue.get, project) if wiki is None else wiki
