"""Annotations for the tests of this folder."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.note_text import NoteKind, NoteText
from wiki_activity.domain.notes import Note
from wiki_activity_tests.storage.conftest import NOW
from wiki_activity_tests.storage.storing import hide_month_note, revert_month_note, unhide_month_note, write_month_note

MAY = date(2024, 5, 1)
HINDI = (Metric.EDITS, "hi.wikipedia.org", MAY)
CONTEST = NoteText("Contest", "Ran all month", "https://meta.wikimedia.org/wiki/C", NoteKind.CONTEST)
BOT = NoteText("A bot run", "", None, NoteKind.BOT)


def save(
    engine: Engine,
    version: int,
    text: NoteText = CONTEST,
    *,
    key: tuple[Metric, str, date] = HINDI,
    author: str = "Asha",
    now: datetime = NOW,
    **more: Any,
) -> Note:
    """Save a text at a version."""
    return write_month_note(engine, *key, text, version=version, author=author, now=now, **more)


def revert(engine: Engine, revision: int, version: int, now: datetime = NOW, **more: Any) -> Note:
    """Go back to a revision."""
    return revert_month_note(
        engine, *HINDI, revision=revision, version=version, author="Ravi", reason="it was right", now=now, **more
    )


def hide(engine: Engine, version: int, now: datetime = NOW) -> Note:
    """Hide."""
    return hide_month_note(engine, *HINDI, reason="tells a name", version=version, author="Reva", now=now)


def unhide(engine: Engine, version: int, now: datetime = NOW) -> Note:
    """Show again."""
    return unhide_month_note(engine, *HINDI, reason=None, version=version, author="Reva", now=now)
