"""Counts as pandas frames, months × projects, read fast.

Apart from the other ways to read them, so that the watcher does without pandas, which takes 40 MB.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import ColumnElement, Engine, Table, select

from wiki_activity.domain.counts import Metric, Series
from wiki_activity.domain.months import month_at, number_month, start_of
from wiki_activity.storage.count_tables import COLUMNS, PARTS
from wiki_activity.storage.database import reading
from wiki_activity.storage.packed import Packed, pack, unpack
from wiki_activity.storage.schema import edit_counts


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
        return _read_frames(engine, edit_counts, [count], projects, first=first, last=last)[0]
    column = COLUMNS[Series(series)]
    return _read_frames(engine, column.table, [column], projects, first=first, last=last)[0]


def read_edit_frames(
    engine: Engine,
    projects: Collection[str] | None = None,
    first: date | None = None,
    last: date | None = None,
) -> dict[Series, pd.DataFrame]:
    """Read the total, the user and the anonymous edits in one query, as frames of the same shape.

    Parameters and frames are those of :func:`read_series`.
    """
    wanted = PARTS[edit_counts]
    frames = _read_frames(engine, edit_counts, [COLUMNS[series] for series in wanted], projects, first=first, last=last)
    return dict(zip(wanted, frames, strict=True))


def _read_frames(
    engine: Engine,
    table: Table,
    counts: Sequence[ColumnElement[Any]],
    projects: Collection[str] | None,
    *,
    first: date | None,
    last: date | None,
) -> list[pd.DataFrame]:
    """Read columns of a table with a project and a timestamp as frames of the same shape, by `counts`.

    Raises
    ------
    StorageError
        If the server cut off a text.
    """
    query = (
        select(table.c.project, *pack(engine.dialect.name, table, counts))
        .group_by(table.c.project)
        .order_by(table.c.project)
    )
    if projects is not None:
        query = query.where(table.c.project.in_(projects))
    if first is not None:
        query = query.where(table.c.timestamp >= first)
    if last is not None:
        query = query.where(table.c.timestamp <= last)
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    wikis = [unpack(project, text, length, len(counts)) for project, text, length in rows]
    series = [[wiki[at] for wiki in wikis] for at in range(len(counts))]
    months = _span([index for part in series for index, _ in part], first, last)
    # A wiki of which only other columns are known keeps its place, so that the frames have the same shape.
    known = [any(len(part[at][0]) for part in series) for at in range(len(rows))]
    names = pd.Index([row[0] for row, is_known in zip(rows, known, strict=True) if is_known], name="project")
    return [
        _lay_out([one for one, is_known in zip(part, known, strict=True) if is_known], months, names) for part in series
    ]


def _span(found: Sequence[npt.NDArray[np.int64]], first: date | None, last: date | None) -> pd.DatetimeIndex:
    filled = [index for index in found if len(index)]
    start, end = (None if month is None else start_of(month) for month in (first, last))
    if filled and start is None:
        start = start_of(month_at(min(int(index.min()) for index in filled)))
    if filled and end is None:
        end = start_of(month_at(max(int(index.max()) for index in filled)))
    if start is None or end is None:
        return pd.DatetimeIndex([], name="month", freq="MS")
    return pd.date_range(start, end, freq="MS", name="month")


def _lay_out(
    series: Sequence[Packed],
    months: pd.DatetimeIndex,
    projects: "pd.Index[str]",
) -> pd.DataFrame:
    values = np.full((len(months), len(projects)), np.nan)
    start = number_month(months[0]) if len(months) else 0
    for column, (index, counts) in enumerate(series):
        values[index - start, column] = counts
    return pd.DataFrame(values, index=months, columns=projects)
