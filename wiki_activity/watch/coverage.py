"""Which hours of the stream were seen, and which of them whole: that tells a day without edits from one not seen."""

from collections.abc import Mapping
from typing import Final

_HOUR: Final = 3600
_DAY: Final = 86_400
_HOURS: Final = 24
_LONGEST_QUIET_SECONDS: Final = 600
"""For so long no wiki of Wikimedia's has an edit only where something is missing."""

Masks = tuple[int, int]
"""Of one day: which of its hours were seen, and which of those whole, a bit each, the lowest for midnight."""


class Coverage:
    """Follows the closed seconds that have an edit, of whatever wiki.

    An hour is whole when it was followed from its begin to its end without ten minutes of silence in it: an outage of
    ours, of the stream's, or a place to resume at that the server does not have any more looks like that, and nothing
    else does.
    """

    def __init__(self) -> None:
        self.since: int | None = None
        """Second from which on nothing is missing; None before the first edit."""
        self.last = 0
        """Newest closed second that has an edit."""
        self.days: dict[int, Masks] = {}
        """By day, epoch seconds // 86,400."""
        self._unstored: set[int] = set()

    def note(self, second: int) -> None:
        """Take in a second that has closed and has an edit, later than all before."""
        if self.since is None or second - self.last > _LONGEST_QUIET_SECONDS or second < self.last:
            self.since = second
        elif second // _HOUR != self.last // _HOUR and self.last // _HOUR * _HOUR >= self.since:
            self._mark(self.last // _HOUR, whole=True)
        if self.last // _HOUR != second // _HOUR or second // _DAY not in self.days:
            self._mark(second // _HOUR, whole=False)
        self.last = second

    def doubt(self, since: int, until: int) -> None:
        """Note that what was counted between may be wrong: none of these hours is whole, later ones were not seen."""
        for day in [day for day in self.days if day > since // _DAY]:
            del self.days[day]
        day, hour = divmod(since // _HOUR, _HOURS)
        if day in self.days:
            before = (1 << hour) - 1
            seen, whole = self.days[day]
            self.days[day] = seen & (before | 1 << hour), whole & before
        self._unstored = set(self.days)
        # The day after begins anew.
        self.since = min(until + 1, (since // _DAY + 1) * _DAY)
        self.last = min(since, self.last)

    def list_unstored(self) -> dict[int, Masks]:
        """List the days whose hours are not in the database as they are here."""
        return {day: self.days[day] for day in self._unstored if day in self.days}

    def forget_stored(self) -> None:
        """Note that all are."""
        self._unstored.clear()

    def keep(self, first: int) -> None:
        """Drop the days before one."""
        self.days = {day: masks for day, masks in self.days.items() if day >= first}

    def restore(self, since: int | None, last: int, days: Mapping[int, Masks]) -> None:
        """Go on where an earlier watcher was."""
        self.since, self.last = since, last
        self.days = dict(days)
        self._unstored = set(days)

    def _mark(self, hour: int, *, whole: bool) -> None:
        day, place = divmod(hour, _HOURS)
        seen, wholes = self.days.get(day, (0, 0))
        self.days[day] = seen | 1 << place, wholes | (1 << place if whole else 0)
        self._unstored.add(day)


def list_hours(days: Mapping[int, Masks]) -> list[tuple[int, bool]]:
    """List the hours of days that were seen, epoch seconds // 3,600, and whether whole."""
    return [
        (day * _HOURS + place, bool(whole >> place & 1))
        for day, (seen, whole) in sorted(days.items())
        for place in range(_HOURS)
        if seen >> place & 1
    ]
