"""The edits of each day and wiki, by who made them: each counted once, late ones too, in absolute numbers."""

from typing import Final

from wiki_activity.redis_store.live_state import Days, DayState
from wiki_activity.watch.coverage import Coverage

_DAY: Final = 86_400
_KEPT_DAYS: Final = 2
"""Besides the running one: an edit that comes later than that is not counted."""
_MOST_DAYS: Final = 40
"""While the database takes none of them; then the oldest is given up."""
_UNSAVED: Final = 1
_UNSTORED: Final = 2
_USERS, _BOTS, _LOGGED_OUT, _STATE = range(4)

Counts = tuple[int, int, int]
"""Edits by registered people, by bots, and logged out."""


class DayCounts:
    """Counts of the days that can still change, and of those that the database does not have yet."""

    def __init__(self) -> None:
        self.coverage = Coverage()
        self.lineage = ""
        """Drawn when the counts were begun; stores that have the same go on from one another."""
        self.replaces_all = True
        """Whether what the database has of these days may be of another moment, so that all of it is to be replaced."""
        self.first = 0
        """The oldest day that can still change, epoch seconds // 86,400; 0 before the first edit."""
        # By day and wiki: three counts, and in which store they are not yet.
        self._days: dict[int, dict[str, list[int]]] = {}

    def count(self, at: int, project: str, is_bot: bool, is_logged_out: bool) -> None:  # noqa: FBT001 - for every edit
        """Count an edit that has not come before."""
        counts = self._days.get(at // _DAY)
        if counts is None:
            if not self.first:
                self.first = at // _DAY
            if at // _DAY < self.first:
                return
            counts = self._days[at // _DAY] = {}
        its = counts.get(project)
        if its is None:
            its = counts[project] = [0, 0, 0, 0]
        its[_BOTS if is_bot else _LOGGED_OUT if is_logged_out else _USERS] += 1
        its[_STATE] = _UNSAVED | _UNSTORED

    def doubt(self, since: int, until: int) -> None:
        """Note that the stream's clock was wrong in between: later days were none, and this one's hours are odd."""
        for day in [day for day in self._days if day > since // _DAY]:
            del self._days[day]
        self.coverage.doubt(since, until)
        self.replaces_all = True

    def describe(self) -> DayState:
        """Return what there is to be known besides the counts."""
        coverage = self.coverage
        return DayState(
            lineage=self.lineage,
            first=self.first,
            totals={
                day: sum(its[_USERS] + its[_BOTS] + its[_LOGGED_OUT] for its in counts.values())
                for day, counts in self._days.items()
            },
            hours=dict(coverage.days),
            since=coverage.since,
            last=coverage.last,
        )

    def list_unsaved(self) -> dict[int, dict[str, str]]:
        """List what Redis does not have yet, by day and wiki, as it is written there."""
        found = {
            day: {project: "{} {} {}".format(*its) for project, its in counts.items() if its[_STATE] & _UNSAVED}
            for day, counts in self._days.items()
        }
        return {day: counts for day, counts in found.items() if counts}

    def list_unstored(self) -> list[tuple[int, str, Counts]]:
        """List what the database does not have yet; all, where that is to be replaced."""
        return [
            (day, project, (its[_USERS], its[_BOTS], its[_LOGGED_OUT]))
            for day, counts in self._days.items()
            for project, its in counts.items()
            if self.replaces_all or its[_STATE] & _UNSTORED
        ]

    def forget_saved(self) -> None:
        """Note that Redis has all."""
        self._clear(_UNSAVED)

    def mark_all_unsaved(self) -> None:
        """Note that Redis has none."""
        for counts in self._days.values():
            for its in counts.values():
                its[_STATE] |= _UNSAVED

    def forget_stored(self, newest: int) -> None:
        """Note that the database has all, and drop the days that are over for good at a second of event time."""
        self._clear(_UNSTORED)
        self.replaces_all = False
        self.coverage.forget_stored()
        self._keep(newest // _DAY - _KEPT_DAYS)

    def bound(self) -> None:
        """Give up the oldest days where there are too many: their hours count as not seen."""
        if len(self._days) > _MOST_DAYS:
            self._keep(sorted(self._days)[-_MOST_DAYS])

    def restore(self, state: DayState, days: Days) -> None:
        """Take counts back; the database may have others."""
        self._days = {
            day: {project: [*its, _UNSTORED] for project, its in counts.items()} for day, counts in days.items()
        }
        self.lineage, self.first = state.lineage, state.first
        self.coverage.restore(state.since, state.last, state.hours)
        self.replaces_all = True

    def _keep(self, first: int) -> None:
        self.first = max(first, self.first)
        self._days = {day: counts for day, counts in self._days.items() if day >= self.first}
        self.coverage.keep(self.first)

    def _clear(self, bit: int) -> None:
        for counts in self._days.values():
            for its in counts.values():
                its[_STATE] &= ~bit
