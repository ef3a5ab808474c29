"""The months as partitions: one definition, shared by all monthly assets."""

from collections.abc import Sequence
from datetime import date

import dagster as dg

from wiki_activity.domain.months import EARLIEST_MONTH, parse_month

RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"

MONTHS = dg.MonthlyPartitionsDefinition(start_date=f"{EARLIEST_MONTH:%Y-%m-%d}")
"""Every month from 2001-01 that has ended, keys `YYYY-MM-01`."""


def month_key(month: date) -> str:
    """Return the partition key of a month."""
    return f"{month:%Y-%m-%d}"


def months_of(keys: Sequence[str]) -> list[date]:
    """Return the months of partition keys, oldest first."""
    return sorted(parse_month(key) for key in keys)


def range_tags(first: date, last: date) -> dict[str, str]:
    """Return the tags by which one run covers all months from `first` to `last`, both included."""
    return {RANGE_START_TAG: month_key(first), RANGE_END_TAG: month_key(last)}
