"""What is kept, for how long, and what is not."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiki_activity.explorer.cache import BoundedCache, RenewedValue, TwoPartCache, name_address


def test_what_nobody_asked_for_the_longest_gives_way() -> None:
    kept: BoundedCache[int] = BoundedCache(2)
    kept.put("a", 1)
    kept.put("b", 2)
    assert kept.find("a") == 1
    kept.put("c", 3)

    assert ([kept.find(key) for key in "abc"], len(kept)) == ([1, None, 3], 2)


def test_room_is_counted_by_size_and_what_is_larger_than_all_of_it_is_not_kept() -> None:
    kept: BoundedCache[str] = BoundedCache(10, len)
    for value in ("aaaaaa", "bbb", "cccc"):
        kept.put(value[0], value)
    kept.put("d", "d" * 11)

    assert [kept.find(key) for key in "abcd"] == [None, "bbb", "cccc", None]


def test_what_passes_pushes_out_nothing_that_lasts() -> None:
    shelves: TwoPartCache[int] = TwoPartCache(BoundedCache(1), BoundedCache(1))
    shelves.put("a", 1, lasts=True)
    for number in range(3):
        shelves.put(number, number, lasts=False)

    assert (shelves.find("a", lasts=True), shelves.find(2, lasts=False)) == (1, 2)
    assert shelves.find("a", lasts=False) is None


class Source:
    """A value that changes, and a clock."""

    def __init__(self) -> None:
        self.value = 1
        self.now = 0.0
        self.reads = 0

    def read(self) -> int:
        self.reads += 1
        return self.value


class SlowSource(Source):
    """Its second reading lasts until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.reading, self.go_on = threading.Event(), threading.Event()

    def read(self) -> int:
        value = super().read()
        if self.reads == 2:
            self.reading.set()
            assert self.go_on.wait(10)
        return value


def test_a_value_is_read_anew_when_it_has_grown_old() -> None:
    source = Source()
    cached = RenewedValue(source.read, 10, lambda: source.now)
    assert cached.find() is None
    assert (cached.read(), cached.find()) == (1, 1)
    source.value, source.now = 2, 9.9
    assert (cached.read(), cached.find()) == (1, 1)
    source.now = 10
    assert cached.find() is None
    assert (cached.read(), source.reads) == (2, 2)


@pytest.mark.parametrize(("seconds", "age", "seen"), [(10, 15, 1), (10, 20, 2), (0, 0, 2)])
def test_those_who_come_while_it_is_read_anew_get_one_that_is_hardly_old_or_wait(
    seconds: float, age: float, seen: int
) -> None:
    source = SlowSource()
    cached = RenewedValue(source.read, seconds, lambda: source.now)
    assert cached.read() == 1
    source.value, source.now = 2, age
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(cached.read)
        assert source.reading.wait(10)
        second = threads.submit(cached.read)
        if seen == 1:
            # While the first one still waits.
            assert second.result(10) == 1
        source.go_on.set()
        assert (first.result(10), second.result(10)) == (2, seen)


def test_what_is_forgotten_is_read_anew_at_once() -> None:
    source = Source()
    cached = RenewedValue(source.read, 10, lambda: source.now)
    cached.read()
    source.value = 2
    cached.forget()
    assert cached.read() == 2


def test_what_was_being_read_when_it_was_forgotten_is_not_kept() -> None:
    source = Source()

    def read_while_somebody_changes_it() -> int:
        value = source.read()
        if source.reads == 1:
            source.value = 2
            cached.forget()
        return value

    cached = RenewedValue(read_while_somebody_changes_it, 10, lambda: source.now)
    assert [cached.read(), cached.read()] == [1, 2]


def test_whoever_need_not_wait_changes_no_threads() -> None:
    source = SlowSource()
    cached = RenewedValue(source.read, 10, lambda: source.now)
    assert asyncio.run(cached.look()) == 1
    source.value, source.now = 2, 15
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(cached.read)
        assert source.reading.wait(10)
        # Without an event loop: the first step of the coroutine is its last.
        with pytest.raises(StopIteration) as answer:
            cached.look().send(None)
        source.go_on.set()
        assert (answer.value.value, first.result(10)) == (1, 2)


ADDRESSES = st.tuples(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)


@given(ADDRESSES, ADDRESSES)
def test_each_address_has_a_name_of_its_own(one: tuple[str, str], other: tuple[str, str]) -> None:
    names = [name_address(path, query) for path, query in (one, other)]
    assert (names[0] == names[1]) == (one == other)


def test_path_and_query_are_told_apart() -> None:
    pairs = [("/p/a", "b=1"), ("/p/a?b=1", ""), ("/p/a?", "b=1"), ("/p/", "ab=1")]
    assert len({name_address(path, query) for path, query in pairs}) == len(pairs)
