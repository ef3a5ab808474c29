"""What a note is shown with, on its own page and on its month's: its history, others beside it, and its form."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from wiki_activity.domain.concealment import conceal, conceal_history
from wiki_activity.domain.months import name_days
from wiki_activity.domain.notes import Note, Scope, ScopeKind, Subject
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.accounts.people import Person, Role, is_reviewing
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.context import Explorer
from wiki_activity.explorer.pages.note_history import Step, list_steps
from wiki_activity.explorer.scopes import name_scope
from wiki_activity.explorer.snapshot import Snapshot
from wiki_activity.storage.note_reading import read_history

_MOST_OTHERS = 20
"""Beside a note; the list of notes has all."""


@dataclass(frozen=True, slots=True)
class Written:
    """A note, or none yet, as the reader may see it.

    Parameters
    ----------
    note, about
        What was written, and of what in words.
    subject
        What it is about, or what a new one would be about.
    steps
        How it came to be.
    others
        What else was written of the same days, each with what it is about; those that begin last.
    scopes
        Which wikis the reader may write of: how the form sends them, and their name.
    another
        Where to write another one.
    linked
        Whether the page is not the note's own.
    """

    note: Note | None
    about: str
    subject: Subject
    steps: Sequence[Step]
    others: Sequence[tuple[Note, str]]
    scopes: Sequence[tuple[str, str]]
    another: str
    linked: bool


def show_note(
    explorer: Explorer, snapshot: Snapshot, note: Note | None, subject: Subject, person: Person | None, *, linked: bool
) -> Written:
    """Put together what a note's section shows; `subject` is that of a new note where there is none."""
    reviewing = is_reviewing(person)
    steps: Sequence[Step] = ()
    about = subject
    if note is not None:
        history = read_history(explorer.engine, note.id)
        steps = list_steps(history if reviewing else conceal_history(history), snapshot.catalogue)
        note, about = (note if reviewing else conceal(note)), note.subject
    return Written(
        note=note,
        about=describe_subject(about, snapshot.catalogue),
        subject=about,
        steps=steps,
        others=_list_others(snapshot, note, about, reviewing=reviewing),
        scopes=list_scopes(about.scope, snapshot.catalogue, person),
        another=address_new(replace(about, metric=None)),
        linked=linked,
    )


def describe_subject(subject: Subject, catalogue: Catalogue) -> str:
    """Say in words which wikis and days a note is about."""
    return f"{name_scope(subject.scope, catalogue)}, {name_days(subject.first, subject.last)}"


def list_scopes(scope: Scope, catalogue: Catalogue, person: Person | None) -> list[tuple[str, str]]:
    """List which wikis somebody may write of, beginning with those that are meant, as the form sends them."""
    scopes = [scope]
    wiki = catalogue.wikis.get(scope.key) if scope.kind is ScopeKind.WIKI else None
    if person is not None and person.may(Role.REVIEWER):
        scopes += _list_wider(wiki)
    listed = [(f"{one.kind}:{one.key}", name_scope(one, catalogue)) for one in dict.fromkeys(scopes)]
    return [*listed, (f"{ScopeKind.LIST}:", "a list of wikis")] if len(scopes) > 1 else listed


def address_new(subject: Subject) -> str:
    """Return where a note on these wikis and days can be written."""
    scope = {"scope": f"{subject.scope.kind}:{subject.scope.key}"}
    said = {"project": subject.scope.key} if subject.scope.kind is ScopeKind.WIKI else scope
    said |= {"from": subject.first.isoformat(), "to": subject.last.isoformat()}
    said |= {"episode": str(subject.episode_id)} if subject.episode_id is not None else {}
    return f"/notes/new?{urlencode(said)}"


def subject_of_month(project: str, month: date) -> Subject:
    """Return what a new note on a month is about, whatever is counted."""
    return Subject.of_month(None, project, month)


def _list_wider(wiki: Wiki | None) -> list[Scope]:
    own = [] if wiki is None else [Scope(ScopeKind.LANGUAGE, wiki.language), Scope(ScopeKind.FAMILY, wiki.family)]
    return [*own, Scope(ScopeKind.ALL, "")]


def _list_others(snapshot: Snapshot, note: Note | None, subject: Subject, *, reviewing: bool) -> list[tuple[Note, str]]:
    scope = subject.scope
    written = snapshot.wiki(scope.key).notes.written if scope.kind is ScopeKind.WIKI else snapshot.written
    found = [
        one
        for one in written
        if (note is None or one.id != note.id)
        and one.subject.first <= subject.last
        and one.subject.last >= subject.first
        and (scope.kind is ScopeKind.WIKI or one.subject.scope == scope)
        and (reviewing or not one.hidden)
    ]
    return [(one, describe_subject(one.subject, snapshot.catalogue)) for one in found[-_MOST_OTHERS:]]
