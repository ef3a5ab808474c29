"""Rows of notes and of their revisions as values, for the modules that read and write them."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Row, Select, and_, case, func, literal, select

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.note_text import NoteKind, NoteText
from wiki_activity.domain.notes import FORMER_ACCOUNT, Note, NoteAction, Revision, Scope, ScopeKind, Subject
from wiki_activity.storage.schema import authors
from wiki_activity.storage.schema import note_revisions as steps
from wiki_activity.storage.schema import notes as table

IS_NEWEST = and_(steps.c.note_id == table.c.id, steps.c.number == table.c.revision)
_SHOWN = (NoteAction.PUBLISH, NoteAction.UNHIDE)
_REVIEWS = (*_SHOWN, NoteAction.HIDE, NoteAction.REJECT)


def select_notes() -> Select[Any]:
    """Select every note with its newest revision; whoever only let readers see it is not its author."""
    texts, written = steps.alias(), steps.alias()
    newest_text = select(func.max(texts.c.number)).where(texts.c.note_id == table.c.id, texts.c.action.not_in(_REVIEWS))
    number = case((steps.c.action.in_(_SHOWN), newest_text.scalar_subquery()), else_=table.c.revision)
    is_written = and_(written.c.note_id == table.c.id, written.c.number == number)
    query = select(table, steps, _author(written)).join(steps, IS_NEWEST).outerjoin(written, is_written)
    return query.outerjoin(authors, authors.c.author_id == written.c.author_id)


def select_revisions() -> Select[Any]:
    """Select every revision."""
    return select(steps, _author(steps)).outerjoin(authors, authors.c.author_id == steps.c.author_id)


def _author(of: FromClause) -> ColumnElement[str]:
    known_now = func.coalesce(authors.c.name, literal(FORMER_ACCOUNT))
    return case((authors.c.author_id.is_(None), of.c.author_name), else_=known_now).label("author")


def make_note(row: Row[Any]) -> Note:
    """Make a note of what :func:`select_notes` selects; a hidden one with its text."""
    return Note(
        id=row.id,
        subject=_make_subject(row),
        version=row.revision,
        text=_make_text(row),
        hidden=row.hidden,
        author=row.author,
        at=row.at,
        proposed=row.hidden and row.action in {NoteAction.PROPOSE, NoteAction.REJECT},
        rejected=row.action == NoteAction.REJECT,
    )


def make_revision(row: Row[Any]) -> Revision:
    """Make a revision of what :func:`select_revisions` selects."""
    return Revision(
        number=row.number,
        subject=_make_subject(row),
        text=_make_text(row),
        author=row.author,
        at=row.at,
        action=NoteAction(row.action),
        reason=row.reason,
        hidden=row.hidden,
    )


def read_revisions(connection: Connection, note_id: int) -> list[Revision]:
    """Read all revisions of one note, oldest first."""
    query = select_revisions().where(steps.c.note_id == note_id).order_by(steps.c.number)
    return [make_revision(row) for row in connection.execute(query)]


def write_subject(subject: Subject) -> dict[str, Any]:
    """Return the columns of a revision that say what it is about."""
    return {
        "scope_kind": subject.scope.kind,
        "scope_key": subject.scope.key,
        "first": subject.first,
        "last": subject.last,
        "metric": subject.metric,
        "episode_id": subject.episode_id,
    }


def write_text(text: NoteText) -> dict[str, Any]:
    """Return the columns of a revision that hold its text."""
    return {"label": text.label, "note": text.note, "link": text.link, "kind": text.kind}


def _make_subject(row: Row[Any]) -> Subject:
    scope = Scope(ScopeKind(row.scope_kind), row.scope_key)
    metric = None if row.metric is None else Metric(row.metric)
    return Subject(scope, row.first, row.last, metric, row.episode_id)


def _make_text(row: Row[Any]) -> NoteText:
    # What the earlier program kept may break today's rules.
    return NoteText(row.label, row.note, row.link, NoteKind(row.kind))
