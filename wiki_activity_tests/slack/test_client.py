"""The webhook's client against servers that answer as Slack does, or worse."""

import contextlib
import logging
import socket
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
import requests
from pytest_httpserver import HTTPServer

from wiki_activity.simulator.faults import Faults
from wiki_activity.simulator.server import SimulatorSettings, running_simulator
from wiki_activity.slack.client import RejectedError, RetryLaterError, SlackWebhook, UnreachableError
from wiki_activity.slack.lines import words
from wiki_activity.slack.message import compose

MESSAGE = compose([words("Busy & <b>")])
SECRET = "T00/B11/hush-hush"


@pytest.fixture
def simulator() -> Iterator[str]:
    with running_simulator(SimulatorSettings(wikis=5, faults=Faults(hang_seconds=30))) as url:
        yield url


def test_a_message_arrives_as_it_was_composed(simulator: str) -> None:
    SlackWebhook(f"{simulator}/slack/{SECRET}").post(MESSAGE)
    [received] = requests.get(f"{simulator}/slack.json", timeout=5).json()
    assert received.pop("received_at") > 0
    assert received == {"token": SECRET, **MESSAGE.to_payload()}
    assert received["text"] == "Busy &amp; &lt;b&gt;"


def test_slack_may_ask_for_patience(simulator: str) -> None:
    set_fault(simulator, "rate_limited")
    with pytest.raises(RetryLaterError, match="Slack answered 429: rate_limited") as caught:
        SlackWebhook(f"{simulator}/slack/{SECRET}").post(MESSAGE)
    assert caught.value.after == timedelta(seconds=7)


def test_slack_may_be_broken(simulator: str) -> None:
    set_fault(simulator, "error")
    with pytest.raises(RetryLaterError, match="Slack answered 500: rollup_error") as caught:
        SlackWebhook(f"{simulator}/slack/{SECRET}").post(MESSAGE)
    assert caught.value.after is None


def test_an_address_may_be_gone(simulator: str) -> None:
    set_fault(simulator, "gone")
    with pytest.raises(RejectedError, match="Slack answered 404: no_service"):
        SlackWebhook(f"{simulator}/slack/{SECRET}").post(MESSAGE)


def test_slack_may_not_answer(simulator: str) -> None:
    set_fault(simulator, "hang")
    with pytest.raises(UnreachableError, match="did not answer in time"):
        SlackWebhook(f"{simulator}/slack/{SECRET}", timeout_seconds=1).post(MESSAGE)


def test_nobody_may_listen() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(UnreachableError, match="Slack cannot be reached: Connection refused"):
        SlackWebhook(f"http://127.0.0.1:{port}/slack/{SECRET}").post(MESSAGE)


@pytest.mark.parametrize("given", ["soon", "-1", "nan", ""])
def test_an_unreadable_wait_is_none(httpserver: HTTPServer, given: str) -> None:
    httpserver.expect_request("/hook").respond_with_data("", status=429, headers={"Retry-After": given})
    with pytest.raises(RetryLaterError) as caught:
        SlackWebhook(httpserver.url_for("/hook")).post(MESSAGE)
    assert caught.value.after is None


@pytest.mark.parametrize("fault", ["", "rate_limited", "gone", "hang"])
def test_the_address_is_shown_nowhere(simulator: str, fault: str, caplog: pytest.LogCaptureFixture) -> None:
    set_fault(simulator, fault)
    caplog.set_level(logging.DEBUG)
    webhook = SlackWebhook(f"{simulator}/slack/{SECRET}", timeout_seconds=1)
    shown = [repr(webhook), str(webhook)]
    try:
        webhook.post(MESSAGE)
    except (RetryLaterError, RejectedError, UnreachableError) as error:
        shown += traceback.format_exception(error)
    assert "hush" not in "".join([*shown, caplog.text])


def test_an_answer_that_repeats_the_address_is_blanked(httpserver: HTTPServer) -> None:
    path = f"/services/{SECRET}"
    httpserver.expect_request(path).respond_with_data(f"no route for {path}", status=403)
    with pytest.raises(RejectedError, match=r"^Slack answered 403: no route for …$"):
        SlackWebhook(httpserver.url_for(path)).post(MESSAGE)


def test_an_address_that_cannot_be_used_is_told_without_it() -> None:
    with pytest.raises(UnreachableError, match=r"^Slack cannot be reached: LocationParseError$"):
        SlackWebhook(f"http://exam ple/{SECRET}").post(MESSAGE)


@pytest.mark.parametrize(
    ("body", "status", "headers"),
    [
        ("<!doctype html><title>Log in</title>", 200, {}),
        ('{"ok":false,"error":"invalid_auth"}', 200, {}),
        ("", 200, {}),
        ("ok", 202, {}),
        ("", 204, {}),
        ("moved", 302, {"Location": "/page"}),
    ],
)
def test_only_slacks_own_ok_is_a_message_sent(
    httpserver: HTTPServer, body: str, status: int, headers: dict[str, str]
) -> None:
    httpserver.expect_request("/page").respond_with_data("ok")
    httpserver.expect_request("/hook").respond_with_data(body, status=status, headers=headers)
    with pytest.raises(RetryLaterError, match=f"Slack answered {status}") as caught:
        SlackWebhook(httpserver.url_for("/hook")).post(MESSAGE)
    assert "'ok'" in str(caught.value)
    assert [request.path for request, _ in httpserver.log] == ["/hook"]


def test_a_wait_of_years_is_an_hour(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/hook").respond_with_data("", status=429, headers={"Retry-After": "999999999"})
    with pytest.raises(RetryLaterError) as caught:
        SlackWebhook(httpserver.url_for("/hook")).post(MESSAGE)
    assert caught.value.after == timedelta(hours=1)


def drip(listener: socket.socket) -> None:
    """Answer with a header that never ends, a byte now and then."""
    connection, _ = listener.accept()
    with closing(connection), contextlib.suppress(OSError):
        connection.recv(1 << 16)
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while connection.send(b"x"):
            time.sleep(0.05)


def test_an_answer_that_drips_is_given_up() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=drip, args=(listener,), daemon=True)
        thread.start()
        port = listener.getsockname()[1]
        with pytest.raises(UnreachableError, match="did not answer in time"):
            SlackWebhook(f"http://127.0.0.1:{port}/hook", timeout_seconds=1).post(MESSAGE)
        thread.join(10)


def test_an_answer_without_end_is_given_up(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/hook").respond_with_data("ok" * 100_000)
    with pytest.raises(UnreachableError, match="longer than"):
        SlackWebhook(httpserver.url_for("/hook")).post(MESSAGE)


def set_fault(simulator: str, fault: str) -> None:
    faults = {"slack": fault, "slack_retry_after": 7}
    requests.post(f"{simulator}/simulator/settings", json={"faults": faults}, timeout=5).raise_for_status()
