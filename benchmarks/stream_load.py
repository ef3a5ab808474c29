"""A server of simulated events in a process of its own, an HTTP chunk for each: `python -m benchmarks.stream_load`."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from wiki_activity.simulator.bursts import BurstPlan
from wiki_activity.simulator.events import EventSource
from wiki_activity.simulator.wikis import make_catalogue

FIRST_SECOND = 1_781_524_800
_SPAN_SECONDS = 600
_TIME = re.compile(rb'"timestamp":(\d{10}),"user"|"timestamp":(\d{10}),"bot"')
_ID = re.compile(rb'"request_id":"[^"]*","id":"([0-9a-f]{8})')
_PLACE = re.compile(rb'\Aevent: message\nid: \[[^\n]*?"timestamp":(\d{13})[^\n]*')
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n:ok\n\n\r\n"


class _Frame(NamedTuple):
    """One event with three gaps, of fixed width: for where the stream is, its id and its time."""

    start: bytes
    milliseconds: int
    head: bytes
    middle: bytes
    second: int
    tail: bytes


class Load:
    """Ten minutes of the simulated stream, again and again, each time later and with other ids."""

    def __init__(self) -> None:
        catalogue = make_catalogue(870)
        source = EventSource(catalogue.open_wikis, 1, BurstPlan(catalogue.open_wikis, 1, 6.0))
        self._frames = [
            frame
            for second in range(FIRST_SECOND, FIRST_SECOND + _SPAN_SECONDS)
            for event in source.list_events(second)
            if (frame := _split(event.frame)) is not None
        ]

    def write_chunks(self, events: int) -> Iterator[bytes]:
        """Write so many events, each in its own chunk; some thousand at a time."""
        for round_ in range(-(-events // len(self._frames))):
            id_, later = b"%08x" % round_, round_ * _SPAN_SECONDS
            frames = self._frames[: events - round_ * len(self._frames)]
            for begin in range(0, len(frames), 2000):
                yield b"".join(
                    b"%x\r\n%b%d%b%b%b%d%b\r\n"
                    % (
                        len(start) + len(head) + len(middle) + len(tail) + 31,
                        *(start, at + 1000 * later, head, id_, middle, second + later, tail),
                    )
                    for start, at, head, middle, second, tail in frames[begin : begin + 2000]
                )

    def list_frames(self, events: int) -> list[bytes]:
        """Return events as they are within their chunks."""
        return [b"%b%d%b00000000%b%d%b" % frame for frame in self._frames[:events]]


def _split(frame: bytes) -> _Frame | None:
    time, id_ = _TIME.search(frame), _ID.search(frame)
    if time is None or id_ is None:
        return None  # a canary
    # Of one topic: with a second one the past would be held open, as it comes as fast as nothing but the past does.
    place = _PLACE.search(frame)
    assert place is not None
    start = b'event: message\nid: [{"topic":"load","partition":0,"timestamp":'
    group = 1 if time[1] else 2
    begin, end = time.span(group)
    head, middle = b"}]" + frame[place.end() : id_.start(1)], frame[id_.end(1) : begin]
    return _Frame(start, int(place[1]), head, middle, int(time[group]), frame[end:])


@contextmanager
def serving_load() -> Iterator[str]:
    """Run the server; lends its address, to which `?events=…` is added."""
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.stream_load"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/stream"
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    """Serve one connection after another."""
    load = Load()
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        while True:
            connection, _ = server.accept()
            with connection:
                request = connection.recv(65536).decode("latin-1")
                query = parse_qs(urlsplit(request.split(" ", 2)[1]).query)
                try:
                    connection.sendall(_HEAD)
                    for chunks in load.write_chunks(int(query["events"][0])):
                        connection.sendall(chunks)
                    connection.sendall(b"0\r\n\r\n")
                except OSError:
                    continue  # the client had enough


if __name__ == "__main__":
    main()
