"""Where the services of evidence are on the simulator's address, with the limits that Wikimedia puts before them."""

from collections.abc import Callable
from datetime import date

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from wiki_activity.domain.months import parse_month
from wiki_activity.simulator.evidence.action_api import ActionApi
from wiki_activity.simulator.evidence.community_events import CommunityEvents
from wiki_activity.simulator.evidence.edits import EditSource
from wiki_activity.simulator.evidence.outside import OutsideServices
from wiki_activity.simulator.evidence.truth import count_stayed, list_secrets, tell_causes
from wiki_activity.simulator.faults import FaultPlan
from wiki_activity.simulator.gateway import Gateway
from wiki_activity.simulator.limits import Limiter
from wiki_activity.simulator.wiki_catalogue import Catalogue


def route_evidence(
    catalogue: Catalogue, source: EditSource, plan: FaultPlan, limiter: Limiter, now: Callable[[], float]
) -> list[BaseRoute]:
    """Return the routes of all services but the metrics API, which has its own; `now` is in epoch seconds."""
    wikis = ActionApi(catalogue, source, plan, now)
    outside = OutsideServices(CommunityEvents(source, source.seed), now)
    registration = "/{host}/w/rest.php/campaignevents/v0/event_registration/{number}"
    api = Starlette(routes=[Route("/{host}/w/api.php", wikis.answer), Route(registration, outside.answer_event)])

    def answer_truth(request: Request) -> Response:
        """Answer `GET /simulator/causes.json?project=&month=`."""
        asked = request.query_params
        return JSONResponse(tell_causes(source, asked.get("project"), asked.get("month")))

    def answer_stayed(request: Request) -> Response:
        """Answer `GET /simulator/stayed.json?project=&start=2026-03-01&end=2026-03-31`."""
        asked = request.query_params
        start, end = (date.fromisoformat(asked[name]) for name in ("start", "end"))
        return JSONResponse(count_stayed(source, asked["project"], start, end))

    def answer_secrets(request: Request) -> Response:
        """Answer `GET /simulator/secrets.json?project=&month=2026-03`."""
        asked = request.query_params
        return JSONResponse(list_secrets(source, asked["project"], parse_month(asked["month"])))

    return [
        Mount("/wikis", _LetSiteinfoThrough(api, Gateway(api, limiter, plan))),
        # These two are not Wikimedia's own, and have no limits that are known.
        Route("/outreachdashboard/courses_by_wiki/{host}.json", outside.answer_courses),
        Route("/outreachdashboard/courses/{slug:path}/course.json", outside.answer_course),
        Route("/noc/conf/throttle.php.txt", outside.answer_throttle),
        Route("/simulator/causes.json", answer_truth),
        Route("/simulator/stayed.json", answer_stayed),
        Route("/simulator/secrets.json", answer_secrets),
    ]


class _LetSiteinfoThrough:
    """Sends what is asked of a wiki through the gateway, but for the question for its namespaces alone.

    That one is asked by the watcher, once for each wiki, beside whatever else is under way.
    """

    def __init__(self, app: ASGIApp, gateway: ASGIApp) -> None:
        self._app = app
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = Request(scope).query_params if scope["type"] == "http" else {}
        is_plain = asked.get("siprop") == "namespaces" and "list" not in asked
        await (self._app if is_plain else self._gateway)(scope, receive, send)
