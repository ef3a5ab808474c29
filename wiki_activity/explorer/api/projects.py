"""`/projects`: all wikis, and one of them."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from wiki_activity.domain.wikis import Direction, Wiki, language_tag
from wiki_activity.explorer.answers import answer
from wiki_activity.explorer.api.cursors import bad_cursor, read_cursor, write_cursor
from wiki_activity.explorer.api.documented import readable
from wiki_activity.explorer.api.models import CompactWikisModel, WikiModel, WikisModel, wiki_model
from wiki_activity.explorer.api.parameters import Cursor, KnownWiki
from wiki_activity.explorer.context import CurrentSnapshot

router = APIRouter(prefix="/projects", tags=["wikis"])

_KIND = "wikis"


@router.get(
    "", summary="All wikis, biggest first", response_model=WikisModel | CompactWikisModel, responses=readable(422)
)
async def list_projects(
    request: Request,
    snapshot: CurrentSnapshot,
    *,
    q: Annotated[
        str,
        Query(
            max_length=300,
            description="Words of a name, a language, a code or an address; one typing error is let pass.",
        ),
    ] = "",
    family: Annotated[str | None, Query(max_length=32, examples=["wikipedia"])] = None,
    language: Annotated[str | None, Query(max_length=64, examples=["hi"])] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="At most so many.")] = 1000,
    cursor: Cursor = None,
    compact: Annotated[bool, Query(description="Short rows instead of objects.")] = False,
) -> Response:
    """List the wikis that the site matrix names, or those that a search finds."""
    catalogue = snapshot.catalogue

    def make() -> bytes:
        matching = catalogue.find(q, limit=len(catalogue.wikis))
        found = [wiki for wiki in matching if family in {None, wiki.family} and language in {None, wiki.language}]
        begin = 0 if cursor is None else _find_place(found, cursor)
        shown = found[begin : begin + limit]
        following = write_cursor(_KIND, shown[-1].project) if begin + limit < len(found) else None
        page: WikisModel | CompactWikisModel
        if compact:
            page = CompactWikisModel(items=[_shorten(wiki) for wiki in shown], next=following)
        else:
            items = [wiki_model(wiki, catalogue.sizes.get(wiki.project)) for wiki in shown]
            page = WikisModel(items=items, next=following)
        return page.model_dump_json().encode()

    return await answer(request, make, version=catalogue.key)


@router.get("/{project}", summary="One wiki", response_model=WikiModel, responses=readable(404))
async def show_project(request: Request, snapshot: CurrentSnapshot, wiki: KnownWiki) -> Response:
    """Show one wiki."""
    size = snapshot.catalogue.sizes.get(wiki.project)
    return await answer(request, lambda: wiki_model(wiki, size).model_dump_json().encode())


def _find_place(found: list[Wiki], cursor: str) -> int:
    last = read_cursor(_KIND, cursor, str)[0]
    place = next((place for place, wiki in enumerate(found, 1) if wiki.project == last), None)
    if place is None:
        raise bad_cursor()
    return place


def _shorten(wiki: Wiki) -> tuple[str, str, str, str, str, Direction, bool, str]:
    names = (wiki.project, wiki.language, wiki.name, wiki.autonym, wiki.family)
    return (*names, wiki.direction, wiki.closed, language_tag(wiki))
