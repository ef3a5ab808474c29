"""What `doctor` checks of Wikimedia's addresses: one small request to each."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime

import requests
from urllib3.exceptions import HTTPError

from wiki_activity.bounded_http import AnswerLimits, BoundedSession, ElsewhereError
from wiki_activity.cli.doctor.findings import Finding, Level, name_variable
from wiki_activity.domain.months import newest_ended_month, shift_month
from wiki_activity.domain.request_budget import RequestBudget
from wiki_activity.redis_store.connection import connect, wrapped_errors
from wiki_activity.redis_store.shared_budget import open_budget
from wiki_activity.redis_store.store_errors import RedisStoreError
from wiki_activity.settings import Settings, hide_credentials
from wiki_activity.wikimedia.access_token import AccessToken, make_token
from wiki_activity.wikimedia.answer_errors import (
    NotAskedError,
    NotFoundError,
    PassingError,
    UnreachableError,
    WikimediaError,
)
from wiki_activity.wikimedia.http import PoliteSession, RetryPolicy, user_agent
from wiki_activity.wikimedia.metrics import parse_series
from wiki_activity.wikimedia.site_matrix import get_site_matrix

_WIKI = "en.wikipedia.org"
_STREAM = AnswerLimits(seconds=10, bytes=1 << 20)
_TURN_SECONDS = 15.0
_LATER = "try again in a minute"


def check_addresses(settings: Settings) -> list[Finding]:
    """Ask each address once."""
    token = make_token(settings)
    with PoliteSession(
        contact=settings.contact,
        # At the pace of those without a contact the second of the two requests would wait for seven seconds.
        per_minute=600,
        max_connections=1,
        retries=RetryPolicy(attempts=1),
        budget=_find_budget(settings),
        token=token,
        turn_seconds=_TURN_SECONDS,
    ) as session:
        found = [check_metrics(session, settings), check_site_matrix(session, settings)]
    return [*found, check_stream(settings), check_token(settings, token)]


def check_token(settings: Settings, token: AccessToken | None) -> Finding:
    """Tell what became of the access token in the requests before."""
    variable = name_variable("TOKEN")
    pace = f"{settings.pace_per_minute:.0f} requests a minute"
    if token is None:
        return Finding(variable, Level.OK, f"not set: {pace}")
    if token.is_refused:
        message = f"is refused: requests go on without it, {settings.pace_without_token:.0f} requests a minute"
        return Finding(variable, Level.FAIL, message, "make a new owner-only OAuth 2 client, or unset it")
    if not token.is_used:
        message = "set, and sent to nobody: no address in the settings is Wikimedia's, by https"
        return Finding(variable, Level.WARN, message, f"correct {name_variable('METRICS_URL')}, or unset it")
    return Finding(variable, Level.OK, f"set, and not refused: {pace}")


def check_metrics(session: PoliteSession, settings: Settings) -> Finding:
    """Ask for one month of one wiki."""
    month = shift_month(newest_ended_month(datetime.now(UTC)), -1)
    path = f"edits/aggregate/{_WIKI}/all-editor-types/content/monthly/{month:%Y%m%d}/{shift_month(month, 1):%Y%m%d}"

    def ask() -> str:
        url = f"{settings.metrics_url}/{path}"
        months = len(parse_series(session.get_json(url), "edits", url, {"project": _WIKI}))
        return f"answers {months} month{'s' * (months != 1)} of {_WIKI}"

    return _judge("METRICS_URL", settings.metrics_url, ask, missing=Level.WARN)


def check_site_matrix(session: PoliteSession, settings: Settings) -> Finding:
    """Ask for the list of wikis."""

    def ask() -> str:
        matrix = get_site_matrix(session, settings.site_matrix_url)
        odd = f"; {len(matrix.left_out):,} cannot be used: {matrix.describe_left_out()}" if matrix.left_out else ""
        return f"names {sum(not wiki.closed for wiki in matrix.wikis):,} open wikis{odd}"

    return _judge("SITEMATRIX_URL", settings.site_matrix_url, ask)


def check_stream(settings: Settings) -> Finding:
    """Connect to the stream, read its first bytes, and leave."""
    variable, url = name_variable("STREAM_URL"), settings.stream_url
    headers = {"User-Agent": user_agent(settings.contact), "Accept": "text/event-stream"}
    place = hide_credentials(url)
    try:
        with BoundedSession(_STREAM) as session, closing(session.get(url, headers=headers, stream=True)) as answer:
            status, kind = answer.status_code, answer.headers.get("Content-Type", "")
            first = next(answer.iter_content(64), b"") if status == requests.codes.ok else b""
    except ElsewhereError as error:
        return Finding(variable, Level.FAIL, f"{place}: {error}", f"correct {variable}")
    # What comes of reading the first bytes is urllib3's own.
    except (requests.RequestException, HTTPError) as error:
        return Finding(variable, Level.FAIL, f"{place}: no answer ({type(error).__name__})", _tell_network(variable))
    if status == requests.codes.too_many_requests:
        message = f"{place}: 429, two streams of this address are open already"
        return Finding(variable, Level.WARN, message, "is another watcher running?")
    if status >= 500:
        return Finding(variable, Level.WARN, f"{place}: answers {status}", _LATER)
    if status != requests.codes.ok or not kind.startswith("text/event-stream") or not first:
        message = f"{place}: answers {status} with {kind or 'no type'}, which is no event stream"
        return Finding(variable, Level.FAIL, message, f"correct {variable}")
    return Finding(variable, Level.OK, f"{place}: streams")


def _find_budget(settings: Settings) -> RequestBudget | None:
    """Find the budget of the installation; None without it, or where Redis does not answer: that is told already."""
    if settings.redis_url is not None:
        try:
            with closing(connect(settings.redis_url)) as client, wrapped_errors(client):
                client.ping()
        except RedisStoreError:
            return None
    return open_budget(settings, "doctor")


def _judge(name: str, url: str, ask: Callable[[], str], missing: Level = Level.FAIL) -> Finding:
    variable, place = name_variable(name), hide_credentials(url)
    try:
        return Finding(variable, Level.OK, f"{place}: {ask()}")
    except UnreachableError as error:
        return Finding(variable, Level.FAIL, hide_credentials(str(error)), _tell_network(variable))
    except NotFoundError as error:
        return Finding(variable, missing, hide_credentials(str(error)), f"look whether {variable} is right")
    except (PassingError, NotAskedError) as error:
        return Finding(variable, Level.WARN, hide_credentials(str(error)), _LATER)
    except WikimediaError as error:
        return Finding(variable, Level.FAIL, hide_credentials(str(error)), f"correct {variable}")


def _tell_network(variable: str) -> str:
    return f"check the network and its proxy, or correct {variable}"
