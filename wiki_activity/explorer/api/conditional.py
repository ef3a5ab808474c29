"""Answers that are kept while what they are made of stays the same, and sent again only when they changed."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.responses import Response
from fastapi.routing import APIRoute

from wiki_activity.explorer.accounts.people import Person, Role
from wiki_activity.explorer.caching import OVERHEAD, Kept, Shelves, name_address
from wiki_activity.explorer.compressing import SMALLEST, accepts_gzip, compress
from wiki_activity.explorer.tags import has_tag, make_tag

_JSON = "application/json"
_BYTES_KEPT = 64_000_000
_BYTES_PASSING = 16_000_000


@dataclass(frozen=True, slots=True)
class Content:
    """The body of an answer.

    Parameters
    ----------
    body
        As it is.
    gzipped
        The same, compressed; None where it is too small for that, or not to be sent again.
    tag
        Its ETag: of the content itself, so that it holds across restarts and changes with whatever changes the answer.
    """

    body: bytes
    gzipped: bytes | None
    tag: str

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return len(self.body) + len(self.gzipped or b"") + OVERHEAD


def create_answers() -> Shelves[Content]:
    """Make what keeps an application's answers."""
    return Shelves(Kept(_BYTES_KEPT, _size_of), Kept(_BYTES_PASSING, _size_of))


def is_reviewing(person: Person | None) -> bool:
    """Tell whether a reader may see what reviewers have hidden."""
    return person is not None and person.may(Role.REVIEWER)


def answer(
    request: Request,
    make: Callable[[], bytes],
    *,
    version: Hashable = None,
    media_type: str = _JSON,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer 304 where the reader has it already; else with the body.

    Parameters
    ----------
    request
        Asks for it.
    make
        Makes the body.
    version
        What it is made of besides the address and settings, in a state that has this version alone; the body is kept
        for the next reader who asks for the same. Without one it is made anew each time.
    media_type, headers
        Of the answer.
    """
    if version is None:
        # `GZipMiddleware` compresses it, if it is sent at all.
        body = make()
        content = Content(body, None, make_tag(body))
    else:
        answers: Shelves[Content] = request.app.state.answers
        query = _read_query(request)
        key = (name_address(request.url.path, query), media_type, version)
        content = answers.read(key, lambda: _make_content(make()), lasts=not query)
    # What reviewers get differs, so that a shared cache would have to tell them apart: none may keep it.
    kept = {"ETag": content.tag, "Cache-Control": "private, no-cache", "Vary": "Cookie"}
    if has_tag(request.headers.get("if-none-match", ""), content.tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=kept)
    if content.gzipped is None or not accepts_gzip(request.headers):
        return Response(content.body, media_type=media_type, headers={**kept, **(headers or {})})
    packed = {**kept, **(headers or {}), "Content-Encoding": "gzip", "Vary": "Accept-Encoding, Cookie"}
    return Response(content.gzipped, media_type=media_type, headers=packed)


def _size_of(content: Content) -> int:
    return content.size


def _read_query(request: Request) -> str:
    """Return what the query says that the route knows, in one order; all else is ignored, and makes no other answer."""
    route = request.scope.get("route")
    known = _list_known(route.dependant) if isinstance(route, APIRoute) else set()
    return urlencode(sorted((name, value) for name, value in request.query_params.items() if name in known))


def _list_known(dependant: Dependant) -> set[str]:
    deeper = (_list_known(one) for one in dependant.dependencies)
    return {one.alias for one in dependant.query_params}.union(*deeper)


def _make_content(body: bytes) -> Content:
    return Content(body, compress(body) if len(body) >= SMALLEST else None, make_tag(body))
