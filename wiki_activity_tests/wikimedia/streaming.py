"""A stream's client with a clock of its own, and servers that answer byte for byte."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from wiki_activity.wikimedia.connection import Timeouts
from wiki_activity.wikimedia.stream import EventStream

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
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
