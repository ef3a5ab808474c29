"""The events of a second follow the seed, look like real ones, and come faster where a burst is planted."""

import json
from collections import Counter
from typing import Any

import numpy as np
import pytest

from wiki_activity.simulator.bursts import DAY_SECONDS, ENGLISH_WIKIPEDIA, BurstPlan, PlantedBurst
from wiki_activity.simulator.simulated_events import EventSource
from wiki_activity.simulator.wiki_catalogue import make_catalogue

WIKIS = make_catalogue(870).open_wikis
SECOND = 1_790_000_000 // 600 * 600


def make_source(*bursts: PlantedBurst, seed: int = 1) -> EventSource:
    plan = BurstPlan(WIKIS, seed, per_day=0)
    for burst in bursts:
        plan.add(burst)
    return EventSource(WIKIS, seed, plan)


def read_data(source: EventSource, start: int, seconds: int) -> list[dict[str, Any]]:
    frames = [event.frame for second in range(start, start + seconds) for event in source.list_events(second)]
    return [json.loads(frame.decode().split("\ndata: ")[1]) for frame in frames]


def is_english_article_edit(data: dict[str, Any]) -> bool:
    return data.get("server_name") == ENGLISH_WIKIPEDIA and data["namespace"] == 0 and data["type"] in {"edit", "new"}


@pytest.fixture(scope="module")
def data() -> list[dict[str, Any]]:
    """Ten minutes of the whole stream, canaries left out."""
    return [one for one in read_data(make_source(), SECOND, 600) if one["meta"]["domain"] != "canary"]


def test_a_second_is_the_same_whichever_way_it_is_reached() -> None:
    forward, alone = make_source(), make_source()
    for second in range(SECOND, SECOND + 200):
        forward.list_events(second)
    assert alone.list_events(SECOND + 150) == forward.list_events(SECOND + 150)
    assert make_source(seed=2).list_events(SECOND + 150) != alone.list_events(SECOND + 150)


def test_about_30_events_a_second_come_in_all_of_them_wikis_of_the_catalogue(data: list[dict[str, Any]]) -> None:
    assert 20 < len(data) / 600 < 45
    assert {one["server_name"] for one in data} <= {wiki.host for wiki in WIKIS}
    assert len({one["server_name"] for one in data}) > 100
    assert 0.7 < sum(map(is_english_article_edit, data)) / 600 < 1.8


def test_as_many_events_a_second_come_as_are_asked_for_shared_by_the_wikis_as_ever(data: list[dict[str, Any]]) -> None:
    source = EventSource(WIKIS, 1, BurstPlan(WIKIS, 1, per_day=0), events_per_second=400)
    many = [one for one in read_data(source, SECOND, 300) if one["meta"]["domain"] != "canary"]

    assert 320 < len(many) / 300 < 480
    assert sum(map(is_english_article_edit, many)) / len(many) == pytest.approx(
        sum(map(is_english_article_edit, data)) / len(data), rel=0.3
    )


def test_messages_are_sent_as_they_are_received_and_were_saved_a_little_earlier(data: list[dict[str, Any]]) -> None:
    received = [np.datetime64(one["meta"]["dt"].rstrip("Z"), "ms").astype(int) / 1000 for one in data]
    saved = [one["timestamp"] for one in data]
    delays = np.array(received) - saved
    assert received == sorted(received)
    assert saved != sorted(saved)
    assert delays.min() >= 0
    assert np.median(delays) < 3
    assert (delays > 5).mean() < 0.03


def test_all_types_come_and_fields_may_be_missing(data: list[dict[str, Any]]) -> None:
    types = Counter(one["type"] for one in data)
    assert set(types) == {"edit", "new", "log", "categorize", "external"}
    assert 0 < sum("user" not in one for one in data) < 0.03 * len(data)
    assert all("length" not in one for one in data if one["type"] in {"log", "categorize"})
    assert all("old" not in one["length"] for one in data if one["type"] == "new")
    assert any(one["bot"] for one in data)


def test_no_two_messages_share_an_id(data: list[dict[str, Any]]) -> None:
    assert len({one["meta"]["id"] for one in data}) == len(data)


def test_the_rate_swings_over_the_day() -> None:
    source = make_source()
    place = [wiki.host for wiki in WIKIS if wiki.size > 0].index(ENGLISH_WIKIPEDIA)
    minutes = [source.measure_rates(SECOND + 60 * minute)[place] for minute in range(1440)]
    hours = np.array(minutes).reshape(24, 60).mean(axis=1)
    assert 1.5 < hours.max() / hours.min() < 2.2
    assert 0.42 * hours.mean() == pytest.approx(1.2, rel=0.15)


def test_a_burst_multiplies_the_article_edits_of_people_on_its_wiki_alone() -> None:
    burst = PlantedBurst(ENGLISH_WIKIPEDIA, SECOND + 10, 300, 5.0, people=12)
    calm, busy = (read_data(source, SECOND, 400) for source in (make_source(), make_source(burst)))
    edits = [sum(map(is_english_article_edit, data)) for data in (calm, busy)]
    within = 300 / 400
    assert edits[1] / edits[0] == pytest.approx(1 + 4 * within, rel=0.2)
    others = [sum(one.get("server_name") != ENGLISH_WIKIPEDIA for one in data) for data in (calm, busy)]
    assert others[0] == others[1]
    editors = {one["user"] for one in busy if one.get("user", "").startswith("Burst editor")}
    assert editors == {f"Burst editor {number}" for number in range(1, 13)}


def test_a_burst_on_one_page_is_on_that_page() -> None:
    burst = PlantedBurst(ENGLISH_WIKIPEDIA, SECOND + 10, 300, 5.0, people=12, page="Comet")
    data = read_data(make_source(burst), SECOND, 400)
    on_page = [one for one in data if one.get("title") == "Comet"]
    assert len({one["user"] for one in on_page if "user" in one}) == 12
    assert {one["server_name"] for one in on_page} == {ENGLISH_WIKIPEDIA}


def test_what_was_sent_before_a_burst_does_not_change_by_it() -> None:
    burst = PlantedBurst(ENGLISH_WIKIPEDIA, SECOND + 10, 300, 5.0, people=12)
    assert make_source(burst).list_events(SECOND + 9) == make_source().list_events(SECOND + 9)


def test_bursts_are_drawn_by_day_and_found_from_any_second() -> None:
    plan = BurstPlan(WIKIS, 1, per_day=6)
    day = SECOND // DAY_SECONDS * DAY_SECONDS
    week = plan.list_between(day, day + 7 * DAY_SECONDS)
    assert 20 < len(week) < 70
    assert week == BurstPlan(WIKIS, 1, per_day=6).list_between(day, day + 7 * DAY_SECONDS)
    assert Counter(burst.project for burst in week)[ENGLISH_WIKIPEDIA] > 0.4 * len(week)
    for burst in week:
        assert 2.5 <= burst.factor <= 8
        assert burst in plan.list_between(burst.start, burst.start + 1)
        assert burst in plan.list_between(burst.end - 1, burst.end)
        assert burst not in plan.list_between(burst.end, burst.end + 1)
        assert burst not in plan.list_between(burst.start - 1, burst.start)
