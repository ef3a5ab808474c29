"""Authors appear as they are called now, in notes and in their histories."""

from datetime import date

from sqlalchemy import Engine

from wiki_activity.domain.note_text import NoteKind, NoteText
from wiki_activity.domain.notes import FORMER_ACCOUNT, Author, Scope, Subject
from wiki_activity.storage.author_names import keep_author_names, list_authors
from wiki_activity.storage.data_version import NOTES, read_data_version
from wiki_activity.storage.note_reading import read_changes, read_history, read_notes
from wiki_activity.storage.notes import create_note
from wiki_activity_tests.storage.conftest import NOW

SUBJECT = Subject(Scope.of_wiki("hi.wikipedia.org"), date(2024, 5, 1), date(2024, 5, 31))
TEXT = NoteText("Contest", "", None, NoteKind.CONTEST)


def write_note(engine: Engine, name: str, author_id: str | None = "7") -> None:
    create_note(engine, SUBJECT, TEXT, author=Author(name, author_id), now=NOW)


def list_shown(engine: Engine) -> set[str]:
    notes = read_notes(engine)
    history = [step.author for note in notes for step in read_history(engine, note.id)]
    changes = [change.revision.author for change in read_changes(engine)]
    return {*(note.author for note in notes), *history, *changes}


def test_a_renamed_author_appears_by_the_name_of_now_everywhere(engine: Engine) -> None:
    write_note(engine, "Asha")
    keep_author_names(engine, {"7": "Asha B"}, NOW)
    assert list_shown(engine) == {"Asha B"}


def test_a_hidden_author_is_a_former_account_everywhere(engine: Engine) -> None:
    write_note(engine, "Asha")
    keep_author_names(engine, {"7": None}, NOW)
    assert list_shown(engine) == {FORMER_ACCOUNT}


def test_names_change_the_version_of_notes_only_where_they_change(engine: Engine) -> None:
    write_note(engine, "Asha")
    before = read_data_version(engine).of(NOTES)
    keep_author_names(engine, {"7": "Asha", "8": "Never wrote"}, NOW)
    assert read_data_version(engine).of(NOTES) == before
    keep_author_names(engine, {"7": "Asha B"}, NOW)
    assert read_data_version(engine).of(NOTES) != before


def test_who_has_no_account_keeps_the_name_of_then(engine: Engine) -> None:
    write_note(engine, "Ravi", None)
    write_note(engine, "You", "local")
    assert list_shown(engine) == {"Ravi", "You"}
    assert list_authors(engine, NOW, 10) == []
