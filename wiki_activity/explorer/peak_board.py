"""The board: pages of many wikis' peaks in several orders, how many there are, and of each month: slices of arrays."""

import math
from bisect import bisect_left
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.detection import Flags, Floats
from wiki_activity.domain.findings import Evidence, Finding, FindingKind, choose_first
from wiki_activity.domain.months import month_at, number_month
from wiki_activity.domain.notes import Note
from wiki_activity.domain.peaks import Detector, Kind, Peak
from wiki_activity.explorer.peak_order import KINDS_OF_KEYS, BoardSort, read_cursor, write_cursor
from wiki_activity.storage.wiki_data import DETECTORS, KINDS, METRICS, PEAK, PeakRows, make_peak


class Found(StrEnum):
    """What was found behind a peak: anything, nothing, or something of a kind.

    Of kinds all but reverts: a list of wikis whose edits were reverted would be a pillory.
    """

    ANYTHING = "anything"
    NOTHING = "nothing"
    """Somebody was asked, and nothing was found."""
    HASHTAG = FindingKind.HASHTAG
    TEMPLATE = FindingKind.TEMPLATE
    IMPORT = FindingKind.IMPORT
    TOOL = FindingKind.TOOL
    TRANSLATION = FindingKind.TRANSLATION
    NEWCOMER_TASKS = FindingKind.NEWCOMER_TASKS
    BOT_TASK = FindingKind.BOT_TASK
    NEWS = FindingKind.NEWS
    FEW_PEOPLE = FindingKind.FEW_PEOPLE
    NEW_ACCOUNTS = FindingKind.NEW_ACCOUNTS
    EVENT_PAGE = FindingKind.EVENT_PAGE
    PROGRAMME = FindingKind.PROGRAMME


@dataclass(frozen=True, slots=True)
class BoardQuery:
    """Which peaks a board shows.

    Parameters
    ----------
    metric, detector
        Of one metric, found by one detector. Without a metric, of any: a month of a wiki that is a peak in
        several comes once, as the one that is most times what was expected.
    month
        Only of this month.
    first, last
        Only from `first` to `last`, both included.
    projects
        Only of these wikis; none where it is empty.
    min_percent
        Only those at least so many percent over the expected value; over one of zero all are.
    explained
        Only those of whose month somebody has (True) or nobody has (False) told something that everybody may see.
    kind
        Only those made of this.
    found
        Only those behind which anything, nothing, or something of this kind was found.
    sort
        The order.
    limit
        At most so many.
    after
        The `next` of the page before, of the same query.
    """

    metric: Metric | None
    detector: Detector
    month: date | None = None
    first: date | None = None
    last: date | None = None
    projects: Collection[str] | None = None
    min_percent: float | None = None
    explained: bool | None = None
    kind: Kind | None = None
    found: Found | None = None
    sort: BoardSort = BoardSort.MONTH
    limit: int = 50
    after: str | None = None


@dataclass(frozen=True, slots=True)
class BoardPeak:
    """A peak, and what is known of its month.

    Parameters
    ----------
    annotation
        What was told where everybody may see it; of the peak's own metric before that of another.
    finding
        What speaks for what was found behind it; None where there is none, or nobody was asked.
    """

    peak: Peak
    annotation: Note | None
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class BoardPage:
    """Part of a board.

    Parameters
    ----------
    items
        In their order.
    next
        Asks for the part after it; None at the end.
    total
        Of all parts.
    """

    items: list[BoardPeak]
    next: str | None
    total: int


@dataclass(frozen=True, slots=True)
class MonthOfPeaks:
    """How many wikis peaked in a month, and whether that is more than chance explains."""

    month: date
    peaks: int
    shared: bool


