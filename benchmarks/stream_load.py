"""A server of simulated events in a process of its own, an HTTP chunk for each: `python -m benchmarks.stream_load`."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from wiki_activity.simulator.bursts import BurstPlan
from wiki_activity.simulator.simulated_events import EventSource
from wiki_activity.simulator.wiki_catalogue import make_catalogue

FIRST_SECOND = 1_781_524_800
_SPAN_SECONDS = 600
_TIME = re.compile(rb'"timestamp":(\d{10}),"user"|"timestamp":(\d{10}),"bot"')
_ID = re.compile(rb'"request_id":"[^"]*","id":"([0-9a-f]{8})')
_RECEIVED = re.compile(rb'"dt":"([^"]{19})')
_PLACE = re.compile(rb'\Aevent: message\nid: \[[^\n]*?"timestamp":(\d{13})[^\n]*')
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n:ok\n\n\r\n"


class _Frame(NamedTuple):
    """One event with four gaps, of fixed width: for where the stream is, its id, its receipt and its time."""

    start: bytes
    milliseconds: int
    head: bytes
    after_id: bytes
    received: bytes
    middle: bytes
    second: int
    tail: bytes

    def write(self, later: int, id_: bytes, received: bytes) -> bytes:
        """Write it, so many seconds later."""
        return b"%b%d%b%b%b%b%b%d%b" % (
            self.start, self.milliseconds + 1000 * later, self.head, id_, self.after_id, received, self.middle,
            self.second + later, self.tail,
        )  # fmt: skip


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
            receipts = {text: _move(text, later) for text in {frame.received for frame in frames}}
            for begin in range(0, len(frames), 2000):
                written = (frame.write(later, id_, receipts[frame.received]) for frame in frames[begin : begin + 2000])
                yield b"".join(b"%x\r\n%b\r\n" % (len(text), text) for text in written)

    def list_frames(self, events: int) -> list[bytes]:
        """Return events as they are within their chunks."""
        return [frame.write(0, b"00000000", frame.received) for frame in self._frames[:events]]


def _move(received: bytes, later: int) -> bytes:
    """Move a receipt, `2026-06-15T12:00:00`."""
    moment = datetime.fromisoformat(received.decode()).replace(tzinfo=UTC).timestamp() + later
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S").encode()


def _split(frame: bytes) -> _Frame | None:
    time, id_, received = _TIME.search(frame), _ID.search(frame), _RECEIVED.search(frame)
    if time is None or id_ is None or received is None:
        return None  # a canary
    # Of one topic: with a second one the past would be held open, as it comes as fast as nothing but the past does.
    place = _PLACE.search(frame)
    assert place is not None
    start = b'event: message\nid: [{"topic":"load","partition":0,"timestamp":'
    group = 1 if time[1] else 2
    begin, end = time.span(group)
    head, after_id = b"}]" + frame[place.end() : id_.start(1)], frame[id_.end(1) : received.start(1)]
    middle = frame[received.end(1) : begin]
    return _Frame(start, int(place[1]), head, after_id, received[1], middle, int(time[group]), frame[end:])


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
