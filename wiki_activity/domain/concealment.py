"""What of a note everybody may see, once a reviewer has hidden something of it."""

from collections.abc import Sequence
from dataclasses import replace

from wiki_activity.domain.note_text import NoteText
from wiki_activity.domain.notes import Note, NoteAction, Revision


def conceal(note: Note) -> Note:
    """Return the note as everybody may see it: without its text while it is hidden."""
    return replace(note, text=None) if note.hidden else note


def conceal_history(revisions: Sequence[Revision]) -> list[Revision]:
    """Return a whole history as everybody may see it.

    While a note is hidden none of its texts is shown. Hiding keeps all texts so far from readers: those that are
    published again later are shown, and so are all where the very text that was hidden is unhidden. Where no text is
    shown, a writer's reason is not either; a reviewer's for hiding and unhiding is.

    Parameters
    ----------
    revisions
        All of one note, oldest first.
    """
    visible = _find_visible_texts(revisions)
    return [
        revision
        if revision.text in visible
        else replace(revision, text=None, reason=revision.reason if _is_review(revision) else None)
        for revision in revisions
    ]


def _find_visible_texts(revisions: Sequence[Revision]) -> set[NoteText | None]:
    if not revisions or revisions[-1].hidden:
        return set()
    visible: set[NoteText | None] = set()
    before_hiding: tuple[NoteText | None, set[NoteText | None]] = (None, set())
    for revision in revisions:
        if revision.action is NoteAction.HIDE:
            before_hiding, visible = (revision.text, visible), set()
        elif revision.hidden:
            visible = visible - {revision.text}
        elif revision.action is NoteAction.UNHIDE and revision.text == before_hiding[0]:
            visible = before_hiding[1] | {revision.text}
        else:
            visible = visible | {revision.text}
    return visible


def _is_review(revision: Revision) -> bool:
    return revision.action in {NoteAction.HIDE, NoteAction.UNHIDE}
