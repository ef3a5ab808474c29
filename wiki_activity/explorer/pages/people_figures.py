"""What is known of a wiki's people besides its peaks: active editors, new accounts, new content pages."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from wiki_activity.domain.months import shift_month
from wiki_activity.explorer.pages import wording
from wiki_activity.explorer.snapshot import WikiSnapshot

_YEAR = 12


@dataclass(frozen=True, slots=True)
class PeopleFigure:
    """One figure of the newest month of which it is known.

    Parameters
    ----------
    name
        For readers.
    month, count
        Which one, and how many.
    mean
        Of the twelve months up to it; None where one is missing.
    year_before
        Of the same month a year before; None where it is missing.
    """

    name: str
    month: date
    count: int
    mean: float | None
    year_before: int | None


def list_people_figures(wiki: WikiSnapshot) -> list[PeopleFigure]:
    """List what is known; provisional months are left out."""
    found = []
    for metric, name in wording.PEOPLE.items():
        known = [month for month in wiki.months(metric) if month not in wiki.data.provisional]
        if not known:
            continue
        last = known[-1]
        year = wiki.newest(metric, last, _YEAR)
        [count], [before] = wiki.newest(metric, last, 1), wiki.newest(metric, shift_month(last, -_YEAR), 1)
        if count is not None:
            whole = [one for one in year if one is not None]
            mean = sum(whole) / _YEAR if len(whole) == _YEAR else None
            found.append(PeopleFigure(name, last, int(count), mean, None if before is None else int(before)))
    return found


def list_people_columns(wiki: WikiSnapshot, months: Sequence[date]) -> list[tuple[str, list[int | None]]]:
    """List the columns of a table of months, each with its heading; those of which nothing is known are left out."""
    columns = []
    for metric, name in wording.PEOPLE.items():
        known = dict(zip(wiki.months(metric), wiki.counts(metric)[0].tolist(), strict=True))
        column = [known.get(month, math.nan) for month in months]
        if not all(math.isnan(one) for one in column):
            columns.append((name, [None if math.isnan(one) else int(one) for one in column]))
    return columns
