"""Peaks: those that were found replace the stored ones by difference."""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from itertools import product
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, func, or_, select, tuple_, type_coerce
from sqlalchemy.types import NullType

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.peaks import Detector, Peak
from wiki_activity.storage.data_version import PEAKS, count_detection, mark_changed, read_detection_count
from wiki_activity.storage.database import reading, write
from wiki_activity.storage.peak_rows import KEY, PEAK, make_peak
from wiki_activity.storage.schema import community_alerts as table
from wiki_activity.storage.storage_errors import DetectedMeanwhileError
from wiki_activity.storage.upsert import Upsert

PeakKey = tuple[Metric, str, date, Detector]
"""Metric, project, month, detector."""

_FACTS = tuple(column for column in table.columns if column not in set(KEY) | {table.c.found_at})
_COLUMNS = tuple(column.key for column in (*KEY, *_FACTS, table.c.found_at))
_KEYS_IN_A_STATEMENT = 500
_ROWS_AT_ONCE = 10_000
"""In one transaction: so many hold SQLite's lock for about a tenth of a second."""

_Facts = tuple[Any, ...]
_Found = dict[tuple[Metric, Detector], dict[tuple[str, date], _Facts]]


class MonthChanges(NamedTuple):
    """How many peaks of one month, in all metrics by all detectors, are new, are none any more, have other numbers."""

    added: int
    removed: int
    changed: int


@dataclass(frozen=True, slots=True)
class PeakChanges:
    """What replacing the peaks changed.

    Parameters
    ----------
    added
        Keys of the peaks that were not stored before, in their order.
    removed
        How many were stored and are peaks no more.
    changed
        How many stay, with other numbers.
    kept
        How many stay as they were.
    by_month
        The same for each month of which any peak changed.
    """

    added: tuple[PeakKey, ...]
    removed: int
    changed: int
    kept: int
    by_month: Mapping[date, MonthChanges] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class _Difference:
    added: list[PeakKey]
    removed: list[PeakKey]
    changed: list[PeakKey]
    kept: int

    def tell(self) -> PeakChanges:
        counts = [Counter(month for _, _, month, _ in keys) for keys in (self.added, self.removed, self.changed)]
        months = sorted(set().union(*counts))
        by_month = {month: MonthChanges(*(count[month] for count in counts)) for month in months}
        return PeakChanges(tuple(self.added), len(self.removed), len(self.changed), self.kept, by_month)


def replace_peaks(
    engine: Engine,
    peaks: Iterable[Peak],
    *,
    found_at: datetime,
    pairs: Collection[tuple[Metric, Detector]] | None = None,
    detections: int | None = None,
) -> PeakChanges:
    """Make the stored peaks of some metrics and detectors equal to `peaks`.

    They are compared in a reading transaction, and what differs is written in short ones, so that nobody else who
    writes has to wait: a peak that stays keeps the time at which it was first found. Whoever is killed between two of
    them leaves some wikis' peaks as they were, which the next judging finds.

    Parameters
    ----------
    engine
        Where to.
    peaks
        All peaks of the pairs.
    found_at
        Of the new ones, UTC.
    pairs
        The metrics and detectors that were run, those that found nothing included; by default all there are.
    detections
        As `read_detection_count` told before the counts were read; by default it is read now.

    Raises
    ------
    DetectedMeanwhileError
        If another process judged since then: `peaks` may be older than what is stored.
    ValueError
        If a peak belongs to none of the pairs, or one of its numbers is not finite.
    """
    judged = set(product(Metric, Detector) if pairs is None else pairs)
    found: _Found = {}
    for peak in peaks:
        found.setdefault((peak.metric, peak.detector), {})[peak.project, peak.month] = _facts_of(peak)
    strangers = found.keys() - judged
    if strangers:
        msg = f"peaks of {sorted(strangers)}, which are not among the pairs to replace"
        raise ValueError(msg)
    with reading(engine) as connection:
        known = read_detection_count(connection) if detections is None else detections
        difference = _compare(connection, judged, found)
    for keys, upsert in _write_in_parts(engine, difference, found, found_at):
        _store(engine, keys, upsert, known, found_at)
        known += 1
    return difference.tell()


def _compare(connection: Connection, judged: set[tuple[Metric, Detector]], found: _Found) -> _Difference:
    removed: list[PeakKey] = []
    changed: list[PeakKey] = []
    stored: dict[tuple[Metric, Detector], set[tuple[str, date]]] = {pair: set() for pair in judged}
    for pair, place, facts in _read_stored(connection, judged):
        stored[pair].add(place)
        new = found.get(pair, {}).get(place)
        if new is None:
            removed.append((pair[0], *place, pair[1]))
        elif facts != new:
            changed.append((pair[0], *place, pair[1]))
    added = [
        (metric, *place, detector)
        for (metric, detector), by_place in found.items()
        for place in by_place
        if place not in stored[metric, detector]
    ]
    kept = sum(map(len, stored.values())) - len(removed) - len(changed)
    return _Difference(added, removed, changed, kept)


