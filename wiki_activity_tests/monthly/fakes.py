"""A Wikimedia that answers from memory, and counts to fill it with."""

from collections.abc import Iterable, Mapping
from datetime import date
from threading import Event

from wiki_activity.domain.counts import MonthlyCounts, Series
from wiki_activity.wikimedia.answer_errors import NotFoundError

FIRST, LAST = date(2024, 1, 1), date(2024, 5, 1)
COUNTS: MonthlyCounts = {date(2024, month, 1): 10 * month for month in range(1, 6)}


class FakeWikimedia:
    """Answers every series of some wikis, and raises where it is told to.

    Parameters
    ----------
    projects
        The wikis it has counts of; any other is answered 404.
    errors
        What is raised instead of the answer, by project and series.

    Wikis in `silent` are not answered before `goes_on` is set: what came before them is stored first.
    """

    def __init__(
        self, projects: Iterable[str] = (), errors: Mapping[tuple[str, Series], BaseException] | None = None
    ) -> None:
        self.counts: dict[tuple[str, Series], MonthlyCounts] = {
            (project, series): COUNTS for project in projects for series in Series
        }
        self.errors = dict(errors or {})
        self.asked: list[tuple[str, Series]] = []
        """Requests for single wikis; the one for the total of all is answered, and not listed."""
        self.silent: frozenset[str] = frozenset()
        self.goes_on = Event()

    def get_series(self, project: str, series: Series, last: date) -> MonthlyCounts:
        if project in self.silent:
            assert self.goes_on.wait(60)
        if project != "all-projects":
            self.asked.append((project, series))
        if (project, series) in self.errors:
            raise self.errors[project, series]
        if (project, series) not in self.counts:
            raise NotFoundError(f"{project}: 404")
        return {month: count for month, count in self.counts[project, series].items() if month <= last}
