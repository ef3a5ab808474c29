"""What one connection may cost everybody else, tried with raw sockets against the server as it is."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from wiki_activity.explorer.serving import GuardedProtocol
from wiki_activity_tests.explorer.accounts.conftest import Make, public_settings
from wiki_activity_tests.explorer.accounts.serving import serving

HOST = b"Host: activity.example.org\r\n"
GOOD = b"GET /healthz HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
PATIENCE = 30.0


class Quick(GuardedProtocol):
    """As in production, with less patience."""

    idle_seconds = 1.0
    request_seconds = 1.0


@pytest.fixture
def port(make: Make) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as ours, serving(make(**public_settings()), ours):
        yield ours.getsockname()[1]


@pytest.fixture
def quick_port(make: Make) -> Iterator[int]:
    with (
        socket.create_server(("127.0.0.1", 0), backlog=1024) as ours,
        serving(make(**public_settings()), ours, http=Quick, timeout_keep_alive=1),
    ):
        yield ours.getsockname()[1]


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), PATIENCE)


def read_to_the_end(connection: socket.socket) -> bytes:
    answer = b""
    with suppress(ConnectionError):
        while piece := connection.recv(65536):
            answer += piece
    return answer


def ask(port: int, request: bytes) -> bytes:
    """Send it, as far as it is taken, and return the whole answer."""
    with connect(port) as connection:
        with suppress(ConnectionError):
            connection.sendall(request)
        return read_to_the_end(connection)


def status(answer: bytes) -> int:
    assert answer.startswith(b"HTTP/1.1 "), answer[:100]
    return int(answer.split()[1])


def head(*, name: int = 0, value: int = 0, path: int = 0, lines: int = 1) -> bytes:
    header = b"X-" + b"a" * name + b": " + b"b" * value + b"\r\n"
    return (
        b"GET /healthz?" + b"x" * path + b" HTTP/1.1\r\n" + HOST + b"Connection: close\r\n" + header * lines + b"\r\n"
    )


@pytest.mark.parametrize(
    "request_", [head(value=60_000), head(name=60_000), head(path=60_000), head(value=50, lines=1000)]
)
def test_a_head_below_64_kb_is_taken(port: int, request_: bytes) -> None:
    assert status(ask(port, request_)) == 200


@pytest.mark.parametrize(
    "request_",
    [
        head(value=66_000),
        head(name=66_000),
        head(path=66_000),
        head(value=50, lines=1300),
        b"\r\n" * 40_000,
        head(value=200_000),
    ],
)
def test_a_head_over_64_kb_is_refused(port: int, request_: bytes) -> None:
    answer = ask(port, request_)
    # A client that is still sending may lose the answer with the connection.
    assert not answer or status(answer) in {400, 431}
    assert status(ask(port, GOOD)) == 200


def test_a_head_over_64_kb_is_told_so_to_whoever_listens(port: int) -> None:
    request = head(value=66_000)
    with connect(port) as connection:
        connection.sendall(request)
        answer = read_to_the_end(connection)
    assert status(answer) == 431
    text = answer.partition(b"\r\n\r\n")[2]
    assert text == b"Address and headers may have 64 KB altogether.\n"


@pytest.mark.parametrize("header", [b"X-Long: " + b"x" * 1_000_000, b"X-Many: 1\r\n" * 100_000, b"x" * 1_000_000])
def test_40_mb_of_headers_are_cut_off_and_hold_up_nobody(port: int, header: bytes) -> None:
    sent = 0
    with connect(port) as connection:
        with suppress(ConnectionError):
            connection.sendall(b"GET / HTTP/1.1\r\n" + HOST)
            for _ in range(40):
                connection.sendall(header)
                sent += len(header)
        assert status(ask(port, GOOD)) == 200
    assert sent < 40_000_000


def test_a_body_without_end_is_refused_and_the_connection_closed(port: int) -> None:
    begin = b"POST /logout HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
    with connect(port) as connection:
        connection.sendall(begin + (b"1000\r\n" + b"x" * 4096 + b"\r\n") * 5)
        answer = read_to_the_end(connection)
    assert status(answer) == 413
    assert b"\r\nconnection: close\r\n" in answer.lower()


def test_requests_that_follow_at_once_are_answered_one_by_one(port: int) -> None:
    assert ask(port, GOOD.replace(b"close", b"keep-alive") * 50 + GOOD).count(b"HTTP/1.1 200") == 51


def test_a_flood_of_requests_on_one_connection_is_cut_off(port: int) -> None:
    flood = GOOD.replace(b"close", b"keep-alive") * 2000 + GOOD
    assert ask(port, flood).count(b"HTTP/1.1 ") < 2001


@pytest.mark.parametrize(
    "begin",
    [
        b"",
        b"G",
        b"GET / HTTP/1.1\r\n" + HOST,
        b"POST /logout HTTP/1.1\r\n" + HOST + b"Content-Length: 100\r\n\r\n{",
        b"POST /logout HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc",
        GOOD.replace(b"close", b"keep-alive"),
        GOOD.replace(b"close", b"keep-alive") + b"GET /",
    ],
)
def test_a_connection_that_waits_is_dropped(quick_port: int, begin: bytes) -> None:
    with connect(quick_port) as connection:
        connection.sendall(begin)
        read_to_the_end(connection)


def test_a_head_that_drips_is_not_waited_for(quick_port: int) -> None:
    with connect(quick_port) as connection, suppress(ConnectionError):
        connection.sendall(b"GET / HTTP/1.1\r\n" + HOST)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            connection.sendall(b"X")
            connection.settimeout(0.1)
            with suppress(TimeoutError):
                if not connection.recv(100):
                    return
        pytest.fail("still waiting for the end of a head")


def test_hundreds_of_idle_connections_are_dropped_and_hold_up_nobody(quick_port: int) -> None:
    with ExitStack() as stack:
        idle = [stack.enter_context(connect(quick_port)) for _ in range(250)]
        assert status(ask(quick_port, GOOD)) == 200
        for connection in idle:
            assert read_to_the_end(connection) == b""


def test_where_there_are_too_many_the_one_that_waits_longest_makes_room(make: Make) -> None:
    class Few(GuardedProtocol):
        most_connections = 5

    with socket.create_server(("127.0.0.1", 0)) as ours, serving(make(**public_settings()), ours, http=Few):
        port = ours.getsockname()[1]
        with ExitStack() as stack:
            idle = [stack.enter_context(connect(port)) for _ in range(5)]
            assert status(ask(port, GOOD)) == 200
            assert read_to_the_end(idle[0]) == b""
            idle[1].sendall(GOOD)
            assert status(read_to_the_end(idle[1])) == 200


def test_production_waits_a_minute_for_a_request_and_seconds_for_its_end() -> None:
    assert (GuardedProtocol.idle_seconds, GuardedProtocol.request_seconds) == (60, 20)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (b"GET http://activity.example.org/healthz HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n", 200),
        (b"GET http://evil.example/healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 400),
        (b"GET http://activity.example.org HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.0\r\n" + HOST + b"\r\n", 200),
        (b"GET /healthz HTTP/1.0\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: ACTIVITY.example.org:443\r\nConnection: close\r\n\r\n", 200),
        (b"GET /about HTTP/1.1\r\nHost: activity.example.org.\r\nConnection: close\r\n\r\n", 400),
        (b"GET /about HTTP/1.1\r\nHost: [::1]:5000\r\nConnection: close\r\n\r\n", 400),
        (b"HEAD /about HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n", 200),
        (b"OPTIONS /about HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n", 405),
        (b"OPTIONS * HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n", 404),
        (b"CONNECT evil.example:443 HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n", 400),
        (b"nothing of the kind\r\n\r\n", 400),
        (b"GET /\xff HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (
            b"GET /live HTTP/1.1\r\n" + HOST + b"Connection: Upgrade, close\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n",
            200,
        ),
    ],
)
def test_odd_requests_get_a_plain_answer(port: int, request_: bytes, expected: int) -> None:
    assert status(ask(port, request_)) == expected
