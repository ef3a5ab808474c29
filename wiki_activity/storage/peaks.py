"""Peaks: those that were found replace the stored ones by difference."""

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import product
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, func, or_, select, tuple_

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.peaks import Detector, Peak
from wiki_activity.storage.board_rows import KEY, PEAK, make_peak
from wiki_activity.storage.data_version import PEAKS, mark_changed
from wiki_activity.storage.database import reading, write
from wiki_activity.storage.schema import community_alerts as table
from wiki_activity.storage.upsert import upsert

PeakKey = tuple[Metric, str, date, Detector]
"""Metric, project, month, detector."""

_FACTS = tuple(column for column in table.columns if column not in set(KEY) | {table.c.found_at})
_KEYS_IN_A_STATEMENT = 500
_ROWS_AT_ONCE = 5000


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
    """

    added: tuple[PeakKey, ...]
    removed: int
    changed: int
    kept: int


def replace_peaks(
    engine: Engine,
    peaks: Iterable[Peak],
    *,
    found_at: datetime,
    pairs: Collection[tuple[Metric, Detector]] | None = None,
) -> PeakChanges:
    """Make the stored peaks of some metrics and detectors equal to `peaks`, in one transaction.

    Only what differs is written; a peak that stays keeps the time at which it was first found.

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

    Raises
    ------
    ValueError
        If a peak belongs to none of the pairs, or one of its numbers is not finite.
    """
    judged = set(product(Metric, Detector) if pairs is None else pairs)
    found = {_key_of(peak): _facts_of(peak) for peak in peaks}
    strangers = {(metric, detector) for metric, _, _, detector in found} - judged
    if strangers:
        msg = f"peaks of {sorted(strangers)}, which are not among the pairs to replace"
        raise ValueError(msg)

    def replace(connection: Connection) -> PeakChanges:
        added = dict.fromkeys(found, found_at)
        changed: dict[PeakKey, datetime] = {}
        removed: list[PeakKey] = []
        kept = 0
        for key, moment, facts in _read_stored(connection, judged):
            if key not in found:
                removed.append(key)
                continue
            del added[key]
            if facts == found[key]:
                kept += 1
            else:
                changed[key] = moment
        _delete(connection, removed)
        moments = [*added.items(), *changed.items()]
        # A first load has some 360,000 peaks, all-zero windows of `rolling_mean` mostly: as rows they take 500 MB.
        for start in range(0, len(moments), _ROWS_AT_ONCE):
            chunk = moments[start : start + _ROWS_AT_ONCE]
            upsert(connection, table, [_row(key, found[key], moment) for key, moment in chunk])
        if added or removed or changed:
            projects = {project for _, project, _, _ in (*added, *changed, *removed)}
            mark_changed(connection, (PEAKS, *projects), found_at)
        return PeakChanges(tuple(added), len(removed), len(changed), kept)

    return write(engine, replace)


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
) -> Iterator[tuple[PeakKey, datetime, tuple[Any, ...]]]:
    query = select(*KEY, table.c.found_at, *_FACTS).where(_is_one_of(pairs))
    for metric, project, month, detector, found_at, *facts in connection.execute(query):
        yield (Metric(metric), project, month, Detector(detector)), found_at, tuple(facts)


def _is_one_of(pairs: set[tuple[Metric, Detector]]) -> ColumnElement[bool]:
    return or_(False, *(and_(table.c.metric == metric, table.c.detector == detector) for metric, detector in pairs))  # noqa: FBT003


def _delete(connection: Connection, keys: Sequence[PeakKey]) -> None:
    for start in range(0, len(keys), _KEYS_IN_A_STATEMENT):
        chunk = keys[start : start + _KEYS_IN_A_STATEMENT]
        connection.execute(delete(table).where(tuple_(*KEY).in_(chunk)))


def _key_of(peak: Peak) -> PeakKey:
    return (peak.metric, peak.project, peak.month, peak.detector)


def _facts_of(peak: Peak) -> tuple[Any, ...]:
    numbers = (peak.value, peak.expected, peak.threshold)
    if not all(math.isfinite(number) for number in numbers):
        msg = f"a peak needs finite numbers: {peak}"
        raise ValueError(msg)
    # numpy's numbers are none to the drivers; NaN is none to MySQL.
    score = None if peak.score is None or math.isnan(peak.score) else float(peak.score)
    percentage = None if peak.percentage_difference is None else float(peak.percentage_difference)
    judgements = (peak.kind, peak.outcome, bool(peak.shared), bool(peak.starts_episode))
    return (*(float(number) for number in numbers), percentage, score, *judgements)


def _row(key: PeakKey, facts: tuple[Any, ...], found_at: datetime) -> dict[str, Any]:
    names = [column.key for column in (*KEY, *_FACTS)]
    return {**dict(zip(names, (*key, *facts), strict=True)), "found_at": found_at}
