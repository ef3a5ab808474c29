"""All of the API but what accounts and the live pages bring."""

from fastapi import APIRouter

from wiki_activity.explorer.api import (
    dump,
    many_series,
    month_note,
    note_changes,
    notes,
    peak,
    peak_list,
    projects,
    report,
    series,
)

router = APIRouter(prefix="/api/v1")
for _part in (projects, many_series, series, peak_list, peak, month_note, notes, note_changes, report, dump):
    router.include_router(_part.router)
