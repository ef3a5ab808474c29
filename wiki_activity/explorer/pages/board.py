"""`/`: search, the watchlist, the biggest peaks, busy spells, and what is new."""

from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from wiki_activity.domain.annotations import Annotation, choose_notes
from wiki_activity.domain.counts import Metric
from wiki_activity.domain.months import shift_month
from wiki_activity.explorer.context import Explorer, ExplorerParts
from wiki_activity.explorer.live.strip import read_strip
from wiki_activity.explorer.pages import wording
from wiki_activity.explorer.pages.biggest import SPEAKING
from wiki_activity.explorer.pages.caches import Caches, read_months
from wiki_activity.explorer.pages.month_columns import draw_month_columns
from wiki_activity.explorer.rendering import knows_only, render
from wiki_activity.storage.annotation_reading import read_annotations, read_changes
from wiki_activity.storage.data_version import PEAKS
from wiki_activity.watch.failed_runs import find_failed_run

router = APIRouter(include_in_schema=False)

_CHANGES = 6
_MONTHS = 36


@router.get("/", response_class=HTMLResponse, dependencies=[knows_only()])
def show_board(request: Request, explorer: ExplorerParts, caches: Caches) -> Response:
    """Show where to begin."""
    watched = caches.watched.read()
    detector = explorer.settings.peak_detector
    metric = SPEAKING[detector][0]
    months = read_months(explorer, caches, metric, detector, version=explorer.versions.of(PEAKS)[0])
    recent = [one for one in months if watched.month and one.month > shift_month(watched.month, -_MONTHS)]
    return render(
        request,
        "board.html",
        words=wording,
        wikis=explorer.catalogue.wikis,
        watched=watched,
        failed_run=None if watched.month else find_failed_run(explorer.engine),
        metric=metric,
        peaks=caches.biggest.read(),
        notes={} if watched.month is None else _read_notes(explorer, watched.month),
        columns=draw_month_columns(recent, watched.month, _MONTHS, width=400) if watched.month else None,
        shared=[one for one in reversed(recent) if one.shared][:4],
        strip=read_strip(explorer),
        changes=read_changes(explorer.engine, limit=_CHANGES),
        report=caches.report.read(),
    )


def _read_notes(explorer: Explorer, month: date) -> dict[tuple[str, Metric], Annotation]:
    """Read what people wrote about the newest month: never kept, so that whoever has just saved sees it."""
    written = [one for one in read_annotations(explorer.engine, first=month, last=month) if not one.hidden]
    return {
        (project, metric): note for metric in Metric for (project, _), note in choose_notes(written, metric).items()
    }
