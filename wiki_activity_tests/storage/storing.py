"""Storing and reading for one wiki, as tests write it; the product does so for many at once."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine

from wiki_activity.domain.counts import Metric, Series
from wiki_activity.domain.note_text import NoteText
from wiki_activity.domain.notes import Author, Note
from wiki_activity.storage.count_tables import Answers, StoredCounts, read_stored, store_answers
from wiki_activity.storage.fetches import FetchResult, record_all_fetches
from wiki_activity.storage.note_reading import read_notes
from wiki_activity.storage.notes import hide_note, revert_note, save_month_note, unhide_note


def store_counts(  # noqa: PLR0917 - whose counts, then of when
    connection: Connection, project: str, answers: Answers, first: date, last: date, seen_at: datetime
) -> StoredCounts:
    """Store one wiki's answers, whatever they are."""
    stored = read_stored(connection, [project], last)
    return store_answers(connection, stored, {project: answers}, first, last, seen_at)[project]


def record_fetches(
    connection: Connection, refresh_id: int, project: str, results: Mapping[Series, FetchResult], fetched_at: datetime
) -> None:
    """Record what came of one wiki's requests."""
    record_all_fetches(connection, refresh_id, {project: results}, fetched_at)


def read_month_note(engine: Engine, metric: Metric, project: str, month: date) -> Note | None:
    """Read the note on exactly one month; a hidden one with its text."""
    return next((one for one in read_notes(engine) if one.project == project and one.is_of(metric, month)), None)


def find_note(engine: Engine, note_id: int) -> Note | None:
    """Find a note by its number; a hidden one with its text."""
    return next((one for one in read_notes(engine) if one.id == note_id), None)


def write_month_note(
    engine: Engine, metric: Metric, project: str, month: date, text: NoteText, *, author: str, **more: Any
) -> Note:
    """Save a note on exactly one month."""
    return save_month_note(engine, metric, project, month, text, author=Author(author), **more)


def revert_month_note(engine: Engine, metric: Metric, project: str, month: date, *, author: str, **more: Any) -> Note:
    """Go back to an earlier text of it."""
    return revert_note(engine, _number(engine, metric, project, month), author=Author(author), **more)


def hide_month_note(engine: Engine, metric: Metric, project: str, month: date, *, author: str, **more: Any) -> Note:
    """Hide it."""
    return hide_note(engine, _number(engine, metric, project, month), author=Author(author), **more)


def unhide_month_note(engine: Engine, metric: Metric, project: str, month: date, *, author: str, **more: Any) -> Note:
    """Show it again."""
    return unhide_note(engine, _number(engine, metric, project, month), author=Author(author), **more)


def _number(engine: Engine, metric: Metric, project: str, month: date) -> int:
    note = read_month_note(engine, metric, project, month)
    # No note has this number.
    return 0 if note is None else note.id
