"""Hashtags of days: what several accounts use is counted, nobody's name is kept, and a flood does no harm."""

import msgspec
import pytest

from wiki_activity.watch.day_hashtags import MOST_ACCOUNTS, MOST_TAGS, DayHashtags, HashtagState

WIKI = "hi.wikipedia.org"
DAY = 86_400
AT = 20_000 * DAY + 500
Counts = list[tuple[int, str, str, int, int]]


def listed(hashtags: DayHashtags) -> Counts:
    return sorted((one.day, one.project, one.hashtag, one.edits, one.accounts) for one in hashtags.list_unstored())


def use(hashtags: DayHashtags, tag: str, *accounts: str | None, at: int = AT) -> None:
    for account in accounts:
        hashtags.count(at, WIKI, [tag], account)


def go_on(hashtags: DayHashtags, newest: int, at: int | None, *, same_place: bool = False) -> DayHashtags:
    """Store the state, and begin another one with it."""
    other = DayHashtags()
    text = msgspec.json.encode(hashtags.describe(newest))
    other.restore(msgspec.json.decode(text, type=HashtagState), at, same_place=same_place)
    return other


def test_a_hashtag_of_three_accounts_is_told_with_all_its_edits() -> None:
    hashtags = DayHashtags()
    use(hashtags, "wpwp", "A", "A", "B", None)
    assert listed(hashtags) == []
    use(hashtags, "wpwp", "C")
    assert listed(hashtags) == [(20_000, WIKI, "wpwp", 5, 3)]


def test_days_and_wikis_are_apart() -> None:
    hashtags = DayHashtags()
    use(hashtags, "wpwp", "A", "B")
    use(hashtags, "wpwp", "C", at=AT + DAY)
    hashtags.count(AT, "bn.wikipedia.org", ["wpwp"], "C")
    assert listed(hashtags) == []


def test_what_is_stored_is_not_told_again_until_it_changes() -> None:
    hashtags = DayHashtags()
    use(hashtags, "wpwp", "A", "B", "C")
    hashtags.forget_stored(AT)
    assert listed(hashtags) == []
    use(hashtags, "wpwp", "A")
    assert listed(hashtags) == [(20_000, WIKI, "wpwp", 4, 3)]


def test_neither_names_nor_rare_hashtags_are_in_what_is_stored() -> None:
    hashtags = DayHashtags()
    use(hashtags, "wpwp", "Known Person", "Other Person", "Third Person")
    use(hashtags, "secret", "Known Person", "Other Person")
    text = msgspec.json.encode(hashtags.describe(AT))
    assert b"wpwp" in text
    assert b"Person" not in text
    assert b"secret" not in text


def test_the_salt_goes_with_the_day() -> None:
    hashtags = DayHashtags()
    use(hashtags, "wpwp", "A")
    assert list(hashtags.describe(AT).days) == [20_000]
    hashtags.forget_stored(AT + 2 * DAY)
    assert hashtags.describe(AT).days == {}
    use(hashtags, "wpwp", "B", "C", "D", at=AT + 2 * DAY)
    use(hashtags, "wpwp", "B", "C", "D")
    assert [one[0] for one in listed(hashtags)] == [20_002]


def test_a_watcher_that_goes_on_behind_what_was_stored_counts_on() -> None:
    hashtags = DayHashtags()
    use(hashtags, "wpwp", "A", "B")
    other = go_on(hashtags, AT, AT + 60)
    use(other, "wpwp", "B", "C", at=AT + 70)
    assert listed(other) == [(20_000, WIKI, "wpwp", 4, 3)]


@pytest.mark.parametrize("at", [AT, AT - 60, None])
def test_what_comes_again_is_not_counted_twice(at: int | None) -> None:
    hashtags = DayHashtags()
    use(hashtags, "wpwp", "A", "B", "C")
    hashtags.forget_stored(AT)
    other = go_on(hashtags, AT, at)
    use(other, "wpwp", "A", "B", "C")
    assert listed(other) == []
    use(other, "wpwp", "A", at=AT + 1)
    assert listed(other) == [(20_000, WIKI, "wpwp", 4, 3)]


def test_just_where_it_was_stored_nothing_comes_again() -> None:
    hashtags = DayHashtags()
    use(hashtags, "wpwp", "A", "B")
    other = go_on(hashtags, AT, AT, same_place=True)
    use(other, "wpwp", "C")
    assert listed(other) == [(20_000, WIKI, "wpwp", 3, 3)]


def test_a_million_different_hashtags_leave_what_several_use() -> None:
    hashtags = DayHashtags()
    for number in range(100_000):
        use(hashtags, f"junk{number}", "Flood")
        if number % 20_000 == 0:
            use(hashtags, "wpwp", "A", "B")
    use(hashtags, "wpwp", "C")
    assert listed(hashtags) == [(20_000, WIKI, "wpwp", 11, 3)]
    assert 100_000 - MOST_TAGS <= hashtags.count_dropped() <= 100_000
    assert len(msgspec.json.encode(hashtags.describe(AT))) < 100 * MOST_TAGS


def test_many_wikis_with_floods_stay_within_bounds() -> None:
    hashtags = DayHashtags()
    for wiki in range(2000):
        for number in range(50):
            hashtags.count(AT, f"w{wiki}.wikipedia.org", [f"junk{number}"], "Flood")
    [day] = hashtags.describe(AT).days.values()
    assert len(day.wikis) <= 1000
    assert sum(len(wiki.tags) for wiki in day.wikis.values()) == day.size <= 20_000


def test_as_many_accounts_as_are_told_apart_stand_for_more() -> None:
    hashtags = DayHashtags()
    use(hashtags, "wpwp", *(f"Account {number}" for number in range(500)))
    assert listed(hashtags) == [(20_000, WIKI, "wpwp", 500, MOST_ACCOUNTS)]


def test_days_of_a_clock_that_was_wrong_are_forgotten() -> None:
    hashtags = DayHashtags()
    use(hashtags, "wpwp", "A", "B", "C", at=AT + 30 * DAY)
    hashtags.doubt(AT)
    use(hashtags, "wpwp", "A", "B", "C")
    assert [one[0] for one in listed(hashtags)] == [20_000]
