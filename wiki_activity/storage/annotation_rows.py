"""Rows of annotations and of their revisions as values, for the modules that read and write them."""

from typing import Any

from sqlalchemy import Connection, Row, Select, and_, select

from wiki_activity.domain.annotations import Annotation, AnnotationAction, AnnotationKind, AnnotationText, Revision
from wiki_activity.domain.counts import Metric
from wiki_activity.storage.schema import annotation_revisions as steps
from wiki_activity.storage.schema import annotations as table

IS_NEWEST = and_(steps.c.annotation_id == table.c.id, steps.c.number == table.c.revision)
"""Joins an annotation and its newest revision."""


def select_annotations() -> Select[Any]:
    """Select every annotation with its newest revision."""
    return select(table, steps).join(steps, IS_NEWEST)


def make_annotation(row: Row[Any]) -> Annotation:
    """Make an annotation of what :func:`select_annotations` selects; a hidden one with its text."""
    return Annotation(
        id=row.id,
        metric=Metric(row.metric),
        project=row.project,
        month=row.timestamp,
        version=row.revision,
        text=make_text(row),
        hidden=row.hidden,
        author=row.author,
        at=row.at,
    )


def make_revision(row: Row[Any]) -> Revision:
    """Make a revision of a row of `annotation_revisions`."""
    return Revision(
        number=row.number,
        text=make_text(row),
        author=row.author,
        at=row.at,
        action=AnnotationAction(row.action),
        reason=row.reason,
        hidden=row.hidden,
    )


def make_text(row: Row[Any]) -> AnnotationText:
    """Make the text of a row of `annotation_revisions`; what the earlier program kept may break today's rules."""
    return AnnotationText(row.label, row.note, row.link, AnnotationKind(row.kind))


def read_revisions(connection: Connection, annotation_id: int) -> list[Revision]:
    """Read all revisions of one annotation, oldest first."""
    query = select(steps).where(steps.c.annotation_id == annotation_id).order_by(steps.c.number)
    return [make_revision(row) for row in connection.execute(query)]
