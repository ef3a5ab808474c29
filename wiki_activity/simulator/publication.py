"""What the simulated metrics service has published: the counts up to the newest month, in one edition.

Every publication recomputes the whole history, so a later edition holds slightly other counts for some past months.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wiki_activity.domain.months import EARLIEST_MONTH, format_month, shift_month
from wiki_activity.simulator.activity import EDITOR_TYPES, HORIZON, Activity, Counts, make_activity
from wiki_activity.simulator.evidence.causes import NEW_ACCOUNTS, PlantedCause
from wiki_activity.simulator.wiki_catalogue import Catalogue

RESTATED_SHARE: Final = 0.02
"""Share of the months of all wikis that one publication changes."""
RESTATED_MEDIAN: Final = -0.004
RESTATED_BELOW: Final = 0.0166
RESTATED_ABOVE: Final = 0.0232
"""Logarithms: median ratio 0.996, 10th percentile 0.975, 90th 1.026, as between 2011 and 2023."""
EDITOR_PAGE_RATIOS: Final = {"content": 1.0, "all-page-types": 1.18, "non-content": 0.4}
LEVEL_BOUNDS: Final = {
    "user": (0.72, 0.90, 0.975),
    "anonymous": (0.90, 0.98, 0.998),
    "group-bot": (0.2, 0.4, 0.6),
    "name-bot": (0.3, 0.5, 0.7),
}
"""Share of the editors below 5, 25 and 100 edits, by type of editor."""
NEW_USERS_RATIO: Final = 0.1
NEW_USERS_OF_ROOT: Final = 1.5
NEW_PAGES_RATIO: Final = 0.06
LEVELS: Final = ("1..4-edits", "5..24-edits", "25..99-edits", "100..-edits")


@dataclass(frozen=True, slots=True)
class Edition:
    """One publication.

    Parameters
    ----------
    newest_month
        The last month that is published.
    number
        1 for the first; each later one restates a small share of past months.
    """

    newest_month: date
    number: int = 1


class Publication:
    """The published counts of all open wikis of a catalogue.

    Parameters
    ----------
    catalogue
        Wikis that are not `measured` have no counts, nor have closed and private ones.
    seed
        Of the activity and of what each edition restates.
    edition
        What is published at first.
    planted
        Causes of peaks, some of which make their months higher.

    Raises
    ------
    ValueError
        If a cause is planted on a wiki or in a month that there is not.
    """

    def __init__(self, catalogue: Catalogue, seed: int, edition: Edition, planted: Sequence[PlantedCause] = ()) -> None:
        self.wikis = [wiki for wiki in catalogue.open_wikis if wiki.measured]
        self._hosts = {wiki.host: column for column, wiki in enumerate(self.wikis)}
        self._columns = {wiki.metrics_name: column for column, wiki in enumerate(self.wikis)}
        self._families = {wiki.family for wiki in self.wikis} - {"special"}
        self._seed = seed
        self.activity = make_activity(self.wikis, seed)
        self._extra = {
            (self.find_column(peak.project), number_month(peak.month)): dict(peak.extra_shares)
            for peak in self.activity.peaks
        }
        self._new_users: dict[tuple[int, int], int] = {}
        self.activity = self._raise(planted)
        self.publish(edition)

    def publish(self, edition: Edition) -> None:
        """Swap in another edition at once.

        Raises
        ------
        ValueError
            If its newest month is outside of what is simulated, or its number below 1.
        """
        months = number_month(edition.newest_month) + 1
        if not 1 <= months <= HORIZON:
            last = shift_month(EARLIEST_MONTH, HORIZON - 1)
            msg = f"{format_month(edition.newest_month)} is not simulated; {format_month(last)} is the last month"
            raise ValueError(msg)
        if not 1 <= edition.number <= 1000:
            msg = f"an edition's number is 1 to 1000, not {edition.number}"
            raise ValueError(msg)
        self.edition = edition
        self.months = months
        self._ratio = self._restate(edition.number)

    def choose_columns(self, name: str) -> list[int] | None:
        """Return the columns of a project, of a family (`all-wikipedia-projects`) or of all; None where unknown."""
        if name == "all-projects":
            return list(range(len(self.wikis)))
        family = name.removeprefix("all-").removesuffix("-projects")
        if name == f"all-{family}-projects" and family in self._families:
            return [column for column, wiki in enumerate(self.wikis) if wiki.family == family]
        column = self._columns.get(name)
        return None if column is None else [column]

    def key_of(self, columns: list[int]) -> list[int]:
        """Return numbers by which the days of these wikis are drawn, the same in each edition."""
        return [self._seed, 9, len(columns), columns[0]]

    def count_edits(self, columns: list[int], editor_type: str, page_type: str) -> Counts:
        """Count edits by month from 2001-01 to the newest one, summed over the wikis."""
        content = self._restated(self.activity.edits, _expand(editor_type), columns)
        if page_type == "content":
            chosen = content
        else:
            other = np.rint(content * self.activity.non_content_ratio[columns]).astype(np.int64)
            chosen = other if page_type == "non-content" else content + other
        total: Counts = chosen.sum(axis=(0, 2))
        return total

    def count_editors(self, column: int, editor_type: str, page_type: str, level: str) -> Counts:
        """Count editors of one wiki by month from 2001-01 to the newest one."""
        total = np.zeros(self.months, dtype=np.int64)
        for one_type in _expand(editor_type):
            content = self._restated(self.activity.editors, (one_type,), [column])[0, :, 0]
            editors = np.rint(content * EDITOR_PAGE_RATIOS[page_type])
            total += _cut_level(editors, LEVEL_BOUNDS[one_type], level).astype(np.int64)
        return total

    def count_new_users(self, column: int) -> Counts:
        """Count accounts that people registered on one wiki by month: a tenth of its registered editors, and more."""
        editors = self._restated(self.activity.editors, ("user",), [column])[0, :, 0]
        users: Counts = _expect_new_users(editors.astype(np.float64)).astype(np.int64)
        for (place, month), more in self._new_users.items():
            if place == column and month < self.months:
                users[month] += more
        return users

    def count_new_pages(self, column: int, editor_type: str, page_type: str) -> Counts:
        """Count pages that were created on one wiki by month: each is one of its edits, and most edits make none."""
        edits = self.count_edits([column], editor_type, page_type)
        pages: Counts = np.floor(NEW_PAGES_RATIO * edits).astype(np.int64)
        return pages

    def find_column(self, host: str) -> int:
        """Find the column of a wiki by its host name.

        Raises
        ------
        ValueError
            If there is none, or it is not measured.
        """
        column = self._hosts.get(host)
        if column is None:
            msg = f"no wiki with counts is called {host!r}"
            raise ValueError(msg)
        return column

    def total_month(self, column: int, month: int) -> Counts:
        """Return all edits of one wiki and month, published or not, by type of editor and class of page (4, 2)."""
        ratio = self._ratio[month, column]
        content = np.rint([self.activity.edits[name][month, column] * ratio for name in EDITOR_TYPES])
        other = np.rint(content * self.activity.non_content_ratio[column])
        return np.stack([content, other], axis=1).astype(np.int64)

    def total_new_users(self, column: int, month: int) -> int:
        """Return how many accounts are made on one wiki in a month, published or not."""
        editors = np.rint(self.activity.editors["user"][month, column] * self._ratio[month, column])
        return int(_expect_new_users(editors)) + self._new_users.get((column, month), 0)

    def find_extra(self, column: int, month: int) -> Mapping[str, float]:
        """Return which share of the edits of each type of editor is above the usual; empty where none is."""
        return self._extra.get((column, month), {})

    def _raise(self, planted: Sequence[PlantedCause]) -> Activity:
        """Make those months higher in which causes with a factor are planted."""
        edits = {name: counts.copy() for name, counts in self.activity.edits.items()}
        editors = {name: counts.copy() for name, counts in self.activity.editors.items()}
        for cause in planted:
            column, month = self.find_column(cause.project), number_month(cause.month)
            if not 0 <= month < HORIZON:
                msg = f"{format_month(cause.month)} is not simulated"
                raise ValueError(msg)
            if cause.factor == 1:
                continue
            kind = cause.raised_type
            names = EDITOR_TYPES if kind.endswith("bot") else ("user", "anonymous")
            more = round((cause.factor - 1) * sum(int(self.activity.edits[name][month, column]) for name in names))
            share = self._extra.setdefault((column, month), {})
            before = int(edits[kind][month, column])
            share[kind] = (before * share.get(kind, 0.0) + more) / max(before + more, 1)
            edits[kind][month, column] += more
            many = cause.kind in NEW_ACCOUNTS or kind == "anonymous" or cause.kind.value in {"news", "nothing"}
            people = min(more, cause.people or round(0.6 * more**0.78 if many else 1))
            editors[kind][month, column] += people
            key = column, month
            self._new_users[key] = self._new_users.get(key, 0) + round(NEW_ACCOUNTS.get(cause.kind, 0.0) * people)
        return replace(self.activity, edits=edits, editors=editors)

    def _restated(self, counts: Mapping[str, Counts], editor_types: Iterable[str], columns: list[int]) -> Counts:
        """Return counts of shape (editor types, months, wikis) as this edition has them."""
        raw = np.stack([counts[name][: self.months, columns] for name in editor_types])
        return np.rint(raw * self._ratio[: self.months, columns]).astype(np.int64)

    def _restate(self, number: int) -> NDArray[np.float64]:
        log_ratio = np.zeros((HORIZON, len(self.wikis)))
        for earlier in range(2, number + 1):
            rng = np.random.default_rng([self._seed, 8, earlier])
            changed = rng.random(log_ratio.shape) < RESTATED_SHARE
            size = rng.standard_normal(int(changed.sum()))
            log_ratio[changed] += RESTATED_MEDIAN + size * np.where(size < 0, RESTATED_BELOW, RESTATED_ABOVE)
        return np.exp(log_ratio)


def number_month(month: date) -> int:
    """Return how many months after 2001-01 a month is."""
    return (month.year - EARLIEST_MONTH.year) * 12 + month.month - 1


def _expand(editor_type: str) -> tuple[str, ...]:
    return EDITOR_TYPES if editor_type == "all-editor-types" else (editor_type,)


def _expect_new_users(editors: NDArray[np.float64]) -> NDArray[np.float64]:
    users: NDArray[np.float64] = np.rint(NEW_USERS_RATIO * editors + NEW_USERS_OF_ROOT * np.sqrt(editors))
    return users


def _cut_level(editors: NDArray[np.float64], bounds: tuple[float, ...], level: str) -> NDArray[np.float64]:
    """Return those of the editors who have this activity level; the levels add up to all of them."""
    if level == "all-activity-levels":
        return editors
    edges = (0.0, *bounds, 1.0)
    place = LEVELS.index(level)
    return np.rint(editors * edges[place + 1]) - np.rint(editors * edges[place])
