"""The stream's clock: no single wiki moves it for all, and one that went wrong comes back."""

import random
from datetime import UTC, datetime

import pytest

from wiki_activity.redis_store.live_state import Totals
from wiki_activity.watch.window import Window
from wiki_activity.wikimedia.events import Edit
from wiki_activity.wikimedia.refusals import BrokenMessages
from wiki_activity_tests.watch.edits import START, WIKIS, edit
from wiki_activity_tests.watch.test_window import add_up, read_counts

DAY = 86_400
MANY = tuple(f"w{number}.wikipedia.org" for number in range(20))


class Wall:
    """Our wall clock."""

    def __init__(self, at: float) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


def make_window(wall: float = START) -> tuple[Window, Wall]:
    clock = Wall(wall)
    return Window({WIKIS[0]}, BrokenMessages(), wall=clock), clock


def live(window: Window, clock: Wall, seconds: int, begin: int = 0, wikis: tuple[str, ...] = MANY) -> list[Edit]:
    """Let some seconds of the stream pass, two edits in each, with the wall clock beside it."""
    edits = []
    for second in range(begin, begin + seconds):
        clock.at += 1
        some = [edit(1000 * second + n, START + second, wikis[(2 * second + n) % len(wikis)]) for n in range(2)]
        list(window.add(some))
        edits += some
    return edits


def ahead(number: int, at: int, project: str, received: int | None = None) -> Edit:
    dt = datetime.fromtimestamp(at + 1 if received is None else received, UTC).isoformat()
    return Edit(project, at, False, f"ahead-{number}", received=dt)


@pytest.mark.parametrize("received", [None, START + 100])
@pytest.mark.parametrize("wikis", [MANY, MANY[:3], MANY[:2]])
def test_twelve_edits_in_a_row_of_one_wiki_days_ahead_move_nobodys_clock(
    received: int | None, wikis: tuple[str, ...]
) -> None:
    window, clock = make_window()
    live(window, clock, 100, wikis=wikis)
    list(window.add([ahead(n, START + 3 * DAY + n, MANY[0], received) for n in range(12)]))
    live(window, clock, 100, begin=100, wikis=wikis)
    assert window.newest == START + 199
    assert add_up(window) == Totals(edits=400, broken=12)
    assert window.clock_note is None


def test_two_wikis_of_one_server_move_it_no_more_than_one() -> None:
    window, clock = make_window()
    live(window, clock, 100)
    list(window.add([ahead(n, START + 3 * DAY + n, MANY[n % 2]) for n in range(40)]))
    live(window, clock, 10, begin=100)
    assert window.newest == START + 109


def test_a_wiki_fifty_seconds_ahead_of_its_receipt_and_of_us_makes_nobody_late() -> None:
    window, clock = make_window()
    for second in range(100):
        live(window, clock, 1, begin=second)
        list(window.add([ahead(second, START + second + 50, MANY[0], received=START + second)]))
    assert add_up(window).late == 0
    assert add_up(window).edits == 200


def test_a_gap_that_all_wikis_jump_is_followed() -> None:
    window, clock = make_window()
    live(window, clock, 100)
    clock.at += 1000
    live(window, clock, 100, begin=1100)
    assert window.newest == START + 1199
    assert add_up(window) == Totals(edits=400)


@pytest.mark.parametrize("wall", [START - 5 * DAY, START + 5 * DAY])
def test_where_our_own_clock_is_days_off_the_streams_agreement_counts(wall: int) -> None:
    window, clock = make_window(wall)
    live(window, clock, 200)
    live(window, clock, 200, begin=1000)
    list(window.finish())
    assert add_up(window) == Totals(edits=800)
    assert (window.clock_note is not None) == (wall < START)


def test_a_simulation_thirty_times_as_fast_runs_away_from_our_clock() -> None:
    window, clock = make_window()
    for second in range(0, 3000, 30):
        clock.at += 1
        list(window.add([edit(second + n, START + second + n, MANY[n % 20]) for n in range(30)]))
    assert add_up(window) == Totals(edits=3000)
    assert window.newest == START + 2999


