"""A stand-in for EventStreams: a fixed list of events, an HTTP chunk for each, cut as often as asked, resumable."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Script:
    """How the server behaves; may be changed while it runs.

    Parameters
    ----------
    frames
        The messages' data; one is `id` 0, the next 1.
    per_second
        How many become available in a second; 0 for all at once.
    cut_seconds, cut_events
        When each connection is cut, in the middle of a frame.
    repeats
        How many of the events before the last one come again on resuming.
    answers
        Statuses that the next requests get instead, with their headers.
    ends
        Whether a connection ends after the last event; else it stays open, silent.
    """

    frames: Sequence[bytes]
    per_second: float = 0
    cut_seconds: float = 3600
    cut_events: int = 10**9
    repeats: int = 0
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    ends: bool = False
    requests: list[dict[str, str]] = field(default_factory=list)
    started_at: float = field(default_factory=time.monotonic)
    over: threading.Event = field(default_factory=threading.Event)

    def count_available(self) -> int:
        if not self.per_second:
            return len(self.frames)
        return min(len(self.frames), int((time.monotonic() - self.started_at) * self.per_second))


@contextmanager
def serving(script: Script) -> Iterator[str]:
    """Serve until the block ends; lends the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"script": script}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v2/stream/recentchange"
    finally:
        script.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    script: Script

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.script.requests.append({**self.headers, "path": self.path})
        status, headers = self.script.answers.pop(0) if self.script.answers else (200, {})
        self.send_response(status)
        usual = {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"}
        for name, value in ((usual if status == 200 else {"Content-Length": "0"}) | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = True
        if status == 200:
            with suppress(OSError):  # the client may hang up
                self._send_events()

    def _send_events(self) -> None:
        script = self.script
        last = self.headers.get("Last-Event-ID")
        position = max(json.loads(last)[0]["offset"] + 1 - script.repeats, 0) if last else 0
        end, until = time.monotonic() + script.cut_seconds, position + script.cut_events
        self._send_chunk(b":ok\n\n")
        while not script.over.is_set() and time.monotonic() < end and position < until:
            stop = min(script.count_available(), until)
            for place in range(position, stop):
                self._send_chunk(write_frame(place, script.frames[place]))
            position = max(position, stop)
            if script.ends and position >= len(script.frames):
                self.wfile.write(b"0\r\n\r\n")
                return
            script.over.wait(0.01)
        if position < len(script.frames):
            # Cut in the middle of a frame, and of its chunk.
            frame = write_frame(position, script.frames[position])
            self.wfile.write(b"%x\r\n%b" % (len(frame), frame[: len(frame) // 2]))

    def _send_chunk(self, content: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(content), content))


def write_frame(place: int, data: bytes) -> bytes:
    """Write the event at a place of the list."""
    position = json.dumps([{"topic": "test.mediawiki.recentchange", "partition": 0, "offset": place}])
    return b"event: message\nid: %b\ndata: %b\n\n" % (position.encode(), data)
