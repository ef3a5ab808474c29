"""Carrying the earlier program's rows over: which of two rows stays, what is written, and what is told."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from alembic import op

from wiki_activity.storage.migrations.legacy_tables import (
    COUNT_COLUMNS,
    NOTE_COLUMNS,
    PEAK_COLUMNS,
    PEAK_NUMBERS,
    LegacyCount,
    LegacyPeak,
    list_columns,
    read_counts,
    read_notes,
    read_peaks,
)

_ROWS_IN_A_STATEMENT = 20_000

Row = TypeVar("Row", LegacyCount, LegacyPeak)


def settle(rows: Iterable[Row]) -> tuple[list[Row], list[tuple[Row, Row]]]:
    """Choose one row a month and project: the one whose project was whole, else the later one.

    Returns
    -------
    tuple
        The chosen rows, and the pairs of chosen and beaten ones.
    """
    by_key: dict[tuple[str, datetime], list[Row]] = {}
    for row in rows:
        by_key.setdefault((row.project, row.month), []).append(row)
    chosen: list[Row] = []
    beaten: list[tuple[Row, Row]] = []
    for candidates in by_key.values():
        # The sort is stable: among equals the last one is the later one.
        ranked = sorted(candidates, key=lambda row: row.was_whole)
        chosen.append(ranked[-1])
        beaten += [(ranked[-1], loser) for loser in ranked[:-1]]
    return chosen, beaten


def insert(table: sa.TableClause, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, which the number of the step is committed with."""
    for start in range(0, len(rows), _ROWS_IN_A_STATEMENT):
        op.get_bind().execute(sa.insert(table), list(rows[start : start + _ROWS_IN_A_STATEMENT]))


def now() -> datetime:
    """Return the moment of the migration as the columns hold it, naive UTC."""
    moment: datetime = _attributes()["now"]
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)


def report_carried(table: str, rows: int) -> None:
    """Tell how many rows of an earlier table were carried over."""
    if list_columns(table):
        _attributes()["report"].carried[table] = rows


def report_kept(table: str, reasons: Mapping[str, int]) -> None:
    """Tell why an earlier table was kept under its other name."""
    told = [reason if rows == 0 else f"{rows} rows: {reason}" for reason, rows in reasons.items()]
    _attributes()["report"].kept[f"earlier_{table}"] = "; ".join(told)


def find_leftovers(table: str) -> dict[str, int]:
    """Find what an earlier table holds that was not carried over, with the number of rows; 0 where it is all."""
    if table in COUNT_COLUMNS:
        left = read_counts(table).left
        known = {"project", "timestamp", COUNT_COLUMNS[table]}
    elif table in PEAK_COLUMNS:
        peaks = read_peaks(table)
        differing = sum(_differ(winner, loser) for winner, loser in settle(peaks.rows)[1])
        left = peaks.left | ({"another peak of the same month was kept": differing} if differing else {})
        known = {"project", "timestamp", PEAK_COLUMNS[table], *PEAK_NUMBERS, "label"}
    elif table == "peak_annotations":
        left = read_notes().left
        known = set(NOTE_COLUMNS)
    else:
        return {"not a table that this program can read": 0}
    strange = sorted(list_columns(table) - known - {"id"})
    return left | ({f"columns {', '.join(strange)}": 0} if strange else {})


def _differ(one: LegacyPeak, other: LegacyPeak) -> bool:
    return (one.value, one.expected, one.threshold) != (other.value, other.expected, other.threshold)


def _attributes() -> dict[str, Any]:
    config = op.get_context().config
    assert config is not None
    return config.attributes
