"""Rows of the board as values, and which of them somebody has told something of."""

from typing import Any

from sqlalchemy import Row, and_, not_, select

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.peaks import Detector, Kind, Outcome, Peak
from wiki_activity.storage.annotation_rows import IS_NEWEST
from wiki_activity.storage.schema import annotation_revisions as steps
from wiki_activity.storage.schema import annotations
from wiki_activity.storage.schema import community_alerts as table

KEY = (table.c.metric, table.c.project, table.c.timestamp, table.c.detector)
NOTED = (
    select(annotations.c.project, annotations.c.timestamp)
    .join(steps, and_(IS_NEWEST, not_(steps.c.hidden)))
    .distinct()
    .subquery("noted")
)
"""The months of wikis of which somebody has told something that everybody may see, whatever was counted."""
IS_OF_MONTH = and_(NOTED.c.project == table.c.project, NOTED.c.timestamp == table.c.timestamp)
"""Joins a peak and what was told of its month."""


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
