"""Writing notes: every change adds a revision, and none is ever changed or deleted."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Engine, insert, or_, select, update

from wiki_activity.domain.concealment import conceal, conceal_history
from wiki_activity.domain.counts import Metric
from wiki_activity.domain.months import format_month
from wiki_activity.domain.note_text import NoteText
from wiki_activity.domain.notes import Author, Note, NoteAction, ScopeKind, Subject, end_of_month
from wiki_activity.storage.author_names import note_author_names
from wiki_activity.storage.data_version import NOTES, mark_changed
from wiki_activity.storage.database import write
from wiki_activity.storage.note_rows import (
    IS_NEWEST,
    make_note,
    read_revisions,
    select_notes,
    write_subject,
    write_text,
)
from wiki_activity.storage.schema import note_revisions as steps
from wiki_activity.storage.schema import notes as table
from wiki_activity.storage.storage_errors import StorageError


class NoteConflictError(StorageError):
    """Somebody else was faster: the version that a change named is not the newest.

    Parameters
    ----------
    current
        What is stored, as everybody may see it.
    """

    def __init__(self, current: Note) -> None:
        super().__init__(f"note {current.id} is at version {current.version} by now")
        self.current = conceal(current)


class NoteHiddenError(StorageError):
    """A reviewer has hidden the note, or the revision that was asked for."""


class NoteWideError(StorageError):
    """The note is on several wikis, which the writer may not write on."""


class NoteMissingError(StorageError):
    """There is no such note."""


class RevisionMissingError(StorageError):
    """The note has no revision of this number."""


@dataclass(frozen=True, slots=True)
class _Step:
    """What a revision is to hold besides its number."""

    subject: Subject
    text: NoteText
    action: NoteAction
    hidden: bool
    author: Author
    at: datetime
    reason: str | None = None


def create_note(
    engine: Engine, subject: Subject, text: NoteText, *, author: Author, now: datetime, proposed: bool = False
) -> Note:
    """Save a new note.

    Parameters
    ----------
    subject
        As `check_subject` returned it; the caller knows that its wikis exist.
    text
        As `check_text` made it.
    now
        UTC.
    proposed
        Whether readers see it only when a reviewer has published it.
    """
    action = NoteAction.PROPOSE if proposed else NoteAction.CREATE
    step = _Step(subject, text, action, hidden=proposed, author=author, at=now)
    return write(engine, lambda connection: _create(connection, step))


def edit_note(
    engine: Engine,
    note_id: int,
    text: NoteText,
    *,
    version: int,
    author: Author,
    now: datetime,
    subject: Subject | None = None,
    even_hidden: bool = False,
    even_wide: bool = True,
) -> Note:
    """Save another text of a note; the very same adds no revision.

    Parameters
    ----------
    version
        The newest revision that the writer has seen.
    subject
        As `check_subject` returned it; None to leave it as it is.
    even_hidden
        Whether the writer may change what is hidden; it stays hidden.
    even_wide
        Whether the writer may change what is on several wikis.

    Raises
    ------
    NoteConflictError
        If another revision is the newest.
    NoteHiddenError
        If it is hidden and the writer may not change that.
    NoteWideError
        If it is on several wikis by now and the writer may not change that.
    NoteMissingError
        If there is none.
    """

    def edit(connection: Connection) -> Note:
        # As it is stored: what a page or a snapshot says of it may be older.
        if not even_wide and _check(connection, note_id, version, even_hidden=even_hidden).subject.scope.is_wide:
            msg = f"note {note_id} is on several wikis"
            raise NoteWideError(msg)
        return _edit(connection, note_id, subject, text, version, author, now, even_hidden=even_hidden)

    return write(engine, edit)


def save_month_note(
    engine: Engine,
    metric: Metric,
    project: str,
    month: date,
    text: NoteText,
    *,
    version: int,
    author: Author,
    now: datetime,
    even_hidden: bool = False,
) -> Note:
    """Save what somebody wrote about exactly one month of a wiki in one metric: a new note, or the one that is there.

    Parameters
    ----------
    version
        As in :func:`edit_note`; 0 where the writer saw none.

    Raises
    ------
    NoteConflictError, NoteHiddenError, NoteMissingError
        As in :func:`edit_note`.
    """

    def save(connection: Connection) -> Note:
        found = _find_month_note(connection, metric, project, month)
        if found is None and version == 0:
            # Of two who create it at once the second waits here, and then finds the first one's.
            mark_changed(connection, (NOTES,), now)
            found = _find_month_note(connection, metric, project, month)
        if found is None and version == 0:
            subject = Subject.of_month(metric, project, month)
            return _create(connection, _Step(subject, text, NoteAction.CREATE, hidden=False, author=author, at=now))
        if found is None:
            msg = f"there is no note on {project} in {format_month(month)} ({metric})"
            raise NoteMissingError(msg)
        return _edit(connection, found, None, text, version, author, now, even_hidden=even_hidden)

    return write(engine, save)


def revert_note(
    engine: Engine,
    note_id: int,
    *,
    revision: int,
    version: int,
    author: Author,
    reason: str | None,
    now: datetime,
    even_hidden: bool = False,
) -> Note:
    """Make the text and subject of an earlier revision the newest again; where they are that, nothing is added.

    Parameters
    ----------
    revision
        The number of the one to go back to.
    reason
        Why, as `check_reason` made it.
    even_hidden
        Whether the writer may change what is hidden, which stays hidden, and publish again what was hidden.

    Raises
    ------
    NoteConflictError, NoteMissingError
        As in :func:`edit_note`.
    NoteHiddenError
        If the note or that revision is hidden and the writer may not change that.
    RevisionMissingError
        If there is no such revision.
    """

    def revert(connection: Connection) -> Note:
        current = _check(connection, note_id, version, even_hidden=even_hidden)
        history = read_revisions(connection, current.id)
        if not 1 <= revision <= len(history):
            msg = f"note {note_id} has no revision {revision}"
            raise RevisionMissingError(msg)
        chosen = (history if even_hidden else conceal_history(history))[revision - 1]
        if chosen.text is None:
            msg = f"revision {revision} of note {note_id} is hidden"
            raise NoteHiddenError(msg)
        if (chosen.text, chosen.subject) == (current.text, current.subject):
            return current
        action = _kept(NoteAction.REVERT, current)
        step = _Step(chosen.subject, chosen.text, action, current.hidden, author, now, reason)
        return _add(connection, current, step)

    return write(engine, revert)


def hide_note(engine: Engine, note_id: int, *, reason: str, version: int, author: Author, now: datetime) -> Note:
    """Keep a note and its history from readers, or reject a proposal; where it is hidden already, nothing is added.

    Parameters
    ----------
    reason
        Why, as `check_reason` made it; readers see it.

    Raises
    ------
    NoteConflictError, NoteMissingError
        As in :func:`edit_note`.
    """
    return write(engine, _review(NoteAction.HIDE, note_id, reason, version, author, now))


def unhide_note(
    engine: Engine, note_id: int, *, reason: str | None, version: int, author: Author, now: datetime
) -> Note:
    """Show a hidden note again, or publish what was proposed; where it is not hidden, nothing is added.

    Parameters and errors are those of :func:`hide_note`.
    """
    return write(engine, _review(NoteAction.UNHIDE, note_id, reason, version, author, now))


def _review(  # noqa: PLR0917 - what is done to which note, then by whom
    action: NoteAction, note_id: int, reason: str | None, version: int, author: Author, now: datetime
) -> Callable[[Connection], Note]:
    hidden = action is NoteAction.HIDE

    def change(connection: Connection) -> Note:
        current = _check(connection, note_id, version, even_hidden=True)
        if current.hidden == hidden and (current.rejected or not current.proposed):
            return current
        assert current.text is not None
        done = action if not current.proposed else NoteAction.REJECT if hidden else NoteAction.PUBLISH
        return _add(connection, current, _Step(current.subject, current.text, done, hidden, author, now, reason))

    return change


def _find_month_note(connection: Connection, metric: Metric, project: str, month: date) -> int | None:
    """Find the note on exactly this month that the explorer shows: the first visible one, else a hidden one."""
    query = (
        select(table.c.id)
        .join(steps, IS_NEWEST)
        .where(
            steps.c.scope_kind == ScopeKind.WIKI,
            steps.c.scope_key == project,
            steps.c.first == month,
            steps.c.last == end_of_month(month),
            or_(steps.c.metric == metric, steps.c.metric.is_(None)),
            steps.c.action.not_in((NoteAction.PROPOSE, NoteAction.REJECT)),
        )
    )
    order = (steps.c.hidden, steps.c.metric.is_(None), table.c.id)
    # Locked, to see what others have written since the transaction began.
    row = connection.execute(query.order_by(*order).limit(1).with_for_update()).first()
    return None if row is None else row.id


def _edit(  # noqa: PLR0917 - which note, what of it, by whom
    connection: Connection,
    note_id: int,
    subject: Subject | None,
    text: NoteText,
    version: int,
    author: Author,
    now: datetime,
    *,
    even_hidden: bool,
) -> Note:
    current = _check(connection, note_id, version, even_hidden=even_hidden)
    wanted = subject or current.subject
    if (current.text, current.subject) == (text, wanted):
        return current
    return _add(connection, current, _Step(wanted, text, _kept(NoteAction.EDIT, current), current.hidden, author, now))


def _kept(action: NoteAction, current: Note) -> NoteAction:
    """Return what a change of a text is called: until it is published, a proposal stays one, whoever corrects it."""
    return NoteAction.PROPOSE if current.proposed else action


def _check(connection: Connection, note_id: int, version: int, *, even_hidden: bool) -> Note:
    # Only the note's own row: the newest revision has to be read after the wait for it.
    if connection.execute(select(table.c.id).where(table.c.id == note_id).with_for_update()).first() is None:
        msg = f"there is no note {note_id}"
        raise NoteMissingError(msg)
    current = _read(connection, note_id)
    if current.hidden and not even_hidden:
        msg = f"note {note_id} is hidden"
        raise NoteHiddenError(msg)
    if current.version != version:
        raise NoteConflictError(current)
    return current


def _create(connection: Connection, step: _Step) -> Note:
    key = connection.execute(insert(table).values(revision=1)).inserted_primary_key
    assert key is not None
    _write(connection, key[0], 1, step)
    return _read(connection, key[0])


def _add(connection: Connection, current: Note, step: _Step) -> Note:
    number = current.version + 1
    _write(connection, current.id, number, step)
    connection.execute(update(table).where(table.c.id == current.id).values(revision=number))
    return _read(connection, current.id)


def _write(connection: Connection, note_id: int, number: int, step: _Step) -> None:
    row = {
        "note_id": note_id,
        "number": number,
        **write_subject(step.subject),
        **write_text(step.text),
        "author_id": step.author.id,
        "author_name": step.author.name,
        "at": step.at,
        "action": step.action,
        "reason": step.reason,
        "hidden": step.hidden,
    }
    connection.execute(insert(steps).values(row))
    if step.author.id is not None:
        note_author_names(connection, {step.author.id: step.author.name}, step.at)
    mark_changed(connection, (NOTES,), step.at)


def _read(connection: Connection, note_id: int) -> Note:
    return make_note(connection.execute(select_notes().where(table.c.id == note_id)).one())
