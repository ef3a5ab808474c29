"""`/peaks` and `/months`: the peaks of all wikis, and the months in which many wikis peaked."""

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.finding_sentences import describe_finding
from wiki_activity.domain.months import format_month
from wiki_activity.domain.peaks import Kind
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.answers import answer
from wiki_activity.explorer.api.csv_files import CSV, Cell, name_file, write_csv
from wiki_activity.explorer.api.cursors import bad_cursor
from wiki_activity.explorer.api.documented import readable
from wiki_activity.explorer.api.models import PeakMonthModel, PeakMonthsModel, WikiPeaksModel, wiki_peak_model
from wiki_activity.explorer.api.parameters import (
    ANY,
    AnyMetricQuery,
    Cursor,
    DetectorQuery,
    Limit,
    MetricQuery,
    Month,
    MonthRange,
)
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.context import CurrentSnapshot, find_wiki
from wiki_activity.explorer.peak_board import BoardPage, BoardPeak, BoardQuery, Found
from wiki_activity.explorer.peak_order import BoardSort, CursorError
from wiki_activity.explorer.snapshot import Snapshot

router = APIRouter(tags=["peaks"])

MOST_ROWS = 10_000
"""Rows of one CSV file."""
_CSV_CONTENT = {"text/csv": {"schema": {"type": "string"}, "example": "project,language,family,metric,month…"}}
_Size = Annotated[int | None, Query(ge=0, le=2**53, description="Edits of the wiki’s newest month.")]


@dataclass(frozen=True, slots=True)
class _Filters:
    """Which wikis, and which of their peaks."""

    board: BoardQuery
    project: str | None
    family: str | None
    language: str | None
    least: int | None
    most: int | None

    def choose(self, catalogue: Catalogue) -> BoardQuery:
        """Return the query, restricted to the wikis that are meant."""
        if (self.project, self.family, self.language, self.least, self.most) == (None,) * 5:
            return self.board
        chosen = [
            wiki.project
            for wiki in catalogue.wikis.values()
            if self.project in {None, wiki.project}
            and self.family in {None, wiki.family}
            and self.language in {None, wiki.language}
            and self._fits(catalogue.sizes.get(wiki.project))
        ]
        return replace(self.board, projects=chosen)

    def _fits(self, size: int | None) -> bool:
        if self.least is None and self.most is None:
            return True
        return size is not None and (self.least or 0) <= size and (self.most is None or size <= self.most)


async def _read_filters(
    *,
    snapshot: CurrentSnapshot,
    detector: DetectorQuery,
    months: MonthRange,
    metric: AnyMetricQuery = Metric.EDITS,
    project: Annotated[
        str | None, Query(max_length=255, description="Only of this wiki.", examples=["hi.wikipedia.org"])
    ] = None,
    month: Annotated[Month | None, Query(description="Only of this month.")] = None,
    family: Annotated[str | None, Query(max_length=32, examples=["wikipedia"])] = None,
    language: Annotated[str | None, Query(max_length=64, examples=["hi"])] = None,
    min_size: _Size = None,
    max_size: _Size = None,
    min_times: Annotated[
        float | None, Query(ge=1, le=1e9, description="At least so many times the expected value.")
    ] = None,
    explained: Annotated[bool | None, Query(description="Only those with, or without, a note.")] = None,
    kind: Annotated[Kind | None, Query(description="What they were made of.")] = None,
    found: Annotated[
        Found | None,
        Query(description="Only those behind which anything, nothing, or something of this kind was found."),
    ] = None,
    sort: Annotated[
        BoardSort, Query(description="The order; all but `project` begin with the greatest.")
    ] = BoardSort.MONTH,
    cursor: Cursor = None,
) -> _Filters:
    first, last = months
    wiki = None if project is None else await find_wiki(snapshot, project)
    board = BoardQuery(
        None if metric == ANY else Metric(metric),
        detector,
        month=month,
        first=first,
        last=last,
        min_percent=None if min_times is None else 100 * (min_times - 1),
        explained=explained,
        kind=kind,
        found=found,
        sort=sort,
        after=cursor,
    )
    return _Filters(board, None if wiki is None else wiki.project, family, language, min_size, max_size)


