"""Pages from templates: escaping on, nothing undefined, numbers and months as readers write them."""

from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from wiki_activity.domain.months import format_month, name_month
from wiki_activity.domain.sentences import format_count, format_ratio
from wiki_activity.domain.wikis import language_tag
from wiki_activity.explorer.accounts.dependencies import csrf_token_of, person_of
from wiki_activity.explorer.accounts.next_path import local_path
from wiki_activity.explorer.assets import Assets
from wiki_activity.explorer.context import Explorer, explorer_of
from wiki_activity.explorer.freshness import Freshness
from wiki_activity.storage.errors import StorageError

_IN_FULL_BELOW = 10_000
TEMPLATES = Path(__file__).parent / "templates"


def create_environment(assets: Assets) -> Environment:
    """Make the template environment."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Templates of a newer version do not fit a program that runs on.
        auto_reload=False,
    )
    environment.filters |= {
        "count": format_count,
        "language_tag": language_tag,
        "month": name_month,
        "month_key": format_month,
        "moment": format_moment,
        "short": shorten_count,
        "short_month": short_month,
    }
    release = assets.release
    environment.globals |= {
        "ratio": format_ratio,
        "assets": assets,
        "static": lambda path: f"/static/{release}/{path}",
    }
    # The data of a chart are most of a page: the standard library takes eight times as long for them.
    environment.policies["json.dumps_function"] = _write_json
    environment.policies["json.dumps_kwargs"] = {}
    for template in environment.list_templates():
        environment.get_template(template)
    return environment


def _write_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def render(request: Request, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """Render a page.

    Parameters
    ----------
    request
        For who is reading, and what the page is made from.
    template
        File in `templates`.
    status
        HTTP status.
    values
        For the template; besides them every template has `person`, `csrf_token`, `auth`, `now`, `path`, `back_to`
        (path and query, for coming back after a login) and `freshness`.
    """
    explorer = explorer_of(request)
    environment: Environment = request.app.state.templates
    person = person_of(request)
    shared = {
        "person": person,
        "csrf_token": csrf_token_of(request),
        "auth": explorer.own.auth.value,
        "now": explorer.clock(),
        "path": request.url.path,
        "back_to": _name_return(request),
        "freshness": _freshness(explorer),
    }
    html = environment.get_template(template).render(**shared, **values)
    # A page names whoever is logged in, so nobody else may be shown a copy of it.
    headers = {"Cache-Control": "no-store" if person is not None else "no-cache"}
    return HTMLResponse(html, status_code=status, headers=headers)


def _name_return(request: Request) -> str:
    query = request.url.query
    # What came from the provider holds a code, which belongs in no link.
    return local_path(f"{request.url.path}?{query}" if query else request.url.path)


def _freshness(explorer: Explorer) -> Freshness | None:
    try:
        return explorer.freshnesses.read()
    except StorageError:
        # The page says in its own words that the data cannot be read.
        return None


def format_moment(moment: datetime) -> str:
    """Write a moment for readers, `22 Nov 2026, 05:35 UTC`."""
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    utc = moment.astimezone(UTC)
    return f"{utc.day} {months[utc.month - 1]} {utc.year}, {utc:%H:%M} UTC"


def shorten_count(count: float) -> str:
    """Write a count in few characters: `141.8K`, `2.3M`; below ten thousand in full."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "K")):
        if count >= max(size, _IN_FULL_BELOW):
            return f"{count / size:.1f}{letter}"
    return format_count(count)


def short_month(month: date) -> str:
    """Name a month in few characters, `Sep 2026`."""
    return f"{name_month(month)[:3]} {month.year}"
