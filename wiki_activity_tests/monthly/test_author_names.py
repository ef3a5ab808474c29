"""What authors are called is asked of Meta-Wiki; what cannot be read stays as it was."""

from collections.abc import Iterator
from urllib.parse import parse_qsl

import pytest
from pytest_httpserver import HTTPServer
from pytest_httpserver.httpserver import QueryMatcher
from sqlalchemy import Engine

from wiki_activity.monthly.author_names import NamesFound, refresh_author_names
from wiki_activity.simulator.server import SimulatorSettings, running_simulator
from wiki_activity.wikimedia.accounts import get_account_name
from wiki_activity.wikimedia.answer_errors import PassingError
from wiki_activity.wikimedia.http import PoliteSession, RetryPolicy
from wiki_activity_tests.storage.conftest import NOW
from wiki_activity_tests.storage.test_author_names import list_shown, write_note


class AsksFor(QueryMatcher):
    """Matches a request for one account."""

    def __init__(self, author_id: str) -> None:
        self._author_id = author_id

    def get_comparing_values(self, request_query_string: bytes) -> tuple[str | None, str]:
        asked = dict(parse_qsl(request_query_string.decode()))
        return asked.get("guiid"), self._author_id


@pytest.fixture
def session() -> Iterator[PoliteSession]:
    retries = RetryPolicy(attempts=1)
    with PoliteSession(contact="tests@example.org", per_minute=60_000, max_connections=1, retries=retries) as session:
        yield session


@pytest.mark.parametrize(
    ("account", "name"),
    [
        ({"id": 7, "name": "Asha B"}, "Asha B"),
        ({"missing": True}, None),
        ({"id": 7, "name": "Asha", "hidden": ""}, None),
        ({"id": 7, "name": "Asha", "locked": True}, "Asha"),
        ({"id": 7, "name": "Vanished user 1a2b", "locked": True}, None),
        ({"id": 7, "name": "~2026-12345-67"}, None),
    ],
)
def test_gone_hidden_vanished_and_temporary_accounts_have_no_name(
    httpserver: HTTPServer, session: PoliteSession, account: dict[str, object], name: str | None
) -> None:
    httpserver.expect_request("/w/api.php").respond_with_json({"query": {"globaluserinfo": account}})
    assert get_account_name(session, httpserver.url_for("/w/api.php"), "7") == name


def test_what_could_not_be_read_leaves_the_last_known_name(
    engine: Engine, httpserver: HTTPServer, session: PoliteSession
) -> None:
    write_note(engine, "Asha")
    httpserver.expect_request("/w/api.php").respond_with_data("", 503)
    with pytest.raises(PassingError):
        refresh_author_names(engine, session, httpserver.url_for("/w/api.php"), NOW.replace(year=2025))
    assert list_shown(engine) == {"Asha"}


def test_an_account_that_is_never_answered_keeps_no_other_waiting(
    engine: Engine, httpserver: HTTPServer, session: PoliteSession
) -> None:
    for author_id in ("7", "8", "9"):
        write_note(engine, f"Author {author_id}", author_id)
    httpserver.expect_request("/w/api.php", query_string=AsksFor("7")).respond_with_data("", 500)
    for author_id in ("8", "9"):
        account = {"query": {"globaluserinfo": {"id": int(author_id), "name": f"Renamed {author_id}"}}}
        httpserver.expect_request("/w/api.php", query_string=AsksFor(author_id)).respond_with_json(account)
    found = refresh_author_names(engine, session, httpserver.url_for("/w/api.php"), NOW.replace(year=2025))
    assert found == NamesFound(asked=3, gone=0, failed=1)
    assert list_shown(engine) == {"Author 7", "Renamed 8", "Renamed 9"}


def test_where_nothing_answers_nobody_is_asked_any_more(
    engine: Engine, httpserver: HTTPServer, session: PoliteSession
) -> None:
    for number in range(10, 16):
        write_note(engine, f"Author {number}", str(number))
    httpserver.expect_request("/w/api.php").respond_with_data("", 503)
    with pytest.raises(PassingError):
        refresh_author_names(engine, session, httpserver.url_for("/w/api.php"), NOW.replace(year=2025))
    assert len(httpserver.log) == 3


def test_the_simulator_tells_what_authors_are_called(engine: Engine, session: PoliteSession) -> None:
    write_note(engine, "Asha")
    write_note(engine, "Ravi", "1000001")
    with running_simulator(SimulatorSettings(wikis=5)) as url:
        found = refresh_author_names(engine, session, f"{url}/w/api.php", NOW.replace(year=2025))
    assert found == NamesFound(asked=2, gone=1, failed=0)
    assert list_shown(engine) == {"Simulated account 7", "a former account"}
