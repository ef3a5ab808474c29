"""Counts of closed seconds on their way to the store: the minutes and hours that have changed since the last save."""

from collections.abc import Mapping
from typing import Final

from wiki_activity.redis_store.packed_counts import decode_counts, encode_counts

_MINUTE: Final = 60
_HOUR: Final = 3600
_SECONDS_KEPT: Final = 3 * _HOUR
"""Counts per second that are older than this, as after a long outage, are not stored any more."""

Texts = dict[int, dict[str, str]]


class History:
    """Gathers counts of closed seconds.

    What is written is whole minutes and hours, so the running ones are kept until they are over and saved.
    """

    def __init__(self) -> None:
        self.unsaved = 0
        """How many counts came since the last save: what memory grows by while the store is away."""
        self._seconds: dict[int, dict[str, list[tuple[int, int, int]]]] = {}
        self._minutes: dict[int, dict[str, dict[int, tuple[int, int]]]] = {}
        self._changed_seconds: dict[int, set[str]] = {}
        self._changed_minutes: dict[int, set[str]] = {}

    def record(self, second: int, counts: Mapping[str, tuple[int, int]]) -> None:
        """Take a closed second in.

        Parameters
        ----------
        second
            Epoch second; never earlier than the one before.
        counts
            By project: edits, bots' included, and those by bots.
        """
        minute, place = divmod(second, _MINUTE)
        hour, hour_place = divmod(minute, _MINUTE)
        by_project = self._seconds.get(minute)
        if by_project is None:
            by_project = self._seconds[minute] = {}
            # However long nothing can be saved: what is older is not stored any more.
            self._seconds.pop(minute - _SECONDS_KEPT // _MINUTE - 1, None)
            self._changed_seconds.pop(minute - _SECONDS_KEPT // _MINUTE - 1, None)
        by_hour = self._minutes.setdefault(hour, {})
        for project, (edits, bots) in counts.items():
            by_project.setdefault(project, []).append((place, edits, bots))
            minutes = by_hour.setdefault(project, {})
            before = minutes.get(hour_place)
            minutes[hour_place] = (before[0] + edits, before[1] + bots) if before else (edits, bots)
        self._changed_seconds.setdefault(minute, set()).update(counts)
        self._changed_minutes.setdefault(hour, set()).update(counts)
        self.unsaved += len(counts)

    def list_changes(self, until: int) -> tuple[Texts, Texts]:
        """List the minutes and hours that have changed, as the store has them.

        Parameters
        ----------
        until
            Epoch second up to which seconds are closed.
        """
        oldest = (until - _SECONDS_KEPT) // _MINUTE
        seconds = {
            minute: {project: encode_counts(self._seconds[minute][project]) for project in projects}
            for minute, projects in self._changed_seconds.items()
            if minute >= oldest and projects
        }
        minutes = {
            hour: {project: _encode_minutes(self._minutes[hour][project]) for project in projects}
            for hour, projects in self._changed_minutes.items()
            if projects
        }
        return seconds, minutes

    def forget_saved(self, until: int) -> None:
        """Note that the changes are saved, and drop what is over by `until`."""
        for minute in [minute for minute in self._seconds if minute < until // _MINUTE]:
            del self._seconds[minute]
        for hour in [hour for hour in self._minutes if hour < until // _HOUR]:
            del self._minutes[hour]
        self._changed_seconds.clear()
        self._changed_minutes.clear()
        self.unsaved = 0

    def mark_all_unsaved(self) -> None:
        """Note that nothing of the minutes and hours that are kept is saved."""
        self._changed_seconds = {minute: set(projects) for minute, projects in self._seconds.items()}
        self._changed_minutes = {hour: set(projects) for hour, projects in self._minutes.items()}

    def restore(self, until: int, seconds: Mapping[int, Mapping[str, str]], minutes: Texts) -> None:
        """Take the running minute and hour back, as they were saved, beside what has been recorded since."""
        minute, hour = until // _MINUTE, until // _HOUR
        by_project = self._seconds.setdefault(minute, {})
        for project, text in seconds.get(minute, {}).items():
            saved = [(place, *counts) for place, counts in decode_counts(text).items()]
            by_project[project] = saved + by_project.get(project, [])
        by_hour = self._minutes.setdefault(hour, {})
        for project, text in minutes.get(hour, {}).items():
            by_place = by_hour.setdefault(project, {})
            for place, (edits, bots) in decode_counts(text).items():
                before = by_place.get(place, (0, 0))
                by_place[place] = (before[0] + edits, before[1] + bots)


def _encode_minutes(minutes: Mapping[int, tuple[int, int]]) -> str:
    return encode_counts((place, edits, bots) for place, (edits, bots) in minutes.items())
