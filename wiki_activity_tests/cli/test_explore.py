import signal
import time

import httpx2
import pytest

from wiki_activity.cli.up.ports import choose_port
from wiki_activity_tests.cli.commands import run, start, wait


def ask(address: str, seconds: float = 60) -> httpx2.Response:
    deadline = time.monotonic() + seconds
    while True:
        try:
            return httpx2.get(address)
        except httpx2.ConnectError:
            if time.monotonic() > deadline:
                raise


def test_it_serves_where_it_says_and_ends_on_ctrl_c(environment: dict[str, str]) -> None:
    port = choose_port(0)
    with start(environment | {"PYTHONUNBUFFERED": "1"}, "explore", "--port", str(port)) as process:
        answer = ask(f"http://localhost:{port}/")
        process.send_signal(signal.SIGINT)
        ended = wait(process)

    assert answer.status_code == 200
    assert "Wiki activity" in answer.text
    assert f"Explorer: http://localhost:{port}" in ended.out
    assert "Traceback" not in ended.err


def test_a_port_that_is_taken_is_named(environment: dict[str, str]) -> None:
    port = choose_port(0)
    with start(environment, "explore", "--port", str(port)):
        ask(f"http://localhost:{port}/")
        second = run(environment, "explore", "--port", str(port))

    assert second.code == 1
    assert f"127.0.0.1:{port} is taken" in second.err


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("EXPLORER_BIND", "0.0.0.0:5000", "must be a loopback address"),
        ("EXPLORER_BIND", "nowhere", "must be HOST:PORT"),
        ("AUTH", "everybody", "must be one of local, mediawiki"),
        ("AUTH", "mediawiki", "needs WIKI_ACTIVITY_SECRET_KEY"),
    ],
)
def test_settings_that_do_not_fit_are_wrong_use(environment: dict[str, str], name: str, value: str, words: str) -> None:
    ended = run(environment | {f"WIKI_ACTIVITY_{name}": value}, "explore")

    assert ended.code == 2
    assert words in ended.err
