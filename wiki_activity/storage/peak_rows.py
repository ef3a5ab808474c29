"""Rows of peaks as values."""

from collections.abc import Sequence
from typing import Any

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.peaks import Detector, Kind, Outcome, Peak
from wiki_activity.storage.schema import community_alerts as table

KEY = (table.c.metric, table.c.project, table.c.timestamp, table.c.detector)
PEAK = (
    *KEY,
    *(table.c[name] for name in ("value", "expected", "threshold", "score")),
    *(table.c[name] for name in ("kind", "outcome", "shared", "starts_episode")),
)
"""What :func:`make_peak` takes."""
# A page has hundreds of peaks, and to call the enumerations takes longer than all the rest.
_METRICS = {one.value: one for one in Metric}
_DETECTORS = {one.value: one for one in Detector}
_KINDS: dict[str | None, Kind | None] = {None: None, **{one.value: one for one in Kind}}
_OUTCOMES: dict[str | None, Outcome | None] = {None: None, **{one.value: one for one in Outcome}}


def make_peak(row: Sequence[Any]) -> Peak:
    """Make a peak of the columns `PEAK`, with which the row begins."""
    metric, project, month, detector, value, expected, threshold, score, kind, outcome, shared, starts = row[:12]
    return Peak(
        metric=_METRICS[metric],
        project=project,
        month=month,
        detector=_DETECTORS[detector],
        value=value,
        expected=expected,
        threshold=threshold,
        score=score,
        kind=_KINDS[kind],
        outcome=_OUTCOMES[outcome],
        shared=shared,
        starts_episode=starts,
    )
