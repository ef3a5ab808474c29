"""Rounds: several refreshes of parts of all wikis, which together have asked for all of them."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Final

from wiki_activity.domain.counts import Series
from wiki_activity.storage.refreshes import Outcome, Refresh, is_silent

LOOKED_BACK: Final = 2000
"""More refreshes than a round has: 999 parts at the most, and half of them gone on with."""
_WHOLE: Final = {Outcome.DONE, Outcome.FAILURES}


def find_round(
    refreshes: Iterable[Refresh], series: Collection[Series], last: date, projects: Collection[str], now: datetime
) -> datetime | None:
    """Tell whether refreshes that have ended went, together, through all of some wikis, and none of them is under way.

    Parameters
    ----------
    refreshes
        Newest first.
    series, last
        They asked for these series up to this month or a later one.
    now
        As :func:`wiki_activity.storage.database_clock.database_time` tells it.

    Returns
    -------
    datetime | None
        When the first of the newest of them began, UTC; None if wikis are lacking, or one is under way.
    """
    missing, began = set(projects), None
    asking = [refresh for refresh in refreshes if set(series) <= set(refresh.series)]
    if any(refresh.outcome is None and not is_silent(refresh, now) for refresh in asking):
        return None
    for refresh in asking:
        if refresh.outcome in _WHOLE and refresh.last >= last and not missing.isdisjoint(refresh.projects):
            missing -= set(refresh.projects)
            began = refresh.started_at if began is None else min(began, refresh.started_at)
    return None if missing else began
