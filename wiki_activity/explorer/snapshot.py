"""All monthly data that the explorer shows, in memory and never changed: a newer state is another snapshot.

The way of a page: its route finds the current snapshot (`snapshots.Snapshots`) and reads the address into a state
(`view_state`, `peak_filter`); the answer that is kept for this state and the versions of what it shows is sent
(`answers`); else a view of state and snapshot is laid out (`wiki_parts`, `peak`, …) and its template rendered
(`rendering`). Pages that name their reader are made for each request.
"""

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from wiki_activity.domain.annotations import Annotation, choose_notes
from wiki_activity.domain.counts import Metric
from wiki_activity.domain.detection import Detection, Floats
from wiki_activity.domain.detectors import detect_months
from wiki_activity.domain.months import shift_month
from wiki_activity.domain.peaks import Detector, Peak
from wiki_activity.domain.sentences import MonthCounts, describe_peak
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.peak_board import BoardPage, BoardQuery, PeakBoard
from wiki_activity.storage.data_version import DataVersion
from wiki_activity.storage.wiki_data import METRICS, WikiData, make_empty_data, make_peak


@dataclass(frozen=True, slots=True)
class Notes:
    """What people wrote about one wiki's months.

    Parameters
    ----------
    version
        Of the state that it is in.
    annotations
        Of all metrics, oldest first, hidden ones with the text that `conceal` takes away.
    """

    version: int = 0
    annotations: tuple[Annotation, ...] = ()


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
    _detections: dict[tuple[Metric, Detector], Detection] = field(default_factory=dict)

    @property
    def version(self) -> tuple[int, int]:
        """What is made of this wiki alone may be kept by its project and this."""
        return self.number, self.notes.version

    def with_notes(self, notes: Notes) -> "WikiSnapshot":
        """Return the same wiki with other notes, and all that was found of it."""
        return WikiSnapshot(self.data, notes, self.number, self.percent, self.made, self._detections)

    def peaks(self, metric: Metric) -> list[Peak]:
        """Return the peaks in one metric by all detectors, oldest first; months without edits are left out."""
        rows = self.data.peaks
        return [make_peak(self.data.project, row) for row in rows[rows["metric"] == METRICS.index(metric)]]

    def months(self, metric: Metric) -> tuple[date, ...]:
        """Return the months from the first to the last of which the metric is known, without gaps."""
        return tuple(self.data.counts.months[self._span(metric)])

    def counts(self, metric: Metric) -> Floats:
        """Return the counts of these months, one row; NaN where one is missing."""
        return self.data.counts.read_metric(metric)[:, self._span(metric)]

    def newest(self, metric: Metric, last: date, months: int) -> list[float | None]:
        """Return the counts of so many months up to one, oldest first; None where one is missing."""
        known = dict(zip(self.months(metric), self.counts(metric)[0].tolist(), strict=True))
        wanted = (known.get(shift_month(last, 1 + at - months), math.nan) for at in range(months))
        return [None if math.isnan(count) else count for count in wanted]

    def detect(self, metric: Metric, detector: Detector) -> Detection:
        """Return how a detector judges these months, one row; nobody judges provisional ones."""
        if (metric, detector) not in self._detections:
            self.keep(metric, detector, detect_months(self.counts(metric), metric, detector, self.percent))
        return self._detections[metric, detector]

    def is_detected(self, metric: Metric, detector: Detector) -> bool:
        """Tell whether it is known already how a detector judges these months."""
        return (metric, detector) in self._detections

    def keep(self, metric: Metric, detector: Detector, detection: Detection) -> None:
        """Keep what a detector says of these months, found by whomever."""
        provisional = self.data.provisional
        if provisional:
            detection = detection.without(np.array([one in provisional for one in self.months(metric)], dtype=bool))
        self._detections[metric, detector] = detection

    def describe(self, peak: Peak) -> str:
        """Say all of one of its peaks in words."""
        return describe_peak(peak, self.month_counts(peak.month))

    def annotation(self, metric: Metric, month: date) -> Annotation | None:
        """Return what was written about a month in one metric; if hidden, with the text that `conceal` takes away."""
        written = self.notes.annotations
        return next((one for one in written if one.metric is metric and one.month == month), None)

    def bots(self) -> Floats:
        """Return bots' part of all edits in their months, one row; NaN where it is not known."""
        people = self.data.counts.read_metric(Metric.PEOPLE_EDITS)
        return self.counts(Metric.EDITS) - people[:, self._span(Metric.EDITS)]

    def month_counts(self, month: date) -> MonthCounts | None:
        """Return all counts of one month; None where none is stored."""
        counts = self.data.counts
        first = counts.months[0] if counts.months else month
        at = (month.year - first.year) * 12 + month.month - first.month
        if not 0 <= at < len(counts.months):
            return None
        rows = (counts.edits, counts.user_edits + counts.anonymous_edits, counts.anonymous_edits, counts.editors)
        return MonthCounts(*(None if math.isnan(row[0, at]) else int(row[0, at]) for row in rows))

    def _span(self, metric: Metric) -> slice:
        known = np.flatnonzero(~np.isnan(self.data.counts.read_metric(metric)[0]))
        return slice(known[0], known[-1] + 1) if len(known) else slice(0)


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
    percent
        `rolling_mean`'s own knob.
    made
        What others have made of catalogue and wikis, by names of their own.
    """

    numbers: DataVersion
    catalogue: Catalogue
    wikis: Mapping[str, WikiSnapshot]
    board: PeakBoard
    lists: int
    notes: int
    percent: float
    made: dict[Hashable, Any] = field(default_factory=dict)

    def wiki(self, project: str) -> WikiSnapshot:
        """Return what is known of a wiki; of one of which nothing is stored, nothing."""
        found = self.wikis.get(project)
        if found is not None:
            return found
        data = make_empty_data(project)
        return WikiSnapshot(data, Notes(), self.numbers.of(project)[0], self.percent)

    def notes_of(self, projects: Iterable[str], metric: Metric) -> dict[tuple[str, date], Annotation]:
        """Return what people wrote about months of some wikis and everybody may see, as `choose_notes` does."""
        known = (self.wikis[project] for project in set(projects) if project in self.wikis)
        return choose_notes((one for wiki in known for one in wiki.notes.annotations if not one.hidden), metric)

    def select_peaks(self, query: BoardQuery) -> BoardPage:
        """Select one page of the board, as :meth:`PeakBoard.select` does."""
        return self.board.select(query, self.notes_of(self.wikis, query.metric))
