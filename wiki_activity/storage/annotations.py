"""Writing annotations: every change adds a revision, and none is ever changed or deleted."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from wiki_activity.domain.annotations import Annotation, AnnotationAction, AnnotationText
from wiki_activity.domain.concealment import conceal, conceal_history
from wiki_activity.domain.counts import Metric
from wiki_activity.domain.months import format_month
from wiki_activity.storage.annotation_rows import make_annotation, read_revisions, select_annotations
from wiki_activity.storage.data_version import ANNOTATIONS, mark_changed
from wiki_activity.storage.database import write
from wiki_activity.storage.schema import annotation_revisions as steps
from wiki_activity.storage.schema import annotations as table
from wiki_activity.storage.storage_errors import StorageError


class AnnotationConflictError(StorageError):
    """Somebody else was faster: the version that a change named is not the newest.

    Parameters
    ----------
    current
        What is stored, as everybody may see it.
    """

    def __init__(self, current: Annotation) -> None:
        super().__init__(f"the annotation of {_name(current)} is at version {current.version} by now")
        self.current = conceal(current)


class AnnotationHiddenError(StorageError):
    """A reviewer has hidden the annotation, or the revision that was asked for."""


class AnnotationMissingError(StorageError):
    """There is no annotation of this month."""


class RevisionMissingError(StorageError):
    """The annotation has no revision of this number."""


@dataclass(frozen=True, slots=True)
class _Step:
    """What a revision is to hold besides its number."""

    text: AnnotationText
    action: AnnotationAction
    hidden: bool
    author: str
    at: datetime
    reason: str | None = None


def save_annotation(
    engine: Engine,
    metric: Metric,
    project: str,
    month: date,
    text: AnnotationText,
    *,
    version: int,
    author: str,
    now: datetime,
    even_hidden: bool = False,
) -> Annotation:
    """Save what somebody wrote about a month; the very text that is there already adds no revision.

    Parameters
    ----------
    metric, project, month
        What it is about; the caller knows that they exist.
    text
        As `check_text` made it.
    version
        The newest revision that the writer has seen; 0 where they saw none.
    author
        Who wrote it.
    now
        UTC.
    even_hidden
        Whether the writer may change what is hidden; it stays hidden.

    Raises
    ------
    AnnotationConflictError
        If another revision is the newest.
    AnnotationHiddenError
        If it is hidden and the writer may not change that.
    AnnotationMissingError
        If a version is named, and there is none.
    """

    def save(connection: Connection) -> Annotation:
        current = _lock(connection, metric, project, month)
        if current is None and version == 0:
            step = _Step(text, AnnotationAction.CREATE, hidden=False, author=author, at=now)
            return _create(connection, metric, project, month, step)
        current = _check(current, version, (metric, project, month), even_hidden=even_hidden)
        if current.text == text:
            return current
        return _add(connection, current, _Step(text, AnnotationAction.EDIT, current.hidden, author, now))

    try:
        return write(engine, save)
    except IntegrityError:
        # Another writer created it after this one had looked: a second look finds it.
        return write(engine, save)


def revert_annotation(
    engine: Engine,
    metric: Metric,
    project: str,
    month: date,
    *,
    revision: int,
    version: int,
    author: str,
    reason: str | None,
    now: datetime,
    even_hidden: bool = False,
) -> Annotation:
    """Make the text of an earlier revision the newest one again; where it is that already, nothing is added.

    Parameters
    ----------
    revision
        The number of the one to go back to.
    version, author, now
        As in :func:`save_annotation`.
    reason
        Why, as `check_reason` made it.
    even_hidden
        Whether the writer may change what is hidden, which stays hidden, and publish again what was hidden.

    Raises
    ------
    AnnotationConflictError, AnnotationMissingError
        As in :func:`save_annotation`.
    AnnotationHiddenError
        If the annotation or that revision is hidden and the writer may not change that.
    RevisionMissingError
        If there is no such revision.
    """

    def revert(connection: Connection) -> Annotation:
        key = (metric, project, month)
        current = _check(_lock(connection, *key), version, key, even_hidden=even_hidden)
        history = read_revisions(connection, current.id)
        if not 1 <= revision <= len(history):
            msg = f"the annotation of {_name(current)} has no revision {revision}"
            raise RevisionMissingError(msg)
        readable = history if even_hidden else conceal_history(history)
        text = readable[revision - 1].text
        if text is None:
            msg = f"revision {revision} of the annotation of {_name(current)} is hidden"
            raise AnnotationHiddenError(msg)
        if text == current.text:
            return current
        return _add(connection, current, _Step(text, AnnotationAction.REVERT, current.hidden, author, now, reason))

    return write(engine, revert)


def hide_annotation(
    engine: Engine,
    metric: Metric,
    project: str,
    month: date,
    *,
    reason: str,
    version: int,
    author: str,
    now: datetime,
) -> Annotation:
    """Keep an annotation and its history from readers; where it is hidden already, nothing is added.

    Parameters
    ----------
    reason
        Why, as `check_reason` made it; readers see it.
    version, author, now
        As in :func:`save_annotation`.

    Raises
    ------
    AnnotationConflictError, AnnotationMissingError
        As in :func:`save_annotation`.
    """
    step = _review(AnnotationAction.HIDE, reason, author, now)
    return write(engine, lambda connection: step(connection, (metric, project, month), version))


def unhide_annotation(
    engine: Engine,
    metric: Metric,
    project: str,
    month: date,
    *,
    reason: str | None,
    version: int,
    author: str,
    now: datetime,
) -> Annotation:
    """Show a hidden annotation again; where it is not hidden, nothing is added.

    Parameters and errors are those of :func:`hide_annotation`.
    """
    step = _review(AnnotationAction.UNHIDE, reason, author, now)
    return write(engine, lambda connection: step(connection, (metric, project, month), version))


_Key = tuple[Metric, str, date]


def _review(
    action: AnnotationAction, reason: str | None, author: str, now: datetime
) -> Callable[[Connection, _Key, int], Annotation]:
    hidden = action is AnnotationAction.HIDE

    def change(connection: Connection, key: _Key, version: int) -> Annotation:
        current = _check(_lock(connection, *key), version, key, even_hidden=True)
        if current.hidden == hidden:
            return current
        assert current.text is not None
        return _add(connection, current, _Step(current.text, action, hidden, author, now, reason))

    return change


def _lock(connection: Connection, metric: Metric, project: str, month: date) -> Annotation | None:
    key = (table.c.metric == metric, table.c.project == project, table.c.timestamp == month)
    # Only the annotation's own row: the newest revision has to be read after the wait for it.
    found = connection.execute(select(table.c.id).where(*key).with_for_update()).scalar()
    return None if found is None else _read(connection, found)


def _check(current: Annotation | None, version: int, key: _Key, *, even_hidden: bool) -> Annotation:
    if current is None:
        metric, project, month = key
        msg = f"there is no annotation of {project} in {format_month(month)} ({metric})"
        raise AnnotationMissingError(msg)
    if current.hidden and not even_hidden:
        msg = f"the annotation of {_name(current)} is hidden"
        raise AnnotationHiddenError(msg)
    if current.version != version:
        raise AnnotationConflictError(current)
    return current


def _create(connection: Connection, metric: Metric, project: str, month: date, step: _Step) -> Annotation:
    row = {"metric": metric, "project": project, "timestamp": month, "revision": 1}
    key = connection.execute(insert(table).values(row)).inserted_primary_key
    assert key is not None
    _write(connection, key[0], project, 1, step)
    return _read(connection, key[0])


def _add(connection: Connection, current: Annotation, step: _Step) -> Annotation:
    number = current.version + 1
    _write(connection, current.id, current.project, number, step)
    connection.execute(update(table).where(table.c.id == current.id).values(revision=number))
    return _read(connection, current.id)


def _write(connection: Connection, annotation_id: int, project: str, number: int, step: _Step) -> None:
    row = {
        "annotation_id": annotation_id,
        "number": number,
        "label": step.text.label,
        "note": step.text.note,
        "link": step.text.link,
        "kind": step.text.kind,
        "author": step.author,
        "at": step.at,
        "action": step.action,
        "reason": step.reason,
        "hidden": step.hidden,
    }
    connection.execute(insert(steps).values(row))
    mark_changed(connection, (ANNOTATIONS, project), step.at)


def _read(connection: Connection, annotation_id: int) -> Annotation:
    return make_annotation(connection.execute(select_annotations().where(table.c.id == annotation_id)).one())


def _name(annotation: Annotation) -> str:
    return f"{annotation.project} in {format_month(annotation.month)} ({annotation.metric})"
