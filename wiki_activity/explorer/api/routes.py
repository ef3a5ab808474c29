"""All of the API but what accounts and the live pages bring."""

from fastapi import APIRouter

from wiki_activity.explorer.api import (
    annotating,
    annotation_changes,
    dump,
    many_series,
    peak,
    peak_list,
    projects,
    series,
)

router = APIRouter(prefix="/api/v1")
for _part in (projects, many_series, series, peak_list, peak, annotating, annotation_changes, dump):
    router.include_router(_part.router)
