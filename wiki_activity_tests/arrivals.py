"""A stand-in for Wikimedia that writes down when requests arrive, and how many it has at once."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Arrivals(ThreadingHTTPServer):
    """Answers every request with `{}` after a while.

    Parameters
    ----------
    latency_seconds
        Until it answers.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, latency_seconds: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.latency_seconds = latency_seconds
        self.moments: list[float] = []
        self.who: list[str] = []
        self.tokens: list[str | None] = []
        self.most_at_once = 0
        self._at_once = 0
        self._counting = threading.Lock()
        self._pause = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def count(self, who: str, token: str | None) -> None:
        """Note an arrival, and let time pass."""
        with self._counting:
            self.moments.append(time.monotonic())
            self.who.append(who)
            self.tokens.append(token)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        self._pause.wait(self.latency_seconds)
        # Before the answer is sent: whoever has it may ask again at once.
        with self._counting:
            self._at_once -= 1

    def most_within(self, seconds: float) -> int:
        """Return the most arrivals in any window so long."""
        moments, first, most = sorted(self.moments), 0, 0
        for last, moment in enumerate(moments):
            while moments[first] <= moment - seconds:
                first += 1
            most = max(most, last - first + 1)
        return most


class _Handler(BaseHTTPRequestHandler):
    server: Arrivals
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer."""
        self.server.count(self.path.rpartition("/")[2], self.headers.get("Authorization"))
        body = json.dumps({"path": self.path}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def lend_arrivals(latency_seconds: float) -> Iterator[Arrivals]:
    """Lend a stand-in that runs."""
    with Arrivals(latency_seconds) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
