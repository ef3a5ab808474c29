"""`/p/{project}`: one wiki's months, drawn and in numbers; the core of the explorer."""

from collections.abc import Callable, Hashable, Mapping
from http import HTTPStatus

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import QueryParams

from wiki_activity.domain.counts import Metric
from wiki_activity.explorer.accounts.dependencies import Reader
from wiki_activity.explorer.accounts.people import Person
from wiki_activity.explorer.api.conditional import is_reviewing
from wiki_activity.explorer.caching import name_address
from wiki_activity.explorer.compressing import AHEAD_LEVEL
from wiki_activity.explorer.context import Explorer, ExplorerParts
from wiki_activity.explorer.pages.view_state import KEYS, ReadState, read_view_state
from wiki_activity.explorer.pages.wiki_parts import Subject, describe
from wiki_activity.explorer.problems import ProblemError
from wiki_activity.explorer.records import HeldWiki
from wiki_activity.explorer.rendering import KeptPage, Place, knows_only, make_page, name_page, render_kept

router = APIRouter(include_in_schema=False)

_TEMPLATE = "wiki.html"


@router.get("/p/{project}", response_class=HTMLResponse, dependencies=[knows_only(*KEYS)])
def show_wiki(request: Request, project: str, explorer: ExplorerParts, person: Reader) -> Response:
    """Show one wiki, and up to three others beside it."""
    _require_wikis(explorer)
    wiki = explorer.wiki(project)
    state = read_view_state(request.query_params, wiki.project, explorer.catalogue, explorer.settings.peak_detector)
    version, make = _prepare(explorer, state, person)
    path, _, query = state.state.address().partition("?")
    place = Place(path, query, lasts=True, odd=bool(state.notices))
    return render_kept(request, _TEMPLATE, place, version, make)


def make_ahead(app: FastAPI, project: str) -> tuple[Hashable, KeptPage, HeldWiki]:
    """Make the page of a wiki that a reader without a session will be shown first, and have its months judged.

    Returns
    -------
    tuple
        What the page is kept by, the page, and what is held of the wiki.
    """
    explorer: Explorer = app.state.explorer
    state = read_view_state(QueryParams(), project, explorer.catalogue, explorer.settings.peak_detector)
    version, make = _prepare(explorer, state, None)
    address = state.state.address()
    page = make_page(app.state.templates, _TEMPLATE, address, None, make(), AHEAD_LEVEL)
    held = explorer.records.read(project)
    for metric in Metric:
        held.judge(metric, explorer.settings.peak_detector)
    return name_page(_TEMPLATE, name_address(address), None, version), page, held


def _prepare(
    explorer: Explorer, read: ReadState, person: Person | None
) -> tuple[Hashable, Callable[[], Mapping[str, object]]]:
    """Return the version of a page and what makes its values."""
    wikis = explorer.catalogue.wikis
    names = [read.state.project, *read.state.compared]
    wiki, *others = (wikis[name] for name in names)
    held = explorer.records.read_all(names)
    # Only of a wiki of which nothing is stored it is said that it is being loaded.
    loading = not held[0].months(read.state.metric) and explorer.freshnesses.read().loading is not None
    now = explorer.clock()
    refused = tuple(explorer.catalogue.refused.get(wiki.project, ()))
    former = tuple(explorer.catalogue.former_names(wiki.project))
    subject = Subject(
        wiki,
        tuple(others),
        read,
        held,
        explorer.settings.peak_percent,
        reviewing=is_reviewing(person),
        loading=loading,
        refused=refused,
        former=former,
    )
    version = (read, wiki, *others, *(one.version for one in held), loading, refused, former, now.year, now.month)
    return version, lambda: describe(subject, now)


def _require_wikis(explorer: Explorer) -> None:
    if explorer.catalogue.wikis:
        return
    detail = "Nothing is stored yet. The first load begins with 'wiki-activity up' or 'wiki-activity refresh'."
    raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "No data yet", detail, headers={"Retry-After": "30"})
