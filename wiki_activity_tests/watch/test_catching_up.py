"""A day that was missed, of which one topic comes before the other: every edit once, no spell that was not there."""

import os
import random
import time
from collections.abc import Callable
from typing import Any

import pytest

from wiki_activity.domain.burst import Burst
from wiki_activity.domain.live import Signal, Tick
from wiki_activity.redis_store.reading import read_live
from wiki_activity.watch.live_detection import LiveDetectors
from wiki_activity.watch.signals import EpisodeContext
from wiki_activity.watch.vitals import Vitals
from wiki_activity.watch.watcher import Watcher
from wiki_activity.watch.window import Window
from wiki_activity.wikimedia.events import Edit
from wiki_activity.wikimedia.refusals import BrokenMessages
from wiki_activity.wikimedia.stream import EventStream
from wiki_activity_tests.redis_store.live_server import Server
from wiki_activity_tests.redis_store.stored_counts import read_minutes
from wiki_activity_tests.watch.edits import edit
from wiki_activity_tests.watch.titles import FreeTitle
from wiki_activity_tests.watch.topic_server import in_blocks, interleaved, one_by_one, serving, write_frames

pytestmark = pytest.mark.slow

DAY = 86_400
EVENTS = int(os.environ.get("CATCH_UP_EVENTS", "50_000"))
"""The nightly list has a million."""
EN = "en.wikipedia.org"
WIKIS = (EN, *[f"w{number}.wikipedia.org" for number in range(60)])
PATIENCE_SECONDS = 120 + EVENTS / 1000


def make_day(until: int) -> list[Edit]:
    """Make a day that ends then, up to four seconds out of order; one wiki is four times as busy for ten minutes."""
    rng = random.Random(7)
    begin, usual = until - DAY, EVENTS / DAY
    spell = range(begin + 15 * 3600, begin + 15 * 3600 + 600)
    edits: list[Edit] = []
    for second in range(begin, until):
        for share, wiki in ((0.5, EN), (0.5, "")):
            rate = usual * share * (4 if second in spell and wiki == EN else 1)
            for _ in range(int(rate) + (rng.random() < rate % 1)):
                at = second - rng.randint(0, 4)
                edits.append(edit(len(edits), at, wiki or rng.choice(WIKIS[1:]), is_bot=rng.random() < 0.1))
    return edits


def find_spells(edits: list[Edit]) -> list[tuple[int, bool]]:
    """Find what is judged when all comes in order."""
    window, judges = Window({EN}, BrokenMessages()), LiveDetectors(Burst)
    in_order = sorted(edits, key=lambda one: one.at)
    signals = [(one.tick.at, judges.detect(one)) for one in [*window.add(in_order), *window.finish()]]
    return [(at, signal.busy) for at, signal in signals if signal.begins or signal.ends is not None]


def when(is_over: Callable[[], bool]) -> Callable[[], bool]:
    """Look each half second whether it is over, as long as there is patience."""
    begun = look_at = time.monotonic()

    def stop() -> bool:
        nonlocal look_at
        now = time.monotonic()
        if now < look_at:
            return False
        look_at = now + 0.5
        return now > begun + PATIENCE_SECONDS or is_over()

    return stop


WAYS = {
    "one topic, then the other": one_by_one,
    "an hour of each": lambda topics: in_blocks(topics, 3600),
    "one half an hour behind the other": lambda topics: interleaved(topics, 1800),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_day_that_was_missed_is_counted_once_and_judged_as_it_was(server: Server, way: str) -> None:
    edits = make_day(int(time.time()) - 30)
    rng = random.Random(way)
    topics: tuple[list[Edit], list[Edit]] = ([], [])
    for one in edits:
        topics[rng.random() < 0.4].append(one)
    frames = write_frames(WAYS[way](topics))
    told: list[tuple[int, bool]] = []

    def take(project: str, tick: Tick, signal: Signal, context: EpisodeContext) -> None:
        if signal.begins or signal.ends is not None:
            told.append((tick.at, signal.busy))

    newest = max(one.at for one in edits)

    def is_over() -> bool:
        live = read_live(server.client, server.keys)
        counted = sum(one.edits + one.late for one in live.totals.values())
        until = 0 if live.progress is None else live.progress.closed_until
        return counted >= len(edits) and until >= newest - 5

    with serving(frames, cut_after=len(frames) // 4 + 7) as url:
        stream = EventStream(url, contact="tests@example.org")
        Watcher(
            stream,
            server.make_store(),
            FreeTitle(),
            Vitals("a test"),
            judged={EN},
            make_detector=Burst,
            on_signal=take,
        ).run(when(is_over))
    live = read_live(server.client, server.keys)
    totals = live.totals.values()
    assert sum(one.late for one in totals) == 0
    assert sum(one.broken for one in totals) == 0
    assert sum(one.edits for one in totals) == len(edits)
    assert sum(one.repeats for one in totals) > 0
    mine = [one.at for one in edits if one.project == EN and one.at < newest - 65]
    stored = read_minutes(server.client, EN, newest - DAY - 3600, newest, server.keys)
    assert sum(count for at, (count, _) in stored.items() if at + 60 <= newest - 65) == len(
        [at for at in mine if at - at % 60 + 60 <= newest - 65]
    )
    assert told == find_spells(edits)
    assert len(told) == 2


def test_a_watcher_killed_while_it_catches_up_counts_every_edit_once(server: Server) -> None:
    edits = make_day(int(time.time()) - 30)
    topics = (edits[::2], edits[1::2])
    frames = write_frames(one_by_one(topics))
    reads = iter(range(10**9))

    def watch(stop: Any) -> None:
        with serving(frames) as url:
            Watcher(
                EventStream(url, contact="tests@example.org"),
                server.make_store(),
                FreeTitle(),
                Vitals("a test"),
                judged={EN},
                make_detector=Burst,
                on_signal=lambda *_: None,
            ).run(stop)

    def die() -> bool:
        # A piece is some hundred and more.
        if next(reads) == len(frames) // 500:
            raise KeyboardInterrupt
        return False

    with pytest.raises(KeyboardInterrupt):
        watch(die)
    assert sum(one.edits for one in read_live(server.client, server.keys).totals.values()) < len(edits) / 2
    until = max(one.at for one in edits) - 5

    def is_over() -> bool:
        progress = read_live(server.client, server.keys).progress
        return progress is not None and progress.closed_until >= until

    watch(when(is_over))
    totals = read_live(server.client, server.keys).totals.values()
    assert sum(one.edits for one in totals) == len(edits)
    assert sum(one.late for one in totals) == 0
