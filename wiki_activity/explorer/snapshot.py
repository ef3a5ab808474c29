"""All monthly data that the explorer shows, in memory and never changed: a newer state is another snapshot.

The way of a page: its route finds the current snapshot (`snapshots.Snapshots`) and reads the address into a state
(`view_state`, `peak_filter`); the answer that is kept for this state and the versions of what it shows is sent
(`answers`); else a view of state and snapshot is laid out (`wiki_view`, `peak_page`, …) and its template rendered
(`rendering`). Pages that name their reader are made for each request.
"""

import itertools
import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from wiki_activity.domain.counts import Counted, Metric, PeopleMetric
from wiki_activity.domain.detection import Detection, Floats
from wiki_activity.domain.detectors import detect_months
from wiki_activity.domain.findings import Finding, choose_first
from wiki_activity.domain.months import number_month
from wiki_activity.domain.notes import Note, choose_notes
from wiki_activity.domain.peaks import Detector, Peak
from wiki_activity.domain.registered import find_registered
from wiki_activity.domain.sentences import MonthCounts, describe_peak
from wiki_activity.explorer.calendar import Calendar
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.peak_board import BoardPage, BoardQuery, MonthOfPeaks, PeakBoard
from wiki_activity.storage.data_version import DataVersion
from wiki_activity.storage.wiki_data import METRICS, WikiData, make_empty_data, make_peak

_OF_PEOPLE = (PeopleMetric.USER_EDITORS, PeopleMetric.ACTIVE_EDITORS, PeopleMetric.NEW_USERS, PeopleMetric.NEW_PAGES)
"""In the order of :class:`MonthCounts`."""


