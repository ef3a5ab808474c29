"""Counts as pandas frames, months × projects, read fast."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import ColumnElement, Engine, Table, select

from wiki_activity.domain.months import month_at, number_month, start_of
from wiki_activity.storage.database import reading
from wiki_activity.storage.packed import Packed, pack, unpack


def read_frames(
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