@pytest.mark.parametrize("wikis", [MANY, WIKIS, WIKIS[:1]])
def test_a_clock_that_is_days_ahead_comes_back_by_itself(wikis: tuple[str, ...]) -> None:
    window, clock = make_window()
    # All of the first events are wrong, and agree.
    list(window.add([ahead(n, START + 3 * DAY + n, MANY[n % 20]) for n in range(30)]))
    assert (window.newest or 0) > START + DAY
    live(window, clock, 60, wikis=wikis)
    assert window.newest == START + 59
    totals = add_up(window)
    assert totals.late <= 30
    assert totals.edits + totals.late + totals.broken == 150
    assert window.clock_note is not None
    assert "was 3 days ahead and was put back to 2026-06-15" in window.clock_note
    live(window, clock, 120, begin=60, wikis=wikis)
    assert add_up(window).late == totals.late
    assert max(read_counts(window)[wikis[0]]) < START + DAY


def test_detectors_begin_anew_after_the_clock_was_put_back() -> None:
    window, clock = make_window()
    list(window.add([ahead(n, START + 3 * DAY + n, MANY[n % 20]) for n in range(30)]))
    live(window, clock, 18)
    assert window.newest == START + 17
    ticks = [
        tick
        for second in range(18, 120)
        for tick in window.add([edit(10**6 + second, START + second, WIKIS[0]), edit(second, START + second, MANY[1])])
    ]
    assert [one.is_first for one in ticks] == [True, *[False] * (len(ticks) - 1)]
    assert START < ticks[0].tick.at < START + 120


def test_what_comes_again_from_an_hour_ago_puts_no_clock_back() -> None:
    window, clock = make_window()
    edits = live(window, clock, 3600)
    list(window.add(edits))
    assert window.newest == START + 3599
    assert add_up(window).edits == 7200


def test_a_wiki_that_stays_ahead_does_not_keep_the_clock_from_coming_back() -> None:
    window, clock = make_window()
    list(window.add([ahead(n, START + 3 * DAY + n, MANY[n % 20]) for n in range(30)]))
    for second in range(100):
        live(window, clock, 1, begin=second)
        list(window.add([ahead(1000 + second, START + 3 * DAY + 30 + second, MANY[0])]))
    live(window, clock, 10, begin=100)
    assert window.newest == START + 109


def test_any_mess_of_times_is_counted_once_each() -> None:
    rng = random.Random(5)
    for _ in range(30):
        window, clock = make_window()
        count = 0
        for second in range(200):
            count += len(live(window, clock, 1, begin=second))
            if rng.random() < 0.1:
                jump = rng.choice([-DAY, -700, 61, 700, 3 * DAY])
                numbers = range(1000 * second, 1000 * second + rng.randint(1, 60))
                list(window.add([ahead(n, START + second + jump, rng.choice(MANY)) for n in numbers]))
                count += len(numbers)
        list(window.finish())
        totals = add_up(window)
        assert totals.edits + totals.late + totals.broken + totals.repeats == count


@pytest.mark.parametrize("wall_is_off", [-120, 0, 120, -6 * 3600])
@pytest.mark.parametrize("ahead_seconds", [20, 50, 300])
def test_some_edits_ahead_make_no_others_late_whatever_our_clock_says(wall_is_off: int, ahead_seconds: int) -> None:
    window, clock = make_window()
    for second in range(600):
        clock.at = START + second + wall_is_off
        some = [ahead(10 * second + n, START + second, MANY[(second + n) % len(MANY)]) for n in range(10)]
        if second % 3 == 0 and second > 10:
            at = START + second
            some.insert(5, ahead(-second, at + ahead_seconds, MANY[second % len(MANY)], at + 1))
        list(window.add(some))
    assert add_up(window) == Totals(edits=6000, broken=196)


def test_receipts_that_are_all_behind_hold_nothing_up() -> None:
    window, clock = make_window()
    for second in range(600):
        clock.at = START + second + 1
        at = START + second
        list(window.add([ahead(10 * second + n, at, MANY[(second + n) % len(MANY)], at - 3600) for n in range(10)]))
    assert window.newest == START + 599
    assert add_up(window) == Totals(edits=6000)


def test_edits_that_are_all_late_are_told() -> None:
    window, clock = make_window()
    live(window, clock, 100)
    list(window.add([edit(-n, START - 3500 + n, MANY[n % 20]) for n in range(1, 151)]))
    assert window.clock_note == "none of the last 150 edits is counted: they are late, the newest by 57 minutes"
    live(window, clock, 10, begin=100)
    assert window.clock_note is None
