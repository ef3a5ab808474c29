"""The window: each edit counted once, by its own time, whatever order and pieces it comes in."""

import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiki_activity.domain.live import Tick
from wiki_activity.redis_store.live_state import Totals
from wiki_activity.redis_store.packed_counts import decode_counts
from wiki_activity.watch.closing import Closing
from wiki_activity.watch.coverage import Coverage
from wiki_activity.watch.tally import Tally
from wiki_activity.watch.ticking import WikiTick
from wiki_activity.watch.who_edits import PeopleByWiki
from wiki_activity.watch.window import Window
from wiki_activity.wikimedia.events import Edit
from wiki_activity.wikimedia.refusals import BrokenMessages
from wiki_activity_tests.watch.edits import START, WIKIS, Counts, count_edits, edit, make_edits

EN = WIKIS[0]


def make_window(judged: Iterable[str] | None = WIKIS, window_seconds: int = 120) -> Window:
    return Window(None if judged is None else set(judged), BrokenMessages(), window_seconds=window_seconds)


def add(window: Window, edits: list[Edit]) -> list[WikiTick]:
    return list(window.add(edits))


def read_counts(window: Window) -> Counts:
    """Return the closed seconds as they would be stored."""
    counts: Counts = {}
    for minute, texts in sorted(window.history.list_changes(window.closed_until)[0].items()):
        for project, text in texts.items():
            for place, pair in decode_counts(text).items():
                counts.setdefault(project, {})[60 * minute + place] = pair
    return counts


def add_up(window: Window) -> Totals:
    totals = window.list_totals().values()
    return Totals(
        sum(one.edits for one in totals),
        sum(one.late for one in totals),
        sum(one.repeats for one in totals),
        sum(one.broken for one in totals),
    )


def test_edits_are_counted_by_wiki_and_second_of_their_event_time() -> None:
    window = make_window()
    add(window, [edit(1, START), edit(2, START + 1), edit(3, START, WIKIS[1]), edit(4, START, is_bot=True)])
    assert read_counts(window) == {}
    add(window, [edit(5, START + 6)])
    assert read_counts(window) == {EN: {START: (2, 1)}, WIKIS[1]: {START: (1, 0)}}
    list(window.finish())
    assert read_counts(window)[EN] == {START: (2, 1), START + 1: (1, 0), START + 6: (1, 0)}


def test_a_second_takes_edits_until_an_event_over_five_seconds_newer_has_come() -> None:
    window = make_window()
    add(window, [edit(1, START), edit(2, START + 5), edit(3, START)])
    assert add_up(window) == Totals(edits=3)
    add(window, [edit(4, START + 6), edit(5, START)])
    assert add_up(window) == Totals(edits=4, late=1)


def test_repeats_are_dropped_be_they_early_or_late() -> None:
    window = make_window()
    add(window, [edit(1, START), edit(2, START), edit(1, START)])
    add(window, [edit(3, START + 30), edit(1, START), edit(4, START + 1), edit(4, START + 1)])
    assert add_up(window) == Totals(edits=3, late=1, repeats=3)


def test_ids_are_forgotten_after_a_minute_so_that_memory_stays_flat() -> None:
    window = make_window()
    for number in range(5000):
        add(window, [edit(number, START + number)])
    assert len(window.ids) <= 80


@given(st.integers(0, 10**6), st.sampled_from([0.3, 2.0, 40.0]), st.integers(1, 400))
def test_edits_up_to_five_seconds_out_of_order_are_all_counted(seed: int, per_second: float, count: int) -> None:
    edits = make_edits(seed, count, per_second)
    window = make_window()
    add(window, edits)
    list(window.finish())
    assert read_counts(window) == count_edits(edits)
    assert add_up(window) == Totals(edits=count)


def make_mess(seed: int) -> list[Edit]:
    """Make edits of every kind: in order or not, again, late, from another century, far ahead."""
    rng = random.Random(seed)
    edits = make_edits(seed, 300, rng.choice([0.2, 3.0, 30.0]), disorder=rng.choice([0, 5, 12]))
    mess: list[Edit] = []
    for place, one in enumerate(edits):
        draw = rng.random()
        if draw < 0.1:
            mess += rng.choices(edits[: place + 1], k=rng.randint(1, 12))
        elif draw < 0.14:
            mess.append(edit(10_000 + place, rng.choice([0, -5, 978_307_199, one.at + 61, one.at + 3600, 4 * 10**9])))
        elif draw < 0.15:
            mess += [edit(20_000 + 100 * place + n, one.at + 4000 + rng.randint(0, 30)) for n in range(11)]
        mess.append(one)
    return mess


