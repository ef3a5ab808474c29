"""`/p/{project}`: one wiki's months, drawn and in numbers; the core of the explorer."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, Response

from wiki_activity.domain.notes import Scope
from wiki_activity.explorer.accounts.dependencies import PageReader
from wiki_activity.explorer.accounts.people import is_reviewing
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.context import CurrentExplorer, CurrentSnapshot, find_wiki
from wiki_activity.explorer.month_so_far import find_month_so_far
from wiki_activity.explorer.pages.note_view import list_scopes
from wiki_activity.explorer.pages.view_state import KEYS, read_view_state
from wiki_activity.explorer.pages.wiki_view import Subject, describe
from wiki_activity.explorer.problems import ProblemError
from wiki_activity.explorer.rendering import Place, knows_only, show_page

router = APIRouter(include_in_schema=False)


@router.get("/p/{project}", response_class=HTMLResponse, dependencies=[knows_only(*KEYS)])
async def show_wiki(
    request: Request, project: str, explorer: CurrentExplorer, snapshot: CurrentSnapshot, person: PageReader
) -> Response:
    """Show one wiki, and up to three others beside it."""
    _require_wikis(snapshot.catalogue)
    wiki = await find_wiki(snapshot, project)
    query = (request.query_params, wiki.project, snapshot.catalogue, explorer.settings.peak_detector)
    # To look for a wiki by its name takes a while.
    read = await run_in_threadpool(read_view_state, *query) if "vs" in query[0] else read_view_state(*query)
    state = read.state
    names = [state.project, *state.compared]
    wikis = [snapshot.wiki(name) for name in names]
    others = tuple(snapshot.catalogue.wikis[name] for name in state.compared)
    # Only of a wiki of which nothing is stored it is said that it is being loaded.
    loading = not wikis[0].months(state.metric) and (await explorer.freshnesses.look()).loading is not None
    refused = tuple((await explorer.refusals.look()).get(wiki.project, ()))
    former = tuple(snapshot.catalogue.former_names(wiki.project))
    book = await explorer.days.look()
    so_far = find_month_so_far(book, wikis[0])
    namespaces_known = wiki.project in book.namespaces
    subject = Subject(
        wiki,
        others,
        read,
        wikis,
        explorer.settings.peak_percent,
        reviewing=is_reviewing(person),
        loading=loading,
        refused=refused,
        former=former,
        scopes=list_scopes(Scope.of_wiki(wiki.project), snapshot.catalogue, person),
        so_far=so_far,
        namespaces_known=namespaces_known,
        calendar=snapshot.calendar,
        hosts=snapshot.catalogue.by_dbname,
        dashboard_url=explorer.settings.dashboard_url,
    )
    now = explorer.clock()
    path, _, said = state.address().partition("?")
    place = Place(path, said, lasts=True, odd=bool(read.notices))
    own = (read, wiki, *others, *(one.version for one in wikis), loading, refused, former, so_far, namespaces_known)
    version = (*own, snapshot.calendar.version, now.year, now.month)
    return await show_page(request, "wiki.html", place, person, version, lambda: describe(subject, now))


def _require_wikis(catalogue: Catalogue) -> None:
    if catalogue.wikis:
        return
    detail = "Nothing is stored yet. The first load begins with 'wiki-activity up' or 'wiki-activity refresh'."
    raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "No data yet", detail, headers={"Retry-After": "30"})
