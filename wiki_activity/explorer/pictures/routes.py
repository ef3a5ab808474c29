"""`chart.svg` and `chart.png` under the address of each page that has a chart, asked for as the page is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from http import HTTPStatus

from fastapi import APIRouter, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from wiki_activity.domain.episodes import Episode
from wiki_activity.domain.months import format_month
from wiki_activity.explorer.context import CurrentExplorer, CurrentSnapshot, Explorer, find_wiki
from wiki_activity.explorer.known_days import look_at_days
from wiki_activity.explorer.live.episode_view import find_episode_of, view_whole
from wiki_activity.explorer.live.live_wikis import check_wiki
from wiki_activity.explorer.live.models import WholeEpisodeModel
from wiki_activity.explorer.live.views import view_live
from wiki_activity.explorer.pages import language, peak_page, report_state
from wiki_activity.explorer.pages.group_page import WikiGroup, find_group, find_mine
from wiki_activity.explorer.pages.report_making import make_report_of
from wiki_activity.explorer.pages.view_state import KEYS, read_view_state
from wiki_activity.explorer.pictures.live_picture import describe_episode, describe_live
from wiki_activity.explorer.pictures.many_picture import describe_language, describe_many
from wiki_activity.explorer.pictures.peak_picture import describe_month
from wiki_activity.explorer.pictures.report_picture import describe_report
from wiki_activity.explorer.pictures.sending import send_picture
from wiki_activity.explorer.pictures.wiki_picture import describe_wiki
from wiki_activity.explorer.problems import ProblemError
from wiki_activity.explorer.rendering import knows_only
from wiki_activity.explorer.series import make_series
from wiki_activity.explorer.snapshot import Snapshot


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    explorer: Explorer = app.state.explorer
    explorer.painter.close()


router = APIRouter(include_in_schema=False, lifespan=_lifespan)


@router.get("/p/{project}/chart.svg", dependencies=[knows_only(*KEYS)])
@router.get("/p/{project}/chart.png", dependencies=[knows_only(*KEYS)])
async def show_wiki(request: Request, project: str, explorer: CurrentExplorer, snapshot: CurrentSnapshot) -> Response:
    """Show what a wiki's page draws."""
    wiki = await find_wiki(snapshot, project)
    query = (request.query_params, wiki.project, snapshot.catalogue, explorer.settings.peak_detector)
    read = await run_in_threadpool(read_view_state, *query)
    # Which of the peaks the table lists is no matter of the picture.
    state, now = replace(read.state, unnoted=False), explorer.clock()
    names = (state.project, *state.compared)
    known = [snapshot.wiki(name) for name in names]
    wikis = [snapshot.catalogue.wikis[name] for name in names]

    def make() -> dict[str, object]:
        # A picture is passed on: what is hidden is in nobody's.
        series, *beside = (make_series(one, state.metric, state.detector) for one in known)
        others = list(zip(wikis[1:], beside, strict=True))
        return describe_wiki(wiki, series, others, state, explorer.settings.explorer_url, now)

    key = (state, *wikis, *(one.version for one in known), now.year, now.month)
    return await send_picture(
        request, "wiki.svg", None if read.notices else key, f"{wiki.project}-{state.metric}", make
    )


@router.get("/p/{project}/peaks/{month}/chart.svg", dependencies=[knows_only(*peak_page.KEYS)])
@router.get("/p/{project}/peaks/{month}/chart.png", dependencies=[knows_only(*peak_page.KEYS)])
async def show_month(
    request: Request, project: str, month: str, explorer: CurrentExplorer, snapshot: CurrentSnapshot
) -> Response:
    """Show what a month's page draws."""
    wiki = await find_wiki(snapshot, project)
    at = peak_page.read_month(month, explorer)
    asked = peak_page.read_choices(request.query_params, explorer)
    query = peak_page.write_query(asked, explorer)
    address = f"{explorer.settings.explorer_url}/p/{wiki.project}/peaks/{format_month(at)}{query and f'?{query}'}"
    known = snapshot.wiki(wiki.project)

    def make() -> dict[str, object]:
        series = make_series(known, asked.metric, asked.detector, *peak_page.look_around(at))
        return describe_month(wiki, series, at, address)

    key = None if asked.notices else (address, wiki, known.version)
    return await send_picture(request, "peak.svg", key, f"{wiki.project}-{format_month(at)}-{asked.metric}", make)


@router.get("/lang/{code}/chart.svg", dependencies=[knows_only()])
@router.get("/lang/{code}/chart.png", dependencies=[knows_only()])
async def show_language(request: Request, code: str, explorer: CurrentExplorer, snapshot: CurrentSnapshot) -> Response:
    """Show the lines of a language's page."""
    wikis = await language.find_wikis(snapshot.catalogue, code)
    states = tuple((wiki, snapshot.wiki(wiki.project).version) for wiki in wikis)
    version = (code, states, snapshot.board.version, snapshot.catalogue.newest_month)
    address = f"{explorer.settings.explorer_url}/lang/{code}"
    return await send_picture(
        request, "many.svg", version, f"wikis-in-{code}",
        lambda: describe_language(snapshot, code, wikis, explorer.settings.peak_detector, address),
    )  # fmt: skip


