"""`/p/{project}/peaks/{month}`: one month of one wiki, its numbers, what it was made of, and what people wrote."""

from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlencode

import numpy as np
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import QueryParams

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.daily_history import DayRange
from wiki_activity.domain.months import EARLIEST_MONTH, MonthError, parse_month, shift_month
from wiki_activity.domain.notes import end_of_month
from wiki_activity.domain.peaks import Detector
from wiki_activity.explorer.accounts.dependencies import PageReader
from wiki_activity.explorer.accounts.people import Person, Role
from wiki_activity.explorer.api.makeup import list_months_before
from wiki_activity.explorer.api.peak import find_run, list_others
from wiki_activity.explorer.context import CurrentExplorer, CurrentSnapshot, Explorer, find_wiki
from wiki_activity.explorer.pages import wording
from wiki_activity.explorer.pages.drawing import Chart, draw_chart
from wiki_activity.explorer.pages.event_view import show_same_time
from wiki_activity.explorer.pages.evidence_view import show_evidence
from wiki_activity.explorer.pages.note_view import show_note, subject_of_month
from wiki_activity.explorer.pages.peak_facts import list_parts
from wiki_activity.explorer.pages.summaries import say_month
from wiki_activity.explorer.problems import ProblemError
from wiki_activity.explorer.rendering import Place, knows_only, show_page
from wiki_activity.explorer.series import WikiSeries, make_series
from wiki_activity.explorer.snapshot import Snapshot, WikiSnapshot
from wiki_activity.explorer.stayed import tell_stayed

router = APIRouter(include_in_schema=False)

_AROUND = 12
KEYS = frozenset({"metric", "detector"})
_OTHERS = 6

