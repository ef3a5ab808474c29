"""Who stayed of the accounts that were made in some days, as pages show it."""

from collections.abc import Sequence
from itertools import groupby

from wiki_activity.domain.daily_history import DayRange
from wiki_activity.domain.retention import Retention, describe_windows


def find_within(known: Sequence[Retention], days: DayRange) -> list[list[Retention]]:
    """Find the accounts made on days that all lie in a range; of each the windows, the first one first."""
    inside = [one for one in known if days.first <= one.days.first and one.days.last <= days.last]
    return [list(windows) for _, windows in groupby(inside, key=lambda one: one.days)]


def tell_stayed(known: Sequence[Retention], days: DayRange) -> list[str]:
    """Tell of exactly these days in sentences; empty where nobody wanted to know."""
    return describe_windows([one for one in known if one.days == days])


def tell_all_within(known: Sequence[Retention], days: DayRange, name: str = "") -> list[str]:
    """Tell of all days in a range, a line for each, with the wiki's name where it is not clear which one it is."""
    lines = (" ".join(describe_windows(windows)) for windows in find_within(known, days))
    return [f"{name}: {line}" if name else line for line in lines]
