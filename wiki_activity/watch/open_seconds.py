"""Counts of the seconds that are not closed yet: a day of them, at the most, so that each takes little room."""

from collections.abc import Iterator, Mapping
from typing import Final

_BOT: Final = 1 << 24
"""Edits of one wiki in one second and, so many times, those of them by bots: one number, mostly one that Python keeps
ready."""


class OpenSeconds:
    """Edits by second and wiki."""

    def __init__(self) -> None:
        self.size = 0
        """How many counts there are."""
        self._seconds: dict[int, dict[str, int]] = {}

    def add(self, at: int, project: str, is_bot: bool) -> bool:  # noqa: FBT001 - for every edit
        """Count an edit; tell whether it is the wiki's first in this second."""
        counts = self._seconds.get(at)
        if counts is None:
            counts = self._seconds[at] = {}
        one = 1 + _BOT if is_bot else 1
        before = counts.get(project)
        if before is None:
            self.size += 1
            counts[project] = one
            return True
        counts[project] = before + one
        return False

    def restore(self, seconds: Mapping[int, Mapping[str, tuple[int, int]]]) -> None:
        """Take counts back, with those by bots."""
        self._seconds = {
            at: {project: edits + _BOT * bots for project, (edits, bots) in counts.items()}
            for at, counts in seconds.items()
        }
        self.size = sum(map(len, self._seconds.values()))

    def list_seconds(self) -> list[int]:
        """List the seconds that have a count, in order."""
        return sorted(self._seconds)

    def take(self, at: int) -> dict[str, tuple[int, int]]:
        """Remove a second; return its counts, with those by bots."""
        counts = self._seconds.pop(at, None)
        if counts is None:
            return {}
        self.size -= len(counts)
        return {project: (count % _BOT, count // _BOT) for project, count in counts.items()}

    def list_all(self) -> dict[int, dict[str, tuple[int, int]]]:
        """List all counts, with those by bots."""
        return {
            at: {project: (count % _BOT, count // _BOT) for project, count in counts.items()}
            for at, counts in self._seconds.items()
        }

    def count_by_project(self) -> dict[str, int]:
        """Count the edits of each wiki."""
        totals: dict[str, int] = {}
        for counts in self._seconds.values():
            for project, count in counts.items():
                totals[project] = totals.get(project, 0) + count % _BOT
        return totals

    def clear(self) -> Iterator[tuple[str, int]]:
        """Remove all, and tell how many edits of each wiki that were."""
        totals = self.count_by_project()
        self._seconds.clear()
        self.size = 0
        yield from totals.items()