@router.get("/g/{family}/chart.svg", dependencies=[knows_only()])
@router.get("/g/{family}/chart.png", dependencies=[knows_only()])
async def show_group(request: Request, family: str, explorer: CurrentExplorer, snapshot: CurrentSnapshot) -> Response:
    """Show the lines of a family's biggest wikis, or of the biggest of all."""
    return await _show_many(request, explorer, snapshot, find_group(family, snapshot.catalogue), f"{family}-wikis")


@router.get("/mine/chart.svg", dependencies=[knows_only("wiki")])
@router.get("/mine/chart.png", dependencies=[knows_only("wiki")])
async def show_mine(request: Request, explorer: CurrentExplorer, snapshot: CurrentSnapshot) -> Response:
    """Show the lines of the biggest wikis that the address names."""
    group = find_mine(request.query_params.getlist("wiki"), snapshot.catalogue)
    return await _show_many(request, explorer, snapshot, group, "my-wikis")


async def _show_many(request: Request, explorer: Explorer, snapshot: Snapshot, group: WikiGroup, name: str) -> Response:
    states = tuple((wiki, snapshot.wiki(wiki.project).version) for wiki in group.wikis)
    key = (group.address, states, snapshot.board.version, snapshot.catalogue.newest_month)
    address, detector = explorer.settings.explorer_url + group.address, explorer.settings.peak_detector
    return await send_picture(
        request, "many.svg", key, name, lambda: describe_many(snapshot, group.name, group.wikis, detector, address)
    )


@router.get("/live/chart.svg", dependencies=[knows_only()])
@router.get("/live/chart.png", dependencies=[knows_only()])
async def show_all_live(request: Request, explorer: CurrentExplorer) -> Response:
    """Show what the live page of all wikis draws."""
    return await _show_live(request, explorer, None)


@router.get("/live/{project}/chart.svg", dependencies=[knows_only()])
@router.get("/live/{project}/chart.png", dependencies=[knows_only()])
async def show_live(request: Request, explorer: CurrentExplorer, project: str) -> Response:
    """Show what a wiki's live page draws."""
    return await _show_live(request, explorer, project)


@router.get("/live/{project}/episodes/{number}/chart.svg", dependencies=[knows_only()])
@router.get("/live/{project}/episodes/{number}/chart.png", dependencies=[knows_only()])
async def show_episode(request: Request, explorer: CurrentExplorer, project: str, number: str) -> Response:
    """Show what the page of a busy spell draws."""

    def look() -> tuple[Episode, WholeEpisodeModel]:
        picture = explorer.live.read()
        episode = find_episode_of(explorer, picture, project, number)
        return episode, view_whole(explorer, picture, episode)

    episode, whole = await run_in_threadpool(look)
    path = f"/live/{project}/episodes/{episode.id}"
    key, address = (path, hash(whole.model_dump_json())), explorer.settings.explorer_url + path
    return await send_picture(
        request,
        "live.svg",
        key,
        f"{project}-busy-spell-{episode.id}",
        lambda: describe_episode(whole, episode, address),
    )


async def _show_live(request: Request, explorer: Explorer, project: str | None) -> Response:
    picture = await run_in_threadpool(explorer.live.read)
    if project is not None:
        await run_in_threadpool(check_wiki, explorer, picture, project)
    live = view_live(picture, explorer.settings, project)
    address = f"{explorer.settings.explorer_url}/live{'' if project is None else f'/{project}'}"
    # What a picture says of now is as it was within the minute.
    key = (project, live.newest_minute, live.stream_health.current, live.busy, len(live.episodes))
    return await send_picture(
        request, "live.svg", key, f"{project or 'all-wikis'}-live", lambda: describe_live(live, address)
    )


@router.get("/report/chart.svg", dependencies=[knows_only(*report_state.KEYS)])
@router.get("/report/chart.png", dependencies=[knows_only(*report_state.KEYS)])
async def show_report(request: Request, explorer: CurrentExplorer, snapshot: CurrentSnapshot) -> Response:
    """Show what a report is about, with its totals."""
    catalogue = snapshot.catalogue
    newest = catalogue.newest_month or explorer.clock().date().replace(day=1)
    state, notices = report_state.read_report_state(request.query_params, catalogue, newest)
    wikis = state.choose(catalogue)
    if not wikis:
        raise ProblemError(HTTPStatus.NOT_FOUND, "Not found", "A report names wikis, a family or a language.")
    days = await look_at_days(explorer) if state.days is not None else None
    address = f"{explorer.settings.explorer_url}{state.address()}"
    key = (state, snapshot.lists, *(snapshot.wiki(one.project).version for one in wikis))
    key = key if days is None else (*key, *days.version_of(one.project for one in wikis))

    def make() -> dict[str, object]:
        report = make_report_of(snapshot, state, wikis, explorer.settings.peak_detector, days)
        return describe_report(report, snapshot, days, address)

    return await send_picture(request, "report.svg", None if notices else key, "report", make)


@router.get("/favicon.ico")
async def show_icon(request: Request) -> Response:
    """Lead browsers to the icon: of a picture that is opened by itself they ask for it here."""
    release = request.app.state.templates.globals["assets"].release
    return RedirectResponse(f"/static/{release}/icon.svg", HTTPStatus.FOUND, {"Cache-Control": "no-cache"})
