"""Calendar months: each is the `date` of its first day, UTC, half-open."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime

EARLIEST_MONTH = date(2001, 1, 1)
"""The first month for which Wikimedia answers counts."""

_MONTH_PATTERN = re.compile(r"(\d{4})-(\d{2})(?:-01)?")


class MonthError(ValueError):
    """A text or a range that is no month, or no range of months."""


def parse_month(text: str) -> date:
    """Read `2024-05` (or a partition key, `2024-05-01`) as a month.

    Raises
    ------
    MonthError
        If the text is no month from 2001-01 on.
    """
    match = _MONTH_PATTERN.fullmatch(text.strip())
    if match is None or not 1 <= int(match[2]) <= 12:
        msg = f"not a month: {text!r}; write it as YYYY-MM, for example 2024-05"
        raise MonthError(msg)
    year = int(match[1])
    if year < EARLIEST_MONTH.year:
        msg = f"{text!r} is before {format_month(EARLIEST_MONTH)}, the first month that Wikimedia counts"
        raise MonthError(msg)
    return date(year, int(match[2]), 1)


def format_month(month: date) -> str:
    """Write a month as `2024-05`."""
    return f"{month.year:04}-{month.month:02}"


def name_month(month: date) -> str:
    """Name a month for readers, `May 2024`, whatever the locale."""
    names = (
        "January", "February", "March", "April", "May", "June", "July",
        "August", "September", "October", "November", "December",
    )  # fmt: skip
    return f"{names[month.month - 1]} {month.year}"


def name_days(first: date, last: date) -> str:
    """Name a range of days for readers: `May 2024`, `3 May 2024`, or `3 May 2024 to 6 June 2024`.

    Whole months are named as such, `May 2024 to July 2024`.
    """
    if first.day == 1 and last.day == monthrange(last.year, last.month)[1]:
        names = (name_month(first), name_month(last))
    else:
        names = (f"{first.day} {name_month(first)}", f"{last.day} {name_month(last)}")
    return names[0] if names[0] == names[1] else " to ".join(names)


def number_month(month: date) -> int:
    """Return a number that is one higher for the month after; :func:`month_at` goes the other way."""
    return 12 * month.year + month.month - 1


def month_at(number: int) -> date:
    """Return the month of a number."""
    return date(number // 12, number % 12 + 1, 1)


def shift_month(month: date, by: int) -> date:
    """Return the month `by` months later; earlier where `by` is negative."""
    return month_at(number_month(month) + by)


def list_months(first: date, last: date) -> list[date]:
    """List the months from `first` to `last`, both included; empty where `last` is earlier."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [shift_month(first, offset) for offset in range(count)]


def newest_ended_month(now: datetime) -> date:
    """Return the last month that has ended by `now`, which must know its time zone."""
    return shift_month(now.astimezone(UTC).date().replace(day=1), -1)


def start_of(month: date) -> datetime:
    """Return the first moment of a month in UTC, without a time zone, as the tables hold it."""
    return datetime(month.year, month.month, 1)  # noqa: DTZ001 - SQL columns are naive UTC


def check_range(first: date, last: date, now: datetime) -> None:
    """Refuse a reversed range, and one that reaches into a month that has not ended.

    Raises
    ------
    MonthError
        Naming the months and what is wrong with them.
    """
    if last < first:
        msg = f"the range is reversed: from {format_month(first)} to {format_month(last)}"
        raise MonthError(msg)
    newest = newest_ended_month(now)
    if last > newest:
        # The month after the last one that there can be cannot be named.
        ends = last.replace(day=monthrange(last.year, last.month)[1])
        msg = (
            f"{format_month(last)} has not ended (its last day is {ends}); "
            f"the newest ended month is {format_month(newest)}"
        )
        raise MonthError(msg)
