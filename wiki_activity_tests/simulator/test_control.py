"""The simulator says what it simulates, and changes while it runs."""

import socket
from datetime import date
from typing import Any

import pytest
import requests

from wiki_activity.simulator.server import SimulatorSettings, serve
from wiki_activity_tests.simulator.conftest import NOW, Start

COUNTS = "/metrics/edits/aggregate/en.wikipedia/user/content/monthly/20010101/20270101"


@pytest.fixture
def url(start: Start) -> str:
    return start(SimulatorSettings(wikis=40))


def read_counts(session: requests.Session, url: str) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = session.get(url + COUNTS).json()["items"][0]["results"]
    return results


def test_the_newest_month_is_by_default_the_last_that_has_ended(url: str, session: requests.Session) -> None:
    settings = session.get(f"{url}/simulator/settings").json()
    assert (settings["newest_month"], settings["edition"], settings["wikis"]) == ("2026-05", 1, 40)


def test_a_month_can_be_published_and_the_past_restated(start: Start, session: requests.Session) -> None:
    url = start(SimulatorSettings(wikis=40, newest_month=date(2026, 4, 1)))
    before = read_counts(session, url)
    answer = session.post(f"{url}/simulator/settings", json={"newest_month": "2026-05", "edition": 2})
    after = read_counts(session, url)
    assert (answer.status_code, answer.json()["edition"]) == (200, 2)
    assert after[-1]["timestamp"].startswith("2026-05")
    assert len(after) == len(before) + 1
    assert 0 < sum(one != other for one, other in zip(before, after, strict=False)) < 20


def test_the_truth_names_planted_months_up_to_the_newest(url: str, session: requests.Session) -> None:
    truth = session.get(f"{url}/simulator/truth.json").json()
    assert truth["peaks"]
    assert max(peak["month"] for peak in truth["peaks"]) <= "2026-05"
    assert set(truth["peaks"][0]) == {
        "project", "month", "kind", "factor", "expected", "rises", "extra_shares", "metrics", "starts", "shared",
    }  # fmt: skip
    assert {"project", "month", "factor"} == set(truth["shifts"][0])
    assert set(truth["bursts"][0]) == {"project", "start", "seconds", "end", "factor", "people", "page"}
    assert truth["stream_time"] == NOW.timestamp()


def test_requests_are_logged_with_their_status(url: str, session: requests.Session) -> None:
    session.get(url + COUNTS)
    session.get(f"{url}/nowhere")
    log = session.get(f"{url}/simulator/requests.json").json()
    assert log["statuses"] == {"200": 1, "404": 1}
    assert [(entry["path"], entry["status"]) for entry in log["requests"]] == [(COUNTS, 200), ("/nowhere", 404)]
    assert log["requests"][0]["user_agent"] == session.headers["User-Agent"]
    assert log["requests"][0]["time"] == NOW.timestamp()
    assert len(session.get(f"{url}/simulator/requests.json?newest=1").json()["requests"]) == 1
    assert session.get(f"{url}/simulator/requests.json?newest=all").status_code == 400


def test_faults_and_limits_can_be_changed_one_by_one(url: str, session: requests.Session) -> None:
    changes = {"faults": {"latency_ms": 5, "missing_projects": ["en.wikipedia.org"]}, "limits": {"in_flight": 7}}
    settings = session.post(f"{url}/simulator/settings", json=changes).json()
    assert settings["faults"]["latency_ms"] == 5
    assert settings["limits"] == {
        "requests_per_minute": 200, "requests_per_minute_without_contact": 10, "in_flight": 7, "stream_connections": 2,
    }  # fmt: skip
    assert session.get(url + COUNTS).status_code == 404


def test_a_burst_can_be_planted_now(url: str, session: requests.Session) -> None:
    burst = {"project": "de.wikipedia.org", "factor": 6, "minutes": 3}
    assert session.post(f"{url}/simulator/settings", json={"burst": burst}).status_code == 200
    start = int(NOW.timestamp()) + 1
    planted = {
        "project": "de.wikipedia.org",
        "start": start,
        "end": start + 180,
        "seconds": 180,
        "factor": 6.0,
        "people": 30,
        "page": "",
    }
    assert planted in session.get(f"{url}/simulator/truth.json").json()["bursts"]


@pytest.mark.parametrize(
    "changes",
    [
        [],
        {"fault": {}},
        {"faults": []},
        {"faults": {"latency": 5}},
        {"faults": {"latency_ms": "5"}},
        {"faults": {"latency_ms": True}},
        {"faults": {"broken_share": 2}},
        {"faults": {"missing_projects": "en.wikipedia.org"}},
        {"faults": {"missing_projects": [5]}},
        {"faults": {"stream_silent": 1}},
        {"limits": {"in_flight": 1.5}},
        {"limits": {"in_flight": -1}},
        {"newest_month": "May"},
        {"newest_month": "2050-01"},
        {"edition": "two"},
        {"edition": 0},
        {"burst": {"project": "nowhere.example"}},
        {"burst": {"factor": 0}},
        {"burst": {"size": 3}},
    ],
)
def test_a_change_that_cannot_be_made_changes_nothing(url: str, session: requests.Session, changes: object) -> None:
    before = session.get(f"{url}/simulator/settings").json()
    if isinstance(changes, dict):
        changes = {"limits": {"in_flight": 9}} | changes
    answer = session.post(f"{url}/simulator/settings", json=changes)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert session.get(f"{url}/simulator/settings").json() == before


def test_settings_must_be_sent_as_json(url: str, session: requests.Session) -> None:
    headers = {"Content-Type": "text/plain"}
    assert session.post(f"{url}/simulator/settings", data="{}", headers=headers).status_code == 415
    headers = {"Content-Type": "application/json; charset=utf-8"}
    assert session.post(f"{url}/simulator/settings", data="{", headers=headers).status_code == 400


def test_the_page_says_in_words_what_is_simulated(url: str, session: requests.Session) -> None:
    session.get(url + COUNTS)
    page = session.get(f"{url}/simulator")
    assert page.status_code == 200
    assert "40 open wikis" in page.text
    assert "to May 2026" in page.text
    assert '<tr><th scope="row">200</th><td>1</td></tr>' in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert session.get(f"{url}/simulator/style.css").headers["Content-Type"].startswith("text/css")


def test_a_port_that_is_taken_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        serve(SimulatorSettings(wikis=5), port=taken.getsockname()[1])


def test_the_address_is_announced_before_serving() -> None:
    class AnnouncedError(Exception):
        pass

    def announce(address: str) -> None:
        raise AnnouncedError(address)

    with pytest.raises(AnnouncedError, match=r"http://127\.0\.0\.1:\d+"):
        serve(SimulatorSettings(wikis=5), announce=announce)
