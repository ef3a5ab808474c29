"""The past that comes topic by topic: the same counts and the same ticks as in order, whatever the way it comes."""

import json
import random
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wiki_activity.domain.burst import Burst
from wiki_activity.domain.frontier import Frontier
from wiki_activity.watch.live_detection import LiveDetectors
from wiki_activity.watch.ticking import WikiTick
from wiki_activity.watch.window import Window
from wiki_activity.wikimedia.events import Edit
from wiki_activity.wikimedia.refusals import BrokenMessages
from wiki_activity_tests.watch.edits import START, WIKIS, count_edits, edit
from wiki_activity_tests.watch.test_window import add_up, read_counts

EQIAD, CODFW = "eqiad.mediawiki.recentchange", "codfw.mediawiki.recentchange"
Message = tuple[str, Edit]
"""The topic, and the edit."""
PIECE = 40


def make_day(seed: int, seconds: int, per_second: float, busy: tuple[int, int] = (0, 0)) -> list[Edit]:
    """Make edits in order of sending, up to four seconds behind it, and many more on one wiki in the busy seconds."""
    rng = random.Random(seed)
    edits = []
    for second in range(seconds):
        number = rng.random() < per_second % 1
        for _ in range(int(per_second) + number):
            edits.append(edit(len(edits), START + second - rng.randint(0, 4), rng.choice(WIKIS)))
        if busy[0] <= second < busy[1]:
            edits += [edit(len(edits) + n, START + second) for n in range(3)]
    return edits


def deal(edits: list[Edit], seed: int, share: float = 0.5) -> dict[str, list[Edit]]:
    """Deal edits to the two topics."""
    rng = random.Random(seed)
    topics: dict[str, list[Edit]] = {EQIAD: [], CODFW: []}
    for one in edits:
        topics[EQIAD if rng.random() < share else CODFW].append(one)
    return topics


def in_blocks(topics: dict[str, list[Edit]], seconds: int) -> Iterator[Message]:
    """Give so many seconds of one topic, then of the other."""
    last = max(one.at for edits in topics.values() for one in edits)
    for begin in range(START - 10, last + 1, seconds):
        for topic, edits in topics.items():
            block = [one for one in edits if begin <= one.at < begin + seconds]
            yield from ((topic, one) for one in block)


def interleaved(topics: dict[str, list[Edit]], seed: int) -> Iterator[Message]:
    """Give now some of one topic and now some of the other, however far each is."""
    rng = random.Random(seed)
    left = {topic: list(reversed(edits)) for topic, edits in topics.items()}
    while left:
        topic = rng.choice(list(left))
        for _ in range(rng.choice([1, 3, 50, 400])):
            if not left[topic]:
                del left[topic]
                break
            yield topic, left[topic].pop()


def write_id(places: dict[str, int], form: str) -> str:
    key = "offset" if form == "offset" else "timestamp"
    names = (EQIAD, CODFW) if form != "own" else tuple(places)
    return json.dumps(
        [
            {"topic": name, "partition": 0} | ({key: places[name]} if name in places else {"offset": -1})
            for name in names
        ]
    )


def feed(messages: Iterable[Message], form: str = "timestamp", lag: float = 1e6) -> tuple[Window, list[WikiTick]]:
    """Feed a window with pieces as the watcher does; the wall clock is so far ahead of the first edit."""
    everything = list(messages)
    window = Window({WIKIS[0]}, BrokenMessages(), wall=lambda: START + lag)
    ticks: list[WikiTick] = []
    places: dict[str, int] = {}
    now = 0.0
    for begin in range(0, len(everything), PIECE):
        piece = everything[begin : begin + PIECE]
        for topic, one in piece:
            step = places.get(topic, 0) + 1 if form == "offset" else max(1000 * one.at, places.get(topic, 0))
            places[topic] = step
        resume_id = write_id(places, form)
        now += 0.002
        window.prepare(resume_id, now)
        ticks += window.add(one for _, one in piece)
        ticks += window.reach(resume_id, [one.at for _, one in piece])
    return window, ticks


def find_episodes(ticks: list[WikiTick]) -> list[tuple[int, bool]]:
    judges = LiveDetectors(Burst)
    signals = [(one.tick.at, judges.detect(one)) for one in ticks]
    return [(at, signal.begins) for at, signal in signals if signal.begins or signal.ends is not None]


