"""`/live` and `/live/{project}`: how fast wikis are edited now, against what is usual."""

from http import HTTPStatus
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from wiki_activity.explorer.accounts.dependencies import person_of
from wiki_activity.explorer.accounts.people import is_reviewing
from wiki_activity.explorer.context import CurrentExplorer, Explorer
from wiki_activity.explorer.live.day_view import view_day
from wiki_activity.explorer.live.drawing import (
    CHART_HEIGHT,
    CHART_WIDTH,
    GAUGE_WIDTH,
    draw_chart,
    draw_gauge,
    format_clock,
)
from wiki_activity.explorer.live.gauges import LEAST_LOUD
from wiki_activity.explorer.live.hashtags import list_of_month
from wiki_activity.explorer.live.live_wikis import check_wiki
from wiki_activity.explorer.live.minutes import SHOWN_MINUTES
from wiki_activity.explorer.live.views import view_live
from wiki_activity.explorer.problems import unknown_wiki
from wiki_activity.explorer.rendering import knows_only, render

_NEAREST = 5

router = APIRouter(include_in_schema=False)


@router.get("/live", response_class=HTMLResponse, dependencies=[knows_only("wiki")])
def show_all(request: Request, explorer: CurrentExplorer) -> Response:
    """Show all wikis together, or lead to the one that is asked for."""
    named = request.query_params.get("wiki", "").strip()
    if named:
        catalogue = explorer.catalogue
        meant = catalogue.resolve(named) or catalogue.resolve_code(named)
        if meant is None:
            raise unknown_wiki(named, catalogue.find(named, _NEAREST))
        return RedirectResponse(f"/live/{quote(meant.project)}", HTTPStatus.FOUND)
    return _show(request, explorer, None)


@router.get("/live/{project}", response_class=HTMLResponse, dependencies=[knows_only()])
def show_one(request: Request, explorer: CurrentExplorer, project: str) -> Response:
    """Show one wiki."""
    check_wiki(explorer, explorer.live.read(), project)
    return _show(request, explorer, project)


def _show(request: Request, explorer: Explorer, project: str | None) -> Response:
    picture = explorer.live.read()
    live = view_live(picture, explorer.settings, project)
    return render(
        request,
        "live.html" if project is None else "live_wiki.html",
        live=live,
        may_review=is_reviewing(person_of(request)),
        day=view_day(explorer, picture, live),
        hashtags=list_of_month(explorer, project, picture.at.date()),
        data=live.model_dump(mode="json"),
        wiki=None if project is None else picture.wikis.get(project),
        wikis=picture.wikis,
        gauge=draw_gauge(live),
        gauge_width=GAUGE_WIDTH,
        chart=draw_chart(live),
        chart_size=(CHART_WIDTH, CHART_HEIGHT),
        clock=format_clock,
        shown_hours=SHOWN_MINUTES // 60,
        least_loud=LEAST_LOUD,
    )
