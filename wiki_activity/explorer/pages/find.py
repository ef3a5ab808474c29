"""`/find`: the wikis that a text may mean, for readers without scripts; a single one is gone to at once."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from wiki_activity.explorer.context import CurrentExplorer
from wiki_activity.explorer.rendering import knows_only, render

router = APIRouter(include_in_schema=False)

_MOST = 50
_LONGEST = 80


@router.get("/find", dependencies=[knows_only("q")])
def find_wikis(request: Request, explorer: CurrentExplorer, q: Annotated[str, Query()] = "") -> Response:
    """List the wikis that match; where one alone does, or its address is given, go to its page."""
    text = " ".join(q.split())[:_LONGEST]
    catalogue = explorer.catalogue
    exact = catalogue.resolve(text)
    found = [exact] if exact is not None else catalogue.find_exactly(text, _MOST)
    if text and len(found) == 1:
        return RedirectResponse(f"/p/{found[0].project}", HTTPStatus.SEE_OTHER)
    nearest = catalogue.nearest(text) if text and not found else []
    return render(request, "find.html", text=text, found=found, nearest=nearest, most=_MOST, sizes=catalogue.sizes)
