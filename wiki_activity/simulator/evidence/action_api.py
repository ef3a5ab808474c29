"""The simulated Action API of each wiki: `action=query` with its lists, continuation, limits, lag and errors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from wiki_activity.simulator.evidence.annotations import read_annotations
from wiki_activity.simulator.evidence.edits import EditSource
from wiki_activity.simulator.evidence.parameters import ApiError, Parameters
from wiki_activity.simulator.evidence.query_accounts import list_log_events, list_users
from wiki_activity.simulator.evidence.query_revisions import list_contributions, list_revisions
from wiki_activity.simulator.evidence.query_site import describe_pages, describe_site, list_tags
from wiki_activity.simulator.evidence.wiki_view import WikiView
from wiki_activity.simulator.faults import FaultPlan
from wiki_activity.simulator.wiki_catalogue import Catalogue

_META: Final = "meta.wikimedia.org"
Answer = Callable[[WikiView, Parameters], tuple[dict[str, Any], dict[str, str]]]
_LISTS: Final[Mapping[str, Answer]] = {
    "allrevisions": list_revisions,
    "usercontribs": list_contributions,
    "users": list_users,
    "logevents": list_log_events,
    "tags": list_tags,
}


@dataclass(frozen=True, slots=True)
class ActionApi:
    """Answers `api.php` of the wikis of a catalogue.

    Parameters
    ----------
    catalogue
        The wikis.
    source
        Their edits.
    plan
        What goes wrong: lag, pages that were deleted, parts of answers that are missing.
    now
        Epoch seconds; what is later has not happened.
    """

    catalogue: Catalogue
    source: EditSource
    plan: FaultPlan
    now: Callable[[], float]

    def answer(self, request: Request) -> Response:
        """Answer for the wiki in the path; another one's address has no such page."""
        host, asked = request.path_params.get("host", _META), request.query_params
        wiki = next((wiki for wiki in self.catalogue.open_wikis if wiki.host == host), None)
        if wiki is None and _is_annotation(host, asked):
            # Of however few wikis the catalogue is, their figures are annotated there.
            return JSONResponse({"batchcomplete": True, "query": read_annotations(Parameters(asked))})
        if wiki is None:
            return Response("no such wiki", 404, media_type="text/plain")
        faults = self.plan.faults
        view = WikiView(wiki, self.source, self.now(), frozenset(faults.deleted_pages))
        parameters = Parameters(asked)
        try:
            parameters.check_lag(faults.lag_seconds)
            document = self._query(view, parameters)
        except ApiError as error:
            return _describe_error(error, asked, faults.lag_seconds)
        return JSONResponse(document)

    def _query(self, view: WikiView, asked: Parameters) -> dict[str, Any]:
        for name, value in (("action", "query"), ("format", "json")):
            if asked.text(name) != value:
                raise ApiError("badvalue", f'Unrecognized value for parameter "{name}": {asked.text(name)}.')
        if asked.text("formatversion") != "2" and asked.text("list"):
            raise ApiError("badvalue", "Only formatversion 2 is simulated here.")
        query: dict[str, Any] = {}
        goes_on: dict[str, str] = {}
        for name in asked.words("list"):
            if name not in _LISTS:
                raise ApiError("badvalue", f'Unrecognized value for parameter "list": {name}.')
            part, more = _LISTS[name](view, asked)
            query |= part
            goes_on |= more
        if "siteinfo" in asked.words("meta"):
            query |= describe_site(view, asked)
        if asked.text("titles"):
            is_annotation = _is_annotation(view.wiki.host, {"titles": asked.text("titles")})
            query |= read_annotations(asked) if is_annotation else describe_pages(view, asked)
        document: dict[str, Any] = {"query": query}
        if goes_on:
            return {"continue": goes_on | {"continue": "-||"}, **document}
        return {"batchcomplete": True, **document}


def _is_annotation(host: str, asked: Mapping[str, str]) -> bool:
    return host == _META and asked.get("titles", "").startswith("Config:")


def _describe_error(error: ApiError, asked: QueryParams, lag: float) -> Response:
    headers = {"MediaWiki-API-Error": error.code}
    if error.code == "maxlag":
        headers |= {"Retry-After": "5", "X-Database-Lag": str(round(lag))}
    at = f"See https://example.org/w/api.php for API usage, {datetime.now(UTC):%Y}."
    if asked.get("errorformat", "bc") == "bc":
        body: dict[str, Any] = {"error": {"code": error.code, "info": error.info, "docref": at}}
        if error.code == "maxlag":
            body["error"] |= {"host": "db1001", "lag": lag, "type": "db"}
    else:
        body = {"errors": [{"code": error.code, "text": error.info, "module": "main"}], "docref": at}
    return JSONResponse(body | {"servedby": "simulator"}, headers=headers)
