"""All of the API but what accounts and the live pages bring."""

from fastapi import APIRouter

from wiki_activity.explorer.api import peaks, projects, series

router = APIRouter(prefix="/api/v1")
for _part in (projects, series, peaks):
    router.include_router(_part.router)