@given(st.integers(0, 10**6))
def test_what_came_in_is_what_was_counted_and_late_and_again_and_refused(seed: int) -> None:
    mess = make_mess(seed)
    window = make_window()
    add(window, mess)
    held = len(window.progress().held)
    totals = add_up(window)
    assert totals.edits + totals.late + totals.repeats + totals.broken + held == len(mess)
    list(window.finish())
    counted = sum(edits for by_second in read_counts(window).values() for edits, _ in by_second.values())
    assert counted == add_up(window).edits


@given(st.integers(0, 10**6), st.lists(st.integers(0, 10_000), max_size=10))
def test_chunking_does_not_matter(seed: int, places: list[int]) -> None:
    mess = make_mess(seed)
    whole, pieces = make_window(None), make_window(None)
    edges = sorted({place % (len(mess) + 1) for place in places})
    ticks = [
        tick
        for begin, end in zip([0, *edges], [*edges, len(mess)], strict=True)
        for tick in add(pieces, mess[begin:end])
    ]
    assert ticks + list(pieces.finish()) == add(whole, mess) + list(whole.finish())
    assert pieces.progress() == whole.progress()
    assert read_counts(pieces) == read_counts(whole)
    assert pieces.list_totals() == whole.list_totals()


@given(st.integers(0, 10**6), st.sampled_from([0.05, 1.0, 20.0]), st.sampled_from([30, 120]))
def test_ticks_are_exact(seed: int, per_second: float, window_seconds: int) -> None:
    edits = make_edits(seed, 300, per_second)
    window = make_window(window_seconds=window_seconds)
    ticks = add(window, edits) + list(window.finish())
    counts = count_edits(edits)
    for project, tick, _ in ticks:
        mine = counts.get(project, {})
        seconds = [at for at in mine if tick.at - window_seconds <= at < tick.at]
        newest = [mine[at] for at in seconds if at >= tick.at - 10]
        assert tick == Tick(
            at=tick.at,
            edits=sum(pair[0] for pair in newest),
            people_edits=sum(pair[0] - pair[1] for pair in newest),
            window_edits=sum(mine[at][0] for at in seconds),
            window_first=min(seconds, default=0),
            window_last=max(seconds, default=0),
        )


@given(st.integers(0, 10**6), st.sampled_from([0.05, 1.0, 20.0]))
def test_every_judged_wiki_ticks_each_ten_seconds_and_is_said_to_be_new_once(seed: int, per_second: float) -> None:
    window = make_window()
    ticks = add(window, make_edits(seed, 300, per_second)) + list(window.finish())
    for project in WIKIS:
        mine = [one for one in ticks if one.project == project]
        assert [one.tick.at for one in mine] == list(range(mine[0].tick.at, mine[-1].tick.at + 1, 10)) if mine else True
        assert [one.is_first for one in mine] == [True, *[False] * (len(mine) - 1)][: len(mine)]
    assert [one.tick.at for one in ticks] == sorted(one.tick.at for one in ticks)


def test_the_first_tick_has_all_of_its_seconds() -> None:
    window = make_window([EN])
    ticks = add(window, [edit(at, START + 8 + at) for at in range(60)])
    assert [(one.tick.at - START, one.tick.edits) for one in ticks][:2] == [(20, 10), (30, 10)]


def test_only_judged_wikis_tick_and_all_are_counted() -> None:
    edits = make_edits(1, 200, 2.0)
    window = make_window([WIKIS[1]])
    assert {one.project for one in add(window, edits)} == {WIKIS[1]}
    assert set(window.list_totals()) == set(WIKIS)
    everybody = make_window(None)
    assert {one.project for one in add(everybody, edits)} == set(WIKIS)


def test_a_listed_wiki_ticks_even_if_nobody_edits_it() -> None:
    window = make_window(["xx.wikipedia.org"])
    ticks = add(window, make_edits(1, 100, 2.0))
    assert ticks[0] == WikiTick("xx.wikipedia.org", Tick(START + 10, 0, 0, 0, 0, 0), is_first=True)


@pytest.mark.parametrize("at", [0, -1, 978_307_199, 4_102_444_800, 200_000_000_000])
def test_times_before_2001_or_after_2099_are_refused(at: int) -> None:
    window = make_window()
    add(window, [edit(1, at), edit(2, START), edit(3, at), edit(4, START)])
    assert add_up(window) == Totals(edits=2, broken=2)
    assert window.newest == START


