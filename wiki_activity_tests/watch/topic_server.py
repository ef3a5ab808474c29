"""A stand-in for EventStreams after an outage: the past of two topics, in the order that is asked for, then live."""

import json
import socket
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from wiki_activity.wikimedia.events import Edit
from wiki_activity_tests.watch.edits import write_message

TOPICS: Final = ("eqiad.mediawiki.recentchange", "codfw.mediawiki.recentchange")
Sent = tuple[int, Edit]
"""The place of the topic, and the edit."""
_HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
_AT_ONCE: Final = 500


def one_by_one(topics: Sequence[Sequence[Edit]]) -> Iterator[Sent]:
    """Give all of the first topic, then all of the second."""
    for place, edits in enumerate(topics):
        for one in edits:
            yield place, one


def in_blocks(topics: Sequence[Sequence[Edit]], seconds: int) -> Iterator[Sent]:
    """Give so many seconds of one topic, then of the other."""
    places = [0] * len(topics)
    until = min(edits[0].at for edits in topics) + seconds
    while any(at < len(edits) for at, edits in zip(places, topics, strict=True)):
        for place, edits in enumerate(topics):
            while places[place] < len(edits) and edits[places[place]].at < until:
                yield place, edits[places[place]]
                places[place] += 1
        until += seconds


def interleaved(topics: Sequence[Sequence[Edit]], seconds: int) -> Iterator[Sent]:
    """Give both at once, the second so many seconds behind the first."""
    ahead, behind = topics
    at = 0
    for one in ahead:
        yield 0, one
        while at < len(behind) and behind[at].at < one.at - seconds:
            yield 1, behind[at]
            at += 1
    for one in behind[at:]:
        yield 1, one


def write_frames(sent: Iterable[Sent]) -> list[bytes]:
    """Write events as they are sent, each with an id that says how far both topics are."""
    reached: dict[int, int] = {}
    frames = []
    for place, one in sent:
        reached[place] = max(reached.get(place, 0), 1000 * one.at)
        id_ = json.dumps(
            [
                {"topic": topic, "partition": 0} | ({"timestamp": reached[n]} if n in reached else {"offset": -1})
                for n, topic in enumerate(TOPICS)
            ]
        )
        frames.append(b"event: message\nid: %b\ndata: %b\n\n" % (id_.encode(), write_message(one, comment="")))
    return frames


@contextmanager
def serving(frames: Sequence[bytes], cut_after: int = 10**9) -> Iterator[str]:
    """Serve them once, an HTTP chunk each, and stay open at the end; lends the address.

    Parameters
    ----------
    frames
        From :func:`write_frames`; whoever comes with an id goes on at the first frame that has it, for others may
        have it too, and gets some before it again.
    cut_after
        Each connection ends after so many.
    """
    server = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()
    places: dict[bytes, int] = {}
    for place, frame in enumerate(frames):
        places.setdefault(frame.split(b"\n", 2)[1].removeprefix(b"id: "), place)

    def answer(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            request = connection.recv(65536)
            asked = next((line for line in request.split(b"\r\n") if line.startswith(b"Last-Event-ID: ")), None)
            begin = 0 if asked is None else max(places[asked.removeprefix(b"Last-Event-ID: ")] - 9, 0)
            end = min(begin + cut_after, len(frames))
            connection.sendall(_HEAD)
            for at in range(begin, end, _AT_ONCE):
                some = frames[at : min(at + _AT_ONCE, end)]
                connection.sendall(b"".join(b"%x\r\n%b\r\n" % (len(frame), frame) for frame in some))
            if end == len(frames):
                over.wait()

    def serve() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=answer, args=(server.accept()[0],), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v2/stream/recentchange"
        over.set()
        server.shutdown(socket.SHUT_RDWR)
    thread.join()
