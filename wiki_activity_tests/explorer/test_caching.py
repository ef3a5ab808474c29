"""What is kept, for how long, and what is not."""

import pytest

from wiki_activity.explorer.caching import Kept


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
