"""Hashtags of a wiki's month, summed up over the days on which three accounts and more used them."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine, func, select

from wiki_activity.domain.months import shift_month
from wiki_activity.storage.database import reading
from wiki_activity.storage.day_schema import hashtag_days as table


@dataclass(frozen=True, slots=True)
class MonthHashtag:
    """A hashtag in the summaries of a wiki's month.

    Parameters
    ----------
    hashtag
        Without the `#`, folded to one case.
    edits
        At least so many, on those days.
    days
        On how many days three accounts and more used it.
    most_accounts
        Accounts of the day that had most, at least. Those of different days cannot be told from each other.
    first, last
        First and last of those days.
    """

    hashtag: str
    edits: int
    days: int
    most_accounts: int
    first: date
    last: date


def read_hashtags(engine: Engine, project: str, month: date, limit: int) -> list[MonthHashtag]:
    """Read the most used hashtags of a wiki's month, most edits first.

    Raises
    ------
    StorageError
        If the database is out of reach.
    """
    edits = func.sum(table.c.edits)
    query = (
        select(
            table.c.hashtag,
            edits,
            func.count(),
            func.max(table.c.accounts),
            func.min(table.c.day),
            func.max(table.c.day),
        )
        .where(table.c.project == project, table.c.day >= month, table.c.day < shift_month(month, 1))
        .group_by(table.c.hashtag)
        .order_by(edits.desc(), table.c.hashtag)
        .limit(limit)
    )
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    return [MonthHashtag(row[0], int(row[1]), row[2], row[3], row[4], row[5]) for row in rows]
