"""The simulated metrics service: monthly counts of one wiki, with Wikimedia's rules for dates and errors."""

import contextlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from http import HTTPStatus
from typing import Final

import numpy as np
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from wiki_activity.domain.months import EARLIEST_MONTH, shift_month
from wiki_activity.simulator.activity import EDITOR_TYPES, HORIZON
from wiki_activity.simulator.days import spread_months
from wiki_activity.simulator.evidence.edits import EditSource
from wiki_activity.simulator.evidence.top_lists import Asked, Row, TopLists
from wiki_activity.simulator.faults import FaultPlan, find_moves
from wiki_activity.simulator.publication import LEVELS, Publication, number_month

PARAMETERS: Final = {
    "editor-type": ("all-editor-types", *EDITOR_TYPES),
    "page-type": ("all-page-types", "content", "non-content"),
    "activity-level": ("all-activity-levels", *LEVELS),
    "granularity": ("monthly", "daily"),
}
TIMESTAMPS: Final = tuple(f'{{"timestamp":"{shift_month(EARLIEST_MONTH, i)}T00:00:00.000Z","' for i in range(HORIZON))
NO_DATA: Final = (
    "The date(s) you used are valid, but there is nothing for them here: the project has no figures, or the months are "
    "not published yet."
)


class ProblemError(Exception):
    """A request that is answered with a problem document."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class MetricsApi:
    """Answers requests for monthly counts.

    Parameters
    ----------
    publication
        What is published.
    plan
        Names the projects that are to answer otherwise.
    source
        The single edits, to which days and top lists add up.
    """

    def __init__(self, publication: Publication, plan: FaultPlan, source: EditSource) -> None:
        self._publication = publication
        self._plan = plan
        self._source = source
        self._tops = TopLists(source)

    def make_app(self) -> ASGIApp:
        """Return what answers below `/metrics`."""
        tail = "{project}/{editor_type}/{page_type}"
        routes = [
            Route(f"/edits/aggregate/{tail}/{{granularity}}/{{start}}/{{end}}", self.answer_edits),
            Route(
                f"/editors/aggregate/{tail}/{{activity_level}}/{{granularity}}/{{start}}/{{end}}", self.answer_editors
            ),
            Route(f"/edited-pages/top-by-edits/{tail}/{{year}}/{{month}}/{{day}}", self.answer_top_pages),
            Route(f"/editors/top-by-edits/{tail}/{{year}}/{{month}}/{{day}}", self.answer_top_editors),
            Route("/pageviews/top/{project}/{access}/{year}/{month}/{day}", self.answer_views),
            Route("/registered-users/new/{project}/{granularity}/{start}/{end}", self.answer_new_users),
            Route(f"/edited-pages/new/{tail}/{{granularity}}/{{start}}/{{end}}", self.answer_new_pages),
            Route("/{rest:path}", self.answer_unknown),
        ]
        return Starlette(routes=routes, exception_handlers={ProblemError: _describe})

    async def answer_edits(self, request: Request) -> Response:
        """Answer `/edits/aggregate/…`, for one wiki, for a family or for all."""
        asked, range_text = _read_parameters(request, ("editor-type", "page-type", "granularity"))
        columns = self._choose(asked["project"])
        if asked["granularity"] == "daily":
            return self._answer_days(asked, columns, _read_days(*range_text))
        months = _read_range(*range_text)
        kinds = asked["editor-type"], asked["page-type"]
        counts = self._publication.count_edits(columns, *kinds)
        if asked["project"].startswith("all-"):
            late = self._find_late(columns)
            counts[-1] -= self._publication.count_edits(late, *kinds)[-1] if late else 0
        return self._answer(asked, "edits", counts.tolist(), months)

    async def answer_editors(self, request: Request) -> Response:
        """Answer `/editors/aggregate/…`, for one wiki only."""
        asked, months = _read_months(request, ("editor-type", "page-type", "activity-level", "granularity"))
        column = self._choose_one(asked["project"])
        level = asked["activity-level"]
        counts = self._publication.count_editors(column, asked["editor-type"], asked["page-type"], level)
        return self._answer(asked, "editors", counts.tolist(), months)

    async def answer_new_users(self, request: Request) -> Response:
        """Answer `/registered-users/new/…`, for one wiki only."""
        asked, months = _read_months(request, ("granularity",))
        counts = self._publication.count_new_users(self._choose_one(asked["project"]))
        return self._answer(asked, "new_registered_users", counts.tolist(), months)

    async def answer_new_pages(self, request: Request) -> Response:
        """Answer `/edited-pages/new/…`, for one wiki only."""
        asked, months = _read_months(request, ("editor-type", "page-type", "granularity"))
        column = self._choose_one(asked["project"])
        counts = self._publication.count_new_pages(column, asked["editor-type"], asked["page-type"])
        return self._answer(asked, "new_pages", counts.tolist(), months)

    def answer_top_pages(self, request: Request) -> Response:
        """Answer `/edited-pages/top-by-edits/…`, for one wiki and a month or a day."""
        return self._answer_top(request, self._tops.list_pages)

    def answer_top_editors(self, request: Request) -> Response:
        """Answer `/editors/top-by-edits/…`, for one wiki and a month or a day."""
        return self._answer_top(request, self._tops.list_editors)

    def _answer_top(self, request: Request, list_rows: Callable[[Asked], list[Row]]) -> Response:
        asked = _read_choices(request, ("editor-type", "page-type"))
        column = self._choose_one(asked["project"])
        month, day = _read_month_or_day(request)
        wanted = Asked(column, month, day, asked["editor-type"], asked["page-type"])
        if number_month(month) >= self._publication.months:
            raise ProblemError(HTTPStatus.NOT_FOUND, NO_DATA)
        if self._tops.is_too_long(wanted):
            raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "upstream request timeout")
        rows = list_rows(wanted)
        if not rows:
            raise ProblemError(HTTPStatus.NOT_FOUND, NO_DATA)
        at = month.replace(day=day or 1)
        result = {"timestamp": f"{at}T00:00:00.000Z", "top": rows}
        granularity = "monthly" if day is None else "daily"
        return JSONResponse({"items": [{**asked, "granularity": granularity, "results": [result]}]})

    def answer_views(self, request: Request) -> Response:
        """Answer `/pageviews/top/…`, for one wiki and a whole month, from 2015-07 on."""
        project = shorten_project(request.path_params["project"])
        column = self._choose_one(project)
        month, day = _read_month_or_day(request)
        if day is not None or month < date(2015, 7, 1) or number_month(month) >= self._publication.months:
            raise ProblemError(HTTPStatus.NOT_FOUND, NO_DATA)
        head = {"project": project, "access": request.path_params["access"], "year": f"{month:%Y}"}
        articles = self._tops.list_views(column, month)
        return JSONResponse({"items": [{**head, "month": f"{month:%m}", "day": "all-days", "articles": articles}]})

    async def answer_unknown(self, _request: Request) -> Response:
        """Answer a path that the service does not have."""
        raise ProblemError(HTTPStatus.NOT_FOUND, "There is no such metric.")

    def _choose_one(self, project: str) -> int:
        if re.fullmatch(r"all-([a-z]+-)?projects", project):
            msg = f"{project} is not available here: it is counted on one project at a time"
            raise ProblemError(HTTPStatus.BAD_REQUEST, msg)
        [column] = self._choose(project)
        return column

    def _choose(self, project: str) -> list[int]:
        faults = self._plan.faults
        if project in _shorten_all(faults.failing_projects):
            raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, f"The store gave no answer for {project} in time.")
        moves = {shorten_project(old): shorten_project(new) for old, new in find_moves(faults).items()}
        came_from = next((old for old, new in moves.items() if new == project), project)
        columns = self._publication.choose_columns(came_from)
        if columns is None or project in _shorten_all(faults.missing_projects):
            raise ProblemError(HTTPStatus.NOT_FOUND, NO_DATA)
        return columns

    def _find_late(self, columns: list[int]) -> list[int]:
        """Find those of the wikis that have no newest month yet, which is then in no total either."""
        late = [self._publication.choose_columns(name) for name in _shorten_all(self._plan.faults.late_projects)]
        return [column for found in late for column in found or () if column in columns]

    def _answer(self, asked: dict[str, str], metric: str, counts: list[int], months: tuple[int, int]) -> Response:
        first, end = months
        if first >= len(counts):
            raise ProblemError(HTTPStatus.NOT_FOUND, NO_DATA)
        known = self._find_known(asked["project"], counts)
        return _write(asked, [f'{TIMESTAMPS[i]}{metric}":{known[i]}}}' for i in range(first, min(end, len(known)))])

    def _answer_days(self, asked: dict[str, str], columns: list[int], days: tuple[date, date]) -> Response:
        """Answer days; of a family its busy days are others than those of its wikis."""
        editor_type, page_type = asked["editor-type"], asked["page-type"]
        types = EDITOR_TYPES if editor_type == "all-editor-types" else (editor_type,)
        if not asked["project"].startswith("all-"):
            return self._answer_days_of_wiki(asked, columns[0], types, days)
        counts = [self._publication.count_edits(columns, one, page_type).tolist() for one in types]
        known = [self._find_known(asked["project"], one) for one in counts]
        found = spread_months(known, *days, self._publication.key_of(columns))
        if not found and known[0]:
            raise ProblemError(HTTPStatus.NOT_FOUND, NO_DATA)
        return _write_days(asked, found)

    def _answer_days_of_wiki(
        self, asked: dict[str, str], column: int, types: tuple[str, ...], days: tuple[date, date]
    ) -> Response:
        """Answer days as the wiki's single edits have them."""
        classes = ("content", "non-content") if asked["page-type"] == "all-page-types" else (asked["page-type"],)
        known = {
            (EDITOR_TYPES.index(one), ("content", "non-content").index(pages)): self._find_known(
                asked["project"], self._publication.count_edits([column], one, pages).tolist()
            )
            for one in types
            for pages in classes
        }
        months = len(next(iter(known.values())))
        found: dict[date, int] = {}
        month = max(days[0], EARLIEST_MONTH).replace(day=1)
        while month < days[1] and (at := _number(month)) < months:
            totals = np.zeros((len(EDITOR_TYPES), 2), dtype=np.int64)
            for place, counts in known.items():
                totals[place] = counts[at]
            plan = self._source.plan_month(column, at, totals)
            spread = plan.counts.sum(axis=(0, 1, 2)).tolist()
            found |= {day: edits for day, edits in zip(plan.days, spread, strict=True) if days[0] <= day < days[1]}
            month = shift_month(month, 1)
        if not found and months:
            raise ProblemError(HTTPStatus.NOT_FOUND, NO_DATA)
        return _write_days(asked, found)

    def _find_known(self, project: str, counts: list[int]) -> list[int]:
        """Return the counts of the months that are published of a project, faults and all."""
        faults = self._plan.faults
        if project in _shorten_all(faults.empty_projects):
            return []
        moves = {shorten_project(old): shorten_project(new) for old, new in find_moves(faults).items()}
        if project in moves and project not in moves.values():
            counts = [0] * len(counts)
        if faults.newest_month_share < 1:
            counts = [*counts[:-1], round(counts[-1] * faults.newest_month_share)]
        return counts[: len(counts) - (project in _shorten_all(faults.late_projects))]


