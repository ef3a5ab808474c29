from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import Engine

from wiki_activity.domain.concealment import conceal
from wiki_activity.domain.counts import Metric
from wiki_activity.domain.notes import Change
from wiki_activity.storage.note_reading import read_changes, read_history, read_notes
from wiki_activity_tests.storage.conftest import NOW
from wiki_activity_tests.storage.noting import BOT, CONTEST, HINDI, hide, save, unhide
from wiki_activity_tests.storage.storing import find_note, read_month_note

APRIL = date(2024, 4, 1)
EDITORS = (Metric.EDITORS, "hi.wikipedia.org", APRIL)
BENGALI = (Metric.EDITS, "bn.wikipedia.org", APRIL)


def tell(changes: list[Change]) -> list[tuple[str, int]]:
    return [(change.revision.subject.scope.key[:2], change.revision.number) for change in changes]


def test_nothing_is_found_where_nothing_was_written(engine: Engine) -> None:
    assert read_month_note(engine, *HINDI) is None
    assert find_note(engine, 1) is None
    assert read_notes(engine) == []
    assert read_history(engine, 1) == []
    assert read_changes(engine, since=None, before=None, limit=10) == []


def test_notes_come_by_the_day_on_which_they_begin(engine: Engine) -> None:
    save(engine, 0)
    hindi = save(engine, 1, BOT)
    editors, bengali = save(engine, 0, key=EDITORS), save(engine, 0, key=BENGALI)
    assert read_notes(engine) == [editors, bengali, hindi]


def test_a_hidden_annotation_is_read_with_a_text_that_can_be_taken_away(engine: Engine) -> None:
    save(engine, 0)
    hidden = hide(engine, 1)
    assert read_notes(engine) == [hidden] == [read_month_note(engine, *HINDI)]
    assert (hidden.text, conceal(hidden).text) == (CONTEST, None)


def test_changes_come_newest_first_with_what_was_changed(engine: Engine) -> None:
    first = save(engine, 0)
    save(engine, 0, key=BENGALI, now=NOW + timedelta(hours=1))
    save(engine, 1, BOT, now=NOW + timedelta(hours=2))
    changes = read_changes(engine, since=None, before=None, limit=10)
    assert tell(changes) == [("hi", 2), ("bn", 1), ("hi", 1)]
    assert changes[2] == Change(first.id, read_history(engine, first.id)[0], False)
    assert tell(read_changes(engine, since=NOW + timedelta(hours=1))) == [("hi", 2), ("bn", 1)]


def test_pages_of_one_change_go_through_all_of_the_same_second_once(engine: Engine) -> None:
    save(engine, 0)
    for version in range(1, 6):
        save(engine, version, replace(BOT, label=f"Number {version}"))
        save(engine, version - 1, replace(BOT, label=f"Number {version}"), key=BENGALI)
    whole = read_changes(engine, limit=100)
    assert len(whole) == 11
    paged: list[Change] = []
    while page := read_changes(engine, before=paged[-1].cursor if paged else None, limit=1):
        paged += page
    assert paged == whole


def test_what_is_written_between_two_pages_shifts_neither(engine: Engine) -> None:
    save(engine, 0)
    save(engine, 1, BOT, now=NOW + timedelta(hours=1))
    (first,) = read_changes(engine, limit=1)
    save(engine, 2, CONTEST, now=NOW + timedelta(hours=2))
    assert tell(read_changes(engine, before=first.cursor, limit=1)) == [("hi", 1)]


def test_the_feed_holds_no_text_of_what_is_hidden_now(engine: Engine) -> None:
    save(engine, 0)
    save(engine, 1, BOT)
    hide(engine, 2)
    changes = read_changes(engine)
    assert [(change.revision.text, change.hidden) for change in changes] == [(None, True)] * 3
    assert [change.revision.reason for change in changes] == ["tells a name", None, None]
    assert read_changes(engine, limit=1, before=changes[1].cursor)[0].revision.text is None
    unhide(engine, 3)
    assert [change.revision.text for change in read_changes(engine)] == [BOT, BOT, BOT, CONTEST]
