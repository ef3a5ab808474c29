"""The simulator as one application, and the ways to run it."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from wiki_activity.domain.months import newest_ended_month
from wiki_activity.simulator.bursts import BurstPlan
from wiki_activity.simulator.control import Control, Parts
from wiki_activity.simulator.evidence.causes import Causes, PlantedCause
from wiki_activity.simulator.evidence.edits import EditSource
from wiki_activity.simulator.evidence.routes import route_evidence
from wiki_activity.simulator.evidence.service_faults import ServiceFaults
from wiki_activity.simulator.faults import FaultPlan, Faults
from wiki_activity.simulator.gateway import Gateway, RequestLog
from wiki_activity.simulator.limits import Limiter, Limits
from wiki_activity.simulator.metrics_api import MetricsApi
from wiki_activity.simulator.publication import Edition, Publication
from wiki_activity.simulator.simulated_events import EventSource
from wiki_activity.simulator.site_matrix import SiteMatrixApi
from wiki_activity.simulator.slack import Slack
from wiki_activity.simulator.stream import EventStream, StreamClock, StreamSettings
from wiki_activity.simulator.wiki_catalogue import make_catalogue


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    """What is simulated.

    Parameters
    ----------
    seed
        The same seed gives the same counts, peaks, events and faults.
    wikis
        How many open wikis there are, the biggest ones of 870.
    newest_month
        The last month that is published; by default the last one that has ended when the simulator starts.
    edition
        Number of the publication; each one restates a few past months.
    limits, faults
        Who may ask how often, and what goes wrong.
    stream
        How the live stream behaves.
    causes
        Planted in peaks, or making some; all other peaks get causes that the seed draws.
    """

    seed: int = 1
    wikis: int = 870
    newest_month: date | None = None
    edition: int = 1
    limits: Limits = field(default_factory=Limits)
    faults: Faults = field(default_factory=Faults)
    stream: StreamSettings = field(default_factory=StreamSettings)
    causes: tuple[PlantedCause, ...] = ()


def create_app(settings: SimulatorSettings, clock: Callable[[], float] = time.time) -> ASGIApp:
    """Make the application.

    Parameters
    ----------
    settings
        What is simulated at first; much of it can be changed at `/simulator/settings`.
    clock
        Epoch seconds: for the rate limit, the stream and the default of the newest month.
    """
    catalogue = make_catalogue(settings.wikis)
    newest_month = settings.newest_month or newest_ended_month(datetime.fromtimestamp(clock(), UTC))
    plan = FaultPlan(settings.faults, settings.seed)
    publication = Publication(catalogue, settings.seed, Edition(newest_month, settings.edition), settings.causes)
    causes = Causes(settings.seed, settings.causes, publication.activity.peaks)
    parts = Parts(
        seed=settings.seed,
        catalogue=catalogue,
        publication=publication,
        edits=EditSource(publication, causes, settings.seed),
        limiter=Limiter(settings.limits, clock),
        plan=plan,
        stream=settings.stream,
        stream_clock=StreamClock(settings.stream, clock),
        bursts=BurstPlan(catalogue.open_wikis, settings.seed, settings.stream.bursts_per_day),
        slack=Slack(plan, clock),
    )
    control = Control(parts, lambda: log)
    app = Starlette(routes=[*_route_wikimedia(parts), *_route_slack(parts.slack), *control.routes()])
    log = RequestLog(ServiceFaults(app, plan), clock)
    return log


def _route_wikimedia(parts: Parts) -> list[BaseRoute]:
    metrics = Gateway(MetricsApi(parts.publication, parts.plan, parts.edits).make_app(), parts.limiter, parts.plan)
    source = EventSource(parts.catalogue.open_wikis, parts.seed, parts.bursts, parts.stream.events_per_second)
    return [
        Mount("/api/rest_v1/metrics", metrics),
        Mount("/metrics", metrics),
        Route("/w/api.php", Gateway(SiteMatrixApi(parts.catalogue, parts.plan), parts.limiter, parts.plan)),
        *route_evidence(parts.catalogue, parts.edits, parts.plan, parts.limiter, parts.stream_clock.now),
        Route(
            "/v2/stream/recentchange",
            EventStream(source, parts.stream, parts.stream_clock, parts.limiter, parts.plan),
        ),
    ]


def _route_slack(slack: Slack) -> list[BaseRoute]:
    return [
        Route("/slack", slack.show_messages),
        Route("/slack.json", slack.list_messages),
        Route("/slack/{token:path}", slack.take_message, methods=["POST"]),
    ]


def _print_at_once(address: str) -> None:
    # Whoever started this as a process waits for the line.
    print(address, flush=True)  # noqa: T201 - the default of a function for the command line


def serve(
    settings: SimulatorSettings,
    host: str = "127.0.0.1",
    port: int = 0,
    announce: Callable[[str], None] = _print_at_once,
) -> None:
    """Serve until SIGTERM, or SIGINT, which ends in a KeyboardInterrupt.

    Parameters
    ----------
    settings
        What is simulated.
    host, port
        Where to listen; port 0 takes a free one.
    announce
        Told the address, `http://127.0.0.1:49152`, as soon as connections are taken.

    Raises
    ------
    OSError
        If the port is taken.
    """
    with socket.create_server((host, port)) as listening:
        announce(_name(listening))
        _make_server(create_app(settings)).run(sockets=[listening])


@contextlib.contextmanager
def running_simulator(
    settings: SimulatorSettings, clock: Callable[[], float] = time.time, port: int = 0
) -> Iterator[str]:
    """Serve from a thread while the block runs; yields the address, `http://127.0.0.1:49152`."""
    with socket.create_server(("127.0.0.1", port)) as listening:
        server = _make_server(create_app(settings, clock))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="simulator", daemon=True)
        thread.start()
        try:
            yield _name(listening)
        finally:
            server.should_exit = True
            thread.join()


def _make_server(app: ASGIApp) -> uvicorn.Server:
    # Cutting answers off on purpose is an error to uvicorn, hence only what is critical is logged.
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="critical",
        access_log=False,
        lifespan="off",
        ws="none",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=0,
    )
    return uvicorn.Server(config)


def _name(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://{host}:{port}"
