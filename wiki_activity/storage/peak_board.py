"""The board: pages of many wikis' peaks with their annotations, in several orders, and how many there are."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    Engine,
    Row,
    Select,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    true,
)

from wiki_activity.domain.annotations import Annotation, choose_notes
from wiki_activity.domain.counts import Metric
from wiki_activity.domain.peaks import Detector, Kind, Peak
from wiki_activity.storage.annotation_rows import make_annotation, select_annotations
from wiki_activity.storage.board_rows import IS_OF_MONTH, KEY, NOTED, PEAK, make_peak
from wiki_activity.storage.database import reading
from wiki_activity.storage.keyset import Order
from wiki_activity.storage.schema import annotations
from wiki_activity.storage.schema import community_alerts as table

_NO_SCORE = literal_column("-1e300", Double)
_BY_MONTH = "community_alerts_of_month"
_FEW_WIKIS = 20
"""So many are read whole rather than looked for among all."""


class BoardSort(StrEnum):
    """In which order a board shows peaks; all but `project` begin with the greatest."""

    MONTH = "month"
    """Newest month first, in it the greatest value."""
    RATIO = "ratio"
    """Value over expected; an expected value of zero is the greatest of all."""
    EXCESS = "excess"
    """Value minus expected."""
    VALUE = "value"
    SCORE = "score"
    PROJECT = "project"
    """By host name, in it the oldest month first."""


@dataclass(frozen=True, slots=True)
class BoardQuery:
    """Which peaks a board shows.

    Parameters
    ----------
    metric, detector
        Of one metric, found by one detector.
    month
        Only of this month.
    first, last
        Only from `first` to `last`, both included.
    projects
        Only of these wikis; none where it is empty.
    min_percent
        Only those at least so many percent over the expected value; over one of zero all are.
    explained
        Only those of whose month somebody has (True) or nobody has (False) told something that everybody may see.
    kind
        Only those made of this.
    sort
        The order.
    limit
        At most so many.
    after
        The `next` of the page before, of the same query.
    """

    metric: Metric
    detector: Detector
    month: date | None = None
    first: date | None = None
    last: date | None = None
    projects: Collection[str] | None = None
    min_percent: float | None = None
    explained: bool | None = None
    kind: Kind | None = None
    sort: BoardSort = BoardSort.MONTH
    limit: int = 50
    after: str | None = None


@dataclass(frozen=True, slots=True)
class BoardPeak:
    """A peak, and what was told of its month where everybody may see it; of its own metric before that of another."""

    peak: Peak
    annotation: Annotation | None


@dataclass(frozen=True, slots=True)
class BoardPage:
    """Part of a board; `next` asks for the part after it, and is None at the end."""

    items: list[BoardPeak]
    next: str | None


@dataclass(frozen=True, slots=True)
class MonthOfPeaks:
    """How many wikis peaked in a month, and whether that is more than chance explains."""

    month: date
    peaks: int
    shared: bool


def read_board(engine: Engine, query: BoardQuery) -> BoardPage:
    """Read one page of the board.

    Every peak has one place in the order, so that pages neither repeat one nor leave one out.

    Raises
    ------
    CursorError
        If `after` is no cursor of this order.
    """
    order = _ORDERS[_find_sort(query)]
    after = None if query.after is None else order.read(query.after)
    rows: list[Row[Any]] = []
    with reading(engine) as connection:
        for part in [true()] if query.month is not None and after is None else order.split(after):
            missing = query.limit + 1 - len(rows)
            if missing > 0:
                rows += connection.execute(_select_page(query, order, part, missing))
        shown = rows[: query.limit]
        notes = _read_notes(connection, query.metric, shown)
    # A row ends with its place.
    following = order.write(shown[-1][-len(order.columns) :]) if shown and len(rows) > query.limit else None
    return BoardPage([BoardPeak(make_peak(row), notes.get((row.project, row.timestamp))) for row in shown], following)


def count_board(engine: Engine, query: BoardQuery) -> int:
    """Count the peaks of all pages; sort, limit and `after` do not matter."""
    with reading(engine) as connection:
        # An anti-join of all peaks would take longer than the two counts.
        if query.explained is False:
            every, explained = replace(query, explained=None), replace(query, explained=True)
            return _count(connection, every) - _count(connection, explained)
        return _count(connection, query)


def count_by_month(
    engine: Engine, metric: Metric, detector: Detector, first: date | None = None, last: date | None = None
) -> list[MonthOfPeaks]:
    """Count the wikis that peaked in each month from `first` to `last`, both included, oldest first.

    Months in which none did are left out.
    """
    query = BoardQuery(metric, detector, first=first, last=last)
    month = table.c.timestamp
    counts = select(month, func.count(), func.max(table.c.shared)).where(*_conditions(query)).group_by(month)
    with reading(engine) as connection:
        rows = connection.execute(counts.with_hint(table, f"FORCE INDEX ({_BY_MONTH})", "mysql").order_by(month))
        return [MonthOfPeaks(month, peaks, bool(shared)) for month, peaks, shared in rows]


def read_peaks_of(engine: Engine, project: str) -> dict[Metric, list[Peak]]:
    """Read one wiki's peaks in each metric by all detectors, oldest first."""
    found: dict[Metric, list[Peak]] = {metric: [] for metric in Metric}
    with reading(engine) as connection:
        for row in connection.execute(_PEAKS_OF_WIKI, {"project": project}):
            peak = make_peak(row)
            found[peak.metric].append(peak)
    return found