class PeakBoard:
    """The peaks of all wikis in one state.

    Parameters
    ----------
    by_wiki
        By project, as `WikiData.peaks`.
    version
        Of the state.
    evidence
        What is known of what was behind them, by project and month; None where nobody was asked.
    """

    def __init__(
        self,
        by_wiki: Mapping[str, PeakRows],
        version: int,
        evidence: Mapping[str, Mapping[date, Evidence]] | None = None,
    ) -> None:
        self.version = version
        self._by_wiki = by_wiki
        self._evidence = evidence or {}
        self._names = sorted(by_wiki)
        # Made when they are first asked for, from what never changes; two who come at once may both make them.
        self._lists: dict[tuple[Metric | None, Detector], _List] = {}

    def select(self, query: BoardQuery, notes: Mapping[tuple[str, date], Note]) -> BoardPage:
        """Select one page of the board.

        Every peak has one place in the order, so that pages neither repeat one nor leave one out.

        Parameters
        ----------
        query
            What is asked for.
        notes
            What was told of wikis' months where everybody may see it.

        Raises
        ------
        CursorError
            If `after` is no cursor of this order.
        """
        found = self._list(query.metric, query.detector)
        # The score of `rolling_mean` is the part over the mean: the same order.
        is_ratio = query.sort is BoardSort.SCORE and query.detector is Detector.ROLLING_MEAN
        sort = BoardSort.RATIO if is_ratio else query.sort
        order = found.order(sort)
        at = order[self._meet(found, query, notes)[order]]
        if query.metric is None:
            at = at[found.keep_once(at)]
        total = len(at)
        if query.after is not None:
            at = at[found.follow(sort, at, read_cursor(query.after, sort))]
        shown = at[: query.limit]
        following = write_cursor(sort, found.place(sort, shown[-1])) if len(at) > len(shown) > 0 else None
        peaks = found.make_peaks(shown)
        items = [
            BoardPeak(peak, notes.get((peak.project, peak.month)), self.find_first(peak.project, peak.month))
            for peak in peaks
        ]
        return BoardPage(items, following, total)

    def find_first(self, project: str, month: date) -> Finding | None:
        """Return the finding that speaks for a month; None where there is none, or nobody was asked."""
        known = self._evidence.get(project, {}).get(month)
        return None if known is None else choose_first(known.findings)

    def count_by_month(
        self, metric: Metric | None, detector: Detector, first: date | None = None, last: date | None = None
    ) -> list[MonthOfPeaks]:
        """Count the wikis that peaked in each month from `first` to `last`, both included, oldest first.

        Months in which none did are left out.
        """
        months = self._list(metric, detector).months
        return [one for one in months if (first is None or first <= one.month) and (last is None or one.month <= last)]

    def count_months(self, query: BoardQuery, notes: Mapping[tuple[str, date], Note]) -> list[MonthOfPeaks]:
        """Count, for each month, the wikis whose peaks a query asks for, oldest first; months with none are left out.

        What a query says of order and pages changes nothing.
        """
        found = self._list(query.metric, query.detector)
        return found.count_months(np.flatnonzero(self._meet(found, query, notes)))

    def _list(self, metric: Metric | None, detector: Detector) -> "_List":
        key = (metric, detector)
        if key not in self._lists:
            self._lists[key] = _List(self._by_wiki, self._names, metric, detector)
        return self._lists[key]

    def _meet(self, found: "_List", query: BoardQuery, noted: Collection[tuple[str, date]]) -> Flags:
        rows = found.rows
        meets: Flags = np.ones(len(rows), dtype=bool)
        if query.month is not None:
            meets &= rows["month"] == number_month(query.month)
        if query.first is not None:
            meets &= rows["month"] >= number_month(query.first)
        if query.last is not None:
            meets &= rows["month"] <= number_month(query.last)
        if query.projects is not None:
            projects = set(query.projects)
            chosen = np.array([name in projects for name in self._names], dtype=bool)
            meets &= chosen[found.wikis]
        if query.min_percent is not None:
            meets &= found.percent >= query.min_percent
        if query.kind is not None:
            meets &= rows["kind"] == KINDS.index(query.kind)
        if query.explained is not None:
            meets &= found.are_months(noted) == query.explained
        if query.found is not None:
            meets &= found.are_months(self._list_found(query.found))
        return meets

    def _list_found(self, wanted: Found) -> list[tuple[str, date]]:
        return [
            (project, month)
            for project, months in self._evidence.items()
            for month, one in months.items()
            if (one.shows_nothing if wanted is Found.NOTHING else one.findings)
            and (
                wanted in {Found.ANYTHING, Found.NOTHING}
                or any(finding.kind.value == wanted.value for finding in one.findings)
            )
        ]


_MOST_MONTHS = 12 * 10_000
_LEAST_SCORE = -1e300


