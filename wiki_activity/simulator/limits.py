"""Who may ask, how often and how much at once, judged by the User-Agent and the address."""

import math
import re
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Final

WINDOW_SECONDS: Final = 60.0
_LIBRARY: Final = re.compile(
    r"(python-requests|python-urllib3?|python-httpx|python|aiohttp|curl|wget|go-http-client|okhttp|java|libwww-perl)"
    r"(/\S*)?",
    re.IGNORECASE,
)
_CONTACT: Final = re.compile(r"\([^)]*(https?://[^\s)]+|[^\s@()]+@[^\s@()]+\.[^\s@()]+)[^)]*\)")


@dataclass(frozen=True, slots=True)
class Limits:
    """What the service allows.

    Parameters
    ----------
    requests_per_minute
        With a User-Agent that carries a contact.
    requests_per_minute_without_contact
        With one that does not.
    in_flight
        Requests of one address at once.
    stream_connections
        Streams of one address at once.
    """

    requests_per_minute: int = 200
    requests_per_minute_without_contact: int = 10
    in_flight: int = 3
    stream_connections: int = 2

    def __post_init__(self) -> None:
        """Refuse negative limits."""
        for name, value in asdict(self).items():
            if value < 0:
                msg = f"{name} must not be negative, but is {value}"
                raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not served.

    Parameters
    ----------
    status
        403 or 429.
    message
        Plain text for the body.
    retry_after
        Whole seconds, None where waiting does not help.
    """

    status: HTTPStatus
    message: str
    retry_after: int | None = None


class Limiter:
    """Counts the requests of each address over the last minute, and those in flight.

    Parameters
    ----------
    limits
        May be exchanged at any time.
    clock
        Seconds; only differences matter.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self.limits = limits
        self._clock = clock
        self._served: dict[tuple[str, bool], deque[float]] = {}
        self._in_flight: Counter[str] = Counter()
        self.most_in_flight = 0

    def enter(self, address: str, user_agent: str | None) -> Refusal | None:
        """Let a request in, or say why not; one that was let in must :meth:`leave`."""
        refusal = check_user_agent(user_agent)
        if refusal is not None:
            return refusal
        if self._in_flight[address] >= self.limits.in_flight:
            msg = f"More than {self.limits.in_flight} requests at once.\n"
            return Refusal(HTTPStatus.TOO_MANY_REQUESTS, msg, retry_after=1)
        refusal = self._count(address, contact=has_contact(user_agent or ""))
        if refusal is None:
            self._in_flight[address] += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight[address])
        return refusal

    def leave(self, address: str) -> None:
        """Forget a request that has been answered."""
        self._in_flight[address] -= 1

    @property
    def in_flight(self) -> int:
        """How many requests are being answered now."""
        return self._in_flight.total()

    def _count(self, address: str, *, contact: bool) -> Refusal | None:
        allowed = self.limits.requests_per_minute if contact else self.limits.requests_per_minute_without_contact
        served = self._served.setdefault((address, contact), deque())
        now = self._clock()
        while served and served[0] <= now - WINDOW_SECONDS:
            served.popleft()
        if len(served) >= allowed:
            # As many must grow old as are over the limit, which is more than one after the limit was lowered.
            wait = served[len(served) - allowed] + WINDOW_SECONDS - now if allowed else WINDOW_SECONDS
            msg = f"More than {allowed} requests a minute{'' if contact else ' without a contact in the User-Agent'}.\n"
            return Refusal(HTTPStatus.TOO_MANY_REQUESTS, msg, retry_after=max(1, math.ceil(wait)))
        served.append(now)
        return None


def check_user_agent(user_agent: str | None) -> Refusal | None:
    """Refuse a request that does not say who asks."""
    name = (user_agent or "").strip()
    if name and not _LIBRARY.fullmatch(name):
        return None
    msg = "Please set a User-Agent of the form name/version (contact URL or e-mail) library/version.\n"
    return Refusal(HTTPStatus.FORBIDDEN, msg)


def has_contact(user_agent: str) -> bool:
    """Tell whether a User-Agent has a web or e-mail address within parentheses."""
    return _CONTACT.search(user_agent) is not None
