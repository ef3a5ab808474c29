"""`/p/{project}/peaks/{month}`: one month of one wiki, its numbers, what it was made of, and what people wrote."""

from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import TypeVar

import numpy as np
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from wiki_activity.domain.annotations import Annotation
from wiki_activity.domain.concealment import conceal, conceal_history
from wiki_activity.domain.counts import Metric
from wiki_activity.domain.judging import judge_months
from wiki_activity.domain.months import EARLIEST_MONTH, MonthError, parse_month
from wiki_activity.domain.peaks import Detector
from wiki_activity.domain.sentences import MonthCounts
from wiki_activity.explorer.accounts.dependencies import Reader
from wiki_activity.explorer.accounts.people import Person, Role
from wiki_activity.explorer.api.peak import find_run, read_others
from wiki_activity.explorer.context import Explorer, ExplorerParts
from wiki_activity.explorer.pages import wording
from wiki_activity.explorer.pages.caches import Caches
from wiki_activity.explorer.pages.drawing import Chart, draw_chart
from wiki_activity.explorer.pages.peak_facts import list_parts
from wiki_activity.explorer.pages.peak_history import Step, list_steps
from wiki_activity.explorer.problems import ProblemError
from wiki_activity.explorer.rendering import render
from wiki_activity.explorer.series import WikiSeries, read_month_counts, read_wiki_series
from wiki_activity.storage.annotation_reading import read_annotations, read_history
from wiki_activity.storage.database import reading
from wiki_activity.storage.peaks import read_peaks

router = APIRouter(include_in_schema=False)

_AROUND = 12
_OTHERS = 6

Choice = TypeVar("Choice", Metric, Detector)


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


@dataclass(frozen=True, slots=True)
class Written:
    """What people wrote about the month, as the reader may see it, and how it came to be.

    Parameters
    ----------
    annotation
        Of the metric that is shown.
    elsewhere
        Those of other metrics that the reader may see: what happened is one story, whatever is counted of it.
    """

    annotation: Annotation | None
    steps: list[Step]
    elsewhere: list[Annotation]


@router.get("/p/{project}/peaks/{month}", response_class=HTMLResponse)
def show_peak(  # noqa: PLR0917 - what the address names, then who reads it
    request: Request, project: str, month: str, explorer: ExplorerParts, caches: Caches, person: Reader
) -> HTMLResponse:
    """Show one month of one wiki, peak or not."""
    wiki = explorer.wiki(project)
    at = _read_month(month, explorer)
    notices: list[str] = []
    metric = _choose(request, "metric", Metric.EDITS, notices)
    detector = _choose(request, "detector", explorer.settings.peak_detector, notices)
    series = read_wiki_series(explorer, project, metric, detector, first=EARLIEST_MONTH)
    views = [_judge(explorer, series, one, at) for one in Detector]
    found = read_peaks(explorer.engine, project=project, month=at)
    written = _read_written(explorer, metric, project, at, person)
    busy = {one.month: one for one in caches.months.read((metric, detector))}
    own = any(peak.metric is metric and peak.detector is detector and peak.value > 0 for peak in found)
    months = [peak.month for peak in series.peaks if not peak.hollow]
    return render(
        request,
        "peak.html",
        words=wording,
        wiki=wiki,
        wikis=explorer.catalogue.wikis,
        month=at,
        metric=metric,
        detector=detector,
        spoken=explorer.settings.peak_detector,
        percent=explorer.settings.peak_percent,
        notices=notices,
        count=series.counts[series.months.index(at)] if at in series.months else None,
        stored_from=series.months[0] if series.months else None,
        view=next(view for view in views if view.detector is detector),
        views=views,
        peak=next((peak for peak in series.peaks if peak.month == at), None),
        peak_metrics={peak.metric for peak in found if peak.detector is detector and peak.value > 0},
        can_be_noted=written.annotation is not None or any(peak.metric is metric and peak.value > 0 for peak in found),
        parts_of_month=list_parts(_read_counts(explorer, project), at),
        written=written,
        may_write=person is not None and person.may(Role.EDITOR),
        may_review=person is not None and person.may(Role.REVIEWER),
        charts=_draw(series, at),
        before=max((one for one in months if one < at), default=None),
        after=min((one for one in months if one > at), default=None),
        busy_others=busy[at].peaks - own if at in busy else 0,
        others=read_others(explorer, project, at, metric, detector, _OTHERS),
        run=find_run(explorer, at, metric, series.version.run_id),
    )


def _read_month(text: str, explorer: Explorer) -> date:
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


def _choose(request: Request, key: str, default: Choice, notices: list[str]) -> Choice:
    text = request.query_params.get(key, "")
    choices = {one.value: one for one in type(default)}
    if text and text not in choices:
        notices.append(f"There is no {key} “{text[:40]}”; it can be {' or '.join(choices)}.")
    return choices.get(text, default)


def _judge(explorer: Explorer, series: WikiSeries, detector: Detector, month: date) -> View:
    if month not in series.months:
        return View(detector, None, None, is_peak=False)
    at = series.months.index(month)
    count = series.counts[at]
    if detector is series.detector:
        expected, threshold = series.expected[at], series.threshold[at]
    else:
        counts = np.array([[np.nan if one is None else one for one in series.counts]], dtype=float)
        judgement = judge_months(counts, series.metric, detector, explorer.settings.peak_percent)
        judged = not np.isnan(judgement.threshold[0, at])
        expected = float(judgement.expected[0, at]) if judged else None
        threshold = float(judgement.threshold[0, at]) if judged else None
    is_peak = count is not None and count > 0 and threshold is not None and count >= threshold
    return View(detector, expected, threshold, is_peak)


def _read_written(explorer: Explorer, metric: Metric, project: str, month: date, person: Person | None) -> Written:
    found = {one.metric: one for one in read_annotations(explorer.engine, project=project, first=month, last=month)}
    annotation = found.pop(metric, None)
    elsewhere = [one for one in found.values() if not one.hidden]
    if annotation is None:
        return Written(None, [], elsewhere)
    history = read_history(explorer.engine, annotation.id)
    if person is not None and person.may(Role.REVIEWER):
        return Written(annotation, list_steps(history), elsewhere)
    return Written(conceal(annotation), list_steps(conceal_history(history)), elsewhere)


def _read_counts(explorer: Explorer, project: str) -> dict[date, MonthCounts]:
    with reading(explorer.engine) as connection:
        return read_month_counts(connection, project)


def _draw(series: WikiSeries, month: date) -> list[Chart]:
    """Draw the months around one twice, for a wide and for a narrow window."""
    if month not in series.months:
        return []
    at = series.months.index(month)
    span = slice(max(at - _AROUND, 0), at + _AROUND + 1)
    lines = (series.months[span], series.counts[span], series.expected[span], series.threshold[span], month)
    return [draw_chart(*lines), draw_chart(*lines, width=350, height=220)]