def _write_days(asked: dict[str, str], found: Mapping[date, int]) -> Response:
    return _write(asked, [f'{{"timestamp":"{day}T00:00:00.000Z","edits":{edits}}}' for day, edits in found.items()])


def _write(asked: dict[str, str], results: list[str]) -> Response:
    head = json.dumps(asked, separators=(",", ":"))[:-1]
    return Response(f'{{"items":[{head},"results":[{",".join(results)}]}}]}}', media_type="application/json")


def shorten_project(project: str) -> str:
    """Return a project as the service writes it: no leading `www.`, no trailing `.org`, lower case."""
    return project.lower().removeprefix("www.").removesuffix(".org")


def _shorten_all(projects: Iterable[str]) -> set[str]:
    return {shorten_project(project) for project in projects}


def _read_parameters(request: Request, names: tuple[str, ...]) -> tuple[dict[str, str], tuple[str, str]]:
    """Return what is asked, in the order of the answer, and start and end as they are given."""
    return _read_choices(request, names), (request.path_params["start"], request.path_params["end"])


def _read_choices(request: Request, names: tuple[str, ...]) -> dict[str, str]:
    given = request.path_params
    asked = {"project": shorten_project(given["project"])}
    for name in names:
        value = given[name.replace("-", "_")]
        if value not in PARAMETERS[name]:
            msg = f"{name} must be one of {', '.join(PARAMETERS[name])}, not {value!r}"
            raise ProblemError(HTTPStatus.BAD_REQUEST, msg)
        asked[name] = value
    return asked


