"""The history of a note, newest first, each step with what it changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wiki_activity.domain.months import name_days
from wiki_activity.domain.note_text import NoteText
from wiki_activity.domain.notes import Revision, Subject
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.pages import wording
from wiki_activity.explorer.scopes import name_scope


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


def list_steps(history: Sequence[Revision], catalogue: Catalogue) -> list[Step]:
    """List the steps of a history, newest first.

    Parameters
    ----------
    history
        As the reader may see it, oldest first.
    catalogue
        For the names of wikis.
    """
    steps = []
    before: dict[str, str] = {}
    for revision in history:
        after = {} if revision.text is None else _name_fields(revision.text, revision.subject, catalogue)
        steps.append(Step(revision, _compare(before, after), revision is history[-1]))
        before = after or before
    return steps[::-1]


def _compare(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Difference, ...]:
    return tuple(
        Difference(field, old.get(field) or None, new[field] or None)
        for field in new
        if (old.get(field) or None) != (new[field] or None)
    )


def _name_fields(text: NoteText, subject: Subject, catalogue: Catalogue) -> dict[str, str]:
    return {
        "Label": text.label,
        "Note": text.note,
        "Source": text.link or "",
        "Kind": wording.NOTE_KINDS[text.kind],
        "Days": name_days(subject.first, subject.last),
        "Wikis": name_scope(subject.scope, catalogue),
    }
