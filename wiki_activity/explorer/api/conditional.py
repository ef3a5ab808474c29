"""Answers that are sent again only when they changed."""

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from http import HTTPStatus
from importlib.metadata import version as read_release

from fastapi import Request
from fastapi.responses import Response

from wiki_activity.explorer.accounts.people import Person, Role
from wiki_activity.explorer.caching import Kept
from wiki_activity.explorer.context import Explorer, explorer_of
from wiki_activity.storage.data_version import DataVersion

_JSON = "application/json"
_SHAPE = "1"
"""Goes up when the same data are written in another way."""


def is_reviewing(person: Person | None) -> bool:
    """Tell whether a reader may see what reviewers have hidden."""
    return person is not None and person.may(Role.REVIEWER)


def tag_version(request: Request, version: DataVersion, person: Person | None = None) -> str:
    """Make the ETag of an answer that follows from the data, the address, the reader's role, and :func:`name_maker`."""
    url = request.url
    maker = name_maker(*_list_settings(explorer_of(request)), read_own_release())
    return _tag(f"{version.key}\n{url.path}?{url.query}\n{is_reviewing(person)}\n{_SHAPE}\n{maker}".encode())


@cache
def name_maker(*what: str) -> str:
    """Name what makes answers from data: the settings that they follow from, and the release of the package."""
    return hashlib.sha256("\n".join(what).encode()).hexdigest()[:12]


@cache
def read_own_release() -> str:
    """Return the release of the package."""
    return read_release("wiki-activity")


def tag_content(body: bytes) -> str:
    """Make the ETag of an answer whose parts may be a minute older than the newest data."""
    return _tag(body)


def answer(
    request: Request,
    tag: str,
    body: bytes | Callable[[], bytes],
    *,
    media_type: str = _JSON,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer 304 where the reader has it already; else with the body.

    A body that is still to be made is kept for the next reader who asks for the same tag.
    """
    # What reviewers get differs, so that a shared cache would have to tell them apart: none may keep it.
    kept = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Cookie"}
    if _has(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=kept)
    answers: Kept[bytes] = request.app.state.answers
    content = body if isinstance(body, bytes) else answers.read((media_type, tag), body)
    return Response(content, media_type=media_type, headers={**kept, **(headers or {})})


def _list_settings(explorer: Explorer) -> list[str]:
    settings = explorer.settings
    return [settings.peak_detector, str(settings.peak_percent), settings.explorer_url, explorer.own.dagster_url]


def _tag(content: bytes) -> str:
    # Weak: the same answer may be sent compressed or not.
    return f'W/"{hashlib.sha256(content).hexdigest()[:24]}"'


def _has(sent: str, tag: str) -> bool:
    known = {part.strip().removeprefix("W/") for part in sent.split(",")}
    return "*" in known or tag.removeprefix("W/") in known
