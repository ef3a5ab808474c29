"""Hot pages by hand-made windows: who is hot, who is usual, and when it is over."""

import json
from dataclasses import dataclass, field

import pytest

from wiki_activity.domain.hot_pages import (
    LONGEST_SECONDS,
    LOOK_SECONDS,
    MOST_PAGES,
    WINDOW_SECONDS,
    HotPages,
    PageSignal,
    PageWindow,
)
from wiki_activity.domain.live import EndReason

HOUR = 3600
DAY = 24 * HOUR


@dataclass
class Wiki:
    """A wiki whose pages have the given people's edits and people in each window."""

    pages: HotPages = field(default_factory=HotPages)
    at: int = 0
    windows: dict[str, tuple[int, int]] = field(default_factory=dict)

    def look(self) -> list[PageSignal]:
        self.at += LOOK_SECONDS
        return self.pages.look(self.at, self)

    @property
    def several(self) -> dict[str, int]:
        return {title: number for title, (number, _) in self.windows.items() if number > 1}

    def count_people(self) -> dict[str, int]:
        return {title: self.windows[title][1] for title in self.several}

    def find(self, title: str) -> PageWindow:
        edits, people = self.windows.get(title, (0, 0))
        return PageWindow(edits, edits // 20, people, self.at - WINDOW_SECONDS if edits else 0, self.at - 10)

    def wait(self, seconds: int) -> list[PageSignal]:
        return [said for _ in range(seconds // LOOK_SECONDS) for said in self.look()]


@pytest.fixture
def wiki() -> Wiki:
    """A wiki that was calm for a day."""
    calm = Wiki()
    calm.wait(DAY)
    return calm


def test_five_people_with_eight_edits_make_a_page_hot(wiki: Wiki) -> None:
    wiki.windows = {"Comet": (8, 5), "Run of one": (80, 1), "Few edits": (7, 7), "Few people": (30, 4)}
    [said] = wiki.look()
    assert (said.signal.page, said.signal.begins, said.signal.busy) == ("Comet", True, True)
    assert said.signal.started_at == wiki.at - WINDOW_SECONDS
    assert (said.signal.rate, said.signal.usual) == (8 / WINDOW_SECONDS, None)
    assert said.tick.window_edits == 8


def test_more_people_can_be_asked_for() -> None:
    wiki = Wiki(HotPages(8))
    wiki.wait(DAY)
    wiki.windows = {"Comet": (20, 7)}
    assert wiki.look() == []
    wiki.windows = {"Comet": (20, 8)}
    assert len(wiki.look()) == 1


def test_before_an_hour_is_known_nothing_is_hot() -> None:
    wiki = Wiki(windows={"Comet": (30, 9)})
    assert wiki.wait(2400) == []


def test_a_page_that_is_always_busy_is_usual_for_itself(wiki: Wiki) -> None:
    wiki.windows = {"Noticeboard": (20, 9)}
    fresh = Wiki(windows={"Noticeboard": (20, 9)})
    assert fresh.wait(2 * DAY) == []
    fresh.windows = {"Noticeboard": (87, 31)}
    assert fresh.look() == []
    fresh.windows = {"Noticeboard": (87, 33)}
    [said] = fresh.look()
    assert said.signal.usual == pytest.approx(20 / WINDOW_SECONDS, rel=0.01)
    # The same is hot where it is not usual.
    assert len(wiki.look()) == 1


def test_where_some_page_is_lively_at_all_times_a_few_people_more_are_asked_for() -> None:
    wiki = Wiki()
    for number in range(2 * DAY // WINDOW_SECONDS):
        wiki.windows = {f"Page {number}": (7, 5)}
        assert wiki.wait(WINDOW_SECONDS) == []
    wiki.windows = {"Comet": (9, 7)}
    assert wiki.look() == []
    wiki.windows = {"Comet": (9, 8)}
    assert len(wiki.look()) == 1


def test_it_goes_on_through_a_lull_and_ends_when_the_window_is_calm(wiki: Wiki) -> None:
    wiki.windows = {"Comet": (12, 6)}
    wiki.look()
    wiki.windows = {"Comet": (5, 3)}
    assert [said.signal.busy for said in wiki.look()] == [True]
    wiki.windows = {"Comet": (3, 3)}
    [said] = wiki.look()
    assert (said.signal.busy, said.signal.ends, said.signal.page) == (False, EndReason.USUAL_AGAIN, "Comet")
    assert said.signal.ended_at == wiki.at
    assert wiki.look() == []


def test_of_two_that_become_hot_at_once_each_has_its_own_moment(wiki: Wiki) -> None:
    wiki.windows = {"Comet": (20, 6), "Harbour": (12, 9)}
    assert [said.signal.page for said in wiki.look()] == ["Harbour"]
    said = wiki.look()
    assert [(one.signal.page, one.signal.begins) for one in said] == [("Harbour", False), ("Comet", True)]
    assert wiki.pages.started_at == wiki.at - LOOK_SECONDS - WINDOW_SECONDS


def test_what_lasts_for_three_hours_is_usual_from_then_on(wiki: Wiki) -> None:
    wiki.windows = {"Comet": (30, 9)}
    signals = [said.signal for said in wiki.wait(LONGEST_SECONDS + LOOK_SECONDS)]
    assert [signal.ends for signal in signals if signal.ends] == [EndReason.NEW_USUAL_LEVEL]
    assert wiki.wait(HOUR) == []


def test_an_hour_of_heat_is_forgotten_for_the_next_day(wiki: Wiki) -> None:
    wiki.windows = {"Comet": (30, 9)}
    wiki.wait(HOUR)
    wiki.windows = {}
    wiki.wait(DAY)
    wiki.windows = {"Comet": (20, 9)}
    assert [said.signal.begins for said in wiki.look()] == [True]


def test_the_pages_that_are_held_are_bounded_and_the_busiest_stay() -> None:
    wiki = Wiki()
    for number in range(50):
        wiki.windows = {f"Page {number} {place}": (2, 2) for place in range(10)} | {"Noticeboard": (20, 9)}
        wiki.at += WINDOW_SECONDS - LOOK_SECONDS
        wiki.look()
    levels = wiki.pages.save()["levels"]
    assert len(levels) == MOST_PAGES
    assert max(levels, key=levels.__getitem__) == "Noticeboard"


def test_a_page_that_two_people_met_on_is_forgotten_within_a_day() -> None:
    wiki = Wiki(windows={"Page": (2, 2)})
    wiki.wait(WINDOW_SECONDS)
    assert "Page" in wiki.pages.save()["levels"]
    wiki.windows = {}
    wiki.wait(DAY)
    assert wiki.pages.save()["levels"] == {}


def test_a_restored_one_goes_on_as_if_nothing_had_happened(wiki: Wiki) -> None:
    wiki.windows = {"Comet": (30, 9), "Noticeboard": (6, 2)}
    wiki.wait(HOUR)
    other = Wiki(HotPages(), wiki.at, {})
    other.pages.restore(json.loads(json.dumps(wiki.pages.save())))
    for windows in ({"Comet": (12, 5), "Harbour": (9, 5)}, {"Comet": (3, 3), "Noticeboard": (40, 11)}, {}):
        wiki.windows = other.windows = windows
        assert wiki.wait(1200) == other.wait(1200)


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"weight": -1, "liveliest": 0, "levels": {}, "open": {}},
        {"weight": 1, "liveliest": 0, "levels": [], "open": {}},
        {"weight": 1, "liveliest": 0, "levels": {"A": "many"}, "open": {}},
        {"weight": 1, "liveliest": 0, "levels": {}, "open": {"A": [1, 2]}},
        {"weight": 1, "liveliest": 0, "levels": {}, "open": {"A": [1, 2, None, 4, 5]}},
        {"weight": 1, "liveliest": 0, "levels": {f"Page {n}": 1 for n in range(1000)}, "open": {}},
    ],
)
def test_what_is_no_state_is_refused(state: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"saved state|hot"):
        HotPages().restore(state)


def test_of_two_with_as_many_people_the_same_one_comes_first_whatever_order_they_are_known_in(wiki: Wiki) -> None:
    state = json.loads(json.dumps(wiki.pages.save()))
    first = []
    for titles in (("Comet", "Nova"), ("Nova", "Comet")):
        again = Wiki(at=wiki.at, windows=dict.fromkeys(titles, (20, 7)))
        again.pages.restore(state)
        first.append([said.signal.page for said in again.look()])
    assert first == [["Comet"], ["Comet"]]
