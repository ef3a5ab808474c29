from datetime import UTC, date, datetime

from wiki_activity.domain.concealment import conceal, conceal_history
from wiki_activity.domain.counts import Metric
from wiki_activity.domain.note_text import NoteKind, NoteText
from wiki_activity.domain.notes import Note, NoteAction, Revision, Subject

NOW = datetime(2024, 6, 3, 12, 0, tzinfo=UTC)
CREATE, PROPOSE, PUBLISH, _REJECT, EDIT, REVERT, HIDE, UNHIDE = NoteAction
MAY = Subject.of_month(Metric.EDITS, "hi.wikipedia.org", date(2024, 5, 1))


def text(label: str) -> NoteText:
    return NoteText(label, "", None, NoteKind.EVENT)


def make_history(*steps: tuple[str, NoteAction, bool]) -> list[Revision]:
    return [
        Revision(number, MAY, text(label), "Asha", NOW, action, f"reason {number}", hidden)
        for number, (label, action, hidden) in enumerate(steps, 1)
    ]


def show(*steps: tuple[str, NoteAction, bool]) -> list[str | None]:
    return [None if one.text is None else one.text.label for one in conceal_history(make_history(*steps))]


def test_a_hidden_annotation_has_no_text_for_readers() -> None:
    shown = Note(1, MAY, 1, text("good"), False, "Asha", NOW)
    hidden = Note(1, MAY, 1, text("bad"), True, "Asha", NOW)
    assert conceal(shown) == shown
    assert conceal(hidden).text is None


def test_a_history_in_which_nothing_was_hidden_is_shown_whole() -> None:
    history = make_history(("good", CREATE, False), ("better", EDIT, False), ("good", REVERT, False))
    assert conceal_history(history) == history
    assert conceal_history([]) == []


def test_hiding_keeps_earlier_texts_from_readers_too() -> None:
    assert show(("good", CREATE, False), ("bad", EDIT, False), ("bad", HIDE, True)) == [None, None, None]


def test_unhiding_what_was_hidden_shows_all_again() -> None:
    steps = (("good", CREATE, False), ("meant", EDIT, False), ("meant", HIDE, True), ("meant", UNHIDE, False))
    assert show(*steps) == ["good", "meant", "meant", "meant"]


def test_unhiding_another_text_shows_only_that_one() -> None:
    steps = (
        ("good", CREATE, False),
        ("bad", EDIT, False),
        ("worse", EDIT, False),
        ("worse", HIDE, True),
        ("good", REVERT, True),
        ("good", UNHIDE, False),
    )
    assert show(*steps[:5]) == [None] * 5
    assert show(*steps) == ["good", None, None, None, "good", "good"]
    assert show(*steps, ("new", EDIT, False)) == ["good", None, None, None, "good", "good", "new"]


def test_an_adopted_revision_that_was_not_visible_stays_so_under_a_visible_one() -> None:
    assert show(("good", CREATE, False), ("spam", EDIT, True), ("best", EDIT, False)) == ["good", None, "best"]


def test_a_text_that_is_written_anew_is_shown() -> None:
    assert show(("spam", CREATE, True), ("spam", EDIT, False)) == ["spam", "spam"]


def test_a_reviewers_reason_is_told_and_a_writers_is_hidden_with_the_text() -> None:
    steps = (("good", CREATE, False), ("bad", REVERT, False), ("bad", HIDE, True))
    assert [one.reason for one in conceal_history(make_history(*steps))] == [None, None, "reason 3"]


def test_what_was_only_proposed_is_shown_once_it_is_published() -> None:
    assert show(("good", PROPOSE, True)) == [None]
    assert show(("good", PROPOSE, True), ("good", PUBLISH, False)) == ["good", "good"]