_FiltersQuery = Annotated[_Filters, Depends(_read_filters)]


@router.get("/peaks", summary="Peaks of all wikis", response_model=WikiPeaksModel, responses=readable(404, 422))
async def list_peaks(
    request: Request, snapshot: CurrentSnapshot, filters: _FiltersQuery, limit: Limit = 100
) -> Response:
    """List the months in which wikis were far busier than expected, newest first."""

    def make() -> bytes:
        page = _select(snapshot, filters, limit)
        wikis = snapshot.catalogue.wikis
        items = [
            wiki_peak_model(one.peak, wikis.get(one.peak.project), one.annotation, one.finding) for one in page.items
        ]
        return WikiPeaksModel(items=items, next=page.next).model_dump_json().encode()

    version = (snapshot.board.version, snapshot.notes, snapshot.catalogue.key)
    return await answer(request, make, version=version)


@router.get(
    "/peaks.csv", summary="Peaks of all wikis as a table", response_class=Response,
    responses=readable(404, 422, content=_CSV_CONTENT),
)  # fmt: skip
async def download_peaks(
    request: Request,
    snapshot: CurrentSnapshot,
    *,
    filters: _FiltersQuery,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS, description="At most so many rows.")] = MOST_ROWS,
) -> Response:
    """Give the same as a CSV file; where there are more, a Link header names the next part."""
    page = await run_in_threadpool(_select, snapshot, filters, limit)
    wikis = snapshot.catalogue.wikis
    header = ["project", "language", "family", "name", "metric", "month", "value", "expected", "alert_line", "times",
              "made_of", "outcome", "shared", "label", "note", "link",
              "found", "found_share", "found_link"]  # fmt: skip

    def make() -> bytes:
        return write_csv(header, (_list_cells(one, wikis.get(one.peak.project)) for one in page.items))

    headers = name_file(f"peaks-{filters.board.metric or ANY}")
    if page.next is not None:
        headers["Link"] = f'<{request.url.include_query_params(cursor=page.next)}>; rel="next"'
    return await answer(request, make, media_type=CSV, headers=headers)


@router.get("/months", summary="Months in which wikis peaked", response_model=PeakMonthsModel, responses=readable(422))
async def list_months_of_peaks(
    request: Request,
    snapshot: CurrentSnapshot,
    *,
    detector: DetectorQuery,
    months: MonthRange,
    metric: MetricQuery = Metric.EDITS,
) -> Response:
    """Count the wikis that peaked in each month, newest first; months in which none did are left out."""

    def make() -> bytes:
        counts = snapshot.board.count_by_month(metric, detector, *months)
        items = [
            PeakMonthModel(month=format_month(one.month), peaks=one.peaks, shared=one.shared)
            for one in reversed(counts)
        ]
        return PeakMonthsModel(items=items).model_dump_json().encode()

    return await answer(request, make, version=snapshot.board.version)


def _select(snapshot: Snapshot, filters: _Filters, limit: int) -> BoardPage:
    try:
        return snapshot.select_peaks(replace(filters.choose(snapshot.catalogue), limit=limit))
    except CursorError:
        raise bad_cursor() from None


def _list_cells(one: BoardPeak, wiki: Wiki | None) -> list[Cell]:
    peak, text = one.peak, one.annotation.text if one.annotation else None
    of_wiki: list[Cell] = [None] * 3 if wiki is None else [wiki.language, wiki.family, wiki.name]
    times = peak.value / peak.expected if peak.expected > 0 else None
    numbers: list[Cell] = [peak.value, peak.expected, peak.threshold, times]
    made_of: list[Cell] = [peak.kind, peak.outcome, "yes" if peak.shared else None]
    written: list[Cell] = [None] * 3 if text is None else [text.label, text.note, text.link]
    finding = one.finding
    found: list[Cell] = [None] * 3 if finding is None else [describe_finding(finding), finding.share, finding.url]
    return [peak.project, *of_wiki, peak.metric, format_month(peak.month), *numbers, *made_of, *written, *found]
