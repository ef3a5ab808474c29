"""The stream's client against a real server: chunks, cuts, resuming, refusals, silence."""

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from wiki_activity.wikimedia.connection import Timeouts
from wiki_activity.wikimedia.news import News
from wiki_activity.wikimedia.sse import LARGEST_EVENT, Message
from wiki_activity.wikimedia.stream import Batch, EventStream
from wiki_activity_tests.watch.stream_server import Script, serving, write_frame

FRAMES = [b'{"n": %d}' % number for number in range(500)]
PATIENCE_SECONDS = 60


class Time:
    """A clock that moves on when somebody waits by it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def make_stream(url: str, clock: Time | None = None, silence_seconds: float = 5.0) -> EventStream:
    clock = clock or Time()
    return EventStream(
        url,
        contact="tests@example.org",
        timeouts=Timeouts(5.0, silence_seconds),
        clock=clock,
        pause=clock.pause,
        draw=lambda: 0.5,
    )


def read_until(stream: EventStream, done: Callable[[list[bytes]], bool]) -> list[bytes]:
    messages: list[bytes] = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    try:
        while time.monotonic() < deadline:
            messages += stream.read(1.0).messages
            if done(messages):
                return messages
    finally:
        stream.close()
    pytest.fail(f"{len(messages)} messages; {stream.problem}")


@contextmanager
def answering(*answers: bytes, asked: list[bytes] | None = None) -> Iterator[str]:
    """Give each connection one answer, byte for byte, and hang up."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):  # the test may be over before all answers are given
            for answer in answers:
                connection, _ = server.accept()
                with connection, suppress(ConnectionError):
                    request = connection.recv(65536)
                    if asked is not None:
                        asked.append(request)
                    connection.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/stream"
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


@contextmanager
def dripping(
    drop: bytes, head: bytes = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n", connections: Any = None
) -> Iterator[str]:
    """Give each connection a head, and then a drop now and again for ever."""
    server = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def drip(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.sendall(head)
            while not over.wait(0.02):
                connection.sendall(drop)

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = server.accept()
                if connections is not None:
                    connections.append(connection)
                threading.Thread(target=drip, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/stream"
        over.set()
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def test_all_messages_come_once_over_many_cut_connections() -> None:
    script = Script(FRAMES, cut_events=60)
    with serving(script) as url:
        messages = read_until(make_stream(url), lambda messages: len(messages) >= len(FRAMES))
    assert messages == FRAMES
    assert len(script.requests) == 9


def test_a_request_says_who_asks_and_what_for() -> None:
    script = Script(FRAMES)
    with serving(script) as url:
        read_until(make_stream(url), bool)
    headers = script.requests[0]
    assert re.fullmatch(r"wiki_activity/\S+ \(tests@example\.org\) requests/\S+", headers["User-Agent"])
    assert headers["Accept"] == "text/event-stream"
    assert headers["Accept-Encoding"] == "identity"
    assert "Last-Event-ID" not in headers
    assert headers["path"].endswith("/recentchange")


def test_a_time_to_begin_at_is_asked_for_until_there_is_an_id() -> None:
    script = Script(FRAMES, cut_events=300)
    with serving(script) as url:
        stream = make_stream(url)
        stream.since = "1781524800000"
        read_until(stream, lambda messages: len(messages) >= len(FRAMES))
    first, second = script.requests
    assert first["path"].endswith("?since=1781524800000")
    assert "since" not in second["path"]
    assert '"offset": 299' in second["Last-Event-ID"]


def test_a_saved_id_is_resumed_from() -> None:
    with serving(Script(FRAMES)) as url:
        stream = make_stream(url)
        stream.last_event_id = '[{"topic": "x", "offset": 497}]'
        assert read_until(stream, lambda messages: len(messages) >= 2) == FRAMES[498:]


def test_a_batch_tells_where_to_resume_after_it() -> None:
    with serving(Script(FRAMES[:3])) as url:
        stream = make_stream(url)
        batches: list[Batch] = []
        while sum(len(batch.messages) for batch in batches) < 3:
            batches.append(stream.read(1.0))
        stream.close()
    assert '"offset": 2' in batches[-1].last_event_id


def test_closing_and_reading_again_goes_on() -> None:
    with serving(Script(FRAMES, cut_events=100)) as url:
        stream = make_stream(url)
        first = read_until(stream, bool)
        assert not stream.connected
        rest = read_until(stream, lambda messages: len(first) + len(messages) >= len(FRAMES))
    assert first + rest == FRAMES


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 403])
def test_refusals_are_waited_out_and_named(status: int) -> None:
    clock = Time()
    script = Script(FRAMES, answers=[(status, {}), (status, {}), (status, {})])
    with serving(script) as url:
        stream = make_stream(url, clock)
        problems = set()
        messages: list[bytes] = []
        while not messages:
            messages = stream.read(1.0).messages
            problems.add(stream.problem)
        stream.close()
    assert any(str(status) in problem for problem in problems if problem)
    assert stream.problem is None
    # Doubled each time, with jitter: half of it is certain, the draw says how much of the rest.
    assert sum(clock.pauses) == pytest.approx(0.75 * (1 + 2 + 4))


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_heeded(status: int) -> None:
    clock = Time()
    with serving(Script(FRAMES, answers=[(status, {"Retry-After": "37"})])) as url:
        read_until(make_stream(url, clock), bool)
    assert sum(clock.pauses) == pytest.approx(37)


