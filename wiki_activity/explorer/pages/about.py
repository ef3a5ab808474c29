"""`/about`: the rules in words, where the numbers come from, how fresh and how complete they are."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from wiki_activity.domain.counts import Metric
from wiki_activity.explorer.context import CurrentExplorer
from wiki_activity.explorer.pages import wording
from wiki_activity.explorer.rendering import knows_only, render

router = APIRouter(include_in_schema=False)


@router.get("/about", response_class=HTMLResponse, dependencies=[knows_only()])
def show_about(request: Request, explorer: CurrentExplorer) -> Response:
    """Say how all this works."""
    return render(
        request,
        "about.html",
        words=wording,
        settings=explorer.settings,
        dagster_url=explorer.own.dagster_url,
        wikis=explorer.catalogue.wikis,
        refused=explorer.refusals.read(),
        completeness=explorer.completeness.read(),
        parts_of={"Edits": Metric.EDITS, "Editors": Metric.EDITORS},
    )
