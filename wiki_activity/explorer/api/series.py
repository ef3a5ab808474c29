"""`/projects/{project}/series`: one wiki's months as JSON and CSV."""

import math
from collections.abc import Iterator

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response

from wiki_activity.domain.counts import Metric, PeopleMetric
from wiki_activity.domain.months import format_month
from wiki_activity.domain.notes import ScopeKind
from wiki_activity.explorer.accounts.dependencies import Reader
from wiki_activity.explorer.accounts.people import is_reviewing
from wiki_activity.explorer.answers import answer
from wiki_activity.explorer.api.csv_files import CSV, Cell, name_file, write_csv
from wiki_activity.explorer.api.documented import readable
from wiki_activity.explorer.api.models import SeriesModel, series_json
from wiki_activity.explorer.api.parameters import DetectorQuery, KnownWiki, MetricQuery, MonthRange
from wiki_activity.explorer.context import CurrentSnapshot
from wiki_activity.explorer.series import WikiSeries, make_series
from wiki_activity.explorer.snapshot import WikiSnapshot

router = APIRouter(prefix="/projects/{project}", tags=["series"])

_CSV_CONTENT = {
    "text/csv": {"schema": {"type": "string"}, "example": "month,edits,bots,expected,alert_line,rule,peak…"}
}


@router.get("/series", summary="A wiki’s months", response_model=SeriesModel, responses=readable(404, 422))
async def show_series(
    request: Request,
    snapshot: CurrentSnapshot,
    *,
    reader: Reader,
    wiki: KnownWiki,
    detector: DetectorQuery,
    months: MonthRange,
    metric: MetricQuery = Metric.EDITS,
) -> Response:
    """Give counts, what was expected, the alert line, peaks and notes; from the first month that is not zero on."""
    own = snapshot.wiki(wiki.project)
    reviewing = is_reviewing(reader)

    def make() -> bytes:
        return msgspec.json.encode(series_json(make_series(own, metric, detector, *months, reviewing=reviewing)))

    return await answer(request, make, version=(own.version, reviewing))


@router.get(
    "/series.csv", summary="A wiki’s months as a table", response_class=Response,
    responses=readable(404, 422, content=_CSV_CONTENT),
)  # fmt: skip
async def download_series(
    request: Request,
    snapshot: CurrentSnapshot,
    *,
    wiki: KnownWiki,
    detector: DetectorQuery,
    months: MonthRange,
    metric: MetricQuery = Metric.EDITS,
) -> Response:
    """Give the same as a CSV file, a row for each month; a missing month has an empty cell.

    All that is judged in it is judged by one rule, which each row names. The last columns are what is known of people
    besides, whichever metric is asked for.
    """
    own = snapshot.wiki(wiki.project)

    def make() -> bytes:
        # A file is passed on: what is hidden is in nobody's.
        series = make_series(own, metric, detector, *months)
        header = ["month", metric, "bots", "expected", "alert_line", "rule", "peak", "times", "made_of", "outcome",
                  "shared", "label", "note", "link", "provisional", *PeopleMetric]  # fmt: skip
        return write_csv(header, _list_rows(series, own))

    headers = name_file(f"{wiki.project}-{metric}")
    return await answer(request, make, version=own.version, media_type=CSV, headers=headers)


def _list_rows(series: WikiSeries, wiki: WikiSnapshot) -> Iterator[list[Cell]]:
    # What another rule alone sees is in that rule's file: its expected values are other ones.
    peaks = {peak.month: peak for peak in series.peaks if not peak.hollow}
    # The first of those that touch a month; a note on all wikis says nothing of this one.
    notes = [note for note in series.notes if note.subject.scope.kind is not ScopeKind.ALL]
    told = {month: note for note in reversed(notes) for month in note.subject.months}
    told |= {one.month: one.annotation for one in series.peaks if one.hollow and one.annotation is not None}
    bots = series.bots or (None,) * len(series.months)
    columns = zip(series.months, series.counts, bots, series.expected, series.threshold, strict=True)
    people = [dict(zip(wiki.months(metric), wiki.counts(metric)[0].tolist(), strict=True)) for metric in PeopleMetric]
    for month, count, by_bots, expected, threshold in columns:
        peak = peaks.get(month)
        about: list[Cell] = [None] * 5
        if peak is not None:
            about = ["yes", peak.times, peak.kind, peak.outcome, "yes" if peak.shared else None]
        note = peak.annotation if peak is not None else told.get(month)
        text = note.text if note is not None else None
        written: list[Cell] = [None] * 3 if text is None else [text.label, text.note, text.link]
        yield [format_month(month), count, by_bots, expected, threshold, series.detector, *about, *written,
               "true" if month in series.provisional else None,
               *(None if math.isnan(one.get(month, math.nan)) else int(one[month]) for one in people)]  # fmt: skip
