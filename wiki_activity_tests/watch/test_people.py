"""What is hot and who is behind it: exact over spans of ten seconds, bounded, without names."""

import msgspec

from wiki_activity.domain.episodes import EpisodeFacts, HashtagEdits, PageEdits
from wiki_activity.watch.who_edits import People
from wiki_activity_tests.watch.edits import START


def make_people(*edits: tuple[int, str | None, str | None, bool]) -> People:
    people = People(b"key", START)
    for at, title, user, is_bot in edits:
        people.add(START + at, title, user, is_bot=is_bot)
    return people


def test_pages_and_people_are_summed_up_over_the_time_asked_for() -> None:
    people = make_people(
        (0, "Comet", "A", False),
        (11, "Comet", "A", False),
        (12, "Comet", "B", False),
        (13, "Lake", "A", False),
        (14, "Comet", "Bot", True),
        (15, None, None, False),
        (20, "Lake", "C", False),
    )
    assert people.look(START + 10, START + 20) == EpisodeFacts(
        since=START + 10,
        until=START + 20,
        edits=5,
        bot_edits=1,
        people=2,
        busiest_share=0.5,
        pages=(PageEdits("Comet", 3, 2), PageEdits("Lake", 1, 1)),
    )
    assert people.look(START, START + 30).people == 3


def test_a_page_that_three_people_edited_is_found_behind_many_that_one_did() -> None:
    alone = [(0, f"Page {n}", f"Bot {n}", n > 2) for n in range(8) for _ in range(9)]
    shared = [(1, "Shared", name, False) for name in "ABC"]
    facts = make_people(*alone, *shared, (2, "Two", "A", False), (2, "Two", "B", False)).look(START, START + 10)
    assert [page.title for page in facts.pages] == ["Page 0", "Page 1", "Page 2", "Page 3", "Shared"]
    assert facts.pages[-1] == PageEdits("Shared", 3, 3)
    assert len(make_people(*alone).look(START, START + 10).pages) == 5


def test_nothing_is_told_as_nothing() -> None:
    assert make_people().look(START, START + 10) == EpisodeFacts(START, START + 10, 0, 0, 0, 0.0, ())


def test_what_is_no_longer_known_is_not_claimed() -> None:
    people = make_people(*[(at, "Comet", "A", False) for at in range(100)])
    people.forget(START + 55)
    facts = people.look(START, START + 100)
    assert (facts.since, facts.edits) == (START + 50, 50)
    assert people.look(START - 500, START + 100).since == START + 50


def test_memory_is_bounded_and_edits_are_counted_all_the_same() -> None:
    people = make_people(*[(1, f"Page {n}", f"User {n}", False) for n in range(5000)])
    facts = people.look(START, START + 10)
    assert facts.edits == 5000
    assert facts.people == 1000


def test_saved_minutes_give_the_same_facts_and_hold_no_names() -> None:
    people = make_people(*[(at, f"Page {at % 3}", f"Somebody {at % 4}", at % 9 == 0) for at in range(150)])
    saved = dict(people.list_changes())
    assert not any(b"Somebody" in spans for spans in saved.values())
    other = People(b"key", START + 150)
    other.restore(saved)
    assert other.look(START, START + 150) == people.look(START, START + 150)
    # The same person, after the restart, is the same.
    other.add(START + 149, "Page 0", "Somebody 1", is_bot=False)
    assert other.look(START, START + 150).people == people.look(START, START + 150).people


def test_only_what_has_changed_is_saved_again() -> None:
    people = make_people((0, "Comet", "A", False), (70, "Comet", "A", False))
    assert len(dict(people.list_changes())) == 2
    people.forget_saved()
    assert not dict(people.list_changes())
    people.add(START + 71, "Comet", "B", is_bot=False)
    assert list(dict(people.list_changes())) == [START // 60 + 1]


def test_the_hashtag_of_three_people_and_more_is_found() -> None:
    people = make_people((0, "Comet", "A", False))
    for at, (user, tags) in enumerate(
        [("A", {"wpwp", "mine"}), ("A", {"mine"}), ("A", {"mine"}), ("B", {"wpwp"}), ("C", {"wpwp"}), ("D", ())] * 2
    ):
        people.add(START + at, "Comet", user, is_bot=False, hashtags=frozenset(tags))
    people.add(START + 3, "Comet", "Bot", is_bot=True, hashtags={"wpwp"})

    facts = people.look(START, START + 20)
    assert facts.hashtag == HashtagEdits("wpwp", 6, 3), "one person's own tag says who that is; bots are left out"
    assert facts.hashtag_share == 6 / 13
    other = People(b"key", START + 20)
    other.restore(dict(people.list_changes()))
    assert other.look(START, START + 20) == facts


def test_what_was_saved_before_hashtags_were_kept_is_read() -> None:
    saved = msgspec.msgpack.encode({START: [3, 1, {7: 2}, {"Comet": [3, 7]}]})
    people = People(b"key", START)
    people.restore({START // 60: saved})

    facts = people.look(START, START + 10)
    assert (facts.edits, facts.people, facts.hashtag) == (3, 1, None)


def test_memory_of_hashtags_is_bounded() -> None:
    people = People(b"key", START)
    for number in range(5000):
        people.add(START + 1, None, f"User {number}", is_bot=False, hashtags={f"tag{number}"})
    (spans,) = msgspec.msgpack.decode(dict(people.list_changes())[START // 60]).values()
    assert len(spans[5]) == 1000


def test_a_page_is_not_named_on_the_day_on_which_it_was_created() -> None:
    people = make_people((0, "Comet", "A", False))
    for at, user in enumerate("ABCD"):
        people.add(START + 1, "Attack", user, is_bot=False, is_new=at == 0)
    facts = people.look(START, START + 10)
    assert [page.title for page in facts.pages] == ["Comet"]
    assert (facts.edits, facts.people) == (5, 4), "its edits are counted all the same"

    other = People(b"key", START + 10)
    other.restore(dict(people.list_changes()))
    assert other.look(START, START + 10) == facts
    later = START + 86_400 + 20
    other.forget(START + 600)
    other.add(later, "Attack", "B", is_bot=False)
    assert [page.title for page in other.look(later - 10, later + 10).pages] == ["Attack"]


def test_young_pages_are_remembered_within_bounds() -> None:
    people = People(b"key", START)
    for number in range(20_000):
        people.add(START + number // 10, f"Page {number}", "A", is_bot=False, is_new=True)
    assert len(people._created) == 5000
    assert people.look(START + 1990, START + 2000).pages == ()
