"""Whole answers, kept while what they are made of stays the same, and sent again only when they changed."""

import gzip
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.dependencies.models import Dependant
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.datastructures import Headers

from wiki_activity.explorer.cache import OVERHEAD, BoundedCache, TwoPartCache, name_address
from wiki_activity.explorer.tags import has_tag, make_tag

JSON = "application/json"
HTML = "text/html; charset=utf-8"
SMALLEST = 1000
"""Bodies of fewer bytes are sent as they are."""
LEVEL = 5
"""Level 9 takes three times as long for pages a few percent smaller."""
_QUICK_LEVEL = 3
"""Where somebody waits: 40 % sooner than 5, for pages a tenth larger."""
_BYTES_KEPT = 24_000_000
"""Of wikis' pages, some 12 kB each, twice as many as there are wikis."""
_BYTES_PASSING = 12_000_000


@dataclass(frozen=True, slots=True)
class Content:
    """The body of an answer.

    Parameters
    ----------
    body
        As it is kept.
    is_gzip
        Whether it is compressed; small ones are not.
    tag
        Its ETag: of the content itself, so that it holds across restarts and changes with whatever changes the answer.
    """

    body: bytes
    is_gzip: bool
    tag: str

    @classmethod
    def of(cls, body: bytes, *, is_text: bool = True) -> "Content":
        """Make what is kept of a body; what is no text is compressed already."""
        tag = make_tag(body)
        if not is_text or len(body) < SMALLEST:
            return cls(body, is_gzip=False, tag=tag)
        return cls(gzip.compress(body, _QUICK_LEVEL, mtime=0), is_gzip=True, tag=tag)

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return len(self.body) + OVERHEAD

    def send(self, request: Request, media_type: str, headers: Mapping[str, str]) -> Response:
        """Answer 304 where the reader has it already; else with the body."""
        # What readers of other roles get differs: no shared cache may keep it.
        own = {"ETag": self.tag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding, Cookie"}
        if has_tag(request.headers, self.tag):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=own)
        own |= headers
        if not self.is_gzip:
            return Response(self.body, media_type=media_type, headers=own)
        if accepts_gzip(request.headers):
            return Response(self.body, media_type=media_type, headers=own | {"Content-Encoding": "gzip"})
        return Response(gzip.decompress(self.body), media_type=media_type, headers=own)


Answers = TwoPartCache[Content]
"""Answers by parsed address and the versions of what they show; who reads is in none that is kept."""


def create_answers() -> Answers:
    """Make what keeps an application's answers."""
    return TwoPartCache(BoundedCache(_BYTES_KEPT, _size_of), BoundedCache(_BYTES_PASSING, _size_of))


def accepts_gzip(headers: Headers) -> bool:
    """Tell whether whoever asks can read gzip, by the same test as Starlette's middleware."""
    return "gzip" in headers.get("accept-encoding", "")


async def answer(
    request: Request,
    make: Callable[[], bytes],
    *,
    version: Hashable = None,
    media_type: str = JSON,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer a question to the API; what is kept is sent at once, without a change of threads.

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
    query = _read_query(request)
    key = None if version is None else (name_address(request.url.path, query), media_type, version)
    return await keep_and_send(request, make, key, lasts=not query, media_type=media_type, headers=headers)


async def keep_and_send(
    request: Request,
    make: Callable[[], bytes],
    key: Hashable | None,
    *,
    lasts: bool,
    media_type: str,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Send what is kept by a key; what is not is made, and kept unless the key is None.

    Parameters
    ----------
    lasts
        Whether there are few of its kind, so that whoever asks for all of them pushes nothing else out.
    """
    answers: Answers = request.app.state.answers
    content = None if key is None else answers.find(key, lasts=lasts)
    if content is None:
        content = await run_in_threadpool(lambda: Content.of(make()))
        if key is not None:
            answers.put(key, content, lasts=lasts)
    return content.send(request, media_type, headers or {})


def _size_of(content: Content) -> int:
    return content.size


def _read_query(request: Request) -> str:
    """Return what the query says that the route knows, in one order; all else makes no other answer."""
    if not request.url.query:
        return ""
    known = list_parameters(request)
    return urlencode([(name, value) for name, value in sorted(request.query_params.multi_items()) if name in known])


def list_parameters(request: Request) -> set[str]:
    """Name the parameters of the query that the route of a request knows."""
    route = request.scope.get("route")
    return _list_known(route.dependant) if isinstance(route, APIRoute) else set()


def _list_known(dependant: Dependant) -> set[str]:
    deeper = (_list_known(one) for one in dependant.dependencies)
    return {one.alias for one in dependant.query_params}.union(*deeper)
