"""One wiki's counts of all months, what people wrote about it, and the run that stored the counts."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, Select, bindparam, select, union_all

from wiki_activity.domain.annotations import Annotation
from wiki_activity.domain.counts import Series
from wiki_activity.domain.months import list_months
from wiki_activity.domain.wide_counts import WideCounts
from wiki_activity.storage.annotation_reading import read_annotations_of
from wiki_activity.storage.counts import read_packed
from wiki_activity.storage.database import reading
from wiki_activity.storage.fetches import FetchStatus
from wiki_activity.storage.packed import month_at
from wiki_activity.storage.provisional import read_provisional_months
from wiki_activity.storage.schema import fetches, refreshes


@dataclass(frozen=True, slots=True, eq=False)
class WikiRecord:
    """What is stored of one wiki, besides its peaks.

    Parameters
    ----------
    counts
        One row: the wiki's. Its months begin with the first one and end with the last one of which any count is
        stored; there are none where nothing is.
    annotations
        Of all metrics, oldest first, hidden ones with the text that `conceal` takes away.
    run_id
        The run of Dagster or of the command line that began the refresh in which counts were last answered.
    as_of
        When that was, UTC; both are None where no refresh has stored any.
    provisional
        Months that Wikimedia has published only in part: they are judged by nobody.
    """

    project: str
    counts: WideCounts
    annotations: tuple[Annotation, ...]
    run_id: str | None
    as_of: datetime | None
    provisional: frozenset[date] = frozenset()


def read_wiki_record(engine: Engine, project: str) -> WikiRecord:
    """Read a wiki's record; an empty one where nothing of it is stored."""
    with reading(engine) as connection:
        newest = connection.execute(_NEWEST_ANSWERS, {"project": project}).all()
        run = max(newest, key=lambda row: (row.fetched_at, row.refresh), default=None)
        return WikiRecord(
            project,
            _read_counts(connection, project),
            tuple(read_annotations_of(connection, project)),
            None if run is None else run.run_id,
            None if run is None else run.fetched_at,
            read_provisional_months(connection),
        )


def _read_counts(connection: Connection, project: str) -> WideCounts:
    packed = read_packed(connection, project)
    known = [months for months, _ in packed.values() if len(months)]
    if not known:
        nothing = np.empty((1, 0))
        return WideCounts((project,), (), nothing, nothing, nothing, nothing)
    first, last = (int(edge) for edge in (min(one.min() for one in known), max(one.max() for one in known)))
    rows = {}
    for series, (months, counts) in packed.items():
        rows[series] = np.full((1, last - first + 1), np.nan)
        rows[series][0, months - first] = counts
    return WideCounts(
        projects=(project,),
        months=list_months(month_at(first), month_at(last)),
        edits=rows[Series.EDITS],
        user_edits=rows[Series.USER_EDITS],
        anonymous_edits=rows[Series.ANONYMOUS_EDITS],
        editors=rows[Series.EDITORS],
    )


def _select_newest(series: Series) -> Select[Any]:
    """Select the newest answered fetch of one series of a wiki; the index begins with the series."""
    newest = (
        select(fetches.c.refresh, fetches.c.fetched_at)
        .where(
            fetches.c.metric == series,
            fetches.c.project == bindparam("project"),
            fetches.c.status != FetchStatus.FAILED,
        )
        .order_by(fetches.c.fetched_at.desc(), fetches.c.refresh.desc())
        .limit(1)
        .subquery()
    )
    return select(newest, refreshes.c.run_id).join(refreshes, refreshes.c.id == newest.c.refresh)


_NEWEST_ANSWERS = union_all(*(_select_newest(series) for series in Series))
