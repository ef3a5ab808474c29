"""Reading the earlier program's tables, whatever shape they are in.

Columns may be nullable, keys missing, moments of any format: what can be understood comes back as rows, and what
cannot is counted with its reason, so that a table with such rows is kept under its `earlier_…` name.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from alembic import op

COUNT_COLUMNS: Mapping[str, str] = {"edit_counts": "edit_count", "editor_counts": "editor_count"}
PEAK_COLUMNS: Mapping[str, str] = {"community_alerts": "edit_count", "editor_alerts": "editor_count"}
METRICS: Mapping[str, str] = {
    "edit_counts": "edits",
    "community_alerts": "edits",
    "editor_counts": "editors",
    "editor_alerts": "editors",
}
NOTE_COLUMNS = (
    "project", "timestamp", "peak_type", "description", "relevant_link", "submitted_by", "submitted_at", "status",
    "is_visible",
)  # fmt: skip
PEAK_NUMBERS = ("rolling_mean", "threshold", "percentage_difference")
_PEAK_TYPES: Mapping[str, str] = {"edit": "edits", "editor": "editors"}
_YEAR_AND_MONTH = re.compile(r"(\d{4})-?(0[1-9]|1[0-2])\b|(\d{4})(0[1-9]|1[0-2])\d{2}(?:\d{2}){0,3}")
_YEARS = range(2001, 2200)

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class LegacyCount:
    """One row of `edit_counts` or `editor_counts`."""

    project: str
    month: datetime
    count: int
    was_whole: bool
    """Whether the project was written in full."""


@dataclass(frozen=True, slots=True)
class LegacyPeak:
    """One row of `community_alerts` or `editor_alerts`."""

    project: str
    month: datetime
    value: float
    expected: float
    threshold: float
    percentage: float | None
    was_whole: bool


@dataclass(frozen=True, slots=True)
class LegacyNote:
    """A label, or one row of `peak_annotations`."""

    metric: str
    project: str
    month: datetime
    text: str
    link: str = ""
    author: str = ""
    at: datetime | None = None
    status: str = ""
    hidden: bool = False


@dataclass(slots=True)
class Reading(Generic[Row]):
    """What a table held: the rows that were understood, and how many were not, by reason."""

    rows: list[Row] = field(default_factory=list)
    left: dict[str, int] = field(default_factory=dict)

    def leave(self, reason: str) -> None:
        """Count a row that cannot be carried over."""
        self.left[reason] = self.left.get(reason, 0) + 1


def read_counts(table: str) -> Reading[LegacyCount]:
    """Read the counts of a table in the order in which they are stored."""
    reading: Reading[LegacyCount] = Reading()
    for row in _read(table, ("project", "timestamp", COUNT_COLUMNS[table]), reading):
        project, month, count = _text(row[0]), read_month(row[1]), _count(row[2])
        if not _is_project(project) or month is None:
            reading.leave("no project or no month")
        elif count is None:
            reading.leave("no count")
        else:
            whole = complete_project(METRICS[table], project)
            reading.rows.append(LegacyCount(whole, month, count, whole == project))
    return reading


def read_peaks(table: str) -> Reading[LegacyPeak]:
    """Read the peaks of a table; their labels are read by :func:`read_labels`."""
    reading: Reading[LegacyPeak] = Reading()
    for row in _read(table, ("project", "timestamp", PEAK_COLUMNS[table], *PEAK_NUMBERS), reading):
        project, month = _text(row[0]), read_month(row[1])
        value, expected, threshold, percentage = (_number(cell) for cell in row[2:])
        if not _is_project(project) or month is None:
            reading.leave("no project or no month")
        elif value is None or expected is None or threshold is None:
            reading.leave("no count, mean or threshold")
        else:
            whole = complete_project(METRICS[table], project)
            peak = LegacyPeak(whole, month, value, expected, threshold, percentage, whole == project)
            reading.rows.append(peak)
    return reading


def read_labels(table: str) -> Reading[LegacyNote]:
    """Read the labels that are not blank; a table without the column has none."""
    reading: Reading[LegacyNote] = Reading()
    if "label" not in list_columns(table):
        return reading
    for row in _read(table, ("project", "timestamp", "label"), reading):
        project, month, label = _text(row[0]), read_month(row[1]), _text(row[2]).strip()
        if label and _is_project(project) and month is not None:
            metric = METRICS[table]
            reading.rows.append(LegacyNote(metric, complete_project(metric, project), month, label))
    return reading


def read_notes() -> Reading[LegacyNote]:
    """Read `peak_annotations`; columns that it lacks are taken as empty."""
    reading: Reading[LegacyNote] = Reading()
    for row in _read("peak_annotations", NOTE_COLUMNS, reading):
        project, peak_type, text, link, author, status = (_text(row[at]).strip() for at in (0, 2, 3, 4, 5, 7))
        metric, month = _PEAK_TYPES.get(peak_type), read_month(row[1])
        if metric is None or month is None or not _is_project(project):
            reading.leave("no project, month or type of peak")
        elif not text and not link:
            reading.leave("neither description nor link")
        else:
            whole, at, hidden = complete_project(metric, project), read_moment(row[6]), _number(row[8]) == 0
            reading.rows.append(LegacyNote(metric, whole, month, text or link, link, author, at, status, hidden))
    return reading


def list_columns(table: str) -> set[str]:
    """List the columns of an earlier table; none where there is no such table."""
    inspector = sa.inspect(op.get_bind())
    aside = f"earlier_{table}"
    return {column["name"] for column in inspector.get_columns(aside)} if inspector.has_table(aside) else set()


def complete_project(metric: str, project: str) -> str:
    """Add the `.org` that the earlier program left out in its rows about editors."""
    return project if metric == "edits" or project.endswith(".org") else f"{project}.org"


def read_month(cell: object) -> datetime | None:
    """Read a month from whatever a column held; None where it holds none."""
    moment = read_moment(cell)
    if moment is None:
        match = _YEAR_AND_MONTH.fullmatch(_text(cell).strip())
        if match is None:
            return None
        moment = datetime(int(match[1] or match[3]), int(match[2] or match[4]), 1)  # noqa: DTZ001 - naive UTC
    month = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return month if month.year in _YEARS else None


def read_moment(cell: object) -> datetime | None:
    """Read a moment as naive UTC from whatever a column held; None where it holds none."""
    if isinstance(cell, datetime):
        moment = cell
    elif isinstance(cell, date):
        moment = datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001 - naive UTC
    else:
        try:
            moment = datetime.fromisoformat(_text(cell).strip())
        except ValueError:
            return None
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def _read(table: str, wanted: tuple[str, ...], reading: Reading[Any]) -> Iterator[tuple[Any, ...]]:
    there = list_columns(table)
    if not there:
        return
    key = {"project", "timestamp"}
    if not key <= there:
        reading.leave("no columns project and timestamp")
        return
    # Columns without a type give what the driver gives, which on SQLite is what the file holds.
    cells = [sa.column(name) if name in there else sa.null().label(name) for name in wanted]
    for row in op.get_bind().execute(sa.select(*cells).select_from(sa.table(f"earlier_{table}"))):
        yield tuple(row)


def _is_project(text: str) -> bool:
    return 0 < len(text) <= 250


def _text(cell: object) -> str:
    if cell is None:
        return ""
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell)


def _count(cell: object) -> int | None:
    try:
        return int(_text(cell))
    except ValueError:
        number = _number(cell)
        return int(number) if number is not None and number.is_integer() else None


def _number(cell: object) -> float | None:
    try:
        number = float(_text(cell))
    except ValueError:
        return None
    return number if math.isfinite(number) else None
