"""`/p/{project}`: one wiki's months, drawn and in numbers; the core of the explorer."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from wiki_activity.explorer.accounts.dependencies import Reader
from wiki_activity.explorer.accounts.people import Person, Role
from wiki_activity.explorer.caching import Kept
from wiki_activity.explorer.context import Explorer, ExplorerParts
from wiki_activity.explorer.pages import wording
from wiki_activity.explorer.pages.view_state import read_view_state
from wiki_activity.explorer.pages.wiki_parts import Subject, make_parts, write_name
from wiki_activity.explorer.problems import ProblemError
from wiki_activity.explorer.rendering import render
from wiki_activity.storage.data_version import read_data_version

router = APIRouter(include_in_schema=False)


@router.get("/p/{project}", response_class=HTMLResponse)
def show_wiki(request: Request, project: str, explorer: ExplorerParts, person: Reader) -> HTMLResponse:
    """Show one wiki, and up to three others beside it."""
    _require_wikis(explorer)
    wiki = explorer.wiki(project)
    read = read_view_state(request.query_params, wiki.project, explorer.catalogue, explorer.settings.peak_detector)
    others = tuple(explorer.catalogue.wikis[name] for name in read.state.compared)
    reviewing = person is not None and person.may(Role.REVIEWER)
    subject = Subject(wiki, others, read, reviewing, loading=explorer.freshnesses.read().loading is not None)
    now = explorer.clock()
    # Read before the data: parts newer than their version are made again, older ones never would be.
    versions = tuple(read_data_version(explorer.engine, one.project).key for one in (wiki, *others))
    kept: Kept[Markup] = request.app.state.wiki_parts
    parts = kept.read(
        (subject, versions, now.year, now.month),
        lambda: make_parts(request.app.state.templates, explorer, subject, now),
    )
    return render(
        request,
        "wiki.html",
        wiki=wiki,
        title=write_name(wiki),
        canonical=read.state.address(compared=()),
        parts=parts,
        kinds=wording.ANNOTATION_KINDS,
        role=_name_role(person),
    )


def _require_wikis(explorer: Explorer) -> None:
    if explorer.catalogue.wikis:
        return
    detail = "Nothing is stored yet. The first load begins with 'wiki-activity up' or 'wiki-activity refresh'."
    raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "No data yet", detail, headers={"Retry-After": "30"})


def _name_role(person: Person | None) -> str:
    return "" if person is None else person.role.name.lower()
