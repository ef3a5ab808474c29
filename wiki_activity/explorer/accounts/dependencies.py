"""What a route asks for: who is reading, and whether they may write.

A route that changes anything takes `Editor`, `Reviewer` or `SignedIn`: each lets a request through only if it comes
from one of our own pages, or from a script that took a token.
"""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import APIKeyHeader

from wiki_activity.explorer.accounts.limits import too_many
from wiki_activity.explorer.accounts.people import Person, Role
from wiki_activity.explorer.accounts.secret_key import WITHOUT_LINK
from wiki_activity.explorer.accounts.sessions import Session
from wiki_activity.explorer.accounts.wiring import (
    accounts_of,
    find_person,
    find_session_of,
)
from wiki_activity.explorer.context import explorer_of
from wiki_activity.explorer.problems import ProblemError
from wiki_activity.storage.storage_errors import StorageError

CSRF_HEADER = "X-CSRF-Token"
_OWN_PAGES = frozenset({"same-origin", "none"})
_LOG_IN = "Changes need a session. It may have ended: log in and try again; what you wrote is still in your browser."
_FROM_ELSEWHERE = "Changes are taken from this site’s own pages only."
_STALE = "The header X-CSRF-Token must hold this session’s token. Load the page again, or GET /api/v1/session."
_JSON = "Changes are sent as JSON, with Content-Type: application/json."
_TOO_FAST = "Each person may make 10 changes a minute and 100 a day."
_ALLOWED = {
    Role.VIEWER: "",
    Role.EDITOR: "Your account may read here, but not write: it has too few edits, or is blocked.",
    Role.REVIEWER: "Only reviewers may do this.",
}

_token_header = APIKeyHeader(
    name=CSRF_HEADER,
    scheme_name="csrf",
    description="The token of this session, from `GET /api/v1/session` with the session’s cookie.",
    auto_error=False,
)


async def read_person(request: Request) -> Person | None:
    """Return who is logged in; None for a reader without a session.

    Raises
    ------
    StorageError
        If it cannot be read.
    """
    if accounts_of(request).sessions.are_stored(request):
        return await run_in_threadpool(find_person, request)
    return find_person(request)


def person_of(request: Request) -> Person | None:
    """Return whom a page names as logged in; None also where that cannot be read, since the page says so itself."""
    try:
        return find_person(request)
    except StorageError as error:
        explorer_of(request).outage.begin(error)
        return None


async def read_page_reader(request: Request) -> Person | None:
    """Return the same as :func:`person_of`, for a page that is not made in a thread."""
    if accounts_of(request).sessions.are_stored(request):
        return await run_in_threadpool(person_of, request)
    return person_of(request)


def csrf_token_of(request: Request) -> str | None:
    """Return the token that a page sends with each change; None without a session."""
    try:
        session = find_session_of(request)
    except StorageError:
        return None
    return None if session is None else make_csrf_token(request, session)


def make_csrf_token(request: Request, session: Session) -> str:
    """Make a token for a session; all that were made for it are good as long as it lasts."""
    return accounts_of(request).signatures.make_csrf_token(session.token)


def require_signed_in(request: Request, token: Annotated[str | None, Depends(_token_header)] = None) -> Person:
    """Let whoever is logged in change what is their own."""
    return _guard(request, token, Role.VIEWER)


def require_editor(request: Request, token: Annotated[str | None, Depends(_token_header)] = None) -> Person:
    """Let an editor write."""
    return _guard(request, token, Role.EDITOR)


def require_reviewer(request: Request, token: Annotated[str | None, Depends(_token_header)] = None) -> Person:
    """Let a reviewer write."""
    return _guard(request, token, Role.REVIEWER)


def _guard(request: Request, token: str | None, role: Role) -> Person:
    accounts = accounts_of(request)
    session = find_session_of(request)
    _check_sender(request)
    if session is None:
        raise ProblemError(HTTPStatus.UNAUTHORIZED, "Log in first", WITHOUT_LINK if accounts.site.local else _LOG_IN)
    if not accounts.signatures.is_csrf_token(session.token, token or ""):
        raise ProblemError(HTTPStatus.FORBIDDEN, "Token missing or wrong", _STALE)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send JSON", _JSON)
    # Counted first, so that nobody has Wikimedia asked without end.
    wait = accounts.limits.write(session.person.id) if accounts.limits is not None and session.person.may(role) else 0
    if wait:
        raise too_many("Too many changes", _TOO_FAST, wait)
    person = accounts.roles.renew(session) if accounts.roles is not None and role > Role.VIEWER else session.person
    if not person.may(role):
        raise ProblemError(HTTPStatus.FORBIDDEN, "Not allowed", _ALLOWED[role])
    return person


def _check_sender(request: Request) -> None:
    site, headers = accounts_of(request).site, request.headers
    if not _OWN_PAGES.issuperset(headers.getlist("sec-fetch-site")):
        raise ProblemError(HTTPStatus.FORBIDDEN, "Sent by another site", _FROM_ELSEWHERE)
    host, scheme = headers.get("host", ""), request.scope["scheme"]
    if not all(site.is_own(origin, host, scheme) for origin in headers.getlist("origin")):
        raise ProblemError(HTTPStatus.FORBIDDEN, "Foreign origin", _FROM_ELSEWHERE)


PageReader = Annotated[Person | None, Depends(read_page_reader)]
Reader = Annotated[Person | None, Depends(read_person)]
SignedIn = Annotated[Person, Depends(require_signed_in)]
Editor = Annotated[Person, Depends(require_editor)]
Reviewer = Annotated[Person, Depends(require_reviewer)]
