"""`/api/v1/live` and `/api/v1/episodes`: the stream of what happens, and the same for those who ask now and then."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, FastAPI, Header, Path, Query, Request
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.types import Receive, Scope, Send

from wiki_activity.explorer.accounts.addresses import client_key
from wiki_activity.explorer.accounts.limits import too_many
from wiki_activity.explorer.api.documented import problems
from wiki_activity.explorer.api.parameters import PROJECT, Cursor, Limit, Moment
from wiki_activity.explorer.configuration import Auth
from wiki_activity.explorer.context import CurrentExplorer, Explorer
from wiki_activity.explorer.live.episode_pages import read_page
from wiki_activity.explorer.live.episode_view import find_episode, view_whole
from wiki_activity.explorer.live.live_wikis import check_wiki
from wiki_activity.explorer.live.models import EpisodesModel, LiveModel, StripModel, WholeEpisodeModel
from wiki_activity.explorer.live.producer import TooManyFromOneError, TooManyViewersError, Viewer
from wiki_activity.explorer.live.strip import read_strip
from wiki_activity.explorer.live.views import view_live
from wiki_activity.explorer.problems import ProblemError

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 15
_SEND_SECONDS = 30.0
_GRACE_SECONDS = 2.0
_RETRY_MILLISECONDS = 2000
_COME_BACK_SECONDS = 30

_STREAM: dict[str, Any] = {
    "description": "Events `snapshot`, `point`, `episode`, `blind`, `reconnect`; the id of a point is its minute.",
    "content": {"text/event-stream": {"schema": {"type": "string"}}},
}
_READABLE = problems(404, 422)

_NAME: dict[str, Any] = {"pattern": PROJECT, "maxLength": 255, "examples": ["en.wikipedia.org"]}
Project = Annotated[str, Query(json_schema_extra=_NAME)]
ProjectPath = Annotated[str, Path(json_schema_extra=_NAME)]
Minute = Annotated[int, Query(ge=0, le=2**40, description="Epoch second of the newest minute that is known already.")]


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    explorer: Explorer = app.state.explorer
    await explorer.live.close()


router = APIRouter(prefix="/api/v1", tags=["live"], lifespan=_lifespan)


class _Stream(EventSourceResponse):
    """A stream whose viewer is let go when nothing can be sent for a while."""

    def __init__(self, explorer: Explorer, viewer: Viewer) -> None:
        self._stops = anyio.Event()
        super().__init__(
            _frames(viewer),
            ping=HEARTBEAT_SECONDS,
            send_timeout=_SEND_SECONDS,
            shutdown_event=self._stops,
            shutdown_grace_period=_GRACE_SECONDS,
            data_sender_callable=self._end_at_shutdown,
        )
        self._explorer = explorer
        self._viewer = viewer

    async def _end_at_shutdown(self) -> None:
        await self._stops.wait()
        self._viewer.end()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            logger.info("nothing can be sent to a viewer any more")
        finally:
            self._explorer.live.producer.leave(self._viewer)


async def _frames(viewer: Viewer) -> AsyncIterator[ServerSentEvent]:
    yield ServerSentEvent(comment="edits a minute", retry=_RETRY_MILLISECONDS)
    async for event in viewer.events():
        identity = None if event.id is None else str(event.id)
        yield ServerSentEvent(event.data, event=event.name, id=identity)


@router.get(
    "/live/stream",
    summary="Follow one wiki, or all together, as Server-Sent Events",
    response_class=EventSourceResponse,
    responses={**_READABLE, 200: _STREAM},
)
async def stream(
    request: Request,
    explorer: CurrentExplorer,
    *,
    project: Project | None = None,
    since: Minute | None = None,
    last_event_id: Annotated[str | None, Header(max_length=64)] = None,
) -> EventSourceResponse:
    """Send how things are, what came after `Last-Event-ID` (else `since`), and from then on what is new."""
    producer = explorer.live.producer
    after = _read_minute(last_event_id, since)
    # With local accounts everybody is this machine.
    address = None if explorer.own.auth is Auth.LOCAL else client_key(request.scope)
    try:
        producer.check_room(address)
        if project is not None:
            await anyio.to_thread.run_sync(lambda: check_wiki(explorer, explorer.live.read(), project))
        return _Stream(explorer, await producer.join(project, after, address))
    except TooManyFromOneError:
        detail = "This address follows as many streams as it may. Close one, or ask /api/v1/live now and then instead."
        raise too_many("Too many streams", detail, _COME_BACK_SECONDS) from None
    except TooManyViewersError:
        detail = "As many people watch as can be served. Ask /api/v1/live now and then instead."
        headers = {"Retry-After": str(_COME_BACK_SECONDS)}
        raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "Too many viewers", detail, headers=headers) from None


@router.get("/live", summary="All wikis together now", responses=problems(422))
def read_all(explorer: CurrentExplorer, since: Minute | None = None) -> LiveModel:
    """Say how fast all wikis are edited, the last three hours, and the newest busy spells."""
    return view_live(explorer.live.read(), explorer.settings, None, since)


@router.get("/live/strip", summary="The judged wikis now and the busy spells of the last 24 hours, in lines")
def read_lines(explorer: CurrentExplorer) -> StripModel:
    """Say whether edits are seen, how fast each judged wiki is edited, and which spells were in the last 24 hours."""
    return read_strip(explorer)


@router.get("/live/{project}", summary="One wiki now", responses=_READABLE)
def read_one(explorer: CurrentExplorer, project: ProjectPath, since: Minute | None = None) -> LiveModel:
    """Say how fast a wiki is edited, the last three hours, and its newest busy spells."""
    picture = explorer.live.read()
    check_wiki(explorer, picture, project)
    return view_live(picture, explorer.settings, project, since)


@router.get("/episodes", summary="Busy spells, newest first", responses=_READABLE)
def list_episodes(
    explorer: CurrentExplorer,
    project: Project | None = None,
    since: Annotated[Moment | None, Query(description="Only those open at this time or opened later.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> EpisodesModel:
    """List the busy spells that the detector that speaks has found."""
    picture = explorer.live.read()
    if project is not None:
        check_wiki(explorer, picture, project)
    return read_page(explorer, picture, project=project, since=since, limit=limit, cursor=cursor)


@router.get("/episodes/{episode_id}", summary="One busy spell, with the minutes around it", responses=_READABLE)
def read_one_episode(
    explorer: CurrentExplorer,
    episode_id: Annotated[str, Path(pattern=r"^[0-9]{1,15}$", description="`id` of a busy spell.", examples=["17"])],
) -> WholeEpisodeModel:
    """Say what is kept of a busy spell, whichever rule found it."""
    picture = explorer.live.read()
    return view_whole(explorer, picture, find_episode(explorer, episode_id))


def _read_minute(last_event_id: str | None, since: int | None) -> int | None:
    if last_event_id is not None and last_event_id.isascii() and last_event_id.isdecimal():
        return int(last_event_id)
    return since
