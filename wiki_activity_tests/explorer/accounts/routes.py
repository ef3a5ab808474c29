"""The routes of an application as they are, so that a new one is tested without anybody thinking of it."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from wiki_activity.explorer.accounts.dependencies import (
    require_editor,
    require_reviewer,
    require_signed_in,
    require_writer,
)
from wiki_activity.explorer.accounts.people import Role

_GUARDS: dict[Callable[..., Any], Role] = {
    require_signed_in: Role.VIEWER,
    require_writer: Role.VIEWER,
    require_editor: Role.EDITOR,
    require_reviewer: Role.REVIEWER,
}
_READING = {"GET", "HEAD"}
_VALUES = {"project": "hi.wikipedia.org", "month": "2024-06", "code": "hi", "family": "wikipedia"}


@dataclass(frozen=True, slots=True)
class FoundRoute:
    """One method of one route.

    Parameters
    ----------
    method, path
        The path as a reader would ask for it.
    role
        Of the guard among its dependencies; None without one.
    endless
        Whether its answer may go on for ever, as only those of asynchronous routes do.
    """

    method: str
    path: str
    role: Role | None
    endless: bool

    @property
    def writes(self) -> bool:
        return self.method not in _READING

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def find_routes(app: FastAPI) -> list[FoundRoute]:
    """All methods of all routes, mounted folders apart."""
    found = []
    for route in iter_route_contexts(app.routes):
        if not route.methods:
            continue
        path = route.path or ""
        for name, value in _VALUES.items():
            path = path.replace(f"{{{name}}}", value)
        roles = [_GUARDS[call] for call in _calls(getattr(route, "dependant", None)) if call in _GUARDS]
        assert len(roles) <= 1, f"{path} has more than one guard"
        role, endless = roles[0] if roles else None, inspect.iscoroutinefunction(route.endpoint)
        found += [FoundRoute(method, path, role, endless) for method in sorted(route.methods)]
    return found


def _calls(dependant: Dependant | None) -> Iterator[Callable[..., Any]]:
    for one in dependant.dependencies if dependant is not None else ():
        if one.call is not None:
            yield one.call
        yield from _calls(one)
