"""Who asks too often, too much at once or without a name is told so."""

import http.client
from urllib.parse import urlsplit

import pytest
import requests

from wiki_activity.simulator.faults import Faults
from wiki_activity.simulator.limits import Limiter, Limits, check_user_agent, has_contact
from wiki_activity.simulator.server import SimulatorSettings
from wiki_activity_tests.simulator.conftest import AGENT, Clock, Start

MATRIX = "/w/api.php?action=sitematrix&format=json"
COUNTS = "/metrics/edits/aggregate/en.wikipedia/user/content/monthly/20240101/20240201"
WITHOUT_CONTACT = "my-tool/1 requests/2"


def ask(url: str, agent: str = AGENT, path: str = COUNTS) -> requests.Response:
    return requests.get(url + path, headers={"User-Agent": agent}, timeout=10)


@pytest.mark.parametrize(
    ("agent", "contact"),
    [
        ("tool/1 (https://example.org/me) requests/2", True),
        ("tool/1 (me@example.org) requests/2", True),
        ("tool/1 (Me, me@example.org; https://example.org)", True),
        ("tool/1 me@example.org", False),
        ("tool/1 (Linux x86_64)", False),
        ("tool/1", False),
    ],
)
def test_a_contact_is_an_address_within_parentheses(agent: str, contact: bool) -> None:
    assert has_contact(agent) is contact
    assert check_user_agent(agent) is None


@pytest.mark.parametrize("agent", ["python-requests/2.32.3", "curl/8.5.0", "Go-http-client/1.1", "Java", "  ", None])
def test_a_librarys_own_name_or_none_is_forbidden(agent: str | None) -> None:
    refusal = check_user_agent(agent)
    assert refusal is not None
    assert refusal.status == 403


def test_the_default_agent_of_requests_is_answered_403(start: Start) -> None:
    url = start(SimulatorSettings(wikis=5))
    for path in (COUNTS, MATRIX):
        answer = requests.get(url + path, timeout=10)
        assert answer.status_code == 403
        assert answer.headers["Content-Type"].startswith("text/plain")


def test_no_agent_at_all_is_answered_403(start: Start) -> None:
    connection = http.client.HTTPConnection(urlsplit(start(SimulatorSettings(wikis=5))).netloc, timeout=10)
    connection.request("GET", COUNTS)
    assert connection.getresponse().status == 403
    connection.close()


@pytest.mark.parametrize(("agent", "allowed"), [(AGENT, 200), (WITHOUT_CONTACT, 10)])
def test_the_request_over_the_limit_is_told_when_to_come_back(
    start: Start, clock: Clock, session: requests.Session, agent: str, allowed: int
) -> None:
    url = start(SimulatorSettings(wikis=5))
    session.headers["User-Agent"] = agent
    statuses = set()
    for _ in range(allowed):
        statuses.add(session.get(url + COUNTS).status_code)
    clock.advance(20.5)
    refused = session.get(url + COUNTS)
    assert statuses == {200}
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "40")
    assert refused.headers["Content-Type"].startswith("text/plain")
    clock.advance(40)
    assert session.get(url + COUNTS).status_code == 200


def test_the_window_slides() -> None:
    clock = Clock()
    limiter = Limiter(Limits(requests_per_minute=2, in_flight=9), clock)
    served = []
    for _ in range(13):
        served.append(limiter.enter("here", AGENT) is None)
        clock.advance(10)
    assert served == [True, True, *([False] * 4)] * 2 + [True]


def test_refused_requests_do_not_count_and_addresses_and_contacts_are_counted_apart() -> None:
    clock = Clock()
    limiter = Limiter(Limits(requests_per_minute=1, requests_per_minute_without_contact=1, in_flight=9), clock)
    for address, agent in (("here", AGENT), ("here", WITHOUT_CONTACT), ("there", AGENT)):
        assert limiter.enter(address, agent) is None
        for _ in range(3):
            refusal = limiter.enter(address, agent)
            assert refusal is not None
            assert refusal.retry_after == 60
    clock.advance(60)
    assert limiter.enter("here", AGENT) is None


def test_a_limit_that_was_lowered_holds_at_once() -> None:
    clock = Clock()
    limiter = Limiter(Limits(requests_per_minute=3, in_flight=9), clock)
    for _ in range(3):
        limiter.enter("here", AGENT)
        clock.advance(1)
    limiter.limits = Limits(requests_per_minute=1, in_flight=9)
    refusal = limiter.enter("here", AGENT)
    assert refusal is not None
    assert refusal.retry_after == 59  # until the last of the three is a minute old


def test_more_than_three_at_once_are_refused_until_one_ends(start: Start, session: requests.Session) -> None:
    url = start(SimulatorSettings(wikis=5, faults=Faults(hung_share=1.0)))
    held = [http.client.HTTPConnection(urlsplit(url).netloc, timeout=10) for _ in range(3)]
    for connection in held:
        connection.request("GET", COUNTS, headers={"User-Agent": AGENT})
    wait_for_in_flight(session, url, 3)
    session.post(f"{url}/simulator/settings", json={"faults": {"hung_share": 0.0}})
    refused = ask(url)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    held.pop().close()
    wait_for_in_flight(session, url, 2)
    assert ask(url).status_code == 200
    for connection in held:
        connection.close()
    wait_for_in_flight(session, url, 0)
    assert session.get(f"{url}/simulator/requests.json").json()["most_in_flight"] == 3


def wait_for_in_flight(session: requests.Session, url: str, wanted: int) -> None:
    for _ in range(1000):
        if session.get(f"{url}/simulator/requests.json?newest=0").json()["in_flight"] == wanted:
            return
    pytest.fail(f"there never were {wanted} requests in flight")


def test_the_simulators_own_pages_and_the_webhook_know_no_limit(start: Start) -> None:
    url = start(SimulatorSettings(wikis=5, limits=Limits(requests_per_minute=0, requests_per_minute_without_contact=0)))
    assert ask(url).status_code == 429
    assert requests.get(f"{url}/simulator", timeout=10).status_code == 200
    assert requests.post(f"{url}/slack/T", json={"text": "hello"}, timeout=10).status_code == 200


def test_a_negative_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="in_flight"):
        Limits(in_flight=-1)