def compare(messages: Iterable[Message], edits: list[Edit], form: str = "timestamp") -> Window:
    window, ticks = feed(messages, form)
    ticks += window.finish()
    plain = Window({WIKIS[0]}, BrokenMessages(), wall=lambda: START + 1e6)
    wanted = [*plain.add(edits), *plain.finish()]
    assert add_up(window) == add_up(plain)
    assert read_counts(window) == read_counts(plain) == count_edits(edits)
    # The beginning may differ by what came first.
    first = max(ticks[0].tick.at, wanted[0].tick.at) + 120
    assert [one.tick for one in ticks if one.tick.at > first] == [one.tick for one in wanted if one.tick.at > first]
    return window


@pytest.mark.parametrize("form", ["timestamp", "offset", "own"])
@pytest.mark.parametrize("way", ["one then the other", "other then one", "blocks", "interleaved"])
def test_a_past_that_comes_topic_by_topic_is_counted_and_judged_as_in_order(way: str, form: str) -> None:
    edits = make_day(1, 3 * 3600, 1.6, busy=(7200, 7800))
    topics = deal(edits, 1)
    ways = {
        "one then the other": in_blocks(topics, 10**6),
        "other then one": in_blocks(dict(reversed(topics.items())), 10**6),
        "blocks": in_blocks(topics, 1800),
        "interleaved": interleaved(topics, 1),
    }
    window, ticks = feed(ways[way], form)
    ticks += window.finish()
    plain = Window({WIKIS[0]}, BrokenMessages())
    wanted = find_episodes([*plain.add(edits), *plain.finish()])
    assert add_up(window).late == 0
    assert add_up(window).edits == len(edits)
    assert find_episodes(ticks) == wanted
    assert len(wanted) == 2


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from([0.2, 1.0, 5.0]), st.sampled_from([0.0, 0.02, 0.5]))
# The newest edit of all is of the topic that ends while the other one is far behind.
@example(5, 1.0, 0.02)
def test_however_two_topics_interleave_counts_and_ticks_are_those_in_order(
    seed: int, per_second: float, share: float
) -> None:
    edits = make_day(seed, 1200, per_second)
    compare(interleaved(deal(edits, seed, share), seed), edits)


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(30, 900), st.sampled_from(["timestamp", "offset"]))
def test_blocks_of_any_length_do_not_matter(seed: int, seconds: int, form: str) -> None:
    edits = make_day(seed, 1800, 1.5)
    compare(in_blocks(deal(edits, seed), seconds), edits, form)


def test_what_comes_again_amid_the_past_is_dropped() -> None:
    edits = make_day(2, 4 * 3600, 1.0)
    messages = list(in_blocks(deal(edits, 2), 3600))
    again: list[Message] = []
    for begin in range(0, len(messages), 500):
        again += messages[begin : begin + 500]
        again += messages[begin + 470 : begin + 500]
    window, _ = feed(again)
    list(window.finish())
    assert add_up(window).edits == len(edits)
    assert add_up(window).repeats == len(again) - len(messages)


def test_memory_stays_small_while_a_day_is_held_open() -> None:
    topics = deal(make_day(3, 86_400, 0.6), 3)
    window, ticks = feed((EQIAD, one) for one in topics[EQIAD])
    assert window.is_wide
    assert not ticks
    assert len(window.ids) < 250_000


def drive(frontier: Frontier, seconds: float, newest: float, **topics: float) -> float | None:
    """Let so many seconds pass in which the newest event time goes on with the time."""
    limit = None
    for step in range(int(seconds / 0.1)):
        frontier._now += 0.1
        frontier.note_newest(int(newest + step * 0.1))
        frontier.note_topics({EQIAD: newest + step * 0.1} | topics)
        limit = frontier.find_limit(newest + 5)
    return limit


def test_a_topic_without_traffic_holds_nothing_up_once_the_stream_is_live() -> None:
    frontier = Frontier()
    frontier.note_topics({EQIAD: None})
    assert drive(frontier, 10, START) is None
    # Its canary, each quarter of an hour.
    frontier.note_topics({CODFW: START + 12.0})
    assert drive(frontier, 10, START + 12) is None


def test_a_simulation_of_the_past_at_thirty_times_the_speed_is_not_held_up() -> None:
    frontier = Frontier()
    for step in range(200):
        frontier.note_time(step * 0.1)
        frontier.note_topics({EQIAD: START + step * 3.0})
        frontier.note_newest(START + step * 3)
    limit = frontier.find_limit(START + 1e6)
    assert limit is None or limit >= START + 199 * 3


def test_a_process_that_stood_still_does_not_take_a_topic_for_ended() -> None:
    frontier = Frontier()
    for step in range(20):
        frontier.note_time(100.0 * step)
        frontier.note_topics({EQIAD: START + step * 60.0})
        frontier.note_newest(START + step * 60)
    assert frontier.find_limit(START + 1e6) == float("-inf")
