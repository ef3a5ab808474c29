"""One wiki's counts of some columns as a single text, `12,7,200101,15,-1,200102,…`: many rows, read fast.

PyMySQL takes 1.0 s to decode 271,000 rows one by one, and numpy 0.12 s to read the same from 870 such texts.
"""

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, String, Table, cast, func, literal_column, type_coerce

from wiki_activity.storage.storage_errors import StorageError

_FIRST_MONTH_NUMBER = 1000_01

Packed = tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]
"""Months, as year × 12 + month − 1, and the count of each; a count below zero, which is none, is left out."""


def pack(
    dialect: str, table: Table, counts: Sequence[ColumnElement[Any]]
) -> tuple[ColumnElement[str], ColumnElement[int]]:
    """Select, in a query that is grouped by wiki or of one wiki, the text and of how many months it is.

    Parameters
    ----------
    dialect
        `sqlite` or `mysql`.
    """
    known = [func.coalesce(count, literal_column("-1")) for count in counts]
    return _write(dialect, table, known), func.count()


def unpack(project: str, packed: str | bytes | None, length: int, columns: int) -> list[Packed]:
    """Read a text, its months in whatever order: for each column the months in which it has a count.

    Raises
    ------
    StorageError
        If the server cut it off.
    """
    text = read_text(packed)
    try:
        # A third of the time that numpy takes to read them.
        numbers = np.array([int(number) for number in text.split(",")] if text else [], dtype=np.int64)
    except ValueError:
        numbers = np.empty(0, dtype=np.int64)
    if len(numbers) != (columns + 1) * length:
        raise cut_off(f"the {length} months of {project}")
    *counts, months = numbers.reshape(length, columns + 1).T
    if (months < _FIRST_MONTH_NUMBER).any():
        raise cut_off(f"the {length} months of {project}")
    places = months // 100 * 12 + months % 100 - 1
    return [(places[column >= 0], column[column >= 0].astype(np.float64)) for column in counts]


def read_text(packed: str | bytes | None) -> str:
    """Read what a server put together, whichever type its driver gives; nothing of no rows."""
    return packed.decode("ascii") if isinstance(packed, bytes) else packed or ""


def cut_off(what: str) -> StorageError:
    """Make the error of a text that ends too early."""
    return StorageError(f"the server cut off {what}: raise its group_concat_max_len")


def _write(dialect: str, table: Table, counts: Sequence[ColumnElement[Any]]) -> ColumnElement[str]:
    comma: ColumnElement[Any] = literal_column("','")
    if dialect == "sqlite":
        text = type_coerce(table.c.timestamp, String)
        month = func.substr(text, 1, 4).concat(func.substr(text, 6, 2))
        cells: list[ColumnElement[Any]] = [cell for count in counts for cell in (cast(count, String), comma)]
        return func.group_concat(reduce(ColumnElement.concat, [*cells, month]))
    cells = [cell for count in counts for cell in (count, comma)]
    # The month comes last: wherever the server may cut the text off, it shows.
    return func.group_concat(*cells, func.date_format(table.c.timestamp, "%Y%m"))
