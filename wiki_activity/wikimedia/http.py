"""One polite HTTP session to Wikimedia: paced, retried, with a User-Agent that says who asks."""

import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from time import monotonic
from typing import Any, Final, Self

import requests
import stamina

from wiki_activity import __version__
from wiki_activity.bounded_http import AnswerLimits, BoundedAdapter, BoundedSession, ElsewhereError, LongAnswerError
from wiki_activity.domain.request_budget import NoTurnError, RequestBudget
from wiki_activity.pacing import Pacer
from wiki_activity.wikimedia.access_token import REFUSALS, AccessToken, is_about_token
from wiki_activity.wikimedia.answer_errors import (
    MalformedAnswerError,
    NotAskedError,
    NotFoundError,
    PassingError,
    RefusedError,
    SlowAnswerError,
    UnreachableError,
)
from wiki_activity.wikimedia.request_meter import RequestMeter
from wiki_activity.wikimedia.retry_after import read_retry_after

logger = logging.getLogger(__name__)

ORDINARY: Final = AnswerLimits(seconds=20, bytes=1 << 20)
"""All months of a wiki are 20,000 bytes, and the gateway before the metrics gives up after five seconds."""
_DEFAULT_RETRY_AFTER_SECONDS = 60.0
_SLOW_ATTEMPTS = 2
_SHOWN_CHARACTERS = 120
_SHOWN_BYTES = 4 * _SHOWN_CHARACTERS
_PASSING_CODES: Final = ("ratelimited", "maxlag", "readonly", "internal_api_error")
"""Errors of the Action API that may heal, by the beginning of their codes."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often, and how patiently, a request that may heal is asked again.

    Parameters
    ----------
    attempts
        In all, the first included.
    first_wait_seconds, longest_wait_seconds
        Bounds of the exponential back-off, jitter apart.
    jitter_seconds
        Upper bound of what is added at random.
    """

    attempts: int = 6
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 20.0
    jitter_seconds: float = 1.0


def user_agent(contact: str) -> str:
    """Say who asks, in the form of Wikimedia's policy: `name/version (contact) library/version`."""
    who = f" ({contact})" if contact else ""
    return f"wiki_activity/{__version__}{who} requests/{requests.__version__}"


