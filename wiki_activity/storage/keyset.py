"""Paging by key: orders in which every row has one place, and cursors that name a place."""

import base64
import binascii
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, true

Value = date | float | str | None
Place = tuple[Value, ...]
"""The values that a row is sorted by."""


class CursorError(ValueError):
    """A text that is no cursor of this order."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order by several columns in the same direction, the last of which tell any two rows apart.

    Parameters
    ----------
    name
        Cursors of one order are none of another.
    columns
        By what.
    kinds
        The type of each one: `date`, `float` or `str`.
    descending
        Whether the greatest come first.
    nulls_lead
        Whether the first column may be NULL, which then comes first; all the others never are.
    """

    name: str
    columns: tuple[ColumnElement[Any], ...]
    kinds: tuple[type, ...]
    descending: bool = True
    nulls_lead: bool = False

    def sort_part(self, columns: Sequence[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
        """Return what to sort by within one part of :meth:`split`; the parameter is that of :meth:`sort`."""
        return [column.desc() if self.descending else column.asc() for column in columns]

    def sort(self, columns: Sequence[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
        """Return what to sort by over all parts of :meth:`split`, for which no index helps.

        Parameters
        ----------
        columns
            The order's own, or those of a subquery that hold the same.
        """
        return [*([columns[0].is_(None).desc()] if self.nulls_lead else []), *self.sort_part(columns)]

    def split(self, after: Place | None) -> list[ColumnElement[bool]]:
        """Return the conditions of the parts that the rows after a place consist of, in their order.

        NULL is a part of its own: where a part is read by an index, that index brings it sorted.
        """
        if not self.nulls_lead:
            return [true() if after is None else self._follow(self.columns, after)]
        first, rest = self.columns[0], self.columns[1:]
        if after is None:
            return [first.is_(None), first.is_not(None)]
        if after[0] is None:
            return [and_(first.is_(None), self._follow(rest, after[1:])), first.is_not(None)]
        return [self._follow(self.columns, after)]

    def write(self, place: Sequence[Value]) -> str:
        """Write a place as a cursor, a text that an address can carry."""
        values = [value.isoformat() if isinstance(value, date) else value for value in place]
        return base64.urlsafe_b64encode(json.dumps([self.name, *values]).encode()).decode().rstrip("=")

    def read(self, cursor: str) -> Place:
        """Read a cursor, which may come from anywhere.

        Raises
        ------
        CursorError
            If it was not written by this order.
        """
        try:
            found = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        except (binascii.Error, ValueError, RecursionError) as error:
            msg = "not a cursor"
            raise CursorError(msg) from error
        if not isinstance(found, list) or len(found) != len(self.kinds) + 1 or found[0] != self.name:
            msg = f"not a cursor of the order by {self.name}"
            raise CursorError(msg)
        nullable = [self.nulls_lead and at == 0 for at in range(len(self.kinds))]
        return tuple(
            None if value is None and may_be_null else _read(value, kind)
            for value, kind, may_be_null in zip(found[1:], self.kinds, nullable, strict=True)
        )

    def _follow(self, columns: Sequence[ColumnElement[Any]], place: Place) -> ColumnElement[bool]:
        column, value = columns[0], place[0]
        is_later: ColumnElement[bool] = column < value if self.descending else column > value
        if len(columns) == 1:
            return is_later
        # A comparison of rows would not use the index on MariaDB, nor would the alternatives without the bound.
        bound: ColumnElement[bool] = column <= value if self.descending else column >= value
        return and_(bound, or_(is_later, self._follow(columns[1:], place[1:])))


def _read(value: object, kind: type) -> Value:
    if kind is date and isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            msg = "a cursor with a date that is none"
            raise CursorError(msg) from error
    if kind is str and isinstance(value, str) and len(value) <= 255 and value.isprintable():
        return value
    if kind is float and isinstance(value, float) and math.isfinite(value):
        return value
    msg = "a cursor with a value of another kind"
    raise CursorError(msg)
