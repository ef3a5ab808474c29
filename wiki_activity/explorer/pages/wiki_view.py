"""What a wiki's page is made of: the values that its template draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from markupsafe import Markup

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.month_so_far import MonthSoFar
from wiki_activity.domain.months import shift_month
from wiki_activity.domain.peaks import Detector
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.api.models import series_json
from wiki_activity.explorer.calendar import Calendar
from wiki_activity.explorer.pages import wording
from wiki_activity.explorer.pages.lane import lay_lane
from wiki_activity.explorer.pages.people_figures import list_people_columns, list_people_figures
from wiki_activity.explorer.pages.so_far import describe_so_far
from wiki_activity.explorer.pages.summaries import say_wiki
from wiki_activity.explorer.pages.view_state import MOST_COMPARED, ReadState, Scale, ViewState
from wiki_activity.explorer.pages.wiki_drawing import draw, draw_overview
from wiki_activity.explorer.pages.wiki_figures import (
    cut_series,
    describe_calm,
    describe_state,
    find_figures,
    is_unfinished,
    list_rows,
)
from wiki_activity.explorer.series import WikiSeries, make_series
from wiki_activity.explorer.snapshot import WikiSnapshot
from wiki_activity.storage.refusals import StandingRefusal

HEADINGS = {
    Metric.EDITS: "All edits each month",
    Metric.PEOPLE_EDITS: "Edits without bots each month",
    Metric.EDITORS: "Editors each month",
}
_COUNTED = {
    Metric.EDITS: "content edits, those of bots too",
    Metric.PEOPLE_EDITS: "content edits not marked as a bot’s; tools that people run count as theirs",
    Metric.EDITORS: "whoever edited content, logged out and bots too",
}
_FAMILIES = ("wikipedia", "wiktionary", "wikibooks", "wikinews", "wikiquote", "wikisource", "wikiversity", "wikivoyage")


@dataclass(frozen=True, slots=True)
class Link:
    """A choice among others: where it leads, and whether it is the one shown."""

    id: str
    text: str
    address: str
    current: bool


@dataclass(frozen=True, slots=True)
class Subject:
    """What a page is made of.

    Parameters
    ----------
    wiki, others
        Whose page it is, and whom it is compared with.
    read
        What is shown, and what has to be said of its address.
    snapshots
        What is stored of all of them, in their order.
    percent
        `rolling_mean`'s own knob.
    reviewing
        Whether the reader may see what is hidden from others.
    loading
        Whether counts are being loaded now.
    refused
        Which newest answers were refused, so that older counts are shown.
    former
        Addresses that the wiki once had.
    scopes
        Which wikis the reader may write a note on.
    so_far
        Its month that is running, as the stream had it; None where nothing of it was seen.
    namespaces_known
        Whether the wiki has said which namespaces hold content.
    calendar
        What was on.
    hosts
        Wikis by the names of their databases.
    dashboard_url
        Of the Programs & Events Dashboard.
    """

    wiki: Wiki
    others: tuple[Wiki, ...]
    read: ReadState
    snapshots: Sequence[WikiSnapshot]
    percent: float
    reviewing: bool
    loading: bool
    refused: Sequence[StandingRefusal] = ()
    former: Sequence[str] = ()
    scopes: Sequence[tuple[str, str]] = ()
    so_far: MonthSoFar | None = None
    namespaces_known: bool = True
    calendar: Calendar = field(default_factory=Calendar)
    hosts: Mapping[str, Wiki] = field(default_factory=dict)
    dashboard_url: str = ""


def describe(subject: Subject, now: datetime) -> dict[str, object]:
    """Return the values for the template of a wiki's page; `now` is UTC."""
    wiki, state = subject.wiki, subject.read.state
    series, *beside = (
        make_series(one, state.metric, state.detector, reviewing=subject.reviewing) for one in subject.snapshots
    )
    shown = cut_series(series, state.first, state.last)
    unfinished = is_unfinished(series, now)
    figures = find_figures(series, shown)
    people = list_people_columns(subject.snapshots[0], shown.months)
    return {
        "wiki": wiki,
        "title": write_name(wiki),
        "canonical": state.address(compared=()),
        "words": wording,
        "scopes": subject.scopes,
        "heading": name_wiki(wiki),
        "state": state,
        "notices": subject.read.notices,
        "remarks": [*describe_state(wiki, series, shown, now), *_describe_scale(state)],
        "loading": subject.loading,
        "refused": [(wording.SERIES[one.series], one) for one in subject.refused],
        "former": subject.former,
        "so_far": None
        if subject.so_far is None
        else describe_so_far(subject.so_far, namespaces_known=subject.namespaces_known),
        "series": series,
        "shown": shown,
        "figures": figures,
        "summary": say_wiki(shown, figures),
        "chart": draw(shown, state.scale, beside, unfinished=is_unfinished(shown, now)),
        "lane": lay_lane(subject.calendar, wiki, state.metric, shown.months, subject.hosts, subject.dashboard_url),
        "overview": draw_overview(series, unfinished=unfinished),
        "calm": describe_calm(shown, subject.percent),
        "unfinished": unfinished,
        "newest": next((month for month in reversed(series.months) if month not in series.provisional), None),
        "compared": [(one, name_wiki(one)) for one in subject.others],
        "compared_data": [
            {"name": write_name(one), "series": series_json(data)}
            for one, data in zip(subject.others, beside, strict=True)
        ],
        "rows": _join_rows(list_rows(shown, beside, [column for _, column in people])),
        "people_headings": [name for name, _ in people],
        "people": list_people_figures(subject.snapshots[0]),
        "series_data": series_json(series),
        "wiki_data": _wiki_data(wiki, series, state, unfinished=unfinished),
        "metrics": _link_metrics(state),
        "detectors": _link_detectors(state, subject.percent),
        "ranges": _link_ranges(state, series, shown.months),
        "scales": [
            Link(f"scale-{one}", one.value.title(), state.address(scale=one), one is state.scale) for one in Scale
        ],
        "chart_heading": HEADINGS[state.metric],
        "counted": _COUNTED[state.metric],
        "number_heading": wording.UNITS[state.metric].capitalize(),
        "most_compared": MOST_COMPARED,
    }