@dataclass(frozen=True, slots=True)
class Notes:
    """What people wrote about one wiki's days.

    Parameters
    ----------
    version
        Of the state that it is in.
    written
        All notes whose scope covers it, oldest first, hidden ones with the text that `conceal` takes away.
    """

    version: int = 0
    written: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class WikiSnapshot:
    """What is known of one wiki, and how the detectors judge its months.

    Parameters
    ----------
    data
        Its counts and peaks.
    notes
        What people wrote.
    number
        Of the state that the data is in.
    percent
        `rolling_mean`'s own knob.
    made
        What others have made of its data alone, by names of their own.
    """

    data: WikiData
    notes: Notes
    number: int
    percent: float
    made: dict[Hashable, Any] = field(default_factory=dict)
    # Found when they are first asked for; two readers who come at once may both find the same.
    _detections: dict[tuple[Counted, Detector], Detection] = field(default_factory=dict)
    _spans: dict[Counted, slice] = field(default_factory=dict)
    _chosen: dict[tuple[Metric, bool], dict[date, Note]] = field(default_factory=dict)

    @property
    def version(self) -> tuple[int, int]:
        """What is made of this wiki alone may be kept by its project and this."""
        return self.number, self.notes.version

    def with_notes(self, notes: Notes) -> "WikiSnapshot":
        """Return the same wiki with other notes, and all that was found of it."""
        return WikiSnapshot(self.data, notes, self.number, self.percent, self.made, self._detections, self._spans)

    def peaks(self, metric: Metric, first: date = date.min, last: date = date.max) -> list[Peak]:
        """Return the peaks in one metric by all detectors from one month to another, both included, oldest first.

        While a refresh runs, counts are newer than the peaks that were found in them: what is no peak any more by the
        newer counts is left out, and all others have their numbers, so that no page has two of one.
        """
        rows = self.data.peaks[self.data.peaks["metric"] == METRICS.index(metric)]
        rows = rows[(rows["month"] >= number_month(first)) & (rows["month"] <= number_month(last))]
        stored = [make_peak(self.data.project, row) for row in rows]
        judged = {one: self._judge_anew(metric, one) for one in {peak.detector for peak in stored}}
        return [now for peak in stored if (now := judged[peak.detector](peak)) is not None]

    def peaks_in(self, month: date) -> list[Peak]:
        """Return one month's peaks in all metrics by all detectors."""
        rows = self.data.peaks
        return [make_peak(self.data.project, row) for row in rows[rows["month"] == number_month(month)]]

    def months(self, metric: Counted) -> tuple[date, ...]:
        """Return the months from the first to the last of which the metric is known, without gaps."""
        return tuple(self.data.counts.months[self._span(metric)])

    def counts(self, metric: Counted) -> Floats:
        """Return the counts of these months, one row; NaN where one is missing."""
        return self.read(metric)[:, self._span(metric)]

    def read(self, metric: Counted) -> Floats:
        """Return the counts of all months of which anything is stored, one row; NaN where one is missing."""
        counts, people = self.data.counts, self.data.people
        if isinstance(metric, Metric):
            return counts.read_metric(metric)
        if people is None or not counts.months:
            return np.full((1, len(counts.months)), np.nan)
        return people.read(metric, number_month(counts.months[0]), len(counts.months))

    def counts_people(self, month: date) -> PeopleMetric | Metric:
        """Return what its people are told by in a month, as kinds are: registered editors, else all."""
        if "registered" not in self.made:
            users = None if self.data.people is None else self.read(PeopleMetric.USER_EDITORS)
            flags = find_registered(self.data.counts.editors, users)[0]
            self.made["registered"] = {one for one, flag in zip(self.data.counts.months, flags, strict=True) if flag}
        return PeopleMetric.USER_EDITORS if month in self.made["registered"] else Metric.EDITORS

    def newest(self, metric: Counted, last: date, months: int) -> list[float | None]:
        """Return the counts of so many months up to one, oldest first; None where one is missing."""
        row = self.read(metric)[0].tolist()
        end = self._place(last) + 1
        wanted = (row[at] if 0 <= at < len(row) else math.nan for at in range(end - months, end))
        return [None if math.isnan(count) else count for count in wanted]

    def detect(self, metric: Counted, detector: Detector) -> Detection:
        """Return how a detector judges these months, one row; nobody judges provisional ones."""
        if (metric, detector) not in self._detections:
            rule = metric if isinstance(metric, Metric) else Metric.EDITORS
            self.keep(metric, detector, detect_months(self.counts(metric), rule, detector, self.percent))
        return self._detections[metric, detector]

    def is_detected(self, metric: Counted, detector: Detector) -> bool:
        """Tell whether it is known already how a detector judges these months."""
        return (metric, detector) in self._detections

    def keep(self, metric: Counted, detector: Detector, detection: Detection) -> None:
        """Keep what a detector says of these months, found by whomever."""
        provisional = self.data.provisional
        if provisional:
            detection = detection.without(np.array([one in provisional for one in self.months(metric)], dtype=bool))
        self._detections[metric, detector] = detection

    def describe(self, peaks: Sequence[Peak]) -> list[str]:
        """Say all of each of its peaks in words."""
        counts = self.month_counts([peak.month for peak in peaks])
        return [describe_peak(peak, counts.get(peak.month)) for peak in peaks]

    def find_first(self, month: date) -> Finding | None:
        """Return the finding that speaks for a month; None where there is none, or nobody was asked."""
        known = self.data.evidence.get(month)
        return None if known is None else choose_first(known.findings)

    def find_month_note(self, metric: Metric, month: date) -> Note | None:
        """Return the first note on exactly this month, of this metric or else of any; if hidden, with its text.

        One that everybody sees goes before one that a reviewer has hidden; what is only proposed is none yet.
        """
        found = [one for one in self.notes.written if one.is_of(metric, month) and not one.proposed]
        return min(found, key=lambda one: (one.hidden, one.metric is None, one.id), default=None)

    def choose_notes(self, metric: Metric, *, even_hidden: bool = False) -> Mapping[date, Note]:
        """Choose one note for each month that has any, as the domain's `choose_notes` does."""
        # Lists of peaks ask for those of all wikis each time.
        key = (metric, even_hidden)
        if key not in self._chosen:
            shown = (one for one in self.notes.written if even_hidden or not one.hidden)
            self._chosen[key] = choose_notes(shown, metric)
        return self._chosen[key]

    def bots(self) -> Floats:
        """Return bots' part of all edits in their months, one row; NaN where it is not known."""
        people = self.data.counts.read_metric(Metric.PEOPLE_EDITS)
        return self.counts(Metric.EDITS) - people[:, self._span(Metric.EDITS)]

    def month_counts(self, months: Iterable[date]) -> dict[date, MonthCounts]:
        """Return all counts of some months at once; those of which nothing is stored are left out."""
        counts, people = self.data.counts, self.data.people
        places = [at for month in months if 0 <= (at := self._place(month)) < len(counts.months)]
        if not places:
            return {}
        rows = [counts.edits, counts.read_metric(Metric.PEOPLE_EDITS), counts.anonymous_edits, counts.editors]
        rows += [] if people is None else [self.read(metric) for metric in _OF_PEOPLE]
        columns: list[Sequence[Any]] = [_list_whole(row[0, places]) for row in rows]
        columns += [[None] * len(places)] * (len(_OF_PEOPLE) if people is None else 0)
        found = [counts.months[at] for at in places]
        columns.append([self.counts_people(month) is PeopleMetric.USER_EDITORS for month in found])
        return dict(zip(found, itertools.starmap(MonthCounts, zip(*columns, strict=True)), strict=True))

    def all_month_counts(self) -> dict[date, MonthCounts]:
        """Return the same of all its months."""
        return self.month_counts(self.data.counts.months)

    def _judge_anew(self, metric: Metric, detector: Detector) -> Callable[[Peak], Peak | None]:
        """Make what judges peaks of one metric by the newest counts."""
        months = self.months(metric)
        if not months:
            return lambda peak: peak
        first, found = number_month(months[0]), self.detect(metric, detector)
        is_peak, values = found.peak[0], self.counts(metric)[0]

        def judge(peak: Peak) -> Peak | None:
            at = number_month(peak.month) - first
            if not 0 <= at < len(months):
                return peak
            if not is_peak[at]:
                return None
            value, expected, threshold = (float(row[at]) for row in (values, found.expected[0], found.threshold[0]))
            return replace(peak, value=value, expected=expected, threshold=threshold)

        return judge

    def _place(self, month: date) -> int:
        """Return where a month is, or would be, among those of which anything is stored."""
        months = self.data.counts.months
        return number_month(month) - number_month(months[0]) if months else -1

    def _span(self, metric: Counted) -> slice:
        if metric not in self._spans:
            known = np.flatnonzero(~np.isnan(self.read(metric)[0]))
            self._spans[metric] = slice(known[0], known[-1] + 1) if len(known) else slice(0)
        return self._spans[metric]


