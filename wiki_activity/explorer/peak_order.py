"""The orders of lists of peaks, and cursors: where in an order a part of a list ended."""

import base64
import binascii
import json
import math
from collections.abc import Mapping
from datetime import date
from enum import StrEnum


class BoardSort(StrEnum):
    """In which order a board shows peaks; all but `project` begin with the greatest."""

    MONTH = "month"
    """Newest month first, in it the greatest value."""
    RATIO = "ratio"
    """Value over expected; an expected value of zero is the greatest of all."""
    EXCESS = "excess"
    """Value minus expected."""
    VALUE = "value"
    SCORE = "score"
    PROJECT = "project"
    """By host name, in it the oldest month first."""


class CursorError(ValueError):
    """A text that is no cursor of this order."""


_TIES: tuple[type, ...] = (float, date, str)
KINDS_OF_KEYS: Mapping[BoardSort, tuple[type, ...]] = {
    BoardSort.MONTH: (date, float, str),
    BoardSort.RATIO: (float, *_TIES),
    BoardSort.EXCESS: (float, *_TIES),
    BoardSort.VALUE: _TIES,
    BoardSort.SCORE: (float, *_TIES),
    BoardSort.PROJECT: (str, date),
}
"""What a peak's place in each order is told by."""


def write_cursor(sort: BoardSort, place: list[float | str | None]) -> str:
    """Write a place in an order as text for an address."""
    return base64.urlsafe_b64encode(json.dumps([sort.value, *place]).encode()).decode().rstrip("=")


def read_cursor(cursor: str, sort: BoardSort) -> list[float | str | None]:
    """Read a cursor, which may come from anywhere.

    Raises
    ------
    CursorError
        If it is none of this order.
    """
    try:
        found = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        msg = "not a cursor"
        raise CursorError(msg) from error
    kinds = KINDS_OF_KEYS[sort]
    if not isinstance(found, list) or len(found) != len(kinds) + 1 or found[0] != sort.value:
        msg = f"not a cursor of the order by {sort.value}"
        raise CursorError(msg)
    if found[1] is None and sort is BoardSort.RATIO:
        return [None, *(_check(value, kind) for value, kind in zip(found[2:], kinds[1:], strict=True))]
    return [_check(value, kind) for value, kind in zip(found[1:], kinds, strict=True)]


def _check(value: object, kind: type) -> float | str:
    if kind is date and isinstance(value, str):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError as error:
            msg = "a cursor with a date that is none"
            raise CursorError(msg) from error
    if kind is str and isinstance(value, str) and len(value) <= 255 and value.isprintable():
        return value
    if kind is float and isinstance(value, float) and math.isfinite(value):
        return value
    msg = "a cursor with a value of another kind"
    raise CursorError(msg)
