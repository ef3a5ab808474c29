"""How long an answer asks to be left alone."""

import logging
from datetime import UTC
from email.utils import parsedate_to_datetime
from time import time

import requests

logger = logging.getLogger(__name__)

_LONGEST_RETRY_AFTER_SECONDS = 120.0
"""Wikimedia counts by the minute; who asks for an hour, or for years, is asked again all the same."""


def read_retry_after(response: requests.Response) -> float | None:
    """Seconds that `Retry-After` asks for, as a number or as an HTTP date; None where it asks for nothing.

    No more than two minutes, whatever is asked for.
    """
    value = response.headers.get("Retry-After", "").strip()
    try:
        seconds = float(value) if value.replace(".", "", 1).isdigit() else _seconds_until(value)
    except (ValueError, TypeError):
        return None
    if seconds > _LONGEST_RETRY_AFTER_SECONDS:
        logger.warning("asked to wait %s s: waiting %.0f s", ascii(value)[:60], _LONGEST_RETRY_AFTER_SECONDS)
    return min(max(seconds, 0.0), _LONGEST_RETRY_AFTER_SECONDS)


def _seconds_until(http_date: str) -> float:
    moment = parsedate_to_datetime(http_date)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - time()
