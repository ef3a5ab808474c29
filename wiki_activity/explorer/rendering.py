"""Pages from templates: escaping on, nothing undefined, numbers and months as readers write them."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from http import HTTPStatus
from pathlib import Path
from secrets import token_hex
from urllib.parse import quote, urlencode

import msgspec
from fastapi import Depends, Request
from fastapi.params import Depends as DependsMarker
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from wiki_activity.domain.months import format_month, name_month
from wiki_activity.domain.sentences import format_count, format_ratio
from wiki_activity.domain.wikis import language_tag
from wiki_activity.explorer.accounts.dependencies import csrf_token_of, person_of
from wiki_activity.explorer.accounts.next_path import local_path
from wiki_activity.explorer.accounts.people import Person
from wiki_activity.explorer.assets import Assets
from wiki_activity.explorer.caching import OVERHEAD, Kept, Shelves, name_address
from wiki_activity.explorer.compressing import QUICK_LEVEL, PagePart, accepts_gzip, join
from wiki_activity.explorer.configuration import Auth
from wiki_activity.explorer.context import Explorer, explorer_of
from wiki_activity.explorer.freshness import Freshness
from wiki_activity.explorer.problems import UnknownKeysError
from wiki_activity.explorer.tags import has_tag, make_tag
from wiki_activity.storage.errors import StorageError

_IN_FULL_BELOW = 10_000
_BYTES_PASSING = 16_000_000
_BYTES_KEPT = 64_000_000
"""Of wikis' pages, some 25 kB each, more than there are wikis."""
_CUT = Markup("<!-- {} -->").format(token_hex(16))
"""Where a page is cut: nobody else can write it into one."""
TEMPLATES = Path(__file__).parent / "templates"


def create_environment(assets: Assets, auth: Auth = Auth.LOCAL) -> Environment:
    """Make the template environment; `auth` says how people are known."""
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
        "auth": auth.value,
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
        For the template; besides them every template has `person`, `csrf_token`, `now`, `path`, `back_to`
        (path and query, for coming back after a login) and `freshness`.
    """
    environment: Environment = request.app.state.templates
    html = environment.get_template(template).render(**_describe_reader(request), **values)
    if status != HTTPStatus.OK:
        return HTMLResponse(html, status_code=status, headers={"Cache-Control": "no-store", "Vary": "Cookie"})
    headers = _forbid_copies(person_of(request), lambda: make_tag(html.encode()))
    return _not_modified(request, headers) or HTMLResponse(html, headers=headers)


@dataclass(frozen=True, slots=True)
class KeptPage:
    """What a page has besides who reads it and how fresh the data are."""

    title: Markup
    head: Markup
    main: PagePart

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return 4 * (len(self.title) + len(self.head)) + len(self.main.deflated) + OVERHEAD


def create_pages() -> Shelves[KeptPage]:
    """Make what keeps an application's pages."""
    return Shelves(Kept(_BYTES_KEPT, _size_of), Kept(_BYTES_PASSING, _size_of))


def _size_of(page: KeptPage) -> int:
    return page.size


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


def name_page(template: str, address: bytes, person: Person | None, version: Hashable) -> Hashable:
    """Return what a page is kept by; `address` is from :func:`~wiki_activity.explorer.caching.name_address`."""
    return template, address, _name_role(person), version


def make_page(  # noqa: PLR0917 - which page of what, and for whom
    environment: Environment,
    template: str,
    back_to: str,
    person: Person | None,
    values: Mapping[str, object],
    level: int = QUICK_LEVEL,
) -> KeptPage:
    """Make a page for all readers of the same role.

    Parameters
    ----------
    environment
        Of the templates.
    template
        File in `templates` that extends `frame`.
    back_to
        The page's own address, with its query.
    person
        Who reads.
    values
        For the template; besides them it has `role` (empty without one), `signed_in` and `back_to`, and deliberately
        not who it is that reads.
    level
        How hard to compress it.
    """
    reader = {"role": _name_role(person), "signed_in": person is not None, "back_to": back_to}
    html = environment.get_template(template).render(frame="bare.html", cut=_CUT, **reader, **values)
    # The template has escaped all that came from outside.
    title, head, main = html.split(_CUT)
    return KeptPage(Markup(title), Markup(head), PagePart.of(main, level))  # noqa: S704


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


def render_kept(
    request: Request, template: str, place: Place, version: Hashable, make: Callable[[], Mapping[str, object]]
) -> Response:
    """Render a page of which nearly all is kept for the next reader of the same role who asks for the same.

    Parameters
    ----------
    request
        For who is reading, and what the page is made from.
    template
        File in `templates` that extends `frame`.
    place
        What the address says.
    version
        What the page is made of besides the address, settings and the reader's role, in a state that has this version
        alone.
    make
        Makes the values for the template.
    """
    environment: Environment = request.app.state.templates
    pages: Shelves[KeptPage] = request.app.state.pages
    person = person_of(request)
    back_to = local_path(place.address)

    def make_it() -> KeptPage:
        return make_page(environment, template, back_to, person, make())

    key = name_page(template, name_address(place.path, place.query), person, version)
    page = make_it() if place.odd else pages.read(key, make_it, lasts=place.lasts and not place.query)
    reader = _describe_reader(request) | {"back_to": back_to}
    frame = environment.get_template("kept.html").render(**reader, page=page, cut=_CUT)
    head, tail = (part.encode() for part in frame.split(_CUT))
    headers = _forbid_copies(person, lambda: make_tag(head, page.main.digest, tail))
    headers["Vary"] = "Accept-Encoding, Cookie"
    unchanged = _not_modified(request, headers)
    if unchanged is not None:
        return unchanged
    if accepts_gzip(request.headers):
        return HTMLResponse(join(head, page.main, tail), headers=headers | {"Content-Encoding": "gzip"})
    return HTMLResponse(head + page.main.html + tail, headers=headers)


def _not_modified(request: Request, headers: Mapping[str, str]) -> Response | None:
    tag = headers.get("ETag")
    if tag is None or not has_tag(request.headers.get("if-none-match", ""), tag):
        return None
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=dict(headers))


def _name_role(person: Person | None) -> str:
    return "" if person is None else person.role.name.lower()


def _describe_reader(request: Request) -> dict[str, object]:
    explorer = explorer_of(request)
    return {
        "person": person_of(request),
        "csrf_token": csrf_token_of(request),
        "now": explorer.clock(),
        "path": request.url.path,
        "back_to": _name_return(request),
        "freshness": _freshness(explorer),
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
