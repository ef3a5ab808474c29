"""What a route asks for: who is reading, and whether they may write."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request

from wiki_activity.explorer.accounts.people import Person, Role
from wiki_activity.explorer.configuration import Auth
from wiki_activity.explorer.context import explorer_of
from wiki_activity.explorer.problems import ProblemError

_LOCAL = Person("local", "local", Role.REVIEWER)


def person_of(request: Request) -> Person | None:
    """Return who is logged in; None for a reader without a session."""
    return _LOCAL if explorer_of(request).own.auth is Auth.LOCAL else None


def csrf_token_of(request: Request) -> str | None:
    """Return the token that a page sends with each write; None without a session."""
    return None


def require_editor(request: Request) -> Person:
    """Let an editor write."""
    return _require(request, Role.EDITOR)


def require_reviewer(request: Request) -> Person:
    """Let a reviewer write."""
    return _require(request, Role.REVIEWER)


def _require(request: Request, role: Role) -> Person:
    person = person_of(request)
    if person is None:
        raise ProblemError(HTTPStatus.UNAUTHORIZED, "Log in first")
    if not person.may(role):
        raise ProblemError(HTTPStatus.FORBIDDEN, "Not allowed")
    return person


Reader = Annotated[Person | None, Depends(person_of)]
Editor = Annotated[Person, Depends(require_editor)]
Reviewer = Annotated[Person, Depends(require_reviewer)]
