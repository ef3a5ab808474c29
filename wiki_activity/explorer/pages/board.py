"""`/`: search, the watchlist, the biggest peaks, busy spells, and what is new."""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, Response

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.months import shift_month
from wiki_activity.domain.notes import Note
from wiki_activity.explorer.accounts.dependencies import PageReader
from wiki_activity.explorer.context import CurrentExplorer, CurrentSnapshot
from wiki_activity.explorer.live.strip import read_strip
from wiki_activity.explorer.pages import wording
from wiki_activity.explorer.pages.biggest import SPEAKING, BigPeak, list_biggest
from wiki_activity.explorer.pages.month_columns import draw_month_columns
from wiki_activity.explorer.pages.watched import list_watched_wikis
from wiki_activity.explorer.rendering import Place, knows_only, show_page
from wiki_activity.explorer.scopes import name_scope
from wiki_activity.explorer.snapshot import Snapshot
from wiki_activity.storage.note_reading import read_changes
from wiki_activity.watch.failed_runs import find_failed_run

router = APIRouter(include_in_schema=False)

_CHANGES = 6
_MONTHS = 36


@router.get("/", response_class=HTMLResponse, dependencies=[knows_only()])
async def show_board(
    request: Request, explorer: CurrentExplorer, snapshot: CurrentSnapshot, person: PageReader
) -> Response:
    """Show where to begin."""
    strip = await run_in_threadpool(read_strip, explorer)
    report = await explorer.reports.look()
    empty = snapshot.catalogue.newest_month is None
    failed_run = await run_in_threadpool(find_failed_run, explorer.engine) if empty else None

    def describe() -> dict[str, object]:
        detector = explorer.settings.peak_detector
        metric = SPEAKING[detector][0]
        watched = list_watched_wikis(snapshot, explorer.settings)
        biggest = list_biggest(snapshot, detector)
        months = snapshot.board.count_by_month(metric, detector)
        recent = [one for one in months if watched.month and one.month > shift_month(watched.month, -_MONTHS)]
        return {
            "words": wording,
            "wikis": snapshot.catalogue.wikis,
            "watched": watched,
            "failed_run": failed_run,
            "metric": metric,
            "peaks": biggest,
            "notes": _list_notes(snapshot, biggest),
            "columns": draw_month_columns(recent, watched.month, _MONTHS, width=400) if watched.month else None,
            "shared": [one for one in reversed(recent) if one.shared][:4],
            "strip": strip,
            "name_scope": lambda scope: name_scope(scope, snapshot.catalogue),
            "changes": read_changes(explorer.engine, limit=_CHANGES),
            "report": report,
        }

    version = (snapshot.lists, snapshot.notes, strip.model_dump_json(), failed_run)
    restated = (report.refreshed_at, report.restated)
    return await show_page(request, "board.html", Place("/", lasts=True), person, (*version, *restated), describe)


def _list_notes(snapshot: Snapshot, biggest: Sequence[BigPeak]) -> dict[tuple[str, Metric], Note | None]:
    peaks = [one.peak for one in biggest]
    notes = {metric: snapshot.notes_of((peak.project for peak in peaks), metric) for metric in Metric}
    return {(peak.project, peak.metric): notes[peak.metric].get((peak.project, peak.month)) for peak in peaks}
