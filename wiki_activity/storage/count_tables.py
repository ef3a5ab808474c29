"""Monthly counts: stored with what Wikimedia restated. To read many as months × projects is for `frames`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Table,
    and_,
    func,
    select,
    type_coerce,
)
from sqlalchemy.types import NullType

from wiki_activity.domain.counts import PEOPLE_SERIES, MonthlyCounts, Series
from wiki_activity.storage.database import reading
from wiki_activity.storage.schema import count_revisions, edit_counts, editor_counts, people_counts
from wiki_activity.storage.upsert import Upsert

COLUMNS: Mapping[Series, Column[Any]] = {
    Series.EDITS: edit_counts.c.edit_count,
    Series.USER_EDITS: edit_counts.c.user_edits,
    Series.ANONYMOUS_EDITS: edit_counts.c.anonymous_edits,
    Series.EDITORS: editor_counts.c.editor_count,
    **{series: people_counts.c[series.value] for series in PEOPLE_SERIES},
}
"""Where each series is."""
PARTS: Mapping[Table, tuple[Series, ...]] = {
    edit_counts: (Series.EDITS, Series.USER_EDITS, Series.ANONYMOUS_EDITS),
    editor_counts: (Series.EDITORS,),
    people_counts: PEOPLE_SERIES,
}
"""The series that one table holds; a row needs the first of them where that cannot be null, else any."""
_REVISION = ("metric", "project", "timestamp", "old", "new", "seen_at")


Answers = Mapping[Series, MonthlyCounts]
"""Counts by month of some series of one wiki."""


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
    months
        By series, the months of which any count was added or restated.
    """

    added: int = 0
    restated: int = 0
    unchanged: int = 0
    months: Mapping[Series, frozenset[date]] = field(default_factory=dict, compare=False)

    def __add__(self, other: "StoredCounts") -> "StoredCounts":
        nothing: frozenset[date] = frozenset()
        return StoredCounts(
            self.added + other.added,
            self.restated + other.restated,
            self.unchanged + other.unchanged,
            {
                one: self.months.get(one, nothing) | other.months.get(one, nothing)
                for one in {*self.months, *other.months}
            },
        )


def read_stored(connection: Connection, projects: Collection[str], last: date) -> dict[str, Answers]:
    """Read all that is stored of some wikis up to a month, by wiki, series and month."""
    found: dict[str, dict[Series, dict[date, int]]] = {project: {} for project in projects}
    for table, parts in PARTS.items():
        # Months as the driver gives them: to convert each of them takes longer than to read them.
        month = type_coerce(table.c.timestamp, NullType())
        query = select(table.c.project, month, *(COLUMNS[series] for series in parts))
        for project, text, *counts in connection.execute(
            query.where(table.c.project.in_(list(projects)), table.c.timestamp <= last)
        ):
            by_series = found[project]
            for series, count in zip(parts, counts, strict=True):
                if count is not None:
                    by_series.setdefault(series, {})[_read_month(text)] = count
    return dict(found)


def newest_split_months(
    connection: Connection, projects: Collection[str], without: Collection[date]
) -> dict[str, date]:
    """Return by wiki the newest month of which edits and who made them are stored, some months left out."""
    columns = (edit_counts.c.edit_count, edit_counts.c.user_edits, edit_counts.c.anonymous_edits)
    query = select(edit_counts.c.project, func.max(edit_counts.c.timestamp).label("month")).where(
        edit_counts.c.project.in_(list(projects)),
        edit_counts.c.timestamp.not_in(list(without)),
        *(column.is_not(None) for column in columns),
    )
    return {row.project: row.month for row in connection.execute(query.group_by(edit_counts.c.project))}


@lru_cache(maxsize=2000)
def _read_month(text: object) -> date:
    return date.fromisoformat(str(text)[:10])


def store_answers(  # noqa: PLR0917 - what is there, what came, then of when
    connection: Connection,
    stored: Mapping[str, Answers],
    answers: Mapping[str, Answers],
    first: date,
    last: date,
    seen_at: datetime,
) -> dict[str, StoredCounts]:
    """Store the answers of some wikis: what differs is written, what it replaces is kept in `count_revisions`.

    A series that was not answered, and a month that an answer lacks, leave what is stored alone. The parts of the
    edits are stored only in months whose total is known.

    Parameters
    ----------
    connection
        In a writing transaction, which the caller commits.
    stored
        Of each wiki, as :func:`read_stored` read it in the same transaction.
    answers
        Of each wiki, counts by month of each series that was answered.
    first, last
        Only months from `first` to `last`, both included, are stored.
    seen_at
        When the answers came, UTC.
    """
    tallies = {project: _Tally() for project in answers}
    for table, parts in PARTS.items():
        rows: list[tuple[Any, ...]] = []
        for project in sorted(answers):
            cut = {one: _cut(answers[project][one], first, last) for one in parts if one in answers[project]}
            rows += tallies[project].compare(project, parts, stored[project], cut)
        columns = ("project", "timestamp", *(COLUMNS[series].key for series in parts))
        Upsert(connection.dialect, table, columns, rows).execute(connection)
    revisions = [(*row, seen_at) for tally in tallies.values() for row in tally.revisions]
    Upsert(connection.dialect, count_revisions, _REVISION, revisions).execute(connection)
    return {project: tally.tell() for project, tally in tallies.items()}


def _cut(counts: MonthlyCounts, first: date, last: date) -> MonthlyCounts:
    return {month: count for month, count in counts.items() if first <= month <= last}


class _Tally:
    """What comes of one wiki's answers."""

    def __init__(self) -> None:
        self.revisions: list[tuple[str, str, date, int, int]] = []
        self._added = self._unchanged = 0
        self._months: dict[Series, set[date]] = {}

    def compare(
        self, project: str, parts: Sequence[Series], stored: Answers, answers: Answers
    ) -> list[tuple[Any, ...]]:
        """Count what differs, and return the rows to write of one table."""
        merged = [{**stored.get(series, {}), **answers.get(series, {})} for series in parts]
        any_will_do = COLUMNS[parts[0]].nullable
        changed: set[date] = set()
        for series, counts in answers.items():
            known, months = stored.get(series, {}), self._months.setdefault(series, set())
            for month, count in counts.items():
                if not any_will_do and month not in merged[0]:
                    continue
                before = known.get(month)
                if before == count:
                    self._unchanged += 1
                    continue
                months.add(month)
                if before is None:
                    self._added += 1
                else:
                    self.revisions.append((series.value, project, month, before, count))
            changed |= months
        return [(project, month, *(counts.get(month) for counts in merged)) for month in sorted(changed)]

    def tell(self) -> StoredCounts:
        months = {series: frozenset(months) for series, months in self._months.items() if months}
        return StoredCounts(self._added, len(self.revisions), self._unchanged, months)


def newest_month(engine: Engine, series: Series) -> date | None:
    """Return the newest month of which any count of the series is stored."""
    column = COLUMNS[series]
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