class PoliteSession:
    """Asks for JSON: each attempt waits its turn by the budget, and what may heal is asked again.

    Safe to share between threads. Use it as a context manager, or call :meth:`close`.

    Parameters
    ----------
    contact
        E-mail or URL for the User-Agent; empty means none.
    per_minute
        Requests a minute, where there is no budget to ask.
    max_connections
        Size of the connection pool; the caller must not use more threads.
    retries
        Policy for errors that may heal.
    clock
        Monotonic seconds, for a budget of its own.
    budget
        Gives the turns, and is stopped with the session; None makes one of its own.
    token
        Sent to Wikimedia; None for none.
    turn_seconds
        The longest wait for a turn; None for as long as it takes.
    """

    def __init__(
        self,
        *,
        contact: str,
        per_minute: float,
        max_connections: int,
        retries: RetryPolicy = RetryPolicy(),
        clock: Callable[[], float] = monotonic,
        budget: RequestBudget | None = None,
        token: AccessToken | None = None,
        turn_seconds: float | None = None,
    ) -> None:
        # Left alone, stamina prints to standard output wherever structlog is installed.
        stamina.instrumentation.set_on_retry_hooks([_log_retry])
        self.budget: RequestBudget = Pacer(per_minute, clock) if budget is None else budget
        self._token = token
        self.turn_seconds = turn_seconds
        self._retries = retries
        self._user_agent = user_agent(contact)
        self._max_connections = max_connections
        self._making = threading.Lock()
        self._sessions: dict[AnswerLimits, BoundedSession] = {}
        self._meter: RequestMeter | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the connections and let requests that wait for their turn end."""
        self.budget.stop()
        with self._making:
            for session in self._sessions.values():
                session.close()

    @contextmanager
    def limited(self, most: int) -> Iterator[RequestMeter]:
        """Send so many requests at most within it, those that ask again too; for sessions of one thread."""
        before, self._meter = self._meter, RequestMeter(most)
        try:
            yield self._meter
        finally:
            self._meter = before

    def get_json(
        self,
        url: str,
        parameters: Mapping[str, str] | None = None,
        *,
        limits: AnswerLimits = ORDINARY,
        private: bool = False,
    ) -> Any:
        """Get a JSON document.

        Parameters
        ----------
        limits
            Of the whole answer, before it is parsed.
        private
            Whether people are named in it, or in what is asked: no error quotes it then.

        Raises
        ------
        NotFoundError
            On 404.
        RefusedError
            On another 4xx that will not heal, an error of the Action API, or a redirect to another host.
        NotAskedError
            When no turn came in time, or as many were sent as may be.
        MalformedAnswerError
            When the answer is too long, or a page.
        PassingError
            When the last attempt, too, met an error that may heal; UnreachableError when nothing answered, or no
            whole answer came in time, which is tried twice.
        """
        slow = 0

        def heals(error: Exception) -> bool | float:
            nonlocal slow
            slow += isinstance(error, SlowAnswerError)
            ends = slow >= _SLOW_ATTEMPTS or (self._meter is not None and not self._meter.are_left)
            return not ends and _backoff(error)

        for attempt in stamina.retry_context(
            on=heals,
            attempts=self._retries.attempts,
            timeout=None,
            wait_initial=self._retries.first_wait_seconds,
            wait_max=self._retries.longest_wait_seconds,
            wait_jitter=self._retries.jitter_seconds,
        ):
            with attempt:
                return self._get_json_once(url, parameters, limits, private=private)
        msg = "stamina ends with a result or an error"
        raise AssertionError(msg)

    def _get_json_once(
        self, url: str, parameters: Mapping[str, str] | None, limits: AnswerLimits, *, private: bool
    ) -> Any:
        if self._meter is not None:
            self._meter.count(url)
        response = _ask(self._session_within(limits), url, parameters)
        if response.status_code == requests.codes.too_many_requests:
            # The budget makes everybody wait: the retry need not.
            msg = f"{url}: 429 Too Many Requests"
            raise PassingError(msg, retry_after_seconds=0.0)
        _check_status(response, url, private=private)
        document = _parse(response, url, private=private)
        if self._token is not None and is_about_token(document):
            # The next attempt goes without it.
            self._token.refuse(url, response.status_code, self.budget)
            msg = f"{url}: the access token is refused"
            raise PassingError(msg, retry_after_seconds=0.0)
        _check_api_error(document, response, url, private=private)
        return document

    def _session_within(self, limits: AnswerLimits) -> BoundedSession:
        with self._making:
            session = self._sessions.get(limits)
            if session is None:
                session = self._sessions[limits] = self._make_session(limits)
            return session

    def _make_session(self, limits: AnswerLimits) -> BoundedSession:
        adapter = _PacedAdapter(self.budget, limits, self._max_connections, self._token, self.turn_seconds)
        session = BoundedSession(limits, adapter)
        session.headers["User-Agent"] = self._user_agent
        session.headers["Accept"] = "application/json"
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        return session


class _PacedAdapter(BoundedAdapter):
    """A bounded adapter that waits for its turn, tells the budget what came of it, and knows who may see the token.

    The time of waiting is no part of an answer's; of a request's it is in what `requests` calls `elapsed`.
    """

    def __init__(
        self,
        budget: RequestBudget,
        limits: AnswerLimits,
        max_connections: int,
        token: AccessToken | None,
        turn_seconds: float | None,
    ) -> None:
        super().__init__(limits, pool_connections=2, pool_maxsize=max_connections, pool_block=True)
        self._budget = budget
        self._token = token
        self._turn_seconds = turn_seconds

    def send(self, request: requests.PreparedRequest, *args: Any, **keywords: Any) -> requests.Response:
        """Send a request when it is its turn; once more without the token where that is what was refused."""
        token = self._token
        if token is None or not token.is_for(request):
            return self._send(request, *args, **keywords)
        response = self._send(token.sign(request), *args, **keywords)
        response.request = request
        if response.status_code not in REFUSALS:
            return response
        plain = self._send(request, *args, **keywords)
        if plain.ok or plain.status_code == requests.codes.not_found:
            token.refuse(str(request.url), response.status_code, self._budget)
        return plain

    def _send(self, request: requests.PreparedRequest, *args: Any, **keywords: Any) -> requests.Response:
        turn = self._budget.acquire(self._turn_seconds)
        status, wait = 0, None
        try:
            response = super().send(request, *args, **keywords)
            status = response.status_code
            if status == requests.codes.too_many_requests:
                wait = read_retry_after(response)
                wait = _DEFAULT_RETRY_AFTER_SECONDS if wait is None else wait
        finally:
            self._budget.release(turn, status, wait)
        if wait is not None:
            logger.warning(
                "429 Too Many Requests, waiting %.0f s; from now on %.0f requests a minute",
                wait,
                self._budget.per_minute,
            )
        return response


def expect_mapping(document: Any, url: str, what: str) -> Mapping[str, Any]:
    """Return the JSON object, or raise :class:`MalformedAnswerError` naming what it should have been."""
    if not isinstance(document, Mapping):
        msg = f"{url}: {what} should be an object, not {type(document).__name__}"
        raise MalformedAnswerError(msg)
    return document


def expect_list(value: Any, url: str, what: str) -> list[Any]:
    """Return the JSON list, or raise :class:`MalformedAnswerError` naming what it should have been."""
    if not isinstance(value, list):
        msg = f"{url}: {what} should be a list, not {type(value).__name__}"
        raise MalformedAnswerError(msg)
    return value


def _ask(session: BoundedSession, url: str, parameters: Mapping[str, str] | None) -> requests.Response:
    try:
        return session.get(url, params=parameters)
    except LongAnswerError as error:
        msg = f"{url}: {error}"
        raise MalformedAnswerError(msg) from error
    except (ElsewhereError, requests.TooManyRedirects) as error:
        msg = f"{url}: {error}"
        raise RefusedError(msg) from error
    except NoTurnError as error:
        msg = f"{url}: not asked: no turn came in time, since others ask as often as Wikimedia allows, or Redis is away"
        raise NotAskedError(msg) from error
    except requests.ReadTimeout as error:
        msg = f"{url}: {root_cause(error)}"
        raise SlowAnswerError(msg) from error
    except requests.exceptions.ContentDecodingError as error:
        msg = f"{url}: an answer that cannot be unpacked ({root_cause(error)})"
        raise PassingError(msg) from error
    except requests.RequestException as error:
        msg = f"{url}: no answer ({type(error).__name__}: {root_cause(error)})"
        raise UnreachableError(msg) from error


def _parse(response: requests.Response, url: str, *, private: bool) -> Any:
    start = "" if private else f": {_shorten(response.content[:_SHOWN_BYTES].decode('utf-8', 'replace'))}"
    if _is_page(response):
        msg = f"{url}: answered {response.status_code} with a page, not with JSON{start}"
        raise MalformedAnswerError(msg)
    try:
        document = json.loads(response.content)
        if b"\\ud" in response.content.lower():
            # Half of a character that is written as two is none, and no database takes it.
            json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        # Also numbers of too many digits and lists in too many lists.
        msg = f"{url}: answered {response.status_code} with broken JSON{start}"
        raise PassingError(msg) from (None if private else error)
    return document


def _check_api_error(document: Any, response: requests.Response, url: str, *, private: bool) -> None:
    """Refuse the Action API's way of saying no, which it says with 200."""
    error = document.get("error") if isinstance(document, Mapping) else None
    if not isinstance(error, Mapping) or not isinstance(code := error.get("code"), str):
        return
    info = "" if private else f": {_shorten(str(error.get('info', 'no reason given')))}"
    msg = f"{url}: {_shorten(code)}{info}"
    if code.startswith(_PASSING_CODES):
        raise PassingError(msg, retry_after_seconds=read_retry_after(response))
    raise RefusedError(msg)


