"""What OpenAPI says beyond the routes' own models: the problems they answer with, and the API as a whole."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field

from wiki_activity.explorer.api.models import NoteModel

Responses = dict[int | str, dict[str, Any]]

_DESCRIPTION = """
Monthly edits and editors of every Wikimedia wiki, the months that stand out, and what people say happened.

Months are `YYYY-MM`, UTC. A month that is missing is `null`, which is not zero. Answers carry an `ETag`: send it as
`If-None-Match` and get 304 while nothing changed. Lists are paged: send `next` as `cursor` until it is `null`. Unknown
parameters are refused with 422. Whatever goes wrong is an `application/problem+json`.
"""
_WORDS = {
    400: "The body cannot be read",
    401: "Log in first",
    403: "Not allowed: the role is too low, the token is missing, or a reviewer has hidden the note",
    404: "There is no such wiki, month or note",
    409: "Somebody else was faster: `current` is what is stored by now",
    413: "The body is too long",
    415: "The body is not JSON",
    422: "Not understood: `errors` names the fields",
    429: "Too many requests: see Retry-After",
    503: "The database cannot be read now: see Retry-After",
}
_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_TAG_HEADER = {"ETag": {"description": "Changes when the answer does.", "schema": {"type": "string"}}}


class FieldProblem(BaseModel):
    """One field that is wrong."""

    field: str = Field(examples=["label"])
    message: str = Field(examples=["the label needs at least 3 characters; it has 2"])


class Problem(BaseModel):
    """Why a request cannot be answered as asked (RFC 9457)."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(description="The same for every problem of this kind.", examples=["No such wiki"])
    status: int = Field(examples=[404])
    detail: str | None = Field(None, description="What is wrong here.", examples=["There is no wiki 'xx.example'."])
    errors: list[FieldProblem] | None = Field(None, description="Field by field, of 422.")
    did_you_mean: list[str] | None = Field(None, description="Wikis that may have been meant, of 404.")
    current: NoteModel | None = Field(None, description="What is stored by now, of 409.")


def problems(*statuses: int) -> Responses:
    """Document the problems that a route may answer with; an unreadable database is always one."""
    return {status: {"description": _WORDS[status], "content": _PROBLEM} for status in (*statuses, 429, 503)}


def readable(*statuses: int, content: dict[str, Any] | None = None) -> Responses:
    """Document a route that reads: its ETag, 304, and its problems."""
    ok: dict[str, Any] = {"headers": _TAG_HEADER}
    if content is not None:
        ok |= {"description": "Successful Response", "content": content}
    not_modified: Responses = {304: {"description": "Not changed since the ETag that was sent", "headers": _TAG_HEADER}}
    return {200: ok, **not_modified, **problems(*dict.fromkeys((*statuses, 422)))}


def document_api(app: FastAPI) -> None:
    """Make `/openapi.json` say what the API is."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title="Wiki activity", version="1", summary="Edits, peaks and notes", description=_DESCRIPTION,
                routes=app.routes, license_info={"name": "MIT", "identifier": "MIT"},
            )  # fmt: skip
            own = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            parts = own.pop("$defs", {})
            schemas = schema.setdefault("components", {}).setdefault("schemas", {})
            schemas |= {**parts, "Problem": own}
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]
