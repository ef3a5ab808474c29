"""Accounts that are made on a wiki in a month, what they edit at first, and who of them stays for how long."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wiki_activity.simulator.evidence.causes import NEW_ACCOUNTS
from wiki_activity.simulator.evidence.people import MONTH_OF_ACCOUNTS, VISITORS_FROM
from wiki_activity.simulator.evidence.plan import MonthPlan, spread_count

DAY_SECONDS: Final = 86_400
LONGEST_STAY_DAYS: Final = 150
VISITORS_PER_ACCOUNT: Final = 3
_ACTIVE_SHARE: Final = 0.35
_STAYING_SHARE: Final = 0.09
_STAYING_SHARE_OF_CAUSE: Final = 0.15
_EDITS_A_DAY: Final = 0.25
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cohort:
    """The accounts of one month; times are epoch seconds.

    Parameters
    ----------
    accounts, registered
        Those made on the wiki, by time.
    of_cause
        For each of them the part of the month's plan for which it came, 0 for none.
    visitors, arrived
        Those made by coming from another wiki, by time.
    edit_times, editors
        What they edit besides what is planned for a cause, by time.
    """

    accounts: Numbers
    registered: Numbers
    of_cause: Numbers
    visitors: Numbers
    arrived: Numbers
    edit_times: Numbers
    editors: Numbers


def make_cohort(plan: MonthPlan, begin: int, accounts: int, key: Sequence[int]) -> Cohort:
    """Make the accounts of a month.

    Parameters
    ----------
    plan
        Of their month.
    begin
        Its first second, epoch.
    accounts
        How many are made on the wiki.
    key
        The same key makes the same accounts; its last number is the month's, from 2001-01.
    """
    rng = np.random.default_rng([*key, 41])
    accounts = min(accounts, VISITORS_FROM - 1)
    of_cause = np.zeros(accounts, dtype=np.int64)
    days = np.repeat(np.arange(len(plan.days)), spread_count(accounts, np.ones(len(plan.days))))
    for place, cause in enumerate(plan.causes):
        chosen = rng.random(accounts) < NEW_ACCOUNTS.get(cause.kind, 0.0)
        of_cause[chosen] = place + 1
        days[chosen] = rng.integers(cause.first_day - 1, cause.last_day, int(chosen.sum()))
    registered = begin + days * DAY_SECONDS + rng.integers(0, DAY_SECONDS, accounts)
    order = np.argsort(registered, kind="stable")
    registered, of_cause = registered[order], of_cause[order]
    first = (key[-1] + 1) * MONTH_OF_ACCOUNTS
    visitors = min(VISITORS_PER_ACCOUNT * accounts, VISITORS_FROM - 1)
    arrived = np.sort(begin + rng.integers(0, len(plan.days) * DAY_SECONDS, visitors))
    edit_times, editors = _edit(registered, of_cause, rng)
    return Cohort(
        accounts=first + np.arange(accounts),
        registered=registered,
        of_cause=of_cause,
        visitors=first + VISITORS_FROM + np.arange(visitors),
        arrived=arrived,
        edit_times=edit_times,
        editors=first + editors,
    )


def _edit(registered: Numbers, of_cause: Numbers, rng: np.random.Generator) -> tuple[Numbers, Numbers]:
    """Return when accounts edit, and which ones, by time: first days of the active ones, then the time of who stays."""
    count = len(registered)
    early = np.where(rng.random(count) < _ACTIVE_SHARE, rng.geometric(0.5, count), 0)
    staying = rng.random(count) < np.where(of_cause > 0, _STAYING_SHARE_OF_CAUSE, _STAYING_SHARE)
    days = np.where(staying, rng.uniform(10, LONGEST_STAY_DAYS, count), 0.0)
    later = rng.poisson(days * _EDITS_A_DAY)
    editors = np.concatenate([np.repeat(np.arange(count), early), np.repeat(np.arange(count), later)])
    after = np.concatenate(
        [rng.exponential(1.0, int(early.sum())) + 0.001, rng.random(int(later.sum())) * np.repeat(days, later)]
    )
    # Whole days are cut off at the longest stay, so that who looks at a day knows which months can matter.
    times = registered[editors] + (np.minimum(after, LONGEST_STAY_DAYS) * DAY_SECONDS).astype(np.int64)
    order = np.argsort(times, kind="stable")
    return times[order], editors[order]