def _log_retry(details: stamina.instrumentation.RetryDetails) -> None:
    logger.info("%s; asking again in %.1f s", details.caused_by, details.wait_for)


def _backoff(error: Exception) -> bool | float:
    if not isinstance(error, PassingError):
        return False
    return True if error.retry_after_seconds is None else error.retry_after_seconds


def _check_status(response: requests.Response, url: str, *, private: bool) -> None:
    status = response.status_code
    if status == requests.codes.ok:
        return
    msg = f"{url}: {status} {response.reason or ''}".rstrip() + ("" if private else _detail(response))
    if status == requests.codes.not_found:
        key = _read_key(response, "errorKey")
        raise NotFoundError(msg, is_page=_is_page(response), error_key=key if isinstance(key, str) else "")
    if status >= 500 or status == requests.codes.request_timeout:
        raise PassingError(msg, retry_after_seconds=read_retry_after(response))
    raise RefusedError(msg)


def _detail(response: requests.Response) -> str:
    detail = _read_key(response, "detail")
    return "" if detail is None else f": {_shorten(str(detail))}"


def _read_key(response: requests.Response, key: str) -> Any:
    try:
        return json.loads(response.content).get(key)
    except (ValueError, RecursionError, AttributeError):
        return None


def _is_page(response: requests.Response) -> bool:
    return response.headers.get("Content-Type", "").lower().startswith("text/html")


def root_cause(error: BaseException) -> str:
    """Say in a few words what was beneath an error."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    return _shorten(str(error) or type(error).__name__)


def _shorten(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"
