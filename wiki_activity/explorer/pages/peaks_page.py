"""`/peaks`: the peaks of all wikis, filtered, sorted and paged, and the months in which many wikis peak at once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.months import EARLIEST_MONTH, format_month, list_months, name_month, shift_month
from wiki_activity.explorer.accounts.dependencies import PageReader
from wiki_activity.explorer.api.peak_list import MOST_ROWS
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.context import CurrentExplorer, CurrentSnapshot, Explorer
from wiki_activity.explorer.pages import wording
from wiki_activity.explorer.pages.evidence_view import KIND_NAMES
from wiki_activity.explorer.pages.month_columns import draw_month_columns
from wiki_activity.explorer.pages.options import Choices, write_options
from wiki_activity.explorer.pages.peak_filter import KEYS, PeakFilter, Size, read_filter
from wiki_activity.explorer.peak_board import Found
from wiki_activity.explorer.peak_order import BoardSort, CursorError
from wiki_activity.explorer.rendering import Place, knows_only, show_page
from wiki_activity.explorer.snapshot import Snapshot

router = APIRouter(include_in_schema=False)

_MONTHS_DRAWN = 60
_FOUND = frozenset(one.value for one in Found)
_SORTS: Final = {
    "wiki": BoardSort.PROJECT,
    "month": BoardSort.MONTH,
    "value": BoardSort.VALUE,
    "excess": BoardSort.EXCESS,
    "times": BoardSort.RATIO,
}
_SIZES: Final = {
    Size.SMALL: "small: below 1,000 edits",
    Size.MEDIUM: "medium: 1,000 to 100,000",
    Size.BIG: "big: 100,000 or more",
}


@router.get("/peaks", response_class=HTMLResponse, dependencies=[knows_only(*KEYS)])
async def show_peaks(
    request: Request, explorer: CurrentExplorer, snapshot: CurrentSnapshot, person: PageReader
) -> Response:
    """Show peaks of all wikis."""
    catalogue = snapshot.catalogue
    asked, notices = read_filter(
        request.query_params, catalogue, catalogue.newest_month, explorer.settings.peak_detector
    )
    place = Place(request.url.path, urlencode(asked.parameters()), lasts=True, odd=bool(notices))
    version = (snapshot.board.version, snapshot.notes, catalogue.key, catalogue.newest_month, snapshot.calendar.version)
    return await show_page(
        request, "peaks.html", place, person, version, lambda: _describe(asked, notices, explorer, snapshot)
    )


def _describe(asked: PeakFilter, notices: list[str], explorer: Explorer, snapshot: Snapshot) -> dict[str, object]:
    catalogue, newest = snapshot.catalogue, snapshot.catalogue.newest_month
    try:
        page = snapshot.select_peaks(asked.query(catalogue))
    except CursorError:
        notices.append("The address names no place in this list; it begins anew.")
        asked = replace(asked, cursor="")
        page = snapshot.select_peaks(asked.query(catalogue))
    judged = not (asked.month and newest and asked.month > newest)
    if not judged:
        notices.append("That month is not judged yet: its counts are not complete, or there are none.")
    if asked.month and (
        fault := snapshot.calendar.tell_faults([asked.metric] if asked.metric else Metric, asked.month)
    ):
        notices.append(fault)
    # The columns are of the same choices, in every month.
    months = snapshot.count_peak_months(replace(asked, month=None).query(catalogue))
    busy = {one.month for one in snapshot.board.count_by_month(asked.metric, asked.detector) if one.shared}
    listed = list_months(shift_month(newest, -119), newest)[::-1] if newest else []
    return {
        "words": wording,
        "wikis": catalogue.wikis,
        "asked": asked,
        "judged": judged,
        "notices": notices,
        "page": page,
        "total": page.total,
        "most_rows": MOST_ROWS,
        "columns": [
            draw_month_columns(months, end, most, _keep(asked), width=width)
            for most, width in ((_MONTHS_DRAWN, 1100), (_MONTHS_DRAWN // 2, 350))
            if (end := _choose_end(asked, newest, most))
        ],
        "is_busy": asked.month in busy,
        "wiki": catalogue.wikis.get(asked.project),
        "nouns": wording.name_count(asked.metric),
        "sorts": _SORTS,
        "sizes": _SIZES,
        "found_kinds": {kind: name for kind, name in KIND_NAMES.items() if kind.value in _FOUND},
        "months": write_options(_name_months(listed), format_month(asked.month) if asked.month else ""),
        "is_older": asked.month is not None and asked.month not in listed,
        "languages": write_options(_name_languages(catalogue), asked.language or ""),
        "percent": explorer.settings.peak_percent,
        "neighbours": _find_neighbours(asked.month, newest),
    }


def _keep(asked: PeakFilter) -> dict[str, str]:
    kept = asked.parameters()
    return {name: value for name, value in kept.items() if name not in {"month", "cursor"}}


def _choose_end(asked: PeakFilter, newest: date | None, most: int) -> date | None:
    """Return the last of so many months to draw: the newest, or one that puts a month long ago in the middle."""
    if newest is None or asked.month is None or asked.month > shift_month(newest, -most):
        return newest
    return shift_month(asked.month, most // 2)


def _find_neighbours(month: date | None, newest: date | None) -> tuple[date | None, date | None]:
    if month is None or newest is None:
        return None, None
    before = shift_month(month, -1) if month > EARLIEST_MONTH else None
    return before, shift_month(month, 1) if month < newest else None


def _name_months(months: Sequence[date]) -> Choices:
    return tuple((format_month(month), name_month(month)) for month in months)


def _name_languages(catalogue: Catalogue) -> Choices:
    names = {wiki.language: wiki.autonym for wiki in catalogue.wikis.values() if wiki.family != "special"}
    return tuple((code, f"{code} · {name}") for code, name in sorted(names.items()))
