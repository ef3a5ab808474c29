"""All of the API but what accounts and the live pages bring."""

from fastapi import APIRouter

from wiki_activity.explorer.api import annotating, changes, peak, peaks, projects, series

router = APIRouter(prefix="/api/v1")
for _part in (projects, series, peaks, peak, annotating, changes):
    router.include_router(_part.router)
