"""All of the API but what accounts and the live pages bring."""

from fastapi import APIRouter

from wiki_activity.explorer.api import annotating, annotation_changes, days, peak, peak_list, projects, series

router = APIRouter(prefix="/api/v1")
for _part in (projects, series, days, peak_list, peak, annotating, annotation_changes):
    router.include_router(_part.router)
