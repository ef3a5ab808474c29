"""Which notes a list shows: those that a reader may see, and that meet what is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from wiki_activity.domain.note_text import NoteKind
from wiki_activity.domain.notes import Note
from wiki_activity.explorer.search import fold
from wiki_activity.explorer.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class NoteQuery:
    """What is asked for; None and empty leave all in.

    Parameters
    ----------
    text
        In the label, the note or the source, however it is written.
    project
        Only notes whose scope covers this wiki.
    kind
        What happened.
    first, last
        Days, both included: only notes that touch them.
    proposed
        Only what waits to be published; reviewers alone see any.
    reported
        Only these, of which readers said that something is wrong; None for all.
    """

    text: str = ""
    project: str | None = None
    kind: NoteKind | None = None
    first: date | None = None
    last: date | None = None
    proposed: bool = False
    reported: frozenset[int] | None = None


def find_notes(snapshot: Snapshot, query: NoteQuery, *, reviewing: bool) -> Sequence[Note]:
    """Find notes, the newest days first."""
    wanted = fold(query.text)
    written = snapshot.written if query.project is None else snapshot.wiki(query.project).notes.written
    found = [
        note
        for note in written
        if (reviewing or not note.hidden)
        and (not query.proposed or (note.proposed and not note.rejected))
        and (query.reported is None or note.id in query.reported)
        and (query.first is None or note.subject.last >= query.first)
        and (query.last is None or note.subject.first <= query.last)
        and note.text is not None
        and query.kind in {None, note.text.kind}
        and wanted in fold(" ".join((note.text.label, note.text.note, note.text.link or "")))
    ]
    return sorted(found, key=lambda note: (note.subject.last, note.id), reverse=True)
