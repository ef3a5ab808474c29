"""Storing and reading for one wiki, as tests write it; the product does so for many at once."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import Connection, Engine

from wiki_activity.domain.annotations import Annotation
from wiki_activity.domain.counts import Metric, Series
from wiki_activity.storage.annotation_reading import read_annotations
from wiki_activity.storage.count_tables import Answers, StoredCounts, read_stored, store_answers
from wiki_activity.storage.fetches import FetchResult, record_all_fetches


def store_counts(  # noqa: PLR0917 - whose counts, then of when
    connection: Connection, project: str, answers: Answers, first: date, last: date, seen_at: datetime
) -> StoredCounts:
    """Store one wiki's answers, whatever they are."""
    stored = read_stored(connection, [project], last)
    return store_answers(connection, stored, {project: answers}, first, last, seen_at)[project]


def record_fetches(
    connection: Connection, refresh_id: int, project: str, results: Mapping[Series, FetchResult], fetched_at: datetime
) -> None:
    """Record what came of one wiki's requests."""
    record_all_fetches(connection, refresh_id, {project: results}, fetched_at)


def read_annotation(engine: Engine, metric: Metric, project: str, month: date) -> Annotation | None:
    """Read the annotation of one month; a hidden one with its text."""
    written = read_annotations(engine, metric=metric)
    return next((one for one in written if (one.project, one.month) == (project, month)), None)


def find_annotation(engine: Engine, annotation_id: int) -> Annotation | None:
    """Find an annotation by its number; a hidden one with its text."""
    return next((one for one in read_annotations(engine) if one.id == annotation_id), None)
