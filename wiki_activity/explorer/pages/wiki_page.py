"""`/p/{project}`: one wiki's months, drawn and in numbers; the core of the explorer."""

from dataclasses import dataclass
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from wiki_activity.domain.annotations import AnnotationKind
from wiki_activity.domain.counts import Metric
from wiki_activity.domain.months import shift_month
from wiki_activity.domain.peaks import Detector
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.accounts.dependencies import Reader
from wiki_activity.explorer.accounts.people import Person, Role
from wiki_activity.explorer.api.models import series_json
from wiki_activity.explorer.context import Explorer, ExplorerParts
from wiki_activity.explorer.pages.view_state import MOST_COMPARED, Scale, ViewState, read_view_state
from wiki_activity.explorer.pages.wiki_drawing import draw
from wiki_activity.explorer.pages.wiki_figures import (
    cut_series,
    describe_calm,
    describe_state,
    find_figures,
    is_unfinished,
    list_rows,
)
from wiki_activity.explorer.problems import ProblemError
from wiki_activity.explorer.rendering import render
from wiki_activity.explorer.series import WikiSeries, read_wiki_series

router = APIRouter(include_in_schema=False)

_METRICS = {Metric.EDITS: "All edits", Metric.PEOPLE_EDITS: "People’s edits", Metric.EDITORS: "Editors"}
_HEADINGS = {
    Metric.EDITS: "All edits each month",
    Metric.PEOPLE_EDITS: "Edits by people each month",
    Metric.EDITORS: "Editors each month",
}
_NUMBERS = {Metric.EDITS: "Edits", Metric.PEOPLE_EDITS: "Edits by people", Metric.EDITORS: "Editors"}
_FAMILIES = ("wikipedia", "wiktionary", "wikibooks", "wikinews", "wikiquote", "wikisource", "wikiversity", "wikivoyage")
_EXPLAINED_KINDS = {
    AnnotationKind.EVENT: "An event in the world",
    AnnotationKind.CONTEST: "A contest or campaign",
    AnnotationKind.BOT: "Bots",
    AnnotationKind.IMPORT: "An import",
    AnnotationKind.VANDALISM: "Vandalism",
    AnnotationKind.OUTAGE: "An outage",
    AnnotationKind.DATA_ERROR: "An error in the data",
    AnnotationKind.UNKNOWN: "Not known",
}


@dataclass(frozen=True, slots=True)
class Link:
    """A choice among others: where it leads, and whether it is the one shown."""

    id: str
    text: str
    address: str
    current: bool


@router.get("/p/{project}", response_class=HTMLResponse)
def show_wiki(request: Request, project: str, explorer: ExplorerParts, person: Reader) -> HTMLResponse:
    """Show one wiki, and up to three others beside it."""
    _require_wikis(explorer)
    wiki = explorer.wiki(project)
    spoken = explorer.settings.peak_detector
    read = read_view_state(request.query_params, wiki.project, explorer.catalogue, spoken)
    state = read.state
    reviewing = person is not None and person.may(Role.REVIEWER)
    series = read_wiki_series(explorer, wiki.project, state.metric, state.detector, reviewing=reviewing)
    shown = cut_series(series, state.first, state.last)
    others = [explorer.catalogue.wikis[name] for name in state.compared]
    beside = {
        one.project: read_wiki_series(explorer, one.project, state.metric, state.detector, reviewing=reviewing)
        for one in others
    }
    now = explorer.clock()
    return render(
        request,
        "wiki.html",
        wiki=wiki,
        heading=name_wiki(wiki),
        state=state,
        notices=read.notices,
        remarks=describe_state(wiki, series, shown, now),
        series=series,
        shown=shown,
        figures=find_figures(series, shown),
        chart=draw(shown, state.scale),
        overview=draw(series, headroom=1.0),
        calm=describe_calm(shown, explorer.settings.peak_percent),
        unfinished=is_unfinished(series, now),
        compared=[(one, name_wiki(one)) for one in others],
        compared_data=[_data(one, beside[one.project]) for one in others],
        rows=list_rows(shown, list(beside.values())),
        series_data=series_json(series),
        wiki_data=_wiki_data(wiki, series, state, unfinished=is_unfinished(series, now)),
        metrics=_link_metrics(state),
        detectors=_link_detectors(state, explorer.settings.peak_percent),
        ranges=_link_ranges(state, series),
        scales=[Link(f"scale-{one}", one.value.title(), state.address(scale=one), one is state.scale) for one in Scale],
        chart_heading=_HEADINGS[state.metric],
        number_heading=_NUMBERS[state.metric],
        kinds=[(kind.value, text) for kind, text in _EXPLAINED_KINDS.items()],
        role=_name_role(person),
        most_compared=MOST_COMPARED,
    )


def name_wiki(wiki: Wiki) -> tuple[str, str]:
    """Return the wiki's own name in two parts: the language's, and the family's in Latin letters."""
    if wiki.family in _FAMILIES and wiki.autonym != wiki.name:
        return wiki.autonym, wiki.family.title()
    return wiki.name, ""


def _require_wikis(explorer: Explorer) -> None:
    if explorer.catalogue.wikis:
        return
    detail = "Nothing is stored yet. The first load begins with 'wiki-activity up' or 'wiki-activity refresh'."
    raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "No data yet", detail, headers={"Retry-After": "30"})


def _data(wiki: Wiki, series: WikiSeries) -> dict[str, object]:
    return {"name": " ".join(name_wiki(wiki)).strip(), "series": series_json(series)}


def _wiki_data(wiki: Wiki, series: WikiSeries, state: ViewState, *, unfinished: bool) -> dict[str, object]:
    return {
        "project": wiki.project,
        "name": " ".join(name_wiki(wiki)).strip(),
        "scale": state.scale.value,
        "unfinished": unfinished,
        "nouns": _NUMBERS[series.metric].lower(),
        "spoken": state.spoken.value,
    }


def _link_metrics(state: ViewState) -> list[Link]:
    return [Link(f"metric-{one}", _METRICS[one], state.address(metric=one), one is state.metric) for one in _METRICS]


def _link_detectors(state: ViewState, percent: float) -> list[Link]:
    texts = {
        Detector.SEASONAL: "Unusual for this wiki and season",
        Detector.ROLLING_MEAN: f"{percent:g} % over its 3-year average (earlier rule)",
    }
    return [
        Link(f"detector-{one}", text, state.address(detector=one), one is state.detector) for one, text in texts.items()
    ]


def _link_ranges(state: ViewState, series: WikiSeries) -> list[Link]:
    links = []
    for years, text in ((1, "1 y"), (3, "3 y"), (10, "10 y")):
        first = shift_month(series.months[-1], 1 - 12 * years) if series.months else None
        shown = first is not None and state.first == first and state.last is None
        links.append(Link(f"range-{years}", text, state.address(first=first, last=None), shown))
    everything = state.first is None and state.last is None
    return [*links, Link("range-all", "All", state.address(first=None, last=None), everything)]


def _name_role(person: Person | None) -> str:
    return "" if person is None else person.role.name.lower()
