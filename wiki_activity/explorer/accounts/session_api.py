"""`GET /api/v1/session`: who asks, and the token that scripts send with each change."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, Field

from wiki_activity.explorer.accounts.dependencies import make_csrf_token
from wiki_activity.explorer.accounts.people import Role
from wiki_activity.explorer.accounts.secret_key import WITHOUT_LINK
from wiki_activity.explorer.accounts.wiring import begin_local_session, find_session_of
from wiki_activity.explorer.api.documented import problems
from wiki_activity.explorer.problems import ProblemError

router = APIRouter(prefix="/api/v1", tags=["session"])


class SessionAnswer(BaseModel):
    """Who asks."""

    user: str | None = Field(description="Account name; null without a session.", examples=["local"])
    role: str = Field(description="`viewer`, `editor` or `reviewer`.", pattern="^(viewer|editor|reviewer)$")
    csrf_token: str | None = Field(description="For the header `X-CSRF-Token` of changes; null without a session.")


@router.get("/session", summary="Who asks, and a token for changes", responses=problems(401, 422))
def show_session(
    request: Request,
    response: Response,
    authorization: Annotated[str | None, Header(max_length=200, include_in_schema=False)] = None,
) -> SessionAnswer:
    """Say who asks; on one's own machine (`AUTH=local`) a script begins a session with `Authorization: Bearer TOKEN`.

    The token is that of the link which was printed when the explorer was started.
    """
    response.headers["Cache-Control"] = "no-store"
    session = find_session_of(request)
    if session is None and authorization is not None:
        session = begin_local_session(request, authorization.removeprefix("Bearer ").strip())
        if session is None:
            raise ProblemError(HTTPStatus.UNAUTHORIZED, "Not the token", WITHOUT_LINK)
    if session is None:
        return SessionAnswer(user=None, role=Role.VIEWER.name.lower(), csrf_token=None)
    person = session.person
    token = make_csrf_token(request, session)
    return SessionAnswer(user=person.name, role=person.role.name.lower(), csrf_token=token)
