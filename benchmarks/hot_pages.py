"""Hot pages: false ones in calm weeks, how soon planted ones are found, and what looking for them costs the watcher."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from resource import getpagesize
from statistics import median
from typing import cast

import numpy as np

from benchmarks.page_series import BIGGEST_PER_SECOND, START, WIKIS, PageRecipe, PlantedPage, add_to, make_hours
from benchmarks.table import Row
from wiki_activity.domain.hot_pages import LEAST_PEOPLE, LOOK_SECONDS, HotPages
from wiki_activity.domain.live import LiveDetectorName
from wiki_activity.domain.live_detectors import make_detector
from wiki_activity.redis_store.connection import connect
from wiki_activity.redis_store.writing import RedisStore
from wiki_activity.watch.page_counts import PageCounts
from wiki_activity.watch.title import Title
from wiki_activity.watch.vitals import Vitals
from wiki_activity.watch.watcher import Watcher
from wiki_activity.watch.who_edits import People
from wiki_activity.wikimedia.stream import Batch
from wiki_activity_tests.own_servers import own_redis
from wiki_activity_tests.watch.titles import FreeTitle

_WEEK_DAYS = int(os.environ.get("BENCH_CALM_DAYS", "7"))
_SEEDS = range(int(os.environ.get("BENCH_PLANTED", "40")))
_EVENTS = int(os.environ.get("BENCH_HOT_EVENTS", "1_000_000"))
_PLANTED_HOURS = 6
_TITLES = 1_000_000
_PER_SECOND = 30
_BATCH = 200
_MIB = 2**20
_PACES = (60.0, 180.0, 300.0)
"""Seconds between two edits of each of the ten people."""


def run() -> list[Row]:
    """Judge simulated wikis, then let a watcher count events with and without looking."""
    return [_measure_calm(), *(_measure_planted(pace) for pace in _PACES), *_measure_cost()]


def find_begins(recipe: PageRecipe, per_second: float, hours: int, seed: int, planted: PlantedPage | None) -> list[int]:
    """Return when pages of one wiki became hot, epoch seconds."""
    people, counts, pages = People(b"key", START), PageCounts(), HotPages(LEAST_PEOPLE)
    begins = []
    for until, edits in make_hours(recipe, per_second, hours, seed, planted):
        place = 0
        for at in range(until - 3600 + LOOK_SECONDS, until + 1, LOOK_SECONDS):
            end = place
            while end < len(edits) and edits[end][0] < at:
                end += 1
            add_to(people, edits[place:end])
            place = end
            counts.move(people, at)
            begins += [at for said in pages.look(at, counts) if said.signal.begins]
            people.forget(at - 900)
    return begins


def _measure_calm() -> Row:
    found = sum(
        len(find_begins(PageRecipe(), BIGGEST_PER_SECOND / rank, 24 * _WEEK_DAYS, rank, None))
        for rank in range(1, WIKIS + 1)
    )
    name = f"hot pages in {_WEEK_DAYS} calm days of {WIKIS} simulated wikis"
    return Row(name, f"{found}", "", "≤ .2 a week", found * 7 / _WEEK_DAYS <= 0.2)


def _measure_planted(pace: float) -> Row:
    delays = []
    for seed in _SEEDS:
        planted = PlantedPage(START + 3 * 3600 + 17 * seed, 1800, 10, pace)
        begins = find_begins(PageRecipe(), BIGGEST_PER_SECOND, _PLANTED_HOURS, 1000 + seed, planted)
        delays.append(min((at - planted.begin for at in begins if at >= planted.begin), default=10**6))
    found = sum(delay <= 300 for delay in delays) / len(delays)
    later = sum(delay <= 1800 for delay in delays) / len(delays)
    shares = f"{100 * found:.0f} % found within 5 min, {100 * later:.0f} % while it lasts"
    return Row(
        f"ten people on a page for 30 min, each every {pace:.0f} s, at {BIGGEST_PER_SECOND} edits/s",
        f"{shares}; half within {median(delays):.0f} s",
        "",
        "all within 5 min" if pace == _PACES[0] else "",
        found == 1 if pace == _PACES[0] else None,
    )


class _MadeStream:
    """Events of many wikis with as many titles as wanted; what making them costs is noted."""

    connected = True
    problem: str | None = None
    since: str | None = None

    def __init__(self, events: int) -> None:
        self.last_event_id = ""
        self.events = events
        self.made = 0
        self.seconds = 0.0
        self._rng = np.random.default_rng(7)

    def read(self, wait_seconds: float) -> Batch:  # noqa: ARG002 - of a stream that never waits
        began = time.process_time()
        titles = self._rng.integers(0, _TITLES, _BATCH).tolist()
        wikis = np.minimum(self._rng.pareto(1.0, _BATCH).astype(int), WIKIS - 1).tolist()
        people = self._rng.integers(0, 5000, _BATCH).tolist()
        messages = [
            b'{"$schema":"/mediawiki/recentchange/1.0.0","meta":{"id":"%d","dt":"2026-06-15T12:00:00Z","domain":"w"},'
            b'"id":1,"type":"edit","namespace":0,"title":"A title of some length %d","title_url":"https://w/wiki/x",'
            b'"comment":"/* x */ a summary of an edit","timestamp":%d,"user":"Somebody %d","bot":false,'
            b'"server_name":"w%d.wikipedia.org","wiki":"w%d","parsedcomment":"a summary of an edit"}'
            % (self.made + n, titles[n], START + (self.made + n) // _PER_SECOND, people[n], wikis[n], wikis[n])
            for n in range(_BATCH)
        ]
        self.made += _BATCH
        self.last_event_id = str(self.made)
        self.seconds += time.process_time() - began
        return Batch(messages, self.last_event_id)

    def close(self) -> None:
        """Have nothing to close."""


def _measure_cost() -> Iterator[Row]:
    with own_redis() as redis:
        costs: dict[int | None, list[float]] = {None: [], LEAST_PEOPLE: []}
        for _ in range(2):
            for least, its in costs.items():
                its.append(_watch(redis.url, least, _EVENTS, lambda: None))
        sizes: list[int] = []
        _watch(redis.url, LEAST_PEOPLE, _EVENTS, lambda: sizes.append(_resident()))
    without, with_pages = (min(costs[least]) for least in (None, LEAST_PEOPLE))
    ratio = with_pages / without
    yield Row(
        f"watcher of {WIKIS} judged wikis, {_TITLES:,} titles, looking for hot pages",
        f"{1e6 * with_pages / _EVENTS:.1f} s of processor a million events",
        f"{ratio:.2f} × as without",
        "≤ 1.15 ×",
        ratio <= 1.15,
    )
    settled = sizes[len(sizes) // 5 :]
    spread = (max(settled) - min(settled)) / _MIB
    figure = f"{min(settled) / _MIB:.0f} to {max(settled) / _MIB:.0f} MiB"
    yield Row(f"its memory over {_EVENTS:,} events", figure, "", "flat, ± 10 MB", spread <= 20)


def _watch(redis_url: str, least_people: int | None, events: int, look: Callable[[], None]) -> float:
    """Let a watcher count so many events; return the processor's seconds without those of making them."""
    client = connect(redis_url)
    client.flushdb()
    stream = _MadeStream(events)
    watcher = Watcher(
        stream,
        RedisStore(client),
        cast("Title", FreeTitle()),
        Vitals("benchmark"),
        judged=None,
        make_detector=lambda: make_detector(LiveDetectorName.BURST),
        on_signal=lambda *_: None,
        hot_page_people=least_people,
    )

    def stop() -> bool:
        look()
        return stream.made >= events

    began = time.process_time()
    watcher.run(stop)
    client.close()
    return time.process_time() - began - stream.seconds


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * getpagesize()