def _read_month_or_day(request: Request) -> tuple[date, int | None]:
    """Return the month, and the day of it or None where all its days are asked for."""
    given = request.path_params
    year, month, day = given["year"], given["month"], given["day"]
    with contextlib.suppress(ValueError):
        if re.fullmatch(r"[0-9]{4} [0-9]{2} ([0-9]{2}|all-days)", f"{year} {month} {day}"):
            number = 1 if day == "all-days" else int(day)
            found = date(int(year), int(month), number)
            if found >= EARLIEST_MONTH:
                return found.replace(day=1), None if day == "all-days" else number
    msg = f"year, month and day must be a day, or a month and all-days, not {year}/{month}/{day}"
    raise ProblemError(HTTPStatus.BAD_REQUEST, msg)


def _read_months(request: Request, names: tuple[str, ...]) -> tuple[dict[str, str], tuple[int, int]]:
    """Return what is asked for of what is simulated by month alone, and the months."""
    asked, range_text = _read_parameters(request, names)
    if asked["granularity"] == "daily":
        raise ProblemError(HTTPStatus.NOT_FOUND, "This is simulated by month alone.")
    return asked, _read_range(*range_text)


def _read_days(start: str, end: str) -> tuple[date, date]:
    first, stop = _read_day("start", start), _read_day("end", end)
    if stop <= first:
        msg = f"no full day lies between start {start} and end {end}; the end is exclusive"
        raise ProblemError(HTTPStatus.BAD_REQUEST, msg)
    return first, stop


