"""A watcher as a process of its own, for tests that kill it: `python -m …watch_process STREAM REDIS PREFIX`."""

import signal
import sys
import threading
from collections.abc import Mapping
from typing import Any

from wiki_activity.domain.live import LiveDetectorName, Signal, Tick
from wiki_activity.redis_store.connection import Keys, connect
from wiki_activity.redis_store.writing import RedisStore
from wiki_activity.watch.heart import Heart
from wiki_activity.watch.signals import EpisodeContext
from wiki_activity.watch.vitals import Vitals
from wiki_activity.watch.watcher import Watcher
from wiki_activity.wikimedia.stream import EventStream
from wiki_activity_tests.watch.titles import FreeTitle


class Summing:
    """A detector that checks that it sees every tick once, over restarts too."""

    name = LiveDetectorName.MEAN_GAP

    def __init__(self) -> None:
        self.last: int | None = None
        self.edits = 0

    def tick(self, tick: Tick) -> Signal:
        if self.last is not None and tick.at != self.last + 10:
            msg = f"tick {tick.at} after {self.last}"
            raise AssertionError(msg)
        self.last = tick.at
        self.edits += tick.edits
        return Signal(False, False, None, None, float(self.edits), None, None)

    def save(self) -> Mapping[str, Any]:
        return {"last": self.last, "edits": self.edits}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.last, self.edits = state["last"], state["edits"]


def ignore(project: str, tick: Tick, signal: Signal, context: EpisodeContext) -> None:
    """Take no notice."""


def main() -> None:
    stream, redis_url, prefix = sys.argv[1:]
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    title, vitals = FreeTitle(), Vitals("a test")
    store = RedisStore(connect(redis_url), Keys(prefix))
    source = EventStream(stream, contact="tests@example.org")
    watcher = Watcher(source, store, title, vitals, judged=None, make_detector=Summing, on_signal=ignore)
    with Heart(vitals, store, title):
        watcher.run(stop.is_set)


if __name__ == "__main__":
    main()