def test_back_off_begins_anew_once_events_have_come() -> None:
    clock = Time()
    script = Script(FRAMES, answers=[(502, {}), (502, {}), (200, {}), (502, {})], cut_events=400)
    with serving(script) as url:
        read_until(make_stream(url, clock), lambda messages: len(messages) >= len(FRAMES))
    assert sum(clock.pauses) == pytest.approx(0.75 * (1 + 2) + 0.1 + 0.75)


def test_an_id_that_the_server_refuses_is_forgotten() -> None:
    script = Script(FRAMES, answers=[(400, {})])
    with serving(script) as url:
        stream = make_stream(url)
        stream.last_event_id, stream.since = '[{"topic": "gone"}]', "1781524800000"
        read_until(stream, bool)
    assert "Last-Event-ID" in script.requests[0]
    assert script.requests[1]["path"].endswith("?since=1781524800000")


def test_silence_is_a_broken_connection() -> None:
    clock = Time()
    script = Script([], answers=[])
    with serving(script) as url:
        stream = make_stream(url, clock, silence_seconds=30)
        while not stream.connected:
            stream.read(1.0)
        assert stream.read(0.0).messages == []
        assert stream.connected
        clock.now += 31
        stream.read(0.0)
        assert not stream.connected
        assert stream.problem is not None
        assert "nothing came for 31 s" in stream.problem
        stream.close()


def test_nobody_there_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    stream = make_stream(f"http://127.0.0.1:{port}/stream")
    while stream.problem is None:
        stream.read(1.0)
    assert "no answer" in stream.problem


def test_an_answer_that_does_not_come_holds_nothing_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        stream = make_stream(f"http://127.0.0.1:{server.getsockname()[1]}/stream")
        assert stream.read(0.01) == Batch([], "")
        assert stream.read(0.01) == Batch([], "")
        stream.close()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"


def test_a_body_without_chunks_is_read_until_it_ends() -> None:
    body = write_frame(0, FRAMES[0]) + write_frame(1, FRAMES[1])
    with answering(HEAD + b"\r\n" + body, HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body) as url:
        assert read_until(make_stream(url), lambda messages: len(messages) >= 4) == FRAMES[:2] * 2


def test_what_comes_with_the_head_is_not_lost() -> None:
    frame = write_frame(0, FRAMES[0])
    with answering(HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(frame), frame)) as url:
        assert read_until(make_stream(url), bool) == FRAMES[:1]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\nhey", "text/html"),
        (HEAD + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nhey", "gzip"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n", "no size"),
        (HEAD + b"Content-Length: 5\r\n\r\n:ok\n\n", "before any event"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", "before any event"),
    ],
)
def test_an_answer_that_is_no_stream_is_named(answer: bytes, said: str) -> None:
    with answering(answer) as url:
        stream = make_stream(url)
        while stream.problem is None:
            stream.read(1.0)
    assert said in stream.problem