_INDEXES: Mapping[BoardSort, str] = {
    BoardSort.MONTH: _BY_MONTH,
    BoardSort.RATIO: "community_alerts_by_value",
    BoardSort.EXCESS: "community_alerts_by_value",
    BoardSort.VALUE: "community_alerts_by_value",
    BoardSort.SCORE: "community_alerts_by_value",
    BoardSort.PROJECT: "PRIMARY",
}
_TIES = (table.c.value, table.c.timestamp, table.c.project)
_TIE_KINDS = (float, date, str)
_ORDERS: Mapping[BoardSort, Order] = {
    BoardSort.MONTH: Order("month", (table.c.timestamp, table.c.value, table.c.project), (date, float, str)),
    BoardSort.RATIO: Order("ratio", (table.c.percentage_difference, *_TIES), (float, *_TIE_KINDS), nulls_lead=True),
    BoardSort.EXCESS: Order("excess", (table.c.value - table.c.expected, *_TIES), (float, *_TIE_KINDS)),
    BoardSort.VALUE: Order("value", _TIES, _TIE_KINDS),
    BoardSort.SCORE: Order("score", (func.coalesce(table.c.score, _NO_SCORE), *_TIES), (float, *_TIE_KINDS)),
    BoardSort.PROJECT: Order("project", (table.c.project, table.c.timestamp), (str, date), descending=False),
}


def _find_sort(query: BoardQuery) -> BoardSort:
    # The score of `rolling_mean` is the part over the mean: the same order.
    is_ratio = query.sort is BoardSort.SCORE and query.detector is Detector.ROLLING_MEAN
    return BoardSort.RATIO if is_ratio else query.sort


def _select_page(query: BoardQuery, order: Order, part: ColumnElement[bool], limit: int) -> Select[Any]:
    places = [column.label(f"place_{at}") for at, column in enumerate(order.columns)]
    # A month's few peaks are sorted whole.
    sort = order.sort if query.month is not None else order.sort_part
    # Only keys are sorted, which the indexes hold; the rest is read for those of the page.
    page = _join_notes(select(*KEY, *places), query).where(*_conditions(query), part).order_by(*sort(order.columns))
    keys = _hint(page, query).limit(limit).subquery("page")
    found = [keys.c[place.name] for place in places]
    of_page = and_(*(column == keys.c[column.name] for column in KEY))
    return select(*PEAK, *found).join(keys, of_page).order_by(*sort(found))


def _read_notes(connection: Connection, metric: Metric, rows: list[Row[Any]]) -> dict[tuple[str, date], Annotation]:
    if not rows:
        return {}
    query = select_annotations().where(
        annotations.c.metric.in_(list(Metric)),
        annotations.c.project.in_({row.project for row in rows}),
        annotations.c.timestamp.in_({row.timestamp for row in rows}),
    )
    written = [make_annotation(row) for row in connection.execute(query)]
    return choose_notes((one for one in written if not one.hidden), metric)


def _count(connection: Connection, query: BoardQuery) -> int:
    count = _join_notes(select(func.count()).select_from(table), query).where(*_conditions(query))
    return int(connection.execute(count).scalar_one())


def _join_notes(select_: Select[Any], query: BoardQuery) -> Select[Any]:
    if query.explained is None:
        return select_
    if query.explained:
        return select_.join(NOTED, IS_OF_MONTH)
    return select_.outerjoin(NOTED, IS_OF_MONTH).where(NOTED.c.project.is_(None))


def _hint(select_: Select[Any], query: BoardQuery) -> Select[Any]:
    # Few months have a note: with one asked for, the notes lead.
    if query.explained:
        return select_
    if query.month is not None:
        index = _BY_MONTH
    elif query.projects is not None and len(query.projects) <= _FEW_WIKIS:
        index = "PRIMARY"
    else:
        index = _INDEXES[_find_sort(query)]
    return select_.with_hint(table, f"FORCE INDEX ({index})", "mysql")


def _conditions(query: BoardQuery) -> list[ColumnElement[bool]]:
    conditions = [table.c.metric == query.metric, table.c.detector == query.detector]
    if query.month is not None:
        conditions.append(table.c.timestamp == query.month)
    if query.first is not None:
        conditions.append(table.c.timestamp >= query.first)
    if query.last is not None:
        conditions.append(table.c.timestamp <= query.last)
    if query.projects is not None:
        conditions.append(table.c.project.in_(sorted(set(query.projects))))
    if query.min_percent is not None:
        percent = table.c.percentage_difference
        conditions.append(or_(percent >= query.min_percent, percent.is_(None)))
    if query.kind is not None:
        conditions.append(table.c.kind == query.kind)
    return conditions


_PEAKS_OF_WIKI = (
    select(*PEAK)
    # The index begins with the metric.
    .where(table.c.metric.in_(list(Metric)), table.c.project == bindparam("project"))
    .order_by(table.c.timestamp, table.c.detector)
)
