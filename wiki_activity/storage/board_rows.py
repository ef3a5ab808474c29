"""Rows of the board as values: a peak beside the annotation of its month."""

from typing import Any

from sqlalchemy import Row, and_, not_

from wiki_activity.domain.annotations import Annotation, AnnotationKind, AnnotationText
from wiki_activity.domain.counts import Metric
from wiki_activity.domain.peaks import Detector, Kind, Outcome, Peak
from wiki_activity.storage.annotation_rows import IS_NEWEST
from wiki_activity.storage.schema import annotation_revisions as steps
from wiki_activity.storage.schema import annotations
from wiki_activity.storage.schema import community_alerts as table

KEY = (table.c.metric, table.c.project, table.c.timestamp, table.c.detector)
NOTE = (
    annotations.c.id.label("note_id"),
    annotations.c.revision.label("note_version"),
    steps.c.label.label("note_label"),
    steps.c.note.label("note_text"),
    steps.c.link.label("note_link"),
    steps.c.kind.label("note_kind"),
    steps.c.author.label("note_author"),
    steps.c.at.label("note_at"),
)
IS_OF_MONTH = and_(
    annotations.c.metric == table.c.metric,
    annotations.c.project == table.c.project,
    annotations.c.timestamp == table.c.timestamp,
)
"""Joins a peak and the annotation of its month."""
IS_VISIBLE = and_(IS_NEWEST, not_(steps.c.hidden))
"""Joins an annotation and its newest revision where everybody may see it."""


def make_peak(row: Row[Any]) -> Peak:
    """Make a peak of a row of `community_alerts`."""
    return Peak(
        metric=Metric(row.metric),
        project=row.project,
        month=row.timestamp,
        detector=Detector(row.detector),
        value=row.value,
        expected=row.expected,
        threshold=row.threshold,
        score=row.score,
        kind=None if row.kind is None else Kind(row.kind),
        outcome=None if row.outcome is None else Outcome(row.outcome),
        shared=row.shared,
        starts_episode=row.starts_episode,
    )


def make_note(row: Row[Any]) -> Annotation | None:
    """Make the annotation beside a peak, of the columns `NOTE`; None where nobody wrote one or it is hidden."""
    if row.note_label is None:
        return None
    return Annotation(
        id=row.note_id,
        metric=Metric(row.metric),
        project=row.project,
        month=row.timestamp,
        version=row.note_version,
        text=AnnotationText(row.note_label, row.note_text, row.note_link, AnnotationKind(row.note_kind)),
        hidden=False,
        author=row.note_author,
        at=row.note_at,
    )