class _List:
    """The peaks of one metric, or of all, by one detector, wiki by wiki."""

    def __init__(
        self, by_wiki: Mapping[str, PeakRows], names: list[str], metric: Metric | None, detector: Detector
    ) -> None:
        self._names = names
        code = DETECTORS.index(detector)
        parts = [rows[rows["detector"] == code] for rows in (by_wiki[name] for name in names)]
        if metric is not None:
            parts = [rows[rows["metric"] == METRICS.index(metric)] for rows in parts]
        self.rows: PeakRows = np.concatenate(parts) if parts else np.empty(0, PEAK)
        self.wikis: NDArray[np.int64] = np.repeat(np.arange(len(names)), [len(part) for part in parts])
        value, expected, score = (self.rows[name] for name in ("value", "expected", "score"))
        with np.errstate(divide="ignore", invalid="ignore"):
            # As `Peak.percentage_difference`, but the greatest of all over an expected value of zero.
            self.percent: Floats = np.where(expected == 0, np.inf, 100 * (value - expected) / expected)
        self._months = _MOST_MONTHS * self.wikis + self.rows["month"]
        ties = (value, self.rows["month"], self.wikis)
        self._keys: Mapping[BoardSort, tuple[NDArray[np.generic], ...]] = {
            BoardSort.MONTH: (self.rows["month"], value, self.wikis),
            BoardSort.RATIO: (self.percent, *ties),
            BoardSort.EXCESS: (value - expected, *ties),
            BoardSort.VALUE: ties,
            BoardSort.SCORE: (np.where(np.isnan(score), _LEAST_SCORE, score), *ties),
            BoardSort.PROJECT: (self.wikis, self.rows["month"]),
        }
        self._orders: dict[BoardSort, NDArray[np.int64]] = {}
        self.months = self.count_months(np.arange(len(self.rows)))

    def order(self, sort: BoardSort) -> NDArray[np.int64]:
        """Return the places of all rows in an order."""
        if sort not in self._orders:
            rising = np.lexsort(self._keys[sort][::-1])
            self._orders[sort] = rising if sort is BoardSort.PROJECT else rising[::-1]
        return self._orders[sort]

    def keep_once(self, at: NDArray[np.int64]) -> Flags:
        """Tell which of some rows, of any metric, to keep so that each month of each wiki is there once."""
        # Of a month the one furthest above expected; metrics are in the order in which they are preferred.
        best = np.lexsort((self.rows["metric"][at], -self.percent[at], self._months[at]))
        months = self._months[at][best]
        keep: Flags = np.zeros(len(at), dtype=bool)
        keep[best[np.append(True, months[1:] != months[:-1])[: len(at)]]] = True
        return keep

    def are_months(self, months: Collection[tuple[str, date]]) -> Flags:
        """Tell which rows are of some wikis' months."""
        places = {name: at for at, name in enumerate(self._names)}
        wanted = [_MOST_MONTHS * places[name] + number_month(month) for name, month in months if name in places]
        meets: Flags = np.isin(self._months, wanted)
        return meets

    def make_peaks(self, at: NDArray[np.int64]) -> list[Peak]:
        """Make the peaks at some places."""
        names = (self._names[wiki] for wiki in self.wikis[at].tolist())
        return [make_peak(name, row) for name, row in zip(names, self.rows[at], strict=True)]

    def place(self, sort: BoardSort, at: int) -> list[float | str | None]:
        """Return what a row is sorted by."""
        kinds = KINDS_OF_KEYS[sort]
        return [self._write(kind, key[at].item()) for kind, key in zip(kinds, self._keys[sort], strict=True)]

    def follow(self, sort: BoardSort, at: NDArray[np.int64], place: list[float | str | None]) -> Flags:
        """Tell which of some rows come after a place."""
        later: Flags = np.zeros(len(at), dtype=bool)
        for kind, key, value in reversed(list(zip(KINDS_OF_KEYS[sort], self._keys[sort], place, strict=True))):
            own = key[at]
            if isinstance(value, str) and kind is str:
                # A wiki that is there no more stands between two others.
                rank = bisect_left(self._names, value)
                known = rank < len(self._names) and self._names[rank] == value
                bound: float = rank if known else rank - 0.5
            elif isinstance(value, str):
                bound = number_month(date.fromisoformat(value))
            else:
                bound = math.inf if value is None else value
            beyond = own > bound if sort is BoardSort.PROJECT else own < bound
            later = beyond | ((own == bound) & later)
        return later

    def _write(self, kind: type, value: float) -> float | str | None:
        if kind is str:
            return self._names[int(value)]
        if kind is date:
            return month_at(int(value)).isoformat()
        return None if math.isinf(value) else value

    def count_months(self, at: NDArray[np.int64]) -> list[MonthOfPeaks]:
        """Count the wikis that some rows are of, month by month, oldest first."""
        places, months = len(self._names) + 1, self.rows["month"][at]
        # A wiki may peak in some metrics in one month.
        pairs = np.unique(places * months.astype(np.int64) + self.wikis[at])
        found, wikis = np.unique(pairs // places, return_counts=True)
        shared = set(months[self.rows["shared"][at]].tolist())
        return [
            MonthOfPeaks(month_at(month), count, month in shared)
            for month, count in zip(found.tolist(), wikis.tolist(), strict=True)
        ]