def _describe_scale(state: ViewState) -> list[str]:
    if state.fitting is not Scale.LOG:
        return []
    if state.scale is Scale.LOG:
        return ["The biggest of these wikis has over ten times the edits of the smallest: the scale is logarithmic."]
    return [
        "The biggest of these wikis has over ten times the edits of the smallest: its line looks flat on this scale."
    ]


def name_wiki(wiki: Wiki) -> tuple[str, str]:
    """Return the wiki's own name in two parts: the language's, and the family's in Latin letters."""
    if wiki.family in _FAMILIES and wiki.autonym != wiki.name:
        return wiki.autonym, wiki.family.title()
    return wiki.name, ""


def write_name(wiki: Wiki) -> str:
    """Return the wiki's own name as one text."""
    return " ".join(name_wiki(wiki)).strip()


def _join_rows(rows: Sequence[tuple[str, list[str]]]) -> Markup:
    # The table of all months is most of the page, and holds months and numbers alone: as a loop of the template, which
    # escapes each cell, it takes longer than everything else together.
    return Markup(  # noqa: S704
        "".join(
            f'<tr><th scope="row">{month}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>\n'
            for month, cells in rows
        )
    )


def _wiki_data(wiki: Wiki, series: WikiSeries, state: ViewState, *, unfinished: bool) -> dict[str, object]:
    return {
        "project": wiki.project,
        "name": write_name(wiki),
        "scale": state.scale.value,
        "unfinished": unfinished,
        "unfinished_word": "provisional" if series.provisional else "not finished",
        "nouns": wording.UNITS[series.metric],
        "spoken": state.spoken.value,
    }


def _link_metrics(state: ViewState) -> list[Link]:
    return [
        Link(f"metric-{one}", text, state.address(metric=one), one is state.metric)
        for one, text in wording.METRICS.items()
    ]


def _link_detectors(state: ViewState, percent: float) -> list[Link]:
    return [
        Link(
            f"detector-{one}",
            wording.name_detector(one, percent),
            state.address(detector=one),
            one is state.detector,
        )
        for one in (Detector.SEASONAL, Detector.ROLLING_MEAN)
    ]


def _link_ranges(state: ViewState, series: WikiSeries, shown_months: Sequence[date]) -> list[Link]:
    links = []
    for years in (1, 3, 10):
        if len(series.months) > 12 * years:
            first = shift_month(series.months[-1], 1 - 12 * years)
            shown = shown_months == series.months[-12 * years :]
            links.append(Link(f"range-{years}", f"{years} y", state.address(first=first, last=None), shown))
    everything = shown_months == series.months
    return [*links, Link("range-all", "All", state.address(first=None, last=None), everything)]
