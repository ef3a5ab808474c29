"""One polite HTTP session to Wikimedia: paced, retried, with a User-Agent that says who asks."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import version
from time import monotonic, time
from typing import Any, Self

import requests
import stamina
from requests_ratelimiter import LimiterAdapter

from wiki_activity.wikimedia.errors import (
    MalformedAnswerError,
    NotFoundError,
    PassingError,
    RefusedError,
    UnreachableError,
)
from wiki_activity.wikimedia.pacer import Pacer

logger = logging.getLogger(__name__)

_TIMEOUT_SECONDS = (5.0, 30.0)
_DEFAULT_RETRY_AFTER_SECONDS = 60.0
_LONGEST_RETRY_AFTER_SECONDS = 3600.0
_SHOWN_CHARACTERS = 120


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
    return f"wiki_activity/{version('wiki-activity')}{who} requests/{requests.__version__}"


class PoliteSession:
    """Asks for JSON: each attempt waits its turn at the pacer, and what may heal is asked again.

    Safe to share between threads. Use it as a context manager, or call :meth:`close`.

    Parameters
    ----------
    contact
        E-mail or URL for the User-Agent; empty means none.
    per_minute
        Requests a minute.
    max_connections
        Size of the connection pool; the caller must not use more threads.
    retries
        Policy for errors that may heal.
    """

    def __init__(
        self,
        *,
        contact: str,
        per_minute: float,
        max_connections: int,
        retries: RetryPolicy = RetryPolicy(),
        clock: Callable[[], float] = monotonic,
    ) -> None:
        # Left alone, stamina prints to standard output wherever structlog is installed.
        stamina.instrumentation.set_on_retry_hooks([_log_retry])
        self.pacer = Pacer(per_minute, clock)
        self._clock = clock
        self._retries = retries
        self._session = requests.Session()
        self._session.headers["User-Agent"] = user_agent(contact)
        self._session.headers["Accept"] = "application/json"
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, self._paced_adapter(max_connections))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the connections and let requests that wait for their turn end."""
        self.pacer.stop()
        self._session.close()

    def get_json(self, url: str, parameters: Mapping[str, str] | None = None) -> Any:
        """Get a JSON document.

        Raises
        ------
        NotFoundError
            On 404.
        RefusedError
            On another 4xx that will not heal.
        PassingError
            When the last attempt, too, met an error that may heal; UnreachableError when nothing answered.
        """
        for attempt in stamina.retry_context(
            on=_backoff,
            attempts=self._retries.attempts,
            timeout=None,
            wait_initial=self._retries.first_wait_seconds,
            wait_max=self._retries.longest_wait_seconds,
            wait_jitter=self._retries.jitter_seconds,
        ):
            with attempt:
                return self._get_json_once(url, parameters)
        msg = "stamina ends with a result or an error"
        raise AssertionError(msg)

    def _get_json_once(self, url: str, parameters: Mapping[str, str] | None) -> Any:
        try:
            response = self._session.get(url, params=parameters, timeout=_TIMEOUT_SECONDS)
        except requests.RequestException as error:
            msg = f"{url}: no answer ({type(error).__name__}: {root_cause(error)})"
            raise UnreachableError(msg) from error
        if response.status_code == requests.codes.too_many_requests:
            wait = read_retry_after(response)
            wait = _DEFAULT_RETRY_AFTER_SECONDS if wait is None else wait
            self.pacer.refused(wait, sent_at=self._clock() - response.elapsed.total_seconds())
            logger.warning(
                "429 Too Many Requests, asked to wait %.0f s; from now on %.0f requests a minute",
                wait,
                self.pacer.per_minute,
            )
            # The pacer makes everybody wait: the retry need not.
            msg = f"{url}: 429 Too Many Requests"
            raise PassingError(msg, retry_after_seconds=0.0)
        self.pacer.answered()
        _check_status(response, url)
        try:
            return response.json()
        except (ValueError, RecursionError) as error:
            # Also numbers of too many digits and lists in too many lists.
            msg = f"{url}: answered {response.status_code} with broken JSON: {_shorten(response.text)}"
            raise PassingError(msg) from error

    def _paced_adapter(self, max_connections: int) -> LimiterAdapter:
        return LimiterAdapter(
            limiter=self.pacer,
            per_host=False,
            bucket_name="wikimedia",
            limit_statuses=(),
            pool_connections=2,
            pool_maxsize=max_connections,
            pool_block=True,
        )


def expect_mapping(document: Any, url: str, what: str) -> Mapping[str, Any]:
    """Return the JSON object, or raise :class:`MalformedAnswerError` naming what it should have been."""
    if not isinstance(document, Mapping):
        msg = f"{url}: {what} should be an object, not {_shorten(repr(document))}"
        raise MalformedAnswerError(msg)
    return document


def expect_list(value: Any, url: str, what: str) -> list[Any]:
    """Return the JSON list, or raise :class:`MalformedAnswerError` naming what it should have been."""
    if not isinstance(value, list):
        msg = f"{url}: {what} should be a list, not {_shorten(repr(value))}"
        raise MalformedAnswerError(msg)
    return value


def _log_retry(details: stamina.instrumentation.RetryDetails) -> None:
    logger.info("%s; asking again in %.1f s", details.caused_by, details.wait_for)


def _backoff(error: Exception) -> bool | float:
    if not isinstance(error, PassingError):
        return False
    return True if error.retry_after_seconds is None else error.retry_after_seconds


def _check_status(response: requests.Response, url: str) -> None:
    status = response.status_code
    if status == requests.codes.ok:
        return
    msg = f"{url}: {status} {response.reason or ''}".rstrip() + _detail(response)
    if status == requests.codes.not_found:
        raise NotFoundError(msg)
    if status >= 500 or status == requests.codes.request_timeout:
        raise PassingError(msg, retry_after_seconds=read_retry_after(response))
    raise RefusedError(msg)


def _detail(response: requests.Response) -> str:
    try:
        detail = response.json()["detail"]
    except (requests.JSONDecodeError, KeyError, TypeError):
        return ""
    return f": {_shorten(str(detail))}"


def read_retry_after(response: requests.Response) -> float | None:
    """Seconds that `Retry-After` asks for, as a number or as an HTTP date; None where it asks for nothing."""
    value = response.headers.get("Retry-After", "").strip()
    try:
        seconds = float(value) if value.replace(".", "", 1).isdigit() else _seconds_until(value)
    except (ValueError, TypeError):
        return None
    return min(max(seconds, 0.0), _LONGEST_RETRY_AFTER_SECONDS)


def _seconds_until(http_date: str) -> float:
    moment = parsedate_to_datetime(http_date)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - time()


def root_cause(error: BaseException) -> str:
    """Say in a few words what was beneath an error."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    return _shorten(str(error) or type(error).__name__)


def _shorten(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"
