"""Answers that are kept while what they are made of stays the same, and sent again only when they changed."""

import hashlib
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import Request
from fastapi.responses import Response

from wiki_activity.explorer.accounts.people import Person, Role
from wiki_activity.explorer.caching import OVERHEAD, Kept, name_address
from wiki_activity.explorer.compressing import SMALLEST, accepts_gzip, compress

_JSON = "application/json"
_BYTES_KEPT = 64_000_000


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


def create_answers() -> Kept[Content]:
    """Make what keeps an application's answers."""
    return Kept(_BYTES_KEPT, lambda content: content.size)


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
        content = Content(body, None, _tag(body))
    else:
        answers: Kept[Content] = request.app.state.answers
        content = answers.read((name_address(request.scope), media_type, version), lambda: _make_content(make()))
    # What reviewers get differs, so that a shared cache would have to tell them apart: none may keep it.
    kept = {"ETag": content.tag, "Cache-Control": "private, no-cache", "Vary": "Cookie"}
    if _has(request.headers.get("if-none-match", ""), content.tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=kept)
    if content.gzipped is None or not accepts_gzip(request.headers):
        return Response(content.body, media_type=media_type, headers={**kept, **(headers or {})})
    packed = {**kept, **(headers or {}), "Content-Encoding": "gzip", "Vary": "Accept-Encoding, Cookie"}
    return Response(content.gzipped, media_type=media_type, headers=packed)


def _make_content(body: bytes) -> Content:
    return Content(body, compress(body) if len(body) >= SMALLEST else None, _tag(body))


def _tag(body: bytes) -> str:
    # Weak: the same answer may be sent compressed or not.
    return f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'


def _has(sent: str, tag: str) -> bool:
    known = {part.strip().removeprefix("W/") for part in sent.split(",")}
    return "*" in known or tag.removeprefix("W/") in known
