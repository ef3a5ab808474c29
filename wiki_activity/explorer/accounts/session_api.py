"""`GET /api/v1/session`: who asks, and the token that scripts send with each change."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from wiki_activity.explorer.accounts.dependencies import make_csrf_token
from wiki_activity.explorer.accounts.parts import find_or_start_session_of
from wiki_activity.explorer.accounts.people import Role

router = APIRouter(prefix="/api/v1", tags=["session"])


class SessionAnswer(BaseModel):
    """Who asks."""

    user: str | None = Field(description="Account name; null without a session.", examples=["local"])
    role: str = Field(description="`viewer`, `editor` or `reviewer`.", pattern="^(viewer|editor|reviewer)$")
    csrf_token: str | None = Field(description="For the header `X-CSRF-Token` of changes; null without a session.")


@router.get("/session", summary="Who asks, and a token for changes")
def show_session(request: Request, response: Response) -> SessionAnswer:
    """Say who asks; on one's own machine (`AUTH=local`) a session begins here if there is none."""
    response.headers["Cache-Control"] = "no-store"
    session = find_or_start_session_of(request)
    if session is None:
        return SessionAnswer(user=None, role=Role.VIEWER.name.lower(), csrf_token=None)
    person = session.person
    token = make_csrf_token(request, session)
    return SessionAnswer(user=person.name, role=person.role.name.lower(), csrf_token=token)
