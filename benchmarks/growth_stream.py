"""What grows with the events of the stream: `BENCH_FACTOR=16 python -m benchmarks --only growth_stream`."""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import DEVNULL, Popen
from tempfile import TemporaryDirectory

from benchmarks.growth import FACTOR
from benchmarks.processes import list_tree, measure
from benchmarks.roles import simulating
from benchmarks.table import Row
from wiki_activity.redis_store.connection import Keys, connect
from wiki_activity.redis_store.reading import read_beat
from wiki_activity_tests.end_to_end.running import make_environment, wait_for
from wiki_activity_tests.own_servers import OwnServer, own_redis

_EVENTS_PER_SECOND = 50 * FACTOR
_PAST = timedelta(hours=1)
_CATCH_UP_SECONDS, _SETTLE_SECONDS, _MEASURE_SECONDS = 1_800, 30, 60
_CAUGHT_UP_SECONDS = 15


def run() -> list[Row]:
    """Let a watcher catch up on an hour, all wikis judged, then follow the stream for a minute."""
    with TemporaryDirectory() as folder, simulating(_EVENTS_PER_SECOND) as simulator, own_redis() as redis:
        began = time.monotonic()
        with _watching(Path(folder), simulator, redis) as watcher:
            wait_until_caught_up(redis, _CATCH_UP_SECONDS)
            past = measure(list_tree(watcher.pid))
            seconds = time.monotonic() - began
            time.sleep(_SETTLE_SECONDS)
            assert redis.process is not None
            before, served_before = measure(list_tree(watcher.pid)), measure([redis.process.pid])
            time.sleep(_MEASURE_SECONDS)
            after, served = measure(list_tree(watcher.pid)), measure([redis.process.pid])
        kinds = _read_kinds(redis)
    name = f"{_EVENTS_PER_SECOND} events a second"
    own, theirs = after.seconds - before.seconds, served.seconds - served_before.seconds
    sizes = ", ".join(f"{kind} {size / 1e6:.2f}" for kind, size in kinds.most_common() if size > 10_000)
    return [
        Row(f"watcher, {name}", f"{100 * own / _MEASURE_SECONDS:.1f} % of a core, {after.bytes / 1e6:.0f} MB"),
        Row(f"Redis, {name}", f"{100 * theirs / _MEASURE_SECONDS:.1f} % of a core, {served.bytes / 1e6:.0f} MB"),
        Row(f"keys of an hour in Redis, {name}", f"{sizes} MB"),
        Row(f"catching up on an hour, {name}", f"{seconds:.0f} s, {past.seconds:.1f} s of processor"),
    ]


def wait_until_caught_up(redis: OwnServer, seconds: float) -> None:
    """Wait until the watcher is where the stream is."""
    with connect(redis.url) as client:

        def has_caught_up() -> bool:
            beat = read_beat(client, Keys())
            lag = None if beat is None else beat.heartbeat.lag_seconds
            return lag is not None and lag < _CAUGHT_UP_SECONDS

        wait_for("the end of the past", has_caught_up, seconds)


@contextmanager
def _watching(folder: Path, simulator: str, redis: OwnServer) -> "Iterator[Popen[bytes]]":
    since = datetime.now(UTC) - _PAST
    stream = f"{simulator}/v2/stream/recentchange?since={since:%Y-%m-%dT%H:%M:%SZ}"
    environment = make_environment(folder, simulator, REDIS_URL=redis.url, STREAM_URL=stream, LIVE_WIKIS="*")
    command = [sys.executable, "-m", "wiki_activity", "watch"]
    process = Popen(command, env=environment, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def _read_kinds(redis: OwnServer) -> Counter[str]:
    """Read how many bytes each kind of key takes."""
    prefix = Keys().prefix
    kinds: Counter[str] = Counter()
    with connect(redis.url) as client:
        for key in client.scan_iter(f"{prefix}*"):
            kinds[key.decode().removeprefix(prefix).partition(":")[0]] += client.memory_usage(key, samples=0) or 0
    return kinds
