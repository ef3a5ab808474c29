"""`/api`: the API for people, made from its routes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from wiki_activity.explorer.api.dump import FIELDS
from wiki_activity.explorer.api.many_series import MOST_WIKIS
from wiki_activity.explorer.context import CurrentExplorer
from wiki_activity.explorer.rendering import knows_only, render

router = APIRouter(include_in_schema=False)

_EXAMPLE_WIKI = "hi.wikipedia.org"
_EXAMPLE_WIKIS = (_EXAMPLE_WIKI, "bn.wikipedia.org", "ta.wikipedia.org")
_NEWEST = "2025-03"
_NEEDED = {f"/api/v1/{name}{ending}": f"?{key}={{project}}" for name, key in (("report", "wiki"), ("series", "project"))
           for ending in ("", ".csv")}  # fmt: skip
"""What some addresses answer nothing without, though no single parameter of theirs is required."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation, in words."""

    name: str
    where: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that the API does.

    Parameters
    ----------
    example
        An address that answers, or nothing where the operation changes something.
    """

    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    example: str | None


@router.get("/api", response_class=HTMLResponse, dependencies=[knows_only()])
def show_guide(request: Request, explorer: CurrentExplorer) -> Response:
    """Show what can be asked, with examples that work."""
    wikis = explorer.catalogue.wikis
    project = _EXAMPLE_WIKI if _EXAMPLE_WIKI in wikis or not wikis else next(iter(wikis))
    several = [one for one in _EXAMPLE_WIKIS if one in wikis] or list(wikis)[:3] or list(_EXAMPLE_WIKIS)
    newest = explorer.freshnesses.read().newest_month
    month = f"{newest:%Y-%m}" if newest else _NEWEST
    operations = list(_list_operations(request.app.openapi(), project, month))
    groups: dict[str, list[Operation]] = {}
    for tag, operation in operations:
        groups.setdefault(tag, []).append(operation)
    return render(
        request,
        "api.html",
        groups=groups,
        base=explorer.settings.explorer_url,
        project=project,
        several=several,
        month=month,
        fields=FIELDS,
        most_wikis=MOST_WIKIS,
    )


def _list_operations(schema: Mapping[str, Any], project: str, month: str) -> Iterator[tuple[str, Operation]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            parameters = tuple(
                Parameter(one["name"], one["in"], one.get("required", False), one.get("description", ""))
                for one in operation.get("parameters", ())
                if one["in"] in {"path", "query"}
            )
            required = [f"{one.name}={{{one.name}}}" for one in parameters if one.required and one.where == "query"]
            needed = _NEEDED.get(path, f"?{'&'.join(required)}" if required else "")
            example = (path + needed).replace("{project}", project).replace("{month}", month)
            tag = operation.get("tags", ["other"])[0]
            yield (
                tag,
                Operation(
                    method=method.upper(),
                    path=path,
                    summary=operation.get("summary", ""),
                    description=operation.get("description", ""),
                    parameters=parameters,
                    example=example if method == "get" and "{" not in example else None,
                ),
            )
