"""Pages from templates: escaping on, nothing undefined, numbers and months as readers write them."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote, urlencode

import msgspec
from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.params import Depends as DependsMarker
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from wiki_activity.domain.finding_sentences import describe_briefly, describe_finding
from wiki_activity.domain.months import format_month, name_days, name_month
from wiki_activity.domain.sentences import format_alert_line, format_count, format_ratio
from wiki_activity.domain.wikis import language_tag
from wiki_activity.explorer.accounts.dependencies import csrf_token_of, person_of
from wiki_activity.explorer.accounts.next_path import local_path
from wiki_activity.explorer.accounts.people import Person, name_role
from wiki_activity.explorer.answers import HTML, keep_and_send
from wiki_activity.explorer.assets import Assets
from wiki_activity.explorer.cache import name_address
from wiki_activity.explorer.configuration import Auth
from wiki_activity.explorer.context import Explorer, explorer_of
from wiki_activity.explorer.freshness import Freshness
from wiki_activity.explorer.pages.report_texts import describe_change, describe_means
from wiki_activity.explorer.problems import UnknownKeysError
from wiki_activity.explorer.tags import has_tag, make_tag
from wiki_activity.storage.storage_errors import StorageError

_IN_FULL_BELOW = 10_000
SHORT_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
TEMPLATES = Path(__file__).parent / "templates"


def create_environment(assets: Assets, auth: Auth = Auth.LOCAL, simulated_speed: float | None = None) -> Environment:
    """Make the template environment; the last two are as in `ExplorerSettings`."""
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
        "alert_line": format_alert_line,
        "change": describe_change,
        "means": describe_means,
        "count": format_count,
        "days": name_days,
        "day": format_day,
        "language_tag": language_tag,
        "month": name_month,
        "month_key": format_month,
        "moment": format_moment,
        "short": shorten_count,
        "short_month": short_month,
        "briefly": describe_briefly,
        "finding": describe_finding,
    }
    release = assets.release
    environment.globals |= {
        "ratio": format_ratio,
        "assets": assets,
        "auth": auth.value,
        "simulated_speed": simulated_speed,
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


def render(request: Request, template: str, *, status: int = 200, **values: object) -> Response:
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
        For the template; besides them every template has `person`, `csrf_token`, `path`, `site` (where
        readers reach the explorer), `back_to` (path and query, for coming back after a login), `freshness` and
        `stale_days`.
    """
    environment: Environment = request.app.state.templates
    html = environment.get_template(template).render(**_describe_reader(request), **values)
    if status != HTTPStatus.OK:
        return HTMLResponse(html, status_code=status, headers={"Cache-Control": "no-store", "Vary": "Cookie"})
    headers = _forbid_copies(person_of(request), lambda: make_tag(html.encode()))
    return _not_modified(request, headers) or HTMLResponse(html, headers=headers)


def knows_only(*keys: str) -> DependsMarker:
    """Make what leads to a page's address without the keys that it does not know: a dependency of its route."""

    # A dependency that is no coroutine costs a change of threads.
    async def leave_out_unknown(request: Request) -> None:
        said = request.query_params.multi_items()
        kept = [(name, value) for name, value in said if name in keys]
        if len(kept) < len(said):
            raise UnknownKeysError(quote(request.scope["path"]) + f"?{urlencode(kept)}" * bool(kept))

    marker: DependsMarker = Depends(leave_out_unknown)
    return marker


@dataclass(frozen=True, slots=True)
class Place:
    """Which page it is, however its address was written.

    Parameters
    ----------
    path
        As in the address.
    query
        The parsed state, written in the one way in which we write it; empty for what most readers ask for.
    lasts
        Whether there are few of its kind, so that whoever asks for all of them pushes nothing else out.
    odd
        Whether the address held something that the page remarks upon: there is no end of such, so none is kept.
    """

    path: str
    query: str = ""
    lasts: bool = False
    odd: bool = False

    @property
    def address(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path


async def show_page(  # noqa: PLR0917 - which page, of what, for whom
    request: Request,
    template: str,
    place: Place,
    person: Person | None,
    version: Hashable,
    make: Callable[[], Mapping[str, object]],
) -> Response:
    """Show a page: the one that is kept, where the same was shown before; the name of its reader is in none of those.

    Parameters
    ----------
    request
        For what the page is made from.
    template
        File in `templates`.
    place
        What the address says.
    person
        Who reads.
    version
        What the page is made of besides the address, settings, the reader's role and how fresh the data are, in a
        state that has this version alone.
    make
        Makes the values for the template.
    """
    environment: Environment = request.app.state.templates
    explorer = explorer_of(request)
    try:
        freshness = (await explorer.freshnesses.look()).rounded()
    except StorageError:
        # The page says in its own words that the data cannot be read.
        freshness = None
    now = explorer.clock()
    frame = {
        "path": request.url.path,
        "site": explorer.settings.explorer_url,
        "back_to": local_path(place.address),
        "freshness": freshness,
        "stale_days": None if freshness is None else freshness.stale_days(now),
    }

    def render_it() -> bytes:
        token = None if person is None else csrf_token_of(request)
        reader = {
            "person": person, "csrf_token": token, "role": name_role(person), "signed_in": person is not None,
        }  # fmt: skip
        return environment.get_template(template).render(**frame, **reader, **make()).encode()

    if person is not None:
        # It names its reader and holds their token: nobody keeps it, not even their own browser.
        html = await run_in_threadpool(render_it)
        return HTMLResponse(html, headers={"Cache-Control": "no-store", "Vary": "Cookie"})
    key = None if place.odd else (template, name_address(place.path, place.query), version, *frame.values())
    lasts = place.lasts and not place.query
    return await keep_and_send(request, render_it, key, lasts=lasts, media_type=HTML)


def _not_modified(request: Request, headers: Mapping[str, str]) -> Response | None:
    tag = headers.get("ETag")
    if tag is None or not has_tag(request.headers, tag):
        return None
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=dict(headers))


def _describe_reader(request: Request) -> dict[str, object]:
    explorer = explorer_of(request)
    freshness = _freshness(explorer)
    return {
        "person": person_of(request),
        "csrf_token": csrf_token_of(request),
        "path": request.url.path,
        "site": explorer.settings.explorer_url,
        "back_to": _name_return(request),
        "freshness": freshness,
        "stale_days": None if freshness is None else freshness.stale_days(explorer.clock()),
    }


def _forbid_copies(person: Person | None, tag: Callable[[], str]) -> dict[str, str]:
    # A page names whoever is logged in, so nobody else may be shown a copy of it, not even by their own browser.
    if person is not None:
        return {"Cache-Control": "no-store", "Vary": "Cookie"}
    return {"Cache-Control": "private, no-cache", "Vary": "Cookie", "ETag": tag()}


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
    utc = moment.astimezone(UTC)
    return f"{utc.day} {SHORT_MONTHS[utc.month - 1]} {utc.year}, {utc:%H:%M} UTC"


def format_day(day: date) -> str:
    """Write a day for readers, `22 Nov 2026`."""
    return f"{day.day} {short_month(day)}"


def shorten_count(count: float) -> str:
    """Write a count in few characters: `141.8K`, `2.3M`; below ten thousand in full."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "K")):
        if count >= max(size, _IN_FULL_BELOW):
            return f"{count / size:.1f}{letter}"
    return format_count(count)


def short_month(month: date) -> str:
    """Name a month in few characters, `Sep 2026`."""
    return f"{name_month(month)[:3]} {month.year}"
