"""`/metrics`: what Prometheus is told of requests and live viewers; `state_metrics` has all else."""

import re
import time
from collections.abc import Iterator

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wiki_activity.explorer.api.documented import Responses, problems
from wiki_activity.explorer.api.state_metrics import StateMetrics
from wiki_activity.explorer.context import Explorer

router = APIRouter(tags=["health"])

_BUCKETS = (0.002, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})
_TEXT: Responses = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}


class RequestMetrics:
    """Counts the requests of one application, by the route's template: addresses themselves are without number."""

    def __init__(self, explorer: Explorer) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self.requests = Counter("wiki_activity_explorer_requests", "Requests answered.", labels, registry=self.registry)
        self.seconds = Histogram(
            "wiki_activity_explorer_request_seconds", "Time to the end of the answer.", ("route",),
            buckets=_BUCKETS, registry=self.registry,
        )  # fmt: skip
        self.registry.register(_Viewers(explorer))
        self.registry.register(StateMetrics(explorer))
        ProcessCollector(registry=self.registry)

    def note(self, scope: Scope, status: int, seconds: float) -> None:
        """Count one request."""
        route = _name_route(scope)
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self.requests.labels(method, route, str(status)).inc()
        # A stream lasts as long as its viewer looks, which says nothing of how fast it was answered.
        if not route.endswith("/stream"):
            self.seconds.labels(route).observe(seconds)


class _Viewers(Collector):
    """Counts those who follow the stream when Prometheus asks."""

    def __init__(self, explorer: Explorer) -> None:
        self._explorer = explorer

    def collect(self) -> Iterator[Metric]:
        viewers = self._explorer.live.producer.viewers
        yield GaugeMetricFamily("wiki_activity_live_viewers", "People who follow the live stream.", viewers)


class CountRequests:
    """Middleware that counts every request; around hardening, so that what it refuses is counted too."""

    def __init__(self, app: ASGIApp, metrics: RequestMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count a request when it is answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            self._metrics.note(scope, status, time.perf_counter() - began)


def install_metrics(app: FastAPI) -> None:
    """Begin the figures of an application."""
    app.state.request_metrics = RequestMetrics(app.state.explorer)


@router.get("/metrics", summary="Figures for Prometheus", response_class=Response, responses={**_TEXT, **problems()})
def show_metrics(request: Request) -> Response:
    """Give the figures in Prometheus's text format."""
    metrics: RequestMetrics = request.app.state.request_metrics
    return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)


def _name_route(scope: Scope) -> str:
    if scope["path"].startswith("/static/"):
        return "/static"
    template = getattr(scope.get("route"), "path", None)
    if not isinstance(template, str):
        return "none"
    # A route knows its path without the prefix of the router that holds it.
    own = re.sub(r"{(\w+)[^}]*}", lambda part: str(scope["path_params"].get(part[1], part[0])), template)
    return scope["path"].removesuffix(own) + template if scope["path"].endswith(own) else template
