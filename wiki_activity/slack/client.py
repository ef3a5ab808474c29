"""Slack's incoming webhook: posts one message, and says what became of it.

SlackError
├── RetryLaterError    429, 408 and 5xx: the same message may be taken later
├── UnreachableError   no answer: timeouts, refused connections, names that do not resolve
└── RejectedError      any other status: this message, or this address, is not taken
"""

import http.client
import logging
import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Final, Protocol
from urllib.error import URLError
from urllib.parse import urlsplit

from slack_sdk.errors import SlackClientError
from slack_sdk.webhook import WebhookClient

from wiki_activity.slack.message import Message

TIMEOUT_SECONDS: Final = 10
_TRANSIENT: Final = frozenset({408, 429})
_LONGEST_ANSWER: Final = 80


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

    Parameters
    ----------
    address
        A secret: it is shown nowhere.
    timeout_seconds
        How long to wait for a connection, and then for an answer.
    """

    def __init__(self, address: str, timeout_seconds: int = TIMEOUT_SECONDS) -> None:
        self._address = address
        self._client = WebhookClient(address, timeout=timeout_seconds, logger=_make_silent_logger(), retry_handlers=[])
        # The library would send everything to a proxy, loopback too; urllib's own handling heeds `no_proxy`.
        self._client.proxy = None

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
            answer = self._client.send_dict(message.to_payload())
        except (OSError, http.client.HTTPException, SlackClientError, ValueError) as error:
            # Not chained: the original may hold the address.
            raise UnreachableError(self._name(error)) from None
        _check(answer.status_code, self._hide(" ".join(answer.body.split()))[:_LONGEST_ANSWER], answer.headers)

    def _hide(self, text: str) -> str:
        path = urlsplit(self._address).path
        return text.replace(self._address, "…").replace(path, "…") if len(path) > 1 else text

    @staticmethod
    def _name(error: Exception) -> str:
        """Say what went wrong, without the address."""
        reason = error.reason if isinstance(error, URLError) else error
        if isinstance(reason, TimeoutError):
            return "Slack did not answer in time"
        if isinstance(reason, OSError) and reason.strerror:
            return f"Slack cannot be reached: {reason.strerror}"
        return f"Slack cannot be reached: {type(reason).__name__}"


def _check(status: int, said: str, headers: Mapping[str, str]) -> None:
    if 200 <= status < 300:
        return
    reason = f"Slack answered {status}: {said}" if said else f"Slack answered {status}"
    if status in _TRANSIENT or status >= 500:
        raise RetryLaterError(reason, _read_wait(headers))
    raise RejectedError(reason)


def _read_wait(headers: Mapping[str, str]) -> timedelta | None:
    given = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
    try:
        seconds = float(given)
    except ValueError:
        return None
    return timedelta(seconds=min(seconds, 86_400)) if math.isfinite(seconds) and seconds >= 0 else None


def _make_silent_logger() -> logging.Logger:
    """Make the logger to which the library tells the address at DEBUG, and errors with parts of it: all is lost."""
    logger = logging.getLogger(f"{__name__}.silenced")
    logger.setLevel(logging.CRITICAL + 1)
    logger.propagate = False
    return logger
