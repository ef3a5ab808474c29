"""Which answer each error gets: a problem object under `/api`, a page elsewhere; never an exception's text."""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import quote, urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.context import explorer_of
from wiki_activity.explorer.problems import FieldError, MovedError, ProblemError, UnknownKeysError
from wiki_activity.explorer.rendering import render
from wiki_activity.storage.storage_errors import StorageError

logger = logging.getLogger(__name__)

_PARTS_READ = 4
_SUGGESTED = 5
_UNREADABLE = "The database cannot be read now. Nothing is lost; try again in a minute."
_UNCHANGED = "The database takes no changes now. Try again in a minute."


def install_error_handlers(app: FastAPI) -> None:
    """Answer every error alike, in the whole application."""
    app.add_exception_handler(ProblemError, _answer_problem)
    app.add_exception_handler(MovedError, _send_on)
    app.add_exception_handler(UnknownKeysError, _leave_out)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(StorageError, _answer_unreadable)
    app.add_exception_handler(Exception, _answer_defect)


def answer(request: Request, problem: ProblemError) -> Response:
    """Make the answer to a problem, of the kind that its reader expects."""
    headers = dict(problem.headers)
    if request.url.path.startswith("/api/") or request.url.path in {"/healthz", "/readyz", "/metrics"}:
        return JSONResponse(problem.as_json(), problem.status, headers, media_type="application/problem+json")
    page = render(request, "problem.html", status=problem.status, problem=problem)
    page.headers.update(headers)
    return page


def _answer_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return answer(request, error)


def _send_on(request: Request, error: Exception) -> Response:
    """Lead from another address of a wiki to the same page or answer of its own."""
    assert isinstance(error, MovedError)
    path = "/".join(error.new if part == error.old else part for part in request.scope["path"].split("/"))
    safe = request.method in {"GET", "HEAD"}
    status = HTTPStatus.MOVED_PERMANENTLY if safe else HTTPStatus.PERMANENT_REDIRECT
    # Of a page's `vs` a notice says what it was taken for.
    query = urlencode(
        [
            (name, error.new if (name, value) == ("project", error.old) else value)
            for name, value in request.query_params.multi_items()
        ]
    )
    headers = {"Location": quote(path) + f"?{query}" * bool(query), "Cache-Control": "no-cache"}
    return Response(status_code=status, headers=headers)


def _leave_out(_request: Request, error: Exception) -> Response:
    assert isinstance(error, UnknownKeysError)
    return RedirectResponse(error.address, HTTPStatus.FOUND, {"Cache-Control": "no-store"})


def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    title = HTTPStatus(error.status_code).phrase
    nowhere = error.status_code == HTTPStatus.NOT_FOUND
    detail = "There is nothing at this address." if nowhere else ""
    nearest = _find_nearest(request) if nowhere else ()
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(sorted(_list_methods(request)))
    problem = ProblemError(error.status_code, title, detail, headers=headers, nearest=nearest)
    return answer(request, problem)


def _list_methods(request: Request) -> set[str]:
    """List the methods of all routes at an address: the framework names those of the first alone."""
    paths = ((compile_path(one.path or "")[0], one.methods or ()) for one in iter_route_contexts(request.app.routes))
    return {method for pattern, methods in paths if pattern.match(request.scope["path"]) for method in methods}


def _find_nearest(request: Request) -> Sequence[Wiki]:
    """Find the wikis that some part of an address may mean which leads nowhere."""
    try:
        catalogue = explorer_of(request).catalogue
    except StorageError:
        return ()
    parts = [part for part in request.scope["path"].split("/") if part][-_PARTS_READ:]
    named = [wiki for part in parts if (wiki := catalogue.resolve(part) or catalogue.resolve_code(part)) is not None]
    if named:
        return list(dict.fromkeys(named))
    return next((found for part in reversed(parts) if (found := catalogue.find(part, _SUGGESTED))), [])


def _answer_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [FieldError(_name_field(one["loc"]), str(one["msg"])) for one in error.errors()]
    return answer(request, ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "Not understood", errors=errors))


def _name_field(place: Sequence[str | int]) -> str:
    """Name a field as who asks does: of a parameter that may be of several types, without their names."""
    where, *parts = place
    if where != "body":
        parts = parts[:1] + [part for part in parts[1:] if isinstance(part, int)]
    return ".".join(map(str, parts)) or str(where)


def _answer_unreadable(request: Request, error: Exception) -> Response:
    explorer_of(request).outage.begin(error)
    headers = {"Retry-After": "30"}
    reads = request.method in {"GET", "HEAD"}
    title, detail = ("Data cannot be read", _UNREADABLE) if reads else ("Data cannot be changed", _UNCHANGED)
    return answer(request, ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, title, detail, headers=headers))


def _answer_defect(request: Request, error: Exception) -> Response:
    logger.error("%s %s", request.method, request.url.path, exc_info=error)
    return answer(request, ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong here"))
