"""One wiki's counts of one column as a single text, `12,200101,15,200102,…`: many rows, read fast.

PyMySQL takes 1.0 s to decode 271,000 rows one by one, and numpy 0.12 s to read the same from 870 such texts.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, String, Table, cast, func, type_coerce

from wiki_activity.storage.storage_errors import StorageError

_FIRST_MONTH_NUMBER = 1000_01

Packed = tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]
"""Months, as year × 12 + month − 1, and the count of each."""


def pack(dialect: str, table: Table, count: ColumnElement[Any]) -> tuple[ColumnElement[str], ColumnElement[int]]:
    """Select, in a query that is grouped by wiki or of one wiki, the text and how many counts it holds.

    Parameters
    ----------
    dialect
        `sqlite` or `mysql`.
    """
    return _write(dialect, table, count), func.count(count)


def unpack(project: str, packed: str | bytes | None, length: int) -> Packed:
    """Read a text, its months in whatever order.

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
    months = numbers[1::2]
    if len(numbers) != 2 * length or (months < _FIRST_MONTH_NUMBER).any():
        raise cut_off(f"the {length} months of {project}")
    return months // 100 * 12 + months % 100 - 1, numbers[::2].astype(np.float64)


def read_text(packed: str | bytes | None) -> str:
    """Read what a server put together, whichever type its driver gives; nothing of no rows."""
    return packed.decode("ascii") if isinstance(packed, bytes) else packed or ""


def cut_off(what: str) -> StorageError:
    """Make the error of a text that ends too early."""
    return StorageError(f"the server cut off {what}: raise its group_concat_max_len")


def _write(dialect: str, table: Table, count: ColumnElement[Any]) -> ColumnElement[str]:
    if dialect == "sqlite":
        text = type_coerce(table.c.timestamp, String)
        month = func.substr(text, 1, 4).concat(func.substr(text, 6, 2))
        return func.group_concat(cast(count, String).concat(",").concat(month))
    # The month comes last: wherever the server may cut the text off, it shows.
    return func.group_concat(count, ",", func.date_format(table.c.timestamp, "%Y%m"))
