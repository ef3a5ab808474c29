"""`/`: what stood out in the newest complete month, and below it what is live, busy on many wikis, and new."""

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, Response

from wiki_activity.domain.months import shift_month
from wiki_activity.explorer.accounts.dependencies import PageReader
from wiki_activity.explorer.context import CurrentExplorer, CurrentSnapshot
from wiki_activity.explorer.live.strip import read_strip
from wiki_activity.explorer.month_overview import SPEAKING
from wiki_activity.explorer.pages import wording
from wiki_activity.explorer.pages.board_view import choose_board, describe_board, find_installation
from wiki_activity.explorer.pages.languages_wanted import read_languages
from wiki_activity.explorer.pages.so_far_lines import list_so_far
from wiki_activity.explorer.rendering import Place, knows_only, show_page
from wiki_activity.explorer.scopes import name_scope
from wiki_activity.storage.note_reading import read_changes
from wiki_activity.watch.failed_runs import find_failed_run

router = APIRouter(include_in_schema=False)

_CHANGES = 6
_MONTHS = 36
_SHARED = 4


@router.get("/", response_class=HTMLResponse, dependencies=[knows_only()])
async def show_board(
    request: Request, explorer: CurrentExplorer, snapshot: CurrentSnapshot, person: PageReader
) -> Response:
    """Show where to begin."""
    detector = explorer.settings.peak_detector
    strip = await run_in_threadpool(read_strip, explorer)
    completeness = await explorer.completeness.look()
    # All wikis are judged by whoever comes first.
    languages = read_languages(request.headers.get("accept-language", ""))
    choice = await run_in_threadpool(choose_board, snapshot, detector, languages)
    watchlist, book = explorer.settings.watchlist, await explorer.days.look()
    so_far = await run_in_threadpool(lambda: list_so_far(book, snapshot, find_installation(snapshot, watchlist)[1]))
    failed_run = await run_in_threadpool(find_failed_run, explorer.engine) if choice.month is None else None

    def describe() -> dict[str, object]:
        metric = SPEAKING[detector][0]
        month = choice.month
        months = snapshot.board.count_by_month(metric, detector)
        recent = [one for one in months if month and shift_month(month, -_MONTHS) <= one.month < month]
        return {
            "words": wording,
            "wikis": snapshot.catalogue.wikis,
            "board": describe_board(snapshot, detector, choice, watchlist),
            "fault": "" if month is None else snapshot.calendar.tell_faults(SPEAKING[detector], month),
            "so_far": so_far,
            "days_counted": book.until is not None,
            "failed_run": failed_run,
            "metric": metric,
            "shared": [one for one in reversed(recent) if one.shared][:_SHARED],
            "strip": strip,
            "name_scope": lambda scope: name_scope(scope, snapshot.catalogue),
            "changes": read_changes(explorer.engine, limit=_CHANGES),
            "completeness": completeness,
        }

    overview = choice.overview
    month = (overview.month, tuple(overview.rises.values()), overview.usual, overview.unknown, choice.chosen)
    days = (so_far, book.until is not None)
    version = (
        snapshot.lists,
        snapshot.notes,
        snapshot.calendar.version,
        hash(month),
        strip.model_dump_json(),
        failed_run,
    )
    restated = (completeness.refreshed_at, completeness.restated)
    # Readers of other languages are shown other wikis; they push out no page that most ask for.
    place = Place("/", lasts=choice.is_default)
    return await show_page(request, "board.html", place, person, (*version, *restated, *days), describe)
