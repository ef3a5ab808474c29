"""All of the API but what accounts and the live pages bring."""

from fastapi import APIRouter

from wiki_activity.explorer.api import (
    board,
    days,
    dump,
    events,
    evidence,
    many_series,
    mine,
    month_note,
    note_changes,
    notes,
    peak,
    peak_list,
    projects,
    report,
    retention,
    series,
)

router = APIRouter(prefix="/api/v1")
for _part in (
    projects,
    many_series,
    series,
    days,
    peak_list,
    peak,
    evidence,
    events,
    retention,
    board,
    mine,
    month_note,
    notes,
    note_changes,
    report,
    dump,
):
    router.include_router(_part.router)