def test_one_event_far_ahead_does_not_move_the_clock() -> None:
    window = make_window()
    add(window, [edit(1, START), edit(2, START + 3600), edit(3, START + 1), edit(4, START + 2)])
    assert window.newest == START + 2
    assert add_up(window) == Totals(edits=3, broken=1)


def test_a_first_event_far_ahead_does_not_set_the_clock() -> None:
    window = make_window()
    ahead = Edit(EN, START + 3600, False, "x", received=edit(1, START).received)
    add(window, [ahead, edit(2, START), edit(3, START + 1)])
    assert window.newest == START + 1
    assert add_up(window).edits == 2


def test_ten_in_a_row_move_the_clock_and_all_of_them_are_counted() -> None:
    window = make_window()
    later = [edit(10 + n, START + 500 - n) for n in range(10)]
    add(window, [edit(1, START), *later[:9]])
    assert window.newest == START
    assert add_up(window) == Totals(edits=1)
    add(window, later[9:])
    list(window.finish())
    assert window.newest == START + 500
    assert read_counts(window) == count_edits([edit(1, START), *later])


def test_ten_repeats_of_one_event_are_not_ten_events() -> None:
    window = make_window()
    add(window, [edit(1, START), *[edit(2, START + 3600)] * 12, edit(3, START)])
    assert window.newest == START
    assert add_up(window) == Totals(edits=2, repeats=11, broken=1)


def test_times_that_do_not_agree_do_not_move_the_clock() -> None:
    window = make_window()
    add(window, [edit(1, START), *[edit(2 + n, START + 10_000 - 500 * n) for n in range(12)], edit(99, START)])
    assert window.newest == START
    assert add_up(window) == Totals(edits=2, broken=12)


def test_a_calm_recording_of_one_wiki_goes_on_though_each_gap_is_long() -> None:
    edits = [edit(n, START + 90 * n) for n in range(60)]
    window = make_window()
    add(window, edits)
    list(window.finish())
    assert add_up(window).edits + len(window.progress().held) + add_up(window).broken == 60
    assert add_up(window).edits >= 50


def test_after_hours_without_a_stream_detectors_begin_anew() -> None:
    window = make_window([EN])
    first = add(window, [edit(n, START + n) for n in range(100)])
    later = START + 7 * 3600
    ticks = add(window, [edit(1000 + n, later + n) for n in range(100)])
    assert first[0].is_first
    assert [one.tick.at for one in ticks if one.is_first] == [later + 10]
    # A window's length after the last edit; then nothing until the next one.
    assert len([one for one in ticks if one.tick.at < later]) <= 13
    assert add_up(window).edits == 200


def test_an_edit_an_hour_after_what_is_closed_is_counted_also_where_hours_without_edits_follow() -> None:
    closing = Closing({EN}, Tally(BrokenMessages()), PeopleByWiki(b""), Coverage(), 120)
    closing.start_again(START)
    times = [START, START + 3600, START + 9 * 3600]
    for at in times:
        closing.open.add(at, EN, False)
    for _ in range(5):
        closing.close(times[-1] + 1)
    assert closing.open.size == 0
    assert closing.history.unsaved == 3


@pytest.mark.parametrize("late", [61, 3600, 400 * 86_400])
def test_a_first_event_that_came_late_does_not_make_all_others_far_ahead(late: int) -> None:
    window = make_window()
    add(window, [edit(0, START - late, "slow.wikipedia.org")])
    add(window, [edit(1 + n, START + n, WIKIS[n % 3]) for n in range(100)])
    list(window.finish())
    assert add_up(window) == Totals(edits=101)
    assert window.newest == START + 99


def test_a_window_of_200_000_edits_is_read_as_quickly_as_an_empty_one() -> None:
    window = make_window([EN])
    for second in range(130):
        add(window, [edit(2000 * second + n, START + second) for n in range(2000)])
    rate = window.list_rates()[EN]
    assert rate.edits == 120 * 2000
    assert (rate.first, rate.last) == (START + 4, START + 123)


def test_a_tick_comes_before_anything_later_is_counted() -> None:
    window = make_window([EN])
    edits = [edit(n, START + 10 * n, user=f"User {n}") for n in range(500)]
    people = [window.people_of(EN).look(one.tick.at - 300, one.tick.at).people for one in window.add(edits)]
    assert people[40:] == [30] * len(people[40:])


def test_made_up_wikis_do_not_fill_the_memory() -> None:
    window = make_window([EN])
    add(window, [edit(n, START + n // 100, f"w{n}.example.org") for n in range(7000)])
    totals = add_up(window)
    assert totals.edits + window.progress().unattributed == 7000
    assert 5000 <= totals.edits < 6000