def test_the_server_may_ask_for_a_longer_wait() -> None:
    clock = Time()
    chunk = b"retry: 4000\n" + write_frame(0, FRAMES[0])
    with answering(HEAD + b"\r\n" + chunk, HEAD + b"\r\n" + write_frame(1, FRAMES[1])) as url:
        read_until(make_stream(url, clock), lambda messages: len(messages) >= 2)
    assert sum(clock.pauses) == pytest.approx(4)


def test_an_id_goes_back_byte_for_byte() -> None:
    place = '[{"topic": "naïve ☃", "offset": 1}]'
    frame = f"id: {place}\ndata: {{}}\n\n".encode()
    script = Script(FRAMES)
    with answering(HEAD + b"\r\n" + frame) as url:
        stream = make_stream(url)
        read_until(stream, bool)
    script.answers = [(502, {})]
    with serving(script) as url:
        stream.url = url
        while not script.requests:
            stream.read(1.0)
        stream.close()
    assert script.requests[0]["Last-Event-ID"].encode("latin-1").decode() == place


def frame(place: str | None, data: str, event: str = "message") -> bytes:
    return (f"id: {place}\n" if place is not None else "").encode() + f"event: {event}\ndata: {data}\n\n".encode()


def place(offset: int, topic: str = "eqiad") -> str:
    return json.dumps([{"topic": topic, "partition": 0, "offset": offset}])


def drive(url: str, seconds: float, patience: float = 20.0, **known: str) -> tuple[EventStream, list[bytes]]:
    """Read for so many seconds of a clock that moves on by itself only while it is waited by."""
    clock = Time()
    stream = make_stream(url, clock)
    stream.last_event_id = known.get("resume_id", "")
    messages: list[bytes] = []
    deadline = time.monotonic() + patience
    while clock.now < 1000 + seconds and time.monotonic() < deadline:
        messages += stream.read(1.0).messages
    stream.close()
    return stream, messages


BROKER = '{"message":"broker transport failure","origin_event":null}'


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b":ok\n\n" + frame("[]", BROKER, "error"), "broker transport failure"),
        (b":ok\n\n" + frame("[]", "no JSON \x1b[31m at all", "error"), "no JSON  [31m at all"),
        (frame(place(7), '{"n": 7}'), "before any event that had not come before"),
        (frame(place(7), '{"n": 7}') + frame("[]", BROKER, "error"), "broker transport failure"),
        (frame(None, '{"n": 7}'), "before any event that had not come before"),
        (frame("[]", '{"n": 7}'), "before any event that had not come before"),
        (b"", "before any event that had not come before"),
        (b":ok\n\n", "before any event that had not come before"),
    ],
)
def test_without_anything_new_it_waits_longer_each_time_and_says_why(body: bytes, said: str) -> None:
    with answering(*[HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body] * 100) as url:
        stream, _ = drive(url, seconds=30, resume_id=place(7))
    assert stream.problem is not None
    assert said in stream.problem
    assert stream.connections <= 7
    assert stream.last_event_id == place(7)


def test_events_of_another_type_are_no_messages() -> None:
    body = frame(place(1), "{}", "error") + frame(place(2), "{}", "open") + frame(place(3), '{"n": 3}')
    with answering(HEAD + b"\r\n" + body) as url:
        stream = make_stream(url)
        assert read_until(stream, bool) == [b'{"n": 3}']
    assert stream.problem is None


def test_new_events_that_come_one_a_connection_open_no_flood_of_connections() -> None:
    bodies = [frame(place(n), f'{{"n": {n}}}') for n in range(100)]
    with answering(*[HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body for body in bodies]) as url:
        stream, messages = drive(url, seconds=30)
    assert 12 <= stream.connections <= 19
    assert len(messages) == stream.connections


