"""Monthly counts: stored with what Wikimedia restated, and read as months × projects."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

import pandas as pd
from sqlalchemy import Column, ColumnElement, Connection, Engine, Select, Table, and_, bindparam, func, insert, select

from wiki_activity.domain.counts import Metric, MonthlyCounts, Series
from wiki_activity.storage.database import reading
from wiki_activity.storage.frames import read_frames
from wiki_activity.storage.packed import Packed, pack, unpack
from wiki_activity.storage.schema import count_revisions, edit_counts, editor_counts
from wiki_activity.storage.upsert import upsert

_COLUMNS: Mapping[Series, Column[Any]] = {
    Series.EDITS: edit_counts.c.edit_count,
    Series.USER_EDITS: edit_counts.c.user_edits,
    Series.ANONYMOUS_EDITS: edit_counts.c.anonymous_edits,
    Series.EDITORS: editor_counts.c.editor_count,
}
_PARTS: Mapping[Table, tuple[Series, ...]] = {
    edit_counts: (Series.EDITS, Series.USER_EDITS, Series.ANONYMOUS_EDITS),
    editor_counts: (Series.EDITORS,),
}
"""The series that one table holds; a row needs the first of them."""


@dataclass(frozen=True, slots=True)
class StoredCounts:
    """How many counts were new, changed, and the same.

    Parameters
    ----------
    added
        Counts of which nothing was known.
    restated
        Counts that replaced another one, which went to `count_revisions`.
    unchanged
        Counts that were stored already.
    """

    added: int = 0
    restated: int = 0
    unchanged: int = 0

    def __add__(self, other: "StoredCounts") -> "StoredCounts":
        return StoredCounts(self.added + other.added, self.restated + other.restated, self.unchanged + other.unchanged)


def store_counts(  # noqa: PLR0917 - whose counts, then of when
    connection: Connection,
    project: str,
    answers: Mapping[Series, MonthlyCounts],
    first: date,
    last: date,
    seen_at: datetime,
) -> StoredCounts:
    """Store one wiki's answers: what differs is written, what it replaces is kept in `count_revisions`.

    A series that was not answered, and a month that an answer lacks, leave what is stored alone. The parts of the
    edits are stored only in months whose total is known.

    Parameters
    ----------
    connection
        In a writing transaction, which the caller commits.
    project
        The wiki.
    answers
        Counts by month of each series that was answered.
    first, last
        Only months from `first` to `last`, both included, are stored.
    seen_at
        When the answers came, UTC.
    """
    stored = StoredCounts()
    for table, parts in _PARTS.items():
        part = {series: _cut(answers[series], first, last) for series in parts if series in answers}
        if part:
            before = _read_rows(connection, table, project, first, last)
            stored += _store(connection, table, project, before, part, seen_at=seen_at)
    return stored


def _cut(counts: MonthlyCounts, first: date, last: date) -> MonthlyCounts:
    return {month: count for month, count in counts.items() if first <= month <= last}


def _read_rows(
    connection: Connection, table: Table, project: str, first: date, last: date
) -> dict[date, dict[Series, int | None]]:
    parts = _PARTS[table]
    rows = connection.execute(
        select(table.c.timestamp, *(_COLUMNS[series] for series in parts)).where(
            table.c.project == project, table.c.timestamp.between(first, last)
        )
    )
    return {row[0]: dict(zip(parts, row[1:], strict=True)) for row in rows}


def _store(
    connection: Connection,
    table: Table,
    project: str,
    before: Mapping[date, Mapping[Series, int | None]],
    answers: Mapping[Series, MonthlyCounts],
    *,
    seen_at: datetime,
) -> StoredCounts:
    parts = _PARTS[table]
    nothing: Mapping[Series, int | None] = dict.fromkeys(parts)
    rows: list[dict[str, Any]] = []
    revisions: list[dict[str, Any]] = []
    added = unchanged = 0
    for month in sorted(set().union(*answers.values())):
        old = before.get(month, nothing)
        answered = {series: counts[month] for series, counts in answers.items() if month in counts}
        new = {**old, **answered}
        if new[parts[0]] is None:
            continue
        for series, count in answered.items():
            known = old[series]
            if known is None:
                added += 1
            elif known == count:
                unchanged += 1
            else:
                key = {"metric": series, "project": project, "timestamp": month}
                revisions.append({**key, "old": known, "new": count, "seen_at": seen_at})
        if new != old:
            rows.append({"project": project, "timestamp": month, **{_COLUMNS[one].key: new[one] for one in parts}})
    upsert(connection, table, rows)
    if revisions:
        connection.execute(insert(count_revisions), revisions)
    return StoredCounts(added, len(revisions), unchanged)


def read_series(
    engine: Engine,
    series: Metric | Series,
    projects: Collection[str] | None = None,
    first: date | None = None,
    last: date | None = None,
) -> pd.DataFrame:
    """Read one series, or one metric, of many wikis.

    Parameters
    ----------
    engine
        Where from.
    series
        What to read; people's edits are user + anonymous, missing where either is unknown.
    projects
        Only these wikis; all that are stored by default.
    first, last
        Only months from `first` to `last`, both included.

    Returns
    -------
    pandas.DataFrame
        float64, months × projects: the index has every month from the first to the last stored one (or `first` to
        `last` where given), naive UTC; columns by project. NaN where a month is missing, which is not zero. A wiki of
        which nothing is known in the range has no column.
    """
    if series == Metric.PEOPLE_EDITS:
        count = edit_counts.c.user_edits + edit_counts.c.anonymous_edits
        return read_frames(engine, edit_counts, [count], projects, first=first, last=last)[0]
    column = _COLUMNS[Series(series)]
    return read_frames(engine, column.table, [column], projects, first=first, last=last)[0]


def read_packed(connection: Connection, project: str) -> dict[Series, Packed]:
    """Read all counts of one wiki: the months of which something is stored, and their counts."""
    found = {}
    for table, parts in _PARTS.items():
        row = connection.execute(_select_packed(connection.dialect.name, table), {"project": project}).one()
        for at, series in enumerate(parts):
            found[series] = unpack(project, *row[2 * at : 2 * at + 2])
    return found


@cache
def _select_packed(dialect: str, table: Table) -> Select[Any]:
    pairs = (pack(dialect, table, _COLUMNS[series]) for series in _PARTS[table])
    columns: list[ColumnElement[Any]] = [column for pair in pairs for column in pair]
    return select(*columns).where(table.c.project == bindparam("project"))


def read_edit_frames(
    engine: Engine,
    projects: Collection[str] | None = None,
    first: date | None = None,
    last: date | None = None,
) -> dict[Series, pd.DataFrame]:
    """Read the total, the user and the anonymous edits in one query, as frames of the same shape.

    Parameters and frames are those of :func:`read_series`.
    """
    wanted = _PARTS[edit_counts]
    frames = read_frames(engine, edit_counts, [_COLUMNS[series] for series in wanted], projects, first=first, last=last)
    return dict(zip(wanted, frames, strict=True))


def newest_month(engine: Engine, series: Series) -> date | None:
    """Return the newest month of which any count of the series is stored."""
    column = _COLUMNS[series]
    month = column.table.c.timestamp
    with reading(engine) as connection:
        return connection.execute(select(month).where(column.is_not(None)).order_by(month.desc()).limit(1)).scalar()


def newest_sizes(engine: Engine) -> dict[str, int]:
    """Return the edits of each project's newest stored month."""
    newest = select(edit_counts.c.project, func.max(edit_counts.c.timestamp).label("month"))
    latest = newest.group_by(edit_counts.c.project).subquery()
    same = and_(edit_counts.c.project == latest.c.project, edit_counts.c.timestamp == latest.c.month)
    with reading(engine) as connection:
        rows = connection.execute(select(edit_counts.c.project, edit_counts.c.edit_count).join(latest, same))
        return {project: int(count) for project, count in rows}
