"""`/report`: totals of some wikis in some months, with their comparisons, as JSON and CSV."""

from collections.abc import Iterator
from datetime import date
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import Field

from wiki_activity.domain.daily_history import DayRange
from wiki_activity.domain.findings import choose_first
from wiki_activity.domain.months import format_month
from wiki_activity.domain.report import Change, Figure, Line
from wiki_activity.explorer.answers import answer
from wiki_activity.explorer.api.base_model import Model
from wiki_activity.explorer.api.csv_files import CSV, Cell, name_file, write_csv
from wiki_activity.explorer.api.documented import readable
from wiki_activity.explorer.api.models import NoteModel, WikiPeakModel, note_model, wiki_peak_model
from wiki_activity.explorer.api.parameters import MONTH, refuse
from wiki_activity.explorer.context import CurrentExplorer, CurrentSnapshot
from wiki_activity.explorer.known_days import KnownDays, look_at_days
from wiki_activity.explorer.pages.report_making import make_report_of
from wiki_activity.explorer.pages.report_state import (
    MOST_DAYS,
    MOST_MONTHS,
    MOST_WIKIS,
    ReportState,
    contain,
    is_day,
    parse_edge,
)
from wiki_activity.explorer.problems import ProblemError
from wiki_activity.explorer.report import Report

router = APIRouter(prefix="/report", tags=["report"])

_CSV_CONTENT = {"text/csv": {"schema": {"type": "string"}, "example": "wiki,figure,value,wikis,year_before…"}}
_EDGE = MONTH.removesuffix("$") + "(-(0[1-9]|[12][0-9]|3[01]))?$"
_DAY_OR_MONTH = "month, or day of a report by day"
_Own = Annotated[int | None, Query(ge=0, le=10**12, description="The programme’s own number.")]


class ChangeModel(Model):
    """A total beside another one, both of the wikis of which both are known."""

    now: float
    before: float
    percent: float | None = Field(description="By how much it rose; null where there was nothing before.")
    wikis: int


class LineModel(Model):
    """One figure; of editors and active editors the monthly mean of the one wiki."""

    figure: Figure
    value: float | None = Field(description="Of the wikis of which all months are known; null where that is none.")
    wikis: int = Field(description="How many those are.")
    year_before: ChangeModel | None
    months_before: ChangeModel | None = Field(description="Beside as many months right before; null by day.")
    four_weeks_before: ChangeModel | None = Field(
        description="By day: the mean of a day, beside that of the four weeks right before; null by month."
    )


class MemberModel(Model):
    """One wiki for itself."""

    project: str
    people_edits: float | None
    editors: float | None = Field(description="Monthly mean; never to be added up.")


class ReportModel(Model):
    """A report."""

    name: str
    months: list[str] = Field(description="Of a report by day those that contain its days.")
    days: tuple[str, str] | None = Field(description="First and last day of a report by day; null of one by month.")
    unknown: list[str] = Field(description="By day: why there are no lines; ask for the months instead.")
    sources: list[str] = Field(description="By day: who counted the days.")
    provisional: list[str] = Field(description="Those of its months that Wikimedia has published only in part.")
    lines: list[LineModel]
    missing: list[str] = Field(description="Wikis of which not all months are known: not in the totals.")
    members: list[MemberModel]
    peaks: list[WikiPeakModel]
    notes: list[NoteModel] = Field(description="200 at most, those that begin last.")
    notes_left_out: int = Field(description="How many notes more the list of notes has.")
    own: list[str]
    seen: list[str] = Field(description="What could have been seen.")
    page: str


async def read_state(
    snapshot: CurrentSnapshot,
    *,
    first: Annotated[str | None, Query(alias="from", pattern=_EDGE, description=f"First {_DAY_OR_MONTH}")] = None,
    last: Annotated[str | None, Query(alias="to", pattern=_EDGE, description=f"Last {_DAY_OR_MONTH}, included")] = None,
    wiki: Annotated[list[str] | None, Query(description="Projects, 200 at most.")] = None,
    family: Annotated[str | None, Query(max_length=32)] = None,
    language: Annotated[str | None, Query(max_length=64)] = None,
    edits: _Own = None,
    people: _Own = None,
    pages: _Own = None,
) -> ReportState:
    """Read what a report is asked for; whatever names no wiki is refused."""
    catalogue = snapshot.catalogue
    newest = catalogue.newest_month
    if newest is None:
        raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "No data yet", headers={"Retry-After": "30"})
    if len(wiki or ()) > MOST_WIKIS:
        raise refuse("wiki", f"a report names {MOST_WIKIS} wikis at most; these are {len(wiki or ()):,}")
    named = []
    for text in wiki or ():
        found = catalogue.resolve(text)
        if found is None:
            raise refuse("wiki", f"there is no wiki {text[:100]!r}")
        named.append(found.project)
    begin = _read_edge("from", first or last or format_month(newest), last=False)
    end = _read_edge("to", last or first or format_month(newest), last=True)
    days = DayRange(begin, end) if is_day(first or "") or is_day(last or "") else None
    if days is not None and not 0 <= (end - begin).days < MOST_DAYS:
        raise refuse("to", f"a report by day is on 1 to {MOST_DAYS} days")
    months = contain(DayRange(begin, end))
    state = ReportState(tuple(dict.fromkeys(named)), family, language, *months, edits, people, pages, days)
    if not 1 <= len(state.months) <= MOST_MONTHS:
        raise refuse("to", f"a report is on 1 to {MOST_MONTHS} months")
    if not state.choose(catalogue):
        raise refuse("wiki", "name wikis, a family or a language that there is")
    return state


