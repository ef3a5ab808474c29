"""Which months are told to Dagster as materialized, and what is said of each: its own figures, and its page."""

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime

import dagster as dg
from sqlalchemy import Engine

from wiki_activity.defs.metadata import Metadata, describe_alerts, describe_counts
from wiki_activity.defs.partitions import month_key
from wiki_activity.defs.specs import COMMUNITY_ALERTS, SERIES_OF
from wiki_activity.domain.counts import Series
from wiki_activity.domain.months import EARLIEST_MONTH, list_months
from wiki_activity.monthly.figures import read_month_figures
from wiki_activity.settings import Settings
from wiki_activity.storage.count_tables import newest_month
from wiki_activity.storage.peak_table import PeakKey

Emit = Callable[[dg.AssetMaterialization], None]


def describe_months(
    database: Engine,
    settings: Settings,
    key: dg.AssetKey,
    *,
    since: datetime,
    added: Collection[PeakKey] = (),
) -> dict[date, Metadata]:
    """Describe every stored month of an asset by its own figures; a month that no wiki has is left out.

    Parameters
    ----------
    since
        What was restated from then on is counted as restated, UTC.
    added
        Peaks that are new.
    """
    series = Series.EDITS if key == COMMUNITY_ALERTS else SERIES_OF[key][0]
    last = newest_month(database, series)
    if last is None:
        return {}
    figures = read_month_figures(database, series, list_months(EARLIEST_MONTH, last), since)
    stored = {month: figure for month, figure in figures.items() if figure.wikis}
    if key == COMMUNITY_ALERTS:
        return describe_alerts(database, settings, added, list(stored))
    return describe_counts(series, stored, settings.explorer_url)


def emit_months(
    emit: Emit,
    instance: dg.DagsterInstance,
    key: dg.AssetKey,
    by_month: Mapping[date, Metadata],
    *,
    changed: Collection[date],
    besides: Collection[date] = (),
) -> int:
    """Tell of the months that changed, and of those that Dagster has never heard of; return how many that were.

    Parameters
    ----------
    by_month
        As described; months without a description do not exist.
    besides
        Months that are told otherwise.
    """
    known = instance.get_materialized_partitions(key)
    wanted = [
        month
        for month in sorted(by_month)
        if month not in besides and (month in changed or month_key(month) not in known)
    ]
    for month in wanted:
        emit(dg.AssetMaterialization(asset_key=key, partition=month_key(month), metadata=by_month[month]))
    return len(wanted)
