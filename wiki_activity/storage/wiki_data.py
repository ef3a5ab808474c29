"""All that is stored of single wikis and never changes by itself: counts, peaks, and the run that stored them.

Many wikis are read by a few queries: all that there are in about a second.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, lru_cache, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Select,
    Table,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy.types import CHAR, NullType

from wiki_activity.domain.counts import COUNT_SERIES, PEOPLE_SERIES, Metric, Series
from wiki_activity.domain.findings import Evidence
from wiki_activity.domain.months import list_months, month_at
from wiki_activity.domain.peaks import Detector, Kind, Outcome, Peak
from wiki_activity.domain.people_counts import PeopleCounts
from wiki_activity.domain.retention import Retention
from wiki_activity.domain.wide_counts import WideCounts
from wiki_activity.storage.database import reading
from wiki_activity.storage.evidence_table import read_evidence
from wiki_activity.storage.fetches import FetchStatus
from wiki_activity.storage.packed import Packed, cut_off, pack, read_text, unpack
from wiki_activity.storage.provisional_table import read_provisional_months
from wiki_activity.storage.retention_table import read_retention
from wiki_activity.storage.schema import community_alerts, edit_counts, editor_counts, fetches, people_counts, refreshes

_WIKIS_AT_ONCE = 100
"""What the drivers hold of so many before it is in arrays takes some ten megabytes."""

METRICS, DETECTORS, KINDS, OUTCOMES = tuple(Metric), tuple(Detector), tuple(Kind), tuple(Outcome)
"""What the numbers in :data:`PEAK` stand for; -1 for none."""
PEAK = np.dtype(
    [
        ("metric", "i1"), ("detector", "i1"), ("month", "i4"), ("value", "f8"), ("expected", "f8"),
        ("threshold", "f8"), ("score", "f8"), ("kind", "i1"), ("outcome", "i1"), ("shared", "?"), ("starts", "?"),
    ]
)  # fmt: skip
"""A peak in few bytes; its month as year × 12 + month − 1, a missing score as NaN."""

PeakRows = NDArray[np.void]


@dataclass(frozen=True, slots=True, eq=False)
class WikiData:
    """What is stored of one wiki.

    Parameters
    ----------
    counts
        One row: the wiki's. Its months begin with the first one and end with the last one of which any count is
        stored; there are none where nothing is.
    peaks
        Of all metrics by all detectors, oldest first, as :data:`PEAK`; those of provisional months are left out.
    run_id
        The run of Dagster or of the command line that began the refresh in which counts were last answered.
    as_of
        When that was, UTC; both are None where no refresh has stored any.
    provisional
        Months that Wikimedia has published only in part: they are judged by nobody.
    people
        What is known of people besides; None where that is nothing.
    evidence
        What was found behind its peaks, by month; of a month that is absent nobody was asked.
    retention
        Who stayed of the accounts that were made in some days, the oldest days first, window after window.
    """

    project: str
    counts: WideCounts
    peaks: PeakRows
    run_id: str | None
    as_of: datetime | None
    provisional: frozenset[date] = frozenset()
    people: PeopleCounts | None = None
    evidence: Mapping[date, Evidence] = field(default_factory=dict)
    retention: tuple[Retention, ...] = ()

    def newest_edits(self) -> tuple[date | None, int | None]:
        """Return the newest month of which edits are known, provisional ones left out, and the newest count of all."""
        known = np.flatnonzero(~np.isnan(self.counts.edits[0])).tolist()
        months = (self.counts.months[at] for at in reversed(known))
        newest = next((month for month in months if month not in self.provisional), None)
        return newest, int(self.counts.edits[0, known[-1]]) if known else None


def list_stored_wikis(engine: Engine) -> set[str]:
    """List the wikis of which anything is stored."""
    columns = [table.c.project for table in (edit_counts, editor_counts, community_alerts)]
    with reading(engine) as connection:
        return {project for column in columns for project in connection.execute(select(column).distinct()).scalars()}


def read_wiki_data(engine: Engine, projects: Sequence[str]) -> Iterator[WikiData]:
    """Read the records of wikis, one for each name; an empty one where nothing of it is stored."""
    for start in range(0, len(projects), _WIKIS_AT_ONCE):
        with reading(engine) as connection:
            found = list(_read(connection, projects[start : start + _WIKIS_AT_ONCE]))
        yield from found


def make_empty_data(project: str) -> WikiData:
    """Make the record of a wiki of which nothing is stored."""
    return WikiData(project, _lay_out(project, {}), np.empty(0, PEAK), None, None)


def make_peak(project: str, row: Any) -> Peak:
    """Make a peak of a row of :data:`PEAK`."""
    metric, detector, month, value, expected, threshold, score, kind, outcome, shared, starts = row.item()
    return Peak(
        metric=METRICS[metric],
        project=project,
        month=month_at(month),
        detector=DETECTORS[detector],
        value=value,
        expected=expected,
        threshold=threshold,
        score=None if score != score else score,  # noqa: PLR0124 - NaN
        kind=None if kind < 0 else KINDS[kind],
        outcome=None if outcome < 0 else OUTCOMES[outcome],
        shared=shared,
        starts_episode=starts,
    )


def _read(connection: Connection, projects: Sequence[str]) -> Iterator[WikiData]:
    provisional = read_provisional_months(connection)
    counts, peaks = _read_counts(connection, projects), _read_peaks(connection, projects, provisional)
    answers = {row.project: row for row in connection.execute(_select_newest_answers(), {"projects": projects})}
    evidence, retention = read_evidence(connection, projects), read_retention(connection, projects)
    for project in projects:
        run = answers.get(project)
        yield WikiData(
            project,
            _lay_out(project, counts.get(project, {})),
            peaks.get(project, np.empty(0, PEAK)),
            None if run is None else run.run_id,
            None if run is None else run.fetched_at,
            provisional,
            _pack_people(counts.get(project, {})),
            evidence.get(project, {}),
            retention.get(project, ()),
        )


_COUNTS: Mapping[Table, Mapping[Series, Column[Any]]] = {
    edit_counts: {
        Series.EDITS: edit_counts.c.edit_count,
        Series.USER_EDITS: edit_counts.c.user_edits,
        Series.ANONYMOUS_EDITS: edit_counts.c.anonymous_edits,
    },
    editor_counts: {Series.EDITORS: editor_counts.c.editor_count},
    people_counts: {series: people_counts.c[series.value] for series in PEOPLE_SERIES},
}


def _read_counts(connection: Connection, projects: Sequence[str]) -> dict[str, dict[Series, Packed]]:
    """Read by wiki and series the months of which something is stored, and their counts."""
    found: dict[str, dict[Series, Packed]] = defaultdict(dict)
    for table, parts in _COUNTS.items():
        query = _select_counts(connection.dialect.name, table)
        for project, packed, months in connection.execute(query, {"projects": projects}):
            found[project].update(zip(parts, unpack(project, packed, months, len(parts)), strict=True))
    return found


# To build a query takes SQLAlchemy several times as long as the database takes for a wiki: each is built once.
_PROJECTS: BindParameter[Any] = bindparam("projects", expanding=True)


@cache
def _select_counts(dialect: str, table: Table) -> Select[Any]:
    query = select(table.c.project, *pack(dialect, table, list(_COUNTS[table].values())))
    return query.where(table.c.project.in_(_PROJECTS)).group_by(table.c.project)


def _pack_people(packed: Mapping[Series, Packed]) -> PeopleCounts | None:
    known = (
        [months for series in PEOPLE_SERIES if len(months := packed[series][0])] if PEOPLE_SERIES[0] in packed else []
    )
    if not known:
        return None
    first, last = min(int(one.min()) for one in known), max(int(one.max()) for one in known)
    counts = np.full((len(PEOPLE_SERIES), last - first + 1), -1, dtype=np.int32)
    for row, series in zip(counts, PEOPLE_SERIES, strict=True):
        months, values = packed[series]
        row[months - first] = values
    return PeopleCounts(first, counts)


def _lay_out(project: str, packed: Mapping[Series, Packed]) -> WideCounts:
    packed = {series: one for series, one in packed.items() if series in COUNT_SERIES}
    known = [months for months, _ in packed.values() if len(months)]
    first, last = (min(one.min() for one in known), max(one.max() for one in known)) if known else (0, -1)
    rows = {series: np.full((1, int(last - first) + 1), np.nan) for series in COUNT_SERIES}
    for series, (months, counts) in packed.items():
        rows[series][0, months - first] = counts
    return WideCounts(
        projects=(project,),
        months=_list_months(int(first), int(last)),
        edits=rows[Series.EDITS],
        user_edits=rows[Series.USER_EDITS],
        anonymous_edits=rows[Series.ANONYMOUS_EDITS],
        editors=rows[Series.EDITORS],
    )


@lru_cache(maxsize=100)
def _list_months(first: int, last: int) -> tuple[date, ...]:
    # Most wikis have the same months: one tuple of them serves all.
    return () if last < first else tuple(list_months(month_at(first), month_at(last)))


def _read_peaks(connection: Connection, projects: Sequence[str], provisional: frozenset[date]) -> dict[str, PeakRows]:
    chosen = {"projects": projects, "provisional": list(provisional)}
    rows = connection.execute(_select_peaks(connection.dialect.name), chosen)
    return {project: _lay_out_peaks(project, count, read_text(text)) for project, count, text in rows}


@cache
def _select_peaks(dialect: str) -> Select[Any]:
    query = select(community_alerts.c.project, func.count(), _write_peaks(dialect)).where(
        # The index begins with the metric.
        community_alerts.c.metric.in_(METRICS),
        community_alerts.c.project.in_(_PROJECTS),
        community_alerts.c.timestamp.not_in(bindparam("provisional", expanding=True)),
    )
    return query.group_by(community_alerts.c.project)


def _write_peaks(dialect: str) -> ColumnElement[str]:
    """Select, in a query that is grouped by wiki, its peaks as one text."""
    # Drivers take longer for rows than everything else together.
    cells = [_write_cell(dialect, name) for name in PEAK.names or ()]
    parts = [part for cell in cells for part in (cell, literal_column("','"))][:-1]
    if dialect == "sqlite":
        return func.group_concat(reduce(ColumnElement.concat, parts))
    return func.group_concat(*parts)


def _write_cell(dialect: str, name: str) -> ColumnElement[Any]:
    column: ColumnElement[Any] = type_coerce(community_alerts.c[_PEAK_COLUMNS.get(name, name)], NullType())
    if name == "month":
        return func.substr(column, 1, 7)
    if PEAK[name].kind == "f":
        # All digits, so that what is read is what was stored. Left to itself SQLite writes fifteen, and of seventeen
        # the last one may be wrong; MariaDB's coalesce leaves out what is beyond 22 letters.
        if dialect == "sqlite":
            column = case((column.is_not(None), func.printf("%!.18g", column)))
        else:
            column = cast(column, CHAR(64))
    return func.coalesce(column, literal_column("''"))


def _lay_out_peaks(project: str, count: int, text: str) -> PeakRows:
    cells, names = text.split(","), PEAK.names or ()
    if len(cells) != count * len(names) or not cells[-1]:
        raise cut_off(f"the {count} peaks of {project}")
    found = np.empty(count, PEAK)
    for at, name in enumerate(names):
        column = cells[at :: len(names)]
        if name == "month":
            found[name] = [_read_month(cell) for cell in column]
        elif name in _PLACED:
            found[name] = [_PLACES[cell] for cell in column]
        else:
            found[name] = [float(cell or "nan") for cell in column]
    return found[np.lexsort([found["detector"], found["month"]])]


_PEAK_COLUMNS: Mapping[str, str] = {"month": "timestamp", "starts": "starts_episode"}
"""The columns of the table that have other names here."""
_PLACED = ("metric", "detector", "kind", "outcome")
_PLACES: Mapping[str, int] = {
    "": -1,
    **{one.value: at for kind in (METRICS, DETECTORS, KINDS, OUTCOMES) for at, one in enumerate(kind)},
}


@lru_cache(maxsize=2000)
def _read_month(text: str) -> int:
    year, month = text.split("-")
    return 12 * int(year) + int(month) - 1


@cache
def _select_newest_answers() -> Select[Any]:
    """Select the newest answered fetch of each wiki and its run; the index begins with the series."""
    place = func.row_number().over(
        partition_by=fetches.c.project, order_by=(fetches.c.fetched_at.desc(), fetches.c.refresh.desc())
    )
    answered = (
        select(fetches.c.project, fetches.c.fetched_at, fetches.c.refresh, place.label("place"))
        .where(
            fetches.c.metric.in_(COUNT_SERIES),
            fetches.c.project.in_(_PROJECTS),
            fetches.c.status != FetchStatus.FAILED,
        )
        .subquery()
    )
    query = select(answered.c.project, answered.c.fetched_at, refreshes.c.run_id)
    return query.join(refreshes, refreshes.c.id == answered.c.refresh).where(answered.c.place == 1)
