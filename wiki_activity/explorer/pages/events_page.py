"""`/events`: which community events were on, by wiki and month."""

from datetime import date
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import QueryParams

from wiki_activity.domain.months import EARLIEST_MONTH, MonthError, format_month, parse_month, shift_month
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.accounts.dependencies import PageReader
from wiki_activity.explorer.calendar import select_events
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.context import CurrentExplorer, CurrentSnapshot
from wiki_activity.explorer.pages.event_view import show_event, write_address
from wiki_activity.explorer.problems import quote_value
from wiki_activity.explorer.rendering import Place, knows_only, show_page
from wiki_activity.storage.calendar_table import CalendarSource

router = APIRouter(include_in_schema=False)

_KEYS = frozenset({"project", "month"})
_MOST = 200


@router.get("/events", response_class=HTMLResponse, dependencies=[knows_only(*_KEYS)])
async def show_events(
    request: Request, explorer: CurrentExplorer, snapshot: CurrentSnapshot, person: PageReader
) -> Response:
    """List community events: of a wiki, of a month, or the newest ones of all."""
    wiki, month, notices = _read_state(request.query_params, snapshot.catalogue)
    calendar, catalogue = snapshot.calendar, snapshot.catalogue
    project = None if wiki is None else wiki.project
    address = write_address(project, month)

    def describe() -> dict[str, object]:
        found = select_events(calendar, wiki, month)
        newest = max((event.last for event in calendar.events), default=EARLIEST_MONTH).replace(day=1)
        hosts, dashboard = catalogue.by_dbname, explorer.settings.dashboard_url
        return {
            "wiki": wiki,
            "month": month,
            "notices": notices,
            "total": len(found),
            "events": [show_event(one, hosts, dashboard, wiki) for one in found[:_MOST]],
            "state": calendar.sources.get(CalendarSource.EVENTS),
            "before": write_address(project, shift_month(month, -1)) if month and month > EARLIEST_MONTH else None,
            "after": write_address(project, shift_month(month, 1)) if month and month < newest else None,
            "file": "/api/v1" + address,
        }

    said = {"project": project, "month": None if month is None else format_month(month)}
    place = Place("/events", urlencode({key: value for key, value in said.items() if value}), odd=bool(notices))
    version = (calendar.version, catalogue.names)
    return await show_page(request, "events.html", place, person, version, describe)


def _read_state(query: QueryParams, catalogue: Catalogue) -> tuple[Wiki | None, date | None, list[str]]:
    """Read what is asked for; what cannot be used is left out, and a notice says so."""
    notices: list[str] = []
    named, text = query.get("project", "").strip(), query.get("month", "").strip()
    wiki = catalogue.resolve(named) if named else None
    if named and wiki is None:
        notices.append(f"There is no wiki {quote_value(named)}; events of all wikis are shown.")
    month: date | None = None
    try:
        month = parse_month(text) if text else None
    except MonthError:
        notices.append(f"{quote_value(text)} is no month, written like 2025-11; events of all months are shown.")
    return wiki, month, notices