def _read_range(start: str, end: str) -> tuple[int, int]:
    """Round the start up and the end down to the first of a month; months are numbers from 2001-01."""
    first_day, end_day = _read_day("start", start), _read_day("end", end)
    first = _number(first_day) + (first_day.day > 1)
    stop = _number(end_day)
    if stop <= first:
        msg = f"no full month lies between start {start} and end {end}; the end is exclusive"
        raise ProblemError(HTTPStatus.BAD_REQUEST, msg)
    return max(first, 0), max(stop, 0)


def _read_day(name: str, text: str) -> date:
    with contextlib.suppress(ValueError):
        if re.fullmatch(r"[0-9]{8}", text) is not None:
            return date.fromisoformat(text)
    msg = f"{name} must be a day written YYYYMMDD, not {text!r}"
    raise ProblemError(HTTPStatus.BAD_REQUEST, msg)


def _number(day: date) -> int:
    return (day.year - EARLIEST_MONTH.year) * 12 + day.month - 1


def _describe(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, ProblemError)
    document = {
        "detail": problem.detail,
        "method": request.method.lower(),
        "status": problem.status.value,
        "title": problem.status.phrase,
        "type": "about:blank",
        "uri": request.url.path,
    }
    return Response(json.dumps(document), problem.status, media_type="application/problem+json")
