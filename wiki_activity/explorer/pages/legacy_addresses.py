"""The pages of *Community Activity Alerts*, whose address an installation may take over, lead to ours."""

from http import HTTPStatus

from fastapi import APIRouter
from fastapi.responses import RedirectResponse

router = APIRouter(include_in_schema=False)


@router.get("/edit-counts")
async def show_edit_counts() -> RedirectResponse:
    """Lead to the board, which finds any wiki."""
    return _lead_to("/")


@router.get("/editor-counts")
async def show_editor_counts() -> RedirectResponse:
    """Lead to the peaks in editors."""
    return _lead_to("/peaks?metric=editors")


@router.get("/watchlist")
async def show_watchlist() -> RedirectResponse:
    """Lead to one's own wikis."""
    return _lead_to("/mine")


def _lead_to(path: str) -> RedirectResponse:
    return RedirectResponse(path, HTTPStatus.MOVED_PERMANENTLY)
