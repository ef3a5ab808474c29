"""What is kept, for how long, and what is not."""

import pytest

from wiki_activity.explorer.caching import Cached, Kept


def test_a_value_is_made_once_for_its_key() -> None:
    kept: Kept[int] = Kept(2)

    assert [kept.read("a", lambda: 1), kept.read("a", lambda: 2), kept.read("b", lambda: 3)] == [1, 1, 3]


def test_what_nobody_asked_for_the_longest_gives_way() -> None:
    kept: Kept[int] = Kept(2)
    for key in ("a", "b", "a", "c"):
        kept.read(key, lambda: 1)

    assert [kept.read(key, lambda: 2) for key in ("a", "c", "b")] == [1, 1, 2]


def test_an_error_is_not_kept() -> None:
    kept: Kept[int] = Kept(2)
    with pytest.raises(ZeroDivisionError):
        kept.read("a", lambda: 1 // 0)

    assert kept.read("a", lambda: 1) == 1


def test_room_is_counted_by_size_and_what_is_larger_than_all_of_it_is_not_kept() -> None:
    kept: Kept[str] = Kept(10, len)
    for value in ("aaaaaa", "bbb", "cccc"):
        kept.read(value[0], lambda value=value: value)  # type: ignore[misc]

    assert kept.read("d", lambda: "d" * 11) == "d" * 11
    assert [kept.read(key, lambda: "new") for key in "bcd"] == ["bbb", "cccc", "new"]
    assert kept.read("a", lambda: "new") == "new"


class Source:
    """A value that changes, and a clock."""

    def __init__(self) -> None:
        self.value = 1
        self.now = 0.0
        self.reads = 0

    def read(self) -> int:
        self.reads += 1
        return self.value


def test_a_value_is_read_anew_when_it_has_grown_old() -> None:
    source = Source()
    cached = Cached(source.read, 10, lambda: source.now)
    assert cached.is_old
    assert cached.read() == 1
    source.value, source.now = 2, 9.9
    assert (cached.is_old, cached.read()) == (False, 1)
    source.now = 10
    assert (cached.is_old, cached.read(), source.reads) == (True, 2, 2)


def test_what_is_forgotten_is_read_anew_at_once() -> None:
    source = Source()
    cached = Cached(source.read, 10, lambda: source.now)
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

    cached = Cached(read_while_somebody_changes_it, 10, lambda: source.now)
    assert [cached.read(), cached.read()] == [1, 2]
