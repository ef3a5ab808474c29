"""The history of a note, newest first, each step with what it changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from wiki_activity.domain.note_text import NoteText
from wiki_activity.domain.notes import Revision
from wiki_activity.explorer.pages import wording


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that a step changed; None where there was nothing, or now is nothing."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """One revision, what it changed against the text shown before it, and whether it is the newest."""

    revision: Revision
    differences: tuple[Difference, ...]
    is_newest: bool


def list_steps(history: Sequence[Revision]) -> list[Step]:
    """List the steps of a history, newest first.

    Parameters
    ----------
    history
        As the reader may see it, oldest first.
    """
    steps = []
    before: NoteText | None = None
    for revision in history:
        steps.append(Step(revision, _compare(before, revision.text), revision is history[-1]))
        before = revision.text or before
    return steps[::-1]


def _compare(before: NoteText | None, after: NoteText | None) -> tuple[Difference, ...]:
    if after is None:
        return ()
    old, new = _name_fields(before), _name_fields(after)
    return tuple(
        Difference(field, old.get(field) or None, new[field] or None)
        for field in new
        if (old.get(field) or None) != (new[field] or None)
    )


def _name_fields(text: NoteText | None) -> dict[str, str]:
    if text is None:
        return {}
    return {
        "Label": text.label,
        "Note": text.note,
        "Source": text.link or "",
        "Kind": wording.NOTE_KINDS[text.kind],
    }