def _write_in_parts(
    engine: Engine, difference: _Difference, found: _Found, found_at: datetime
) -> Iterator[tuple[list[PeakKey], Upsert | None]]:
    """Yield keys to delete, then keys to write with their rows; at least one part, so that a judging is counted."""
    removed, written = difference.removed, sorted(difference.added + difference.changed)
    if not removed and not written:
        yield [], None
    for start in range(0, len(removed), _ROWS_AT_ONCE):
        yield removed[start : start + _ROWS_AT_ONCE], None
    for start in range(0, len(written), _ROWS_AT_ONCE):
        keys = written[start : start + _ROWS_AT_ONCE]
        rows = [
            (metric.value, project, month, detector.value, *found[metric, detector][project, month], found_at)
            for metric, project, month, detector in keys
        ]
        yield keys, Upsert(engine.dialect, table, _COLUMNS, rows, kept=("found_at",))


def _store(engine: Engine, keys: list[PeakKey], upsert: Upsert | None, known: int, now: datetime) -> None:
    def work(connection: Connection) -> None:
        if not count_detection(connection, known, now):
            msg = "another process judged the same peaks meanwhile"
            raise DetectedMeanwhileError(msg)
        if upsert is None:
            _delete(connection, keys)
        else:
            upsert.execute(connection)
        if keys:
            mark_changed(connection, (PEAKS, *(project for _, project, _, _ in keys)), now)

    write(engine, work)


def read_peaks(
    engine: Engine,
    *,
    metric: Metric | None = None,
    detector: Detector | None = None,
    project: str | None = None,
    month: date | None = None,
    first: date | None = None,
    last: date | None = None,
    order: Literal["month", "score"] = "month",
    limit: int | None = None,
) -> list[Peak]:
    """Read the stored peaks that meet every condition given.

    Parameters
    ----------
    first, last
        Months, both included.
    order
        `month`: oldest first, then by project, metric and detector; `score`: the most outstanding first, those
        without a score last.
    limit
        At most so many.
    """
    conditions = (
        (table.c.metric, metric),
        (table.c.detector, detector),
        (table.c.project, project),
        (table.c.timestamp, month),
    )
    query = select(*PEAK).where(*(column == value for column, value in conditions if value is not None))
    if first is not None:
        query = query.where(table.c.timestamp >= first)
    if last is not None:
        query = query.where(table.c.timestamp <= last)
    by_key = (table.c.timestamp, table.c.project, table.c.metric, table.c.detector)
    query = query.order_by(*by_key) if order == "month" else query.order_by(table.c.score.desc(), *by_key)
    if limit is not None:
        query = query.limit(limit)
    with reading(engine) as connection:
        return [make_peak(row) for row in connection.execute(query)]


def count_peaks(engine: Engine) -> dict[Metric, dict[Detector, int]]:
    """Count the stored peaks of every metric and detector, zeros included."""
    counts = {metric: dict.fromkeys(Detector, 0) for metric in Metric}
    query = select(table.c.metric, table.c.detector, func.count()).group_by(table.c.metric, table.c.detector)
    with reading(engine) as connection:
        for metric, detector, count in connection.execute(query):
            counts[Metric(metric)][Detector(detector)] = count
    return counts


def _read_stored(
    connection: Connection, pairs: set[tuple[Metric, Detector]]
) -> Iterator[tuple[tuple[Metric, Detector], tuple[str, date], _Facts]]:
    # As the driver gives them: to convert hundreds of thousands of times takes longer than all the rest.
    columns: list[ColumnElement[Any]] = [type_coerce(column, NullType()) for column in (*KEY, *_FACTS)]
    known: dict[Any, tuple[Metric, Detector]] = {
        (metric.value, detector.value): (metric, detector) for metric, detector in pairs
    }
    for metric, project, month, detector, *facts in connection.execute(select(*columns).where(_is_one_of(pairs))):
        yield known[metric, detector], (project, _read_month(month)), tuple(facts)


@lru_cache(maxsize=2000)
def _read_month(text: object) -> date:
    return date.fromisoformat(str(text)[:10])


def _is_one_of(pairs: set[tuple[Metric, Detector]]) -> ColumnElement[bool]:
    return or_(False, *(and_(table.c.metric == metric, table.c.detector == detector) for metric, detector in pairs))  # noqa: FBT003


def _delete(connection: Connection, keys: Sequence[PeakKey]) -> None:
    for start in range(0, len(keys), _KEYS_IN_A_STATEMENT):
        chunk = keys[start : start + _KEYS_IN_A_STATEMENT]
        connection.execute(delete(table).where(tuple_(*KEY).in_(chunk)))


def _facts_of(peak: Peak) -> _Facts:
    value, expected, threshold = float(peak.value), float(peak.expected), float(peak.threshold)
    if not math.isfinite(value + expected + threshold):
        msg = f"a peak needs finite numbers: {peak}"
        raise ValueError(msg)
    # numpy's numbers are none to the drivers; NaN is none to MySQL.
    score = None if peak.score is None or math.isnan(peak.score) else float(peak.score)
    percentage = peak.percentage_difference
    kind = None if peak.kind is None else peak.kind.value
    outcome = None if peak.outcome is None else peak.outcome.value
    shared, starts = bool(peak.shared), bool(peak.starts_episode)
    return (
        value,
        expected,
        threshold,
        percentage if percentage is None else float(percentage),
        score,
        kind,
        outcome,
        shared,
        starts,
    )
