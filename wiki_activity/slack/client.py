"""Slack's incoming webhook: posts one message, and says what became of it.

SlackError
├── RetryLaterError    429, 408 and 5xx: the same message may be taken later; redirects, and pages of whoever else
├── UnreachableError   no answer: timeouts, endless answers, refused connections, names that do not resolve
└── RejectedError      any other status: this message, or this address, is not taken
"""

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Final, Protocol
from urllib.parse import urlsplit

import requests

from wiki_activity.bounded_http import AnswerLimits, BoundedSession, LongAnswerError, silence_addresses
from wiki_activity.slack.message import Message

TIMEOUT_SECONDS: Final = 10
_TRANSIENT: Final = frozenset({408, 429})
_LONGEST_ANSWER: Final = 80
_MOST_BYTES: Final = 1 << 16
_LONGEST_WAIT: Final = 3600.0
_TAKEN: Final = "ok"


class SlackError(Exception):
    """A message was not taken; the text never holds the webhook's address."""


class RetryLaterError(SlackError):
    """Slack asks for patience.

    Parameters
    ----------
    after
        How long, where it said so.
    """

    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.after = after


class UnreachableError(SlackError):
    """Slack did not answer; whether the message arrived is not known."""


class RejectedError(SlackError):
    """Slack does not take this message, or has no such address; trying again soon is no use."""


class Poster(Protocol):
    """Posts messages somewhere."""

    def post(self, message: Message) -> None:
        """Post one message.

        Raises
        ------
        SlackError
            If it was not taken.
        """


class SlackWebhook:
    """One incoming webhook; retrying is up to the caller.

    Slack takes a message with 200 and the word `ok`; whatever else comes, and wherever it leads, it is not sent.

    Parameters
    ----------
    address
        A secret: it is shown nowhere.
    timeout_seconds
        How long to wait for the whole answer.
    """

    def __init__(self, address: str, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._address = address
        self._limits = AnswerLimits(timeout_seconds, _MOST_BYTES)
        silence_addresses()

    def __repr__(self) -> str:
        return f"SlackWebhook({urlsplit(self._address).hostname})"

    def post(self, message: Message) -> None:
        """Post one message.

        Raises
        ------
        SlackError
            If it was not taken.
        """
        try:
            with BoundedSession(self._limits) as session:
                answer = session.post(self._address, json=message.to_payload(), allow_redirects=False)
        except (requests.RequestException, UnicodeError) as error:
            # Not chained: the original holds the address.
            raise UnreachableError(_name(error)) from None
        said = self._hide(" ".join(answer.content.decode("utf-8", "replace").split()))[:_LONGEST_ANSWER]
        _check(answer.status_code, said, answer.headers)

    def _hide(self, text: str) -> str:
        path = urlsplit(self._address).path
        return text.replace(self._address, "…").replace(path, "…") if len(path) > 1 else text


def _check(status: int, said: str, headers: Mapping[str, str]) -> None:
    if status == requests.codes.ok and said == _TAKEN:
        return
    reason = f"Slack answered {status}: {said}" if said else f"Slack answered {status}"
    if status < 400:
        # A page of whoever stands between, a login, an address that is not Slack's: no message is at fault.
        raise RetryLaterError(f"{reason}, not {_TAKEN!r}" if said else f"{reason} and not {_TAKEN!r}")
    if status in _TRANSIENT or status >= 500:
        raise RetryLaterError(reason, _read_wait(headers))
    raise RejectedError(reason)


def _name(error: Exception) -> str:
    """Say what went wrong, without the address."""
    if isinstance(error, requests.Timeout):
        return "Slack did not answer in time"
    if isinstance(error, LongAnswerError):
        return f"Slack cannot be reached: {error}"
    cause: BaseException = error
    while (deeper := _find_cause(cause)) is not None:
        cause = deeper
    if isinstance(cause, TimeoutError):
        return "Slack did not answer in time"
    if isinstance(cause, OSError) and cause.strerror:
        return f"Slack cannot be reached: {cause.strerror}"
    return f"Slack cannot be reached: {type(cause).__name__}"


def _find_cause(error: BaseException) -> BaseException | None:
    inner = getattr(error, "reason", None) or next((one for one in error.args if isinstance(one, BaseException)), None)
    return inner if isinstance(inner, BaseException) else error.__cause__ or error.__context__


def _read_wait(headers: Mapping[str, str]) -> timedelta | None:
    try:
        seconds = float(headers.get("Retry-After", ""))
    except ValueError:
        return None
    return timedelta(seconds=min(seconds, _LONGEST_WAIT)) if math.isfinite(seconds) and seconds >= 0 else None
