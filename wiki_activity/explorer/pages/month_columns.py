"""Months in which many wikis peak at once, as columns that lead to their peaks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from wiki_activity.domain.months import format_month, list_months, name_month, shift_month
from wiki_activity.explorer.pages.drawing import Columns, draw_columns
from wiki_activity.explorer.peak_board import MonthOfPeaks


@dataclass(frozen=True, slots=True)
class MonthColumns:
    """One column a month.

    Parameters
    ----------
    drawing
        Where they are.
    months, shared, addresses
        One for each column: the month, whether chance does not explain it, and the page of its peaks.
    """

    drawing: Columns
    months: tuple[date, ...]
    shared: tuple[bool, ...]
    addresses: tuple[str, ...]


def draw_month_columns(
    found: Sequence[MonthOfPeaks], last: date, most: int, asked: Mapping[str, str] | None = None, *, width: int
) -> MonthColumns:
    """Draw the last months up to one.

    Parameters
    ----------
    found
        Months with peaks; a month that is absent had none.
    last
        The newest month.
    most
        How many months.
    asked
        What else the addresses ask for.
    width
        Of the drawing, about as many pixels as it will have.
    """
    by_month = {one.month: one for one in found}
    months = list_months(shift_month(last, 1 - most), last)
    counts = [by_month[month].peaks if month in by_month else 0 for month in months]
    shared = tuple(month in by_month and by_month[month].shared for month in months)
    labels = [
        f"{name_month(month)}: {count:,} {'wiki' if count == 1 else 'wikis'}"
        + (", more than chance explains" if is_shared else "")
        for month, count, is_shared in zip(months, counts, shared, strict=True)
    ]
    rest = urlencode(dict(asked or {}))
    addresses = tuple(f"/peaks?{rest}{'&' * bool(rest)}month={format_month(month)}" for month in months)
    return MonthColumns(draw_columns(counts, labels, width), tuple(months), shared, addresses)