@pytest.mark.parametrize(
    "odd",
    [
        "[]",
        "{}",
        "nonsense",
        "null",
        place(4),
        place(5),
        "[" + " " * 9000 + place(9)[1:],
        place(9) + "\x07",
        '[{"topic"',
    ],
)
def test_an_id_that_leads_nowhere_is_never_resumed_from(odd: str) -> None:
    with answering(HEAD + b"\r\n" + frame(odd, '{"n": 6}')) as url:
        stream = make_stream(url)
        stream.last_event_id = place(5)
        assert read_until(stream, bool) == [b'{"n": 6}']
    assert stream.last_event_id == place(5)


def test_a_server_that_begins_to_count_anew_is_followed_after_a_while() -> None:
    news = News()
    news.resume_at(place(10**9))
    new = [news.note([Message(b"%d" % n, b"message", place(n).encode())]) for n in range(300)]
    assert new[:199] == [False] * 199
    assert all(new[202:])
    assert news.resume_id == place(299)


def test_a_message_that_is_too_large_is_read_over_and_counted() -> None:
    large = b"id: " + place(2).encode() + b"\ndata: " + b"x" * (LARGEST_EVENT + 5) + b"\n\n"
    body = frame(place(1), '{"n": 1}') + large + frame(place(3), '{"n": 3}')
    batches: list[Batch] = []
    with answering(HEAD + b"\r\n" + body) as url:
        stream = make_stream(url)
        while sum(len(batch.messages) for batch in batches) < 2:
            batches.append(stream.read(1.0))
        stream.close()
    assert sum(batch.oversized for batch in batches) == 1
    assert stream.last_event_id == place(3)


def test_a_message_that_breaks_off_beyond_all_size_is_gone_around_by_time_after_three_tries() -> None:
    reached = json.dumps([{"topic": "eqiad", "partition": 0, "timestamp": 1_781_524_800_000}])
    large = b"id: " + reached.encode() + b"\ndata: " + b"x" * (LARGEST_EVENT + 5)
    asked: list[bytes] = []
    with answering(*[HEAD + b"\r\n" + frame(reached, "{}") + large] * 8, asked=asked) as url:
        stream, _ = drive(url, seconds=12)
    assert b"Last-Event-ID" in asked[2]
    assert b"GET /stream?since=1781524801000 " in asked[3]
    assert stream.problem is not None
    assert "a message of more than 16,777,216 bytes" in stream.problem


def test_comments_alone_are_no_life() -> None:
    clock = Time()
    with dripping(b":\n\n") as url:
        stream = make_stream(url, clock, silence_seconds=30)
        while stream.problem is None:
            stream.read(1.0)
            clock.now += 10
        stream.close()
    assert "nothing new came for" in stream.problem


def test_a_head_that_never_ends_is_given_up_and_two_connections_are_the_most() -> None:
    clock = Time()
    connections: list[socket.socket] = []
    with dripping(b"X", head=b"HTTP/1.1 200 OK\r\nX-Long: ", connections=connections) as url:
        stream = make_stream(url, clock, silence_seconds=30)
        for _ in range(60):
            stream.read(0.05)
            clock.now += 10
        assert stream.problem is not None
        assert "no whole answer for" in stream.problem
        assert len(connections) <= 2
        stream.close()


def test_a_redirect_is_not_followed_and_the_place_is_kept() -> None:
    script = Script(FRAMES, answers=[(302, {"Location": "http://127.0.0.1:9/elsewhere"}), (403, {}), (404, {})])
    with serving(script) as url:
        stream = make_stream(url)
        stream.last_event_id = '[{"topic": "x", "offset": 497}]'
        problems = set()
        messages: list[bytes] = []
        while not messages:
            messages = stream.read(1.0).messages
            problems.add(stream.problem)
        stream.close()
    assert messages == FRAMES[498:][: len(messages)]
    assert any("302" in problem and "not followed" in problem for problem in problems if problem)


@pytest.mark.parametrize("header", [b"Transfer-Encoding: gzip, chunked", b"Content-Encoding: br"])
def test_codings_that_were_not_asked_for_are_named(header: bytes) -> None:
    with answering(HEAD + header + b"\r\n\r\nxx") as url:
        stream = make_stream(url)
        while stream.problem is None:
            stream.read(1.0)
    assert "which was not asked for" in stream.problem
