"""What became of the edits of each wiki: counted, late, come again."""

from collections.abc import Iterable, Mapping

from wiki_activity.redis_store.live_state import Totals
from wiki_activity.wikimedia.refusals import BrokenMessages


class Tally:
    """Totals by wiki since the first start, and which of them have changed since the last save.

    Parameters
    ----------
    broken
        Who counts what could not be used.
    """

    def __init__(self, broken: BrokenMessages) -> None:
        self._broken = broken
        self._closed: dict[str, int] = {}
        self._late: dict[str, int] = {}
        self._repeats: dict[str, int] = {}
        self._changed: set[str] = set()
        self._broken_saved: dict[str, int] = {}

    def count_closed(self, counts: Mapping[str, tuple[int, int]]) -> None:
        """Count the edits of a closed second."""
        closed = self._closed
        for project, (edits, _) in counts.items():
            closed[project] = closed.get(project, 0) + edits
        self._changed.update(counts)

    def count_late(self, project: str) -> None:
        """Count an edit whose second had closed."""
        self._late[project] = self._late.get(project, 0) + 1
        self._changed.add(project)

    def count_repeat(self, project: str) -> None:
        """Count one that has come before."""
        self._repeats[project] = self._repeats.get(project, 0) + 1
        self._changed.add(project)

    def mark_changed(self, projects: Iterable[str]) -> None:
        """Note that the edits of wikis that are still open were given up."""
        self._changed.update(projects)

    def list_changed(self, opened: Mapping[str, int]) -> dict[str, Totals]:
        """List the totals of the wikis that had any edit since the last save.

        Parameters
        ----------
        opened
            Edits in seconds that are open, by wiki.
        """
        broken = self._broken.by_project
        refused = {name for name, count in broken.items() if name and count != self._broken_saved.get(name)}
        return {
            project: Totals(
                edits=self._closed.get(project, 0) + opened.get(project, 0),
                late=self._late.get(project, 0),
                repeats=self._repeats.get(project, 0),
                broken=broken[project],
            )
            for project in self._changed | opened.keys() | refused
        }

    def forget_saved(self) -> None:
        """Note that all changes are saved."""
        self._changed.clear()
        self._broken_saved = dict(self._broken.by_project)

    def mark_all_unsaved(self) -> None:
        """Note that none is saved."""
        self._changed.update(self._closed, self._late, self._repeats)
        self._broken_saved = {}

    def restore(self, totals: Mapping[str, Totals], opened: Mapping[str, int]) -> None:
        """Take saved totals back, and leave out of the closed what was open."""
        for project, its in totals.items():
            self._closed[project] = max(its.edits - opened.get(project, 0), 0)
            self._late[project], self._repeats[project] = its.late, its.repeats
            self._broken.by_project[project] = its.broken
