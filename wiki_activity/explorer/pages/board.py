"""`/`: where to begin."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from wiki_activity.explorer.context import ExplorerParts
from wiki_activity.explorer.rendering import render

router = APIRouter(include_in_schema=False)


@router.get("/", response_class=HTMLResponse)
def show_board(request: Request, explorer: ExplorerParts) -> HTMLResponse:
    """Show the board."""
    biggest = list(explorer.catalogue.wikis.values())[:12]
    return render(request, "board.html", biggest=biggest)
