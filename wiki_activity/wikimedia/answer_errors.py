"""What can go wrong between us and Wikimedia."""

from wiki_activity.settings import hide_credentials


class WikimediaError(Exception):
    """Wikimedia could not be read; the message names the address, without credentials, and what came instead."""

    def __init__(self, message: str) -> None:
        super().__init__(hide_credentials(message))


class PassingError(WikimediaError):
    """May heal when asked again: time-outs, broken connections, 5xx, 408, 429, broken JSON.

    Parameters
    ----------
    retry_after_seconds
        What a 429 or a 503 asked for; None where it asked for nothing.
    """

    def __init__(self, message: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class RefusedError(WikimediaError):
    """A final no: 4xx other than 404, 408 and 429."""


class NotFoundError(WikimediaError):
    """404: for the metrics API, Wikimedia has no data for this wiki.

    Parameters
    ----------
    is_page
        Whether it is a page for people, which may as well mean that the service is elsewhere.
    error_key
        Of MediaWiki's REST API: what was not found; empty where it does not say.
    """

    def __init__(self, message: str, *, is_page: bool = False, error_key: str = "") -> None:
        super().__init__(message)
        self.is_page = is_page
        self.error_key = error_key


class MalformedAnswerError(WikimediaError):
    """An answer that is JSON and yet not what the service promises."""


class NotAskedError(WikimediaError):
    """Nothing was asked, since no turn came in the time that the caller would wait: others use what is allowed."""


class UnreachableError(PassingError):
    """Nothing answered at all: no connection, or no answer in time."""


class SlowAnswerError(UnreachableError):
    """An answer that had not come to its end in the time that is given to a whole one."""
