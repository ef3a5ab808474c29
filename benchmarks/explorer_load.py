"""Readers of the explorer in a process of their own, told by JSON what to do: `python -m benchmarks.explorer_load`."""

import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from subprocess import PIPE, Popen
from typing import Any
from urllib.parse import urlsplit

from benchmarks.explorer_mix import AGAIN, KINDS, Mix, Places

_PATIENCE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer: what for, its status, its bytes on the wire, and how long it took from when it was due."""

    kind: str
    status: int
    size: int
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked of whom.

    Parameters
    ----------
    url
        The explorer.
    places
        What there is to be asked for.
    readers
        Each asks once a second; none at all means one reader who asks again at once, the same of each kind.
    seconds
        For so long, without the warm-up.
    warm_up_seconds
        Answers of this time are left out.
    """

    url: str
    places: Places
    readers: int
    seconds: float
    warm_up_seconds: float = 4.0


def start(load: Load) -> "Popen[str]":
    """Start the readers; :func:`finish` waits for them."""
    process = Popen([sys.executable, "-m", "benchmarks.explorer_load"], stdin=PIPE, stdout=PIPE, text=True)
    assert process.stdin is not None
    process.stdin.write(json.dumps(asdict(load)))
    process.stdin.close()
    return process


def finish(process: "Popen[str]") -> list[Sample]:
    """Wait for the readers; return what they saw."""
    assert process.stdout is not None
    told = process.stdout.read()
    if process.wait() != 0:
        msg = "the readers failed"
        raise RuntimeError(msg)
    return [Sample(*values) for values in json.loads(told)]


class Reader:
    """Keeps one connection and its cookies, as a browser does."""

    def __init__(self, url: str) -> None:
        split = urlsplit(url)
        self._place = (split.hostname or "localhost", split.port or 80)
        self._host = split.netloc
        self._cookie = ""
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, address: str, etag: str = "") -> tuple[int, int, str]:
        """Ask; return status, bytes, and the ETag."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(*self._place)
        reading, writing = self._streams
        lines = [f"GET {address} HTTP/1.1", f"Host: {self._host}", "Accept-Encoding: gzip", "Accept: text/html,*/*"]
        lines += [f"Cookie: {self._cookie}"] * bool(self._cookie) + [f"If-None-Match: {etag}"] * bool(etag)
        writing.write("\r\n".join([*lines, "", ""]).encode())
        head = (await reading.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        if "set-cookie" in headers:
            self._cookie = headers["set-cookie"].partition(";")[0]
        status = int(head[0].split(" ", 2)[1])
        size = 0 if status == 304 else await _read_body(reading, headers)
        return status, size, headers.get("etag", "")


async def _read_body(reading: asyncio.StreamReader, headers: dict[str, str]) -> int:
    if "content-length" in headers:
        return len(await reading.readexactly(int(headers["content-length"])))
    size = 0
    while length := int(await reading.readuntil(b"\r\n"), 16):
        size += len(await reading.readexactly(length))
        await reading.readexactly(2)
    await reading.readexactly(2)
    return size


async def _read_once_a_second(load: Load, number: int, begin: float, samples: list[tuple[float, Sample]]) -> None:
    mix = Mix(load.places, number)
    reader = Reader(load.url)
    known: tuple[str, str] | None = None
    due = begin + random.Random(number).random()
    while due < begin + load.warm_up_seconds + load.seconds:
        await asyncio.sleep(due - time.perf_counter())
        if known is not None and mix.wants_again():
            kind, (address, etag) = AGAIN, known
        else:
            (kind, address), etag = mix.draw(), ""
        status, size, tag = await asyncio.wait_for(reader.get(address, etag), _PATIENCE_SECONDS)
        # Whoever waits for an answer is late with the next request: that counts as the server's time.
        samples.append((due, Sample(kind, status, size, 1000 * (time.perf_counter() - due))))
        known = (address, tag) if tag else known
        due += 1


async def _read_alone(load: Load, samples: list[tuple[float, Sample]]) -> None:
    mix = Mix(load.places, 0)
    reader = Reader(load.url)
    end = time.perf_counter() + load.warm_up_seconds + load.seconds
    while time.perf_counter() < end:
        for kind in KINDS:
            address = mix.make(kind)
            begin = time.perf_counter()
            status, size, _ = await asyncio.wait_for(reader.get(address), _PATIENCE_SECONDS)
            samples.append((begin, Sample(kind, status, size, 1000 * (time.perf_counter() - begin))))


async def _read_all(load: Load) -> Sequence[Sample]:
    begin = time.perf_counter()
    samples: list[tuple[float, Sample]] = []
    if load.readers:
        await asyncio.gather(*(_read_once_a_second(load, one, begin, samples) for one in range(load.readers)))
    else:
        await _read_alone(load, samples)
    return [sample for due, sample in samples if due >= begin + load.warm_up_seconds]


def main() -> None:
    """Read what to do, do it, write what was seen."""
    told: dict[str, Any] = json.load(sys.stdin)
    load = Load(**{**told, "places": Places(**told["places"])})
    samples = asyncio.run(_read_all(load))
    failed = Counter(sample.status for sample in samples if sample.status >= 400)
    if failed:
        print(f"answers that are none: {dict(failed)}", file=sys.stderr)
        sys.exit(1)
    print(json.dumps([[one.kind, one.status, one.size, one.milliseconds] for one in samples]))


if __name__ == "__main__":
    main()
