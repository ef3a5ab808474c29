"""A server of bare sockets, for answers that no well-behaved server would give."""

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Answer = Callable[[socket.socket, threading.Event], None]
"""Writes an answer to a request that was read, until it is done, the other side hangs up, or the event is set."""


@dataclass(slots=True)
class RawServer:
    """A running server.

    Parameters
    ----------
    port
        On loopback.
    answer
        What is answered to every request.
    asked
        The first line of every request.
    """

    port: int
    answer: Answer
    asked: list[str] = field(default_factory=list)

    def url_for(self, path: str) -> str:
        """Return an address at this server."""
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def running_raw_server(answer: Answer, *, reads: bool = True) -> Iterator[RawServer]:
    """Run a server that answers each request in a thread of its own, over a connection of its own.

    With `reads=False` the request is left to the answer to read.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = RawServer(listening.getsockname()[1], answer)
        stop = threading.Event()
        threads: list[threading.Thread] = []

        def serve(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                request = b""
                while reads and b"\r\n\r\n" not in request:
                    piece = connection.recv(65536)
                    if not piece:
                        return
                    request += piece
                server.asked.append(request.partition(b"\r\n")[0].decode("latin-1"))
                server.answer(connection, stop)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    if stop.is_set():
                        connection.close()
                        return
                    threads.append(threading.Thread(target=serve, args=(connection,), daemon=True))
                    threads[-1].start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield server
        finally:
            stop.set()
            with suppress(OSError), socket.create_connection(("127.0.0.1", server.port)):
                pass
            for thread in (accepting, *threads):
                thread.join(timeout=30)


def answering(body: bytes, *headers: str, status: str = "200 OK") -> Answer:
    """Answer once and whole."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "Connection: close", "", ""]

    def answer(connection: socket.socket, _: threading.Event) -> None:
        connection.sendall("\r\n".join(lines).encode("latin-1") + body)

    return answer


def repeating(start: bytes, piece: bytes, *, every_seconds: float = 0) -> Answer:
    """Begin an answer, and go on with the same piece for ever."""

    def answer(connection: socket.socket, stop: threading.Event) -> None:
        connection.sendall(start)
        while not stop.wait(every_seconds):
            connection.sendall(piece)

    return answer


def pack_zeros(megabytes: int) -> bytes:
    """Pack so many megabytes of zeros with gzip, a thousandth of them."""
    return gzip.compress(bytes(1 << 20)) * megabytes
