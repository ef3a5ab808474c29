"""The months as partitions: one definition, shared by all monthly assets, and the register of its keys."""

from collections.abc import Sequence
from datetime import date, datetime

import dagster as dg

from wiki_activity.domain.months import (
    EARLIEST_MONTH,
    MonthError,
    list_months,
    newest_ended_month,
    parse_month,
    shift_month,
)

MONTHS = dg.DynamicPartitionsDefinition(name="months")
"""Every month from 2001-01 that Wikimedia has published, keys `YYYY-MM-01`, oldest first.

Registered and not computed from the calendar, since a month is there to be asked for once it is published, five to
ten days after its end: a backfill over all months then ends as done.
"""


class StrangeMonthError(ValueError):
    """A partition key that is no month; the message names it."""


def month_key(month: date) -> str:
    """Return the partition key of a month."""
    return f"{month:%Y-%m-%d}"


def months_of(keys: Sequence[str]) -> list[date]:
    """Return the months of partition keys, oldest first.

    Raises
    ------
    StrangeMonthError
        If one is no month: whoever uses Dagster's page can add what they like.
    """
    return sorted(_month_of(key) for key in keys)


def find_published(now: datetime, newest_seen: date | None) -> date:
    """Return the newest month that is known to be published: the one that was seen, or that of two months ago."""
    surely = shift_month(newest_ended_month(now), -1)
    return surely if newest_seen is None else max(surely, newest_seen)


def register_months(instance: dg.DagsterInstance, until: date) -> list[str]:
    """Append the months up to `until` that are not registered yet, oldest first, and return them; none is ever removed.

    Those of a gap, which somebody may have made by hand, come last: no range of months reaches over them.
    """
    name = str(MONTHS.name)
    known = set(instance.get_dynamic_partitions(name))
    missing = [key for month in list_months(EARLIEST_MONTH, until) if (key := month_key(month)) not in known]
    if missing:
        instance.add_dynamic_partitions(name, missing)
    return missing


def find_newest_registered(instance: dg.DagsterInstance) -> date | None:
    """Return the newest registered month; None when there is none. Keys that are no months are passed over."""
    months = []
    for key in instance.get_dynamic_partitions(str(MONTHS.name)):
        try:
            months.append(_month_of(key))
        except StrangeMonthError:
            continue
    return max(months, default=None)


def _month_of(key: str) -> date:
    try:
        month = parse_month(key)
    except MonthError:
        msg = f"partition {key!r} is no month of ours, whose keys are like 2024-05-01; delete it"
        # People are told the error beneath all others.
        raise StrangeMonthError(msg) from None
    if month_key(month) != key:
        msg = f"partition {key!r} is no month of ours: its key would be {month_key(month)}; delete it"
        raise StrangeMonthError(msg)
    return month
