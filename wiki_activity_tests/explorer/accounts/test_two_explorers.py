"""Two explorers behind one nginx, as where there are many readers: a person cannot tell which of them answers."""

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from wiki_activity.cli.up.ports import choose_port
from wiki_activity.settings import PREFIX
from wiki_activity_tests.cli.commands import start
from wiki_activity_tests.explorer.accounts.conftest import REVIEWER, public_settings
from wiki_activity_tests.explorer.accounts.oauth_server import OAuthServer
from wiki_activity_tests.explorer.accounts.proxy import NAME, balancing, browser, certify, running_nginx
from wiki_activity_tests.explorer.accounts.serving import serving
from wiki_activity_tests.redis_store.live_server import lend_live_server

pytestmark = [pytest.mark.slow, pytest.mark.redis]

PUBLIC = f"https://{NAME}"
PAGE = "/p/hi.wikipedia.org/peaks/2024-06"
NOTE = "/api/v1/projects/hi.wikipedia.org/peaks/2024-06/annotation"
BODY = {"label": "A name that nobody may read", "note": "", "link": "", "kind": "contest", "version": 0}


@dataclass(slots=True)
class Pair:
    """Both, and what is in front of them."""

    port: int
    certificate: Path
    addresses: tuple[str, str]
    processes: tuple["subprocess.Popen[str]", "subprocess.Popen[str]"]

    def browser(self) -> httpx.Client:
        return browser(self.port, self.certificate)

    def ask_both(self, path: str) -> list[str]:
        """Ask each of them directly, as a proxy would."""
        headers = {"Host": NAME, "X-Forwarded-Proto": "https"}
        return [httpx.get(f"{address}{path}", headers=headers, timeout=30).text for address in self.addresses]


@pytest.fixture
def pair(filled_file: Path, tmp_path: Path) -> Iterator[Pair]:
    shutil.copy(filled_file, tmp_path / "activity.sqlite")
    oauth = OAuthServer(redirect_uri=f"{PUBLIC}/oauth/callback")
    with ExitStack() as stack:
        theirs = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        provider = stack.enter_context(serving(oauth.app(), theirs))
        server = stack.enter_context(lend_live_server())
        ports = (choose_port(0), choose_port(0))
        processes = []
        for port in ports:
            named = public_settings(
                STATE_DIR=str(tmp_path / str(port)),
                DATABASE_URL=f"sqlite:///{tmp_path}/activity.sqlite",
                REDIS_URL=server.url,
                REDIS_PREFIX=server.keys.prefix,
                EXPLORER_BIND=f"127.0.0.1:{port}",
                OAUTH_URL=f"{provider}/oauth2",
                ACCOUNTS_URL=f"{provider}/w/api.php",
                CONTACT="ops@example.org",
                REVIEWERS=f"Asha,{REVIEWER}",
            )
            environment = {f"{PREFIX}{name}": value for name, value in named.items()}
            processes.append(stack.enter_context(start(environment, "explore")))
        certificate, front = certify(tmp_path), choose_port(0)
        explorers = [f"127.0.0.1:{port}" for port in ports]
        stack.enter_context(running_nginx(tmp_path, *balancing(front, explorers, tmp_path)))
        addresses = (f"http://127.0.0.1:{ports[0]}", f"http://127.0.0.1:{ports[1]}")
        here = Pair(front, certificate, addresses, (processes[0], processes[1]))
        deadline = time.monotonic() + 120
        for address in addresses:
            while not _answers(address):
                assert time.monotonic() < deadline
                time.sleep(0.1)
        yield here


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz", timeout=30).status_code == 200
    except httpx.TransportError:
        return False


def log_in(reader: httpx.Client) -> dict[str, str]:
    assert reader.get("/login", params={"next": "/about"}).status_code == 200
    token = reader.get("/api/v1/session").json()["csrf_token"]
    return {"X-CSRF-Token": token, "Origin": PUBLIC, "Sec-Fetch-Site": "same-origin"}


def test_who_logs_in_at_one_writes_at_the_other_and_what_is_hidden_is_gone_from_both(pair: Pair) -> None:
    with pair.browser() as reader:
        sent = log_in(reader)
        assert {reader.get("/api/v1/session").json()["role"] for _ in range(4)} == {"reviewer"}
        saved = reader.put(NOTE, json=BODY, headers=sent)
        assert saved.status_code == 201, saved.text
        deadline = time.monotonic() + 30
        while not all(BODY["label"] in text for text in pair.ask_both(PAGE)):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        hidden = reader.post(f"{NOTE}/hide", json={"version": 1, "reason": "names somebody"}, headers=sent)
        assert hidden.status_code == 200, hidden.text
        time.sleep(1)

        assert not any(BODY["label"] in text for text in pair.ask_both(PAGE))
        assert not any(BODY["label"] in text for text in pair.ask_both("/notes"))


def test_when_one_is_killed_the_other_goes_on_with_sessions_and_streams(pair: Pair) -> None:
    with pair.browser() as reader:
        log_in(reader)
        pair.processes[0].send_signal(signal.SIGKILL)
        pair.processes[0].wait()

        assert {reader.get("/api/v1/session").json()["role"] for _ in range(4)} == {"reviewer"}
        with reader.stream("GET", "/api/v1/live/stream", headers={"Last-Event-ID": "29000000"}) as stream:
            assert next(line for line in stream.iter_lines() if line.startswith("event:")) == "event: snapshot"


def test_a_person_may_write_no_more_to_both_than_to_one(pair: Pair) -> None:
    with pair.browser() as reader:
        sent = log_in(reader)
        answers = [
            reader.put("/api/v1/mine/names", json={"names": ["hi.wikipedia.org"]}, headers=sent).status_code
            for _ in range(14)
        ]

    assert answers.count(429) >= 4, answers
    assert answers[0] != 429