Choice = TypeVar("Choice", Metric, Detector)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the address asks for, and what it asks for in vain, in sentences."""

    metric: Metric
    detector: Detector
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """What one rule says of the month.

    Parameters
    ----------
    expected, threshold
        None where it did not judge the month.
    """

    detector: Detector
    expected: float | None
    threshold: float | None
    is_peak: bool


@router.get("/p/{project}/peaks/{month}", response_class=HTMLResponse, dependencies=[knows_only(*KEYS)])
async def show_peak(  # noqa: PLR0917 - what the address names, then who reads it
    request: Request,
    project: str,
    month: str,
    explorer: CurrentExplorer,
    snapshot: CurrentSnapshot,
    person: PageReader,
) -> Response:
    """Show one month of one wiki, peak or not."""
    wiki = await find_wiki(snapshot, project)
    at = read_month(month, explorer)
    asked = read_choices(request.query_params, explorer)
    query = write_query(asked, explorer)
    place = Place(request.url.path, query, odd=bool(asked.notices))
    # Other wikis that peaked are part of it, with their names and what was told of them.
    all_wikis = (snapshot.board.version, snapshot.notes, snapshot.catalogue.names, snapshot.calendar.version)
    version = (snapshot.wiki(wiki.project).version, *all_wikis)
    return await show_page(
        request, "peak.html", place, person, version,
        lambda: _describe(asked, explorer, snapshot, wiki.project, at, person),
    )  # fmt: skip


def _describe(  # noqa: PLR0917 - which month, and who reads it
    asked: Choices,
    explorer: Explorer,
    snapshot: Snapshot,
    project: str,
    at: date,
    person: Person | None,
) -> dict[str, object]:
    metric, detector = asked.metric, asked.detector
    known = snapshot.wiki(project)
    series = make_series(known, metric, detector, *look_around(at))
    stored = known.months(metric)
    views = [_view(known, one, metric, at) for one in Detector]
    found = [peak for one in Metric for peak in known.peaks(one, at, at)]
    note = known.find_month_note(metric, at)
    subject = subject_of_month(project, at)
    written = show_note(explorer, snapshot, note, subject, person, linked=True)
    busy = {one.month: one for one in snapshot.board.count_by_month(metric, detector)}
    own = any(peak.metric is metric and peak.detector is detector for peak in found)
    months = [peak.month for peak in known.peaks(metric) if peak.detector is detector]
    peak = next((one for one in series.peaks if one.month == at), None)
    return {
        "words": wording,
        "wiki": snapshot.catalogue.wikis[project],
        "wikis": snapshot.catalogue.wikis,
        "month": at,
        "provisional": at in known.data.provisional,
        "metric": metric,
        "detector": detector,
        "spoken": explorer.settings.peak_detector,
        "percent": explorer.settings.peak_percent,
        "notices": asked.notices,
        "count": series.counts[series.months.index(at)] if at in series.months else None,
        "stored_from": stored[0] if stored else None,
        "view": next(view for view in views if view.detector is detector),
        "views": views,
        "peak": peak,
        "summary": say_month(series, at, peak),
        "query": write_query(asked, explorer),
        "drawn": (series.months[0], series.months[-1]) if series.months else None,
        "peak_metrics": {peak.metric for peak in found if peak.detector is detector},
        "parts_of_month": list_parts(known.month_counts(list_months_before(at)).get, at),
        "written": written,
        "found": show_evidence(known.data.evidence.get(at), found),
        "same_time": show_same_time(
            snapshot.calendar,
            known,
            snapshot.catalogue.wikis[project],
            metric,
            explorer.settings.peak_detector,
            at,
            snapshot.catalogue.by_dbname,
            explorer.settings.dashboard_url,
        ),
        "stayed": tell_stayed(known.data.retention, DayRange(at, end_of_month(at))),
        "may_write": person is not None and person.may(Role.EDITOR),
        "may_review": person is not None and person.may(Role.REVIEWER),
        "charts": _draw(series, at) if at in series.months else [],
        "before": max((one for one in months if one < at), default=None),
        "after": min((one for one in months if one > at), default=None),
        "busy_others": busy[at].peaks - own if at in busy else 0,
        "others": list_others(snapshot, project, at, metric, detector, _OTHERS),
        "run": find_run(explorer, at, metric, known.data.run_id),
    }


def read_choices(query: QueryParams, explorer: Explorer) -> Choices:
    """Read what an address asks for; what cannot be used gives way to its default with a notice."""
    notices: list[str] = []
    metric = _choose(query, "metric", Metric.EDITS, notices)
    detector = _choose(query, "detector", explorer.settings.peak_detector, notices)
    return Choices(metric, detector, tuple(notices))


def write_query(asked: Choices, explorer: Explorer) -> str:
    """Write what an address asks for in the one way in which we write it, without defaults."""
    defaults = {"metric": Metric.EDITS, "detector": explorer.settings.peak_detector}
    said = {"metric": asked.metric, "detector": asked.detector}
    return urlencode({name: value.value for name, value in said.items() if value is not defaults[name]})


def read_month(text: str, explorer: Explorer) -> date:
    """Read the month of an address.

    Raises
    ------
    ProblemError
        404, where it is none or has not come yet.
    """
    title = "No such month"
    try:
        month = parse_month(text)
    except MonthError as error:
        shown = text if len(text) <= 40 else f"{text[:40]}…"
        detail = f"{shown!r} is no month from 2001-01 on; months are written like 2024-06."
        raise ProblemError(HTTPStatus.NOT_FOUND, title, detail) from error
    if month > explorer.clock().date():
        raise ProblemError(HTTPStatus.NOT_FOUND, title, f"{text} has not come yet.")
    return month


def look_around(month: date) -> tuple[date, date]:
    """Return the first and the last month that are drawn around one."""
    at = (month.year - EARLIEST_MONTH.year) * 12 + month.month - EARLIEST_MONTH.month
    return shift_month(month, -min(at, _AROUND)), shift_month(month, _AROUND)


def _choose(query: QueryParams, key: str, default: Choice, notices: list[str]) -> Choice:
    text = query.get(key, "")
    choices = {one.value: one for one in type(default)}
    if text and text not in choices:
        notices.append(f"There is no {key} “{text[:40]}”; it can be {' or '.join(choices)}.")
    return choices.get(text, default)


def _view(known: WikiSnapshot, detector: Detector, metric: Metric, month: date) -> View:
    months = known.months(metric)
    if month not in months:
        return View(detector, None, None, is_peak=False)
    at = months.index(month)
    detection = known.detect(metric, detector)
    judged = not np.isnan(detection.threshold[0, at])
    return View(
        detector,
        expected=float(detection.expected[0, at]) if judged else None,
        threshold=float(detection.threshold[0, at]) if judged else None,
        is_peak=bool(detection.peak[0, at]),
    )


def _draw(series: WikiSeries, month: date) -> list[Chart]:
    """Draw the months around one of them twice, for a wide and for a narrow window."""
    lines = (series.months, series.counts, series.expected, series.threshold, month)
    provisional = series.months[-1] in series.provisional
    return [
        draw_chart(*lines, provisional=provisional),
        draw_chart(*lines, width=350, height=220, provisional=provisional),
    ]