def _read_edge(field: str, text: str, *, last: bool) -> date:
    try:
        return parse_edge(text, last=last)
    except ValueError as error:
        raise refuse(field, str(error)) from error


StateQuery = Annotated[ReportState, Depends(read_state)]


@router.get("", summary="Totals of some wikis in some months", response_model=ReportModel, responses=readable(422))
async def show_report(
    request: Request, explorer: CurrentExplorer, snapshot: CurrentSnapshot, state: StateQuery
) -> Response:
    """Give totals beside a year and the months before, peaks, notes, and what could have been seen."""
    days = await _look(explorer, state)

    def make() -> bytes:
        report = _make(explorer, snapshot, state, days)
        wikis = snapshot.catalogue.wikis
        return (
            ReportModel(
                name=report.name,
                months=[format_month(month) for month in report.months],
                days=None if state.days is None else (f"{state.days.first}", f"{state.days.last}"),
                unknown=list(report.unknown),
                sources=list(report.sources),
                provisional=[format_month(month) for month in report.provisional],
                lines=[_line_model(line, by_day=state.days is not None) for line in report.lines],
                missing=[one.project for one in report.missing],
                members=[
                    MemberModel(project=one.wiki.project, people_edits=one.edits, editors=one.editors)
                    for one in report.members
                ],
                peaks=[
                    wiki_peak_model(
                        peak,
                        wikis.get(peak.project),
                        finding=choose_first(report.found.get((peak.project, peak.month), ())),
                    )
                    for peak in report.peaks
                ],
                notes=[note_model(note) for note in report.notes],
                notes_left_out=report.notes_left_out,
                own=list(report.own),
                seen=list(report.seen),
                page=f"{explorer.settings.explorer_url}{state.address()}",
            )
            .model_dump_json()
            .encode()
        )

    return await answer(request, make, version=_version(snapshot, state, days))


@router.get(
    ".csv", summary="The same as a table", response_class=Response, responses=readable(422, content=_CSV_CONTENT)
)
async def download_report(
    request: Request, explorer: CurrentExplorer, snapshot: CurrentSnapshot, state: StateQuery
) -> Response:
    """Give a row for each figure, and for several wikis one for each wiki's edits without bots and editors."""
    days = await _look(explorer, state)

    def make() -> bytes:
        header = ["wiki", "figure", "value", "wikis", "year_before", "year_percent"]
        header += ["before", "before_percent"] if days is None else ["a_day", "a_day_before", "a_day_percent"]
        header += ["year_wikis", "before_wikis", "provisional"]
        return write_csv(header, _list_rows(_make(explorer, snapshot, state, days)))

    version = _version(snapshot, state, days)
    return await answer(request, make, version=version, media_type=CSV, headers=name_file("report"))


async def _look(explorer: CurrentExplorer, state: ReportState) -> KnownDays | None:
    return None if state.days is None else await look_at_days(explorer)


def _make(explorer: CurrentExplorer, snapshot: CurrentSnapshot, state: ReportState, days: KnownDays | None) -> Report:
    wikis = state.choose(snapshot.catalogue)
    return make_report_of(snapshot, state, wikis, explorer.settings.peak_detector, days)


def _version(snapshot: CurrentSnapshot, state: ReportState, days: KnownDays | None) -> tuple[object, ...]:
    known = () if days is None else days.version_of(wiki.project for wiki in state.choose(snapshot.catalogue))
    return (state, snapshot.lists, snapshot.notes, *(snapshot.wiki(one).version for one in state.wikis), *known)


def _line_model(line: Line, *, by_day: bool) -> LineModel:
    return LineModel(
        figure=line.figure,
        value=line.value,
        wikis=line.wikis,
        year_before=_change_model(line.year_before),
        months_before=None if by_day else _change_model(line.months_before),
        four_weeks_before=_change_model(line.months_before) if by_day else None,
    )


def _change_model(change: Change | None) -> ChangeModel | None:
    if change is None:
        return None
    return ChangeModel(now=change.now, before=change.before, percent=change.percent, wikis=change.wikis)


def _list_rows(report: Report) -> Iterator[list[Cell]]:
    provisional = " ".join(map(format_month, report.provisional))
    for line in report.lines:
        compared: list[Cell] = []
        for change, has_mean in ((line.year_before, False), (line.months_before, report.days is not None)):
            its: list[Cell] = [None, None, None] if change is None else [change.now, change.before, change.percent]
            compared += its if has_mean else its[1:]
        of_wikis: list[Cell] = [None if one is None else one.wikis for one in (line.year_before, line.months_before)]
        yield [report.name, line.figure, line.value, line.wikis, *compared, *of_wikis, provisional]
    rest: list[Cell] = [*([None] * (7 if report.days else 6)), provisional]
    for one in report.members:
        yield [one.wiki.project, Figure.PEOPLE_EDITS, one.edits, 1, *rest]
        if report.days is None:
            yield [one.wiki.project, Figure.EDITORS, one.editors, 1, *rest]
