from datetime import UTC, date, datetime

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.note_text import NoteKind, NoteText
from wiki_activity.domain.notes import Note, Subject, choose_notes

MARCH, APRIL = date(2025, 3, 1), date(2025, 4, 1)
WIKI = "hi.wikipedia.org"


def told(metric: Metric, month: date, label: str) -> Note:
    text = NoteText(label, "", None, NoteKind.EVENT)
    subject = Subject.of_month(metric, WIKI, month)
    return Note(1, subject, 1, text, hidden=False, author="me", at=datetime(2026, 1, 1, tzinfo=UTC))


def test_what_was_told_of_the_metric_looked_at_comes_first() -> None:
    notes = [told(Metric.EDITS, MARCH, "edits"), told(Metric.EDITORS, MARCH, "editors")]

    assert choose_notes(notes, Metric.EDITORS)[MARCH] is notes[1]
    assert choose_notes(notes, Metric.EDITS)[MARCH] is notes[0]


def test_what_was_told_of_another_metric_stands_where_nothing_else_was_told() -> None:
    notes = [told(Metric.EDITORS, APRIL, "editors"), told(Metric.PEOPLE_EDITS, APRIL, "people")]

    assert choose_notes(notes, Metric.EDITS) == {APRIL: notes[1]}
    assert choose_notes([], Metric.EDITS) == {}