def _list_whole(row: Floats) -> list[int | None]:
    return [None if math.isnan(count) else int(count) for count in row.tolist()]


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """All monthly data of one state.

    Parameters
    ----------
    numbers
        In which state each subject was, read before what is here.
    catalogue
        All wikis.
    wikis
        By project, each in a state of its own: those of which anything is stored.
    board
        The peaks of all wikis.
    lists
        The version of catalogue and board together, made anew when any wiki has changed, but not at once.
    notes
        The version of all notes together.
    written
        All notes, oldest first, hidden ones with the text that `conceal` takes away.
    percent
        `rolling_mean`'s own knob.
    made
        What others have made of catalogue and wikis, by names of their own.
    calendar
        What was on.
    """

    numbers: DataVersion
    catalogue: Catalogue
    wikis: Mapping[str, WikiSnapshot]
    board: PeakBoard
    lists: int
    notes: int
    written: tuple[Note, ...]
    percent: float
    made: dict[Hashable, Any] = field(default_factory=dict)
    calendar: Calendar = field(default_factory=Calendar)

    def wiki(self, project: str) -> WikiSnapshot:
        """Return what is known of a wiki; of one of which nothing is stored, nothing."""
        found = self.wikis.get(project)
        if found is not None:
            return found
        data = make_empty_data(project)
        known = self.catalogue.wikis.get(project)
        written = tuple(one for one in self.written if one.subject.scope.covers(project, known))
        return WikiSnapshot(data, Notes(self.notes, written), self.numbers.of(project)[0], self.percent)

    def notes_of(self, projects: Iterable[str], metric: Metric) -> dict[tuple[str, date], Note]:
        """Return what people wrote about months of some wikis and everybody may see, as `choose_notes` does."""
        known = (self.wikis[project] for project in set(projects) if project in self.wikis)
        return {
            (wiki.data.project, month): note
            for wiki in known
            if wiki.notes.written
            for month, note in wiki.choose_notes(metric).items()
        }

    def select_peaks(self, query: BoardQuery) -> BoardPage:
        """Select one page of the board, as :meth:`PeakBoard.select` does."""
        return self.board.select(query, self.notes_of(self.wikis, query.metric or Metric.EDITS))

    def count_peak_months(self, query: BoardQuery) -> list[MonthOfPeaks]:
        """Count the wikis of what a query asks for in each month, as :meth:`PeakBoard.count_months` does."""
        return self.board.count_months(query, self.notes_of(self.wikis, query.metric or Metric.EDITS))
