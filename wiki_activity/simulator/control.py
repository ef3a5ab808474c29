"""The simulator's own pages and settings: what is simulated, the truth, the requests, and changes while it runs."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from wiki_activity.domain.months import MonthError, format_month, name_month, parse_month
from wiki_activity.simulator.bursts import DAY_SECONDS, ENGLISH_WIKIPEDIA, BurstPlan, PlantedBurst
from wiki_activity.simulator.evidence.edits import EditSource
from wiki_activity.simulator.faults import FaultPlan
from wiki_activity.simulator.gateway import RequestLog
from wiki_activity.simulator.limits import Limiter
from wiki_activity.simulator.pages import answer_stylesheet, render_page
from wiki_activity.simulator.publication import Edition, Publication
from wiki_activity.simulator.setting_changes import ChangeError, exchange, read_object
from wiki_activity.simulator.slack import Slack
from wiki_activity.simulator.stream import StreamClock, StreamSettings
from wiki_activity.simulator.wiki_catalogue import Catalogue

_LONGEST_TITLE: Final = 255
CHANGEABLE: Final = ("faults", "limits", "newest_month", "edition", "burst")


@dataclass(frozen=True, slots=True)
class Parts:
    """The running simulator, part by part."""

    seed: int
    catalogue: Catalogue
    publication: Publication
    edits: EditSource
    limiter: Limiter
    plan: FaultPlan
    stream: StreamSettings
    stream_clock: StreamClock
    bursts: BurstPlan
    slack: Slack


@dataclass(frozen=True, slots=True)
class BurstRequest:
    """A burst that is asked for, to begin at once."""

    project: str = ENGLISH_WIKIPEDIA
    factor: float = 4.0
    minutes: float = 5.0
    people: int = 30
    page: str = ""

    def __post_init__(self) -> None:
        """Refuse what would be no burst, or more than a run can bear."""
        if len(self.page) > _LONGEST_TITLE:
            msg = f"a title has at most {_LONGEST_TITLE} characters"
            raise ValueError(msg)
        if not (1 <= self.factor <= 1000 and 0.1 <= self.minutes <= 1440 and 1 <= self.people <= 100_000):
            msg = f"a burst takes a factor of 1 to 1000, 0.1 to 1440 minutes and at least one person, not {self}"
            raise ValueError(msg)


class Control:
    """Shows the simulator and changes it.

    Parameters
    ----------
    parts
        What is shown and changed.
    find_log
        Gives the log of requests, which stands before everything else and so is made last.
    """

    def __init__(self, parts: Parts, find_log: Callable[[], RequestLog]) -> None:
        self._parts = parts
        self._find_log = find_log

    def routes(self) -> list[Route]:
        """Return the routes below `/simulator`."""
        return [
            Route("/simulator", self.show),
            Route("/simulator/style.css", answer_stylesheet),
            Route("/simulator/truth.json", self.tell_truth),
            Route("/simulator/requests.json", self.list_requests),
            Route("/simulator/settings", self.tell_settings, methods=["GET"]),
            Route("/simulator/settings", self.change_settings, methods=["POST"]),
        ]

    async def show(self, _request: Request) -> Response:
        """Answer `GET /simulator`: a page in words."""
        parts = self._parts
        now = self._now()
        bursts = parts.bursts.list_between(now - DAY_SECONDS // 2, now + DAY_SECONDS // 2)
        edition = parts.publication.edition
        return render_page(
            "simulator.html",
            seed=parts.seed,
            wikis=len(parts.catalogue.open_wikis),
            shut_wikis=len(parts.catalogue.shut_wikis),
            newest_month=name_month(edition.newest_month),
            edition=edition.number,
            peaks=sum(peak.month <= edition.newest_month for peak in parts.publication.activity.peaks),
            stream_time=_to_utc(now),
            speed=f"{parts.stream.speed:g}",
            messages=len(parts.slack.messages),
            statuses=sorted(self._find_log().statuses.items()),
            settings=[
                ("Limits", asdict(parts.limiter.limits)),
                ("Faults", asdict(parts.plan.faults)),
                ("Stream", asdict(parts.stream)),
            ],
            bursts=[
                {"begin": _to_utc(burst.start), "minutes": round(burst.seconds / 60), **asdict(burst)}
                for burst in bursts
            ],
        )

    async def tell_truth(self, _request: Request) -> Response:
        """Answer `GET /simulator/truth.json`: what was planted, to the newest month, and a day ahead of the stream."""
        publication = self._parts.publication
        newest = publication.edition.newest_month
        now = self._now()
        bursts = self._parts.bursts.list_between(
            now - int(self._parts.stream.history_days * DAY_SECONDS), now + DAY_SECONDS
        )
        return _answer_json(
            {
                "seed": self._parts.seed,
                "newest_month": format_month(newest),
                "peaks": [
                    {**asdict(peak), "month": format_month(peak.month), "metrics": peak.metrics}
                    for peak in publication.activity.peaks
                    if peak.month <= newest
                ],
                "shifts": [
                    {**asdict(shift), "month": format_month(shift.month)}
                    for shift in publication.activity.shifts
                    if shift.month <= newest
                ],
                "stream_time": now,
                "bursts": [{**asdict(burst), "end": burst.end} for burst in bursts],
            }
        )

    async def list_requests(self, request: Request) -> Response:
        """Answer `GET /simulator/requests.json`: counts by status, and the newest requests (`?newest=1000`)."""
        text = request.query_params.get("newest", "1000")
        if not (text.isascii() and text.isdigit()):
            return _answer_json({"error": f"newest must be a whole number, not {text!r}"}, HTTPStatus.BAD_REQUEST)
        log = self._find_log()
        newest = list(log.requests)[max(0, len(log.requests) - int(text)) :]
        return _answer_json(
            {
                "statuses": {str(status): count for status, count in sorted(log.statuses.items())},
                "in_flight": self._parts.limiter.in_flight,
                "most_in_flight": self._parts.limiter.most_in_flight,
                "requests": [entry._asdict() for entry in newest],
            }
        )

    async def tell_settings(self, _request: Request) -> Response:
        """Answer `GET /simulator/settings`."""
        return _answer_json(self._describe_settings())

    async def change_settings(self, request: Request) -> Response:
        """Answer `POST /simulator/settings`: all the changes are made, or none."""
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            # Any page in a browser may send a form here; JSON it may not.
            return _answer_json({"error": "send application/json"}, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        try:
            self._change(read_object(await request.body()))
        except (ChangeError, MonthError) as error:
            return _answer_json({"error": str(error)}, HTTPStatus.BAD_REQUEST)
        return _answer_json(self._describe_settings())

    def _change(self, wanted: dict[str, Any]) -> None:
        unknown = set(wanted) - set(CHANGEABLE)
        if unknown:
            msg = f"unknown: {', '.join(sorted(unknown))}; changeable are {', '.join(CHANGEABLE)}"
            raise ChangeError(msg)
        parts = self._parts
        faults = exchange(parts.plan.faults, wanted.get("faults", {}))
        limits = exchange(parts.limiter.limits, wanted.get("limits", {}))
        bursts = [self._read_burst(wanted["burst"])] if "burst" in wanted else []
        if "newest_month" in wanted or "edition" in wanted:
            self._publish(wanted)
        if "faults" in wanted:
            parts.plan.change(faults)
        parts.limiter.limits = limits
        for burst in bursts:
            parts.bursts.add(burst)

    def _publish(self, wanted: dict[str, Any]) -> None:
        present = self._parts.publication.edition
        month, number = wanted.get("newest_month"), wanted.get("edition", present.number)
        if type(number) is not int:
            msg = f"edition must be a whole number, not {number!r}"
            raise ChangeError(msg)
        newest = present.newest_month if month is None else parse_month(str(month))
        try:
            self._parts.publication.publish(Edition(newest, number))
        except ValueError as error:
            raise ChangeError(str(error)) from error

    def _read_burst(self, wanted: object) -> PlantedBurst:
        burst = exchange(BurstRequest(), wanted)
        if burst.project not in {wiki.host for wiki in self._parts.catalogue.open_wikis if wiki.size > 0}:
            msg = f"no wiki with edits is called {burst.project!r}"
            raise ChangeError(msg)
        # The second that runs now may have been sent in part.
        return PlantedBurst(
            burst.project, self._now() + 1, round(60 * burst.minutes), burst.factor, burst.people, burst.page
        )

    def _describe_settings(self) -> dict[str, Any]:
        parts = self._parts
        edition = parts.publication.edition
        return {
            "seed": parts.seed,
            "wikis": len(parts.catalogue.open_wikis),
            "newest_month": format_month(edition.newest_month),
            "edition": edition.number,
            "limits": asdict(parts.limiter.limits),
            "faults": asdict(parts.plan.faults),
            "stream": asdict(parts.stream),
            "stream_time": self._now(),
        }

    def _now(self) -> int:
        return self._parts.stream_clock.now_ms() // 1000


def _answer_json(document: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return JSONResponse(document, status, headers={"Cache-Control": "no-store"})


def _to_utc(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
