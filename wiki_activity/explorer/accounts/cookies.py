"""Cookies: what they are called, and how they wait for the answer that takes them along."""

from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request
from starlette.types import Scope

SESSION_LIFETIME = timedelta(hours=12)
LOCAL_LIFETIME = timedelta(days=30)
"""Of a session on one's own machine, where nobody ends it from elsewhere."""
LOGIN_LIFETIME = timedelta(minutes=10)

_WAITING = "cookies_to_set"


@dataclass(frozen=True, slots=True)
class Cookie:
    """One of our cookies.

    Parameters
    ----------
    name
        With the prefix `__Host-` where it is secure, so that no other host can set it.
    secure
        Whether it travels by https only.
    lifetime
        How long the browser keeps it.
    """

    name: str
    secure: bool
    lifetime: timedelta

    def read(self, request: Request) -> str | None:
        """Return what the browser sent."""
        return request.cookies.get(self.name)

    def set(self, request: Request, value: str) -> None:
        """Let the answer to this request set the cookie."""
        _wait(request, self.name, self._line(value, int(self.lifetime.total_seconds())))

    def delete(self, request: Request) -> None:
        """Let the answer to this request delete the cookie."""
        _wait(request, self.name, self._line("", 0))

    def _line(self, value: str, seconds: int) -> str:
        line = f"{self.name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax"
        return f"{line}; Secure" if self.secure else line


def make_cookie(name: str, *, secure: bool, lifetime: timedelta) -> Cookie:
    """Make a cookie; browsers take the prefix `__Host-` from secure ones only."""
    return Cookie(f"__Host-{name}" if secure else name, secure, lifetime)


def take_cookie_lines(scope: Scope) -> list[str]:
    """Return the values of `Set-Cookie` for the answer to a request."""
    lines: dict[str, str] = scope.get("state", {}).pop(_WAITING, {})
    return list(lines.values())


def _wait(request: Request, name: str, line: str) -> None:
    lines: dict[str, str] = request.scope.setdefault("state", {}).setdefault(_WAITING, {})
    lines[name] = line
