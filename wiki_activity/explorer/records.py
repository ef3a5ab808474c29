"""The wikis that were looked at last: what is stored of each, and what follows from that, found once."""

import math
import pickle
from collections.abc import Hashable, Mapping, Sequence
from datetime import date

import numpy as np
from sqlalchemy import Engine

from wiki_activity.domain.annotations import Annotation
from wiki_activity.domain.counts import Metric
from wiki_activity.domain.judgement import Floats, Judgement
from wiki_activity.domain.judging import judge_months
from wiki_activity.domain.peaks import Detector, Peak
from wiki_activity.domain.sentences import MonthCounts, describe_peak
from wiki_activity.explorer.caching import Kept
from wiki_activity.explorer.versions import Versions
from wiki_activity.storage.peak_board import read_peaks_of
from wiki_activity.storage.wiki_records import WikiRecord, read_wiki_record

_WIKIS_KEPT = 1000
"""All there are; of 312 months, one takes some 75 KB packed."""


class HeldWiki:
    """One wiki's record, its peaks, and how the detectors judge its months.

    Parameters
    ----------
    engine
        Where peaks are read from when they are first asked for.
    record
        What is stored.
    version
        Of the state it is in: what is made of this wiki may be kept by its project and this number.
    percent
        `rolling_mean`'s own knob.
    """

    def __init__(self, engine: Engine, record: WikiRecord, version: int, percent: float) -> None:
        self.record = record
        self.version = version
        self._engine = engine
        self._percent = percent
        # Two readers who come at once may both find the same.
        self._peaks: Mapping[Metric, Sequence[Peak]] | None = None
        self._judgements: dict[tuple[Metric, Detector], Judgement] = {}
        self._sentences: dict[tuple[Metric, Detector, date], str] = {}
        counts = record.counts
        self._places: Mapping[date, int] = {month: at for at, month in enumerate(counts.months)}
        people = counts.read_metric(Metric.PEOPLE_EDITS)
        self._by_month = np.concatenate([counts.edits, people, counts.anonymous_edits, counts.editors])
        known = {metric: np.flatnonzero(~np.isnan(counts.read_metric(metric)[0])) for metric in Metric}
        self._spans = {metric: slice(at[0], at[-1] + 1) if len(at) else slice(0) for metric, at in known.items()}

    def pack(self) -> bytes:
        """Return all of it as bytes, for another process."""
        found = (self.record, self._find_peaks(), self._judgements, self._sentences)
        return pickle.dumps(found, pickle.HIGHEST_PROTOCOL)

    @classmethod
    def unpack(cls, packed: bytes, engine: Engine, version: int, percent: float) -> "HeldWiki":
        """Make it of bytes that one of our own processes has packed."""
        record, *found = pickle.loads(packed)  # noqa: S301
        held = cls(engine, record, version, percent)
        held._peaks, held._judgements, held._sentences = found
        return held

    def peaks(self, metric: Metric) -> Sequence[Peak]:
        """Return the peaks in one metric by all detectors, oldest first; months without edits are left out."""
        return self._find_peaks()[metric]

    def months(self, metric: Metric) -> tuple[date, ...]:
        """Return the months from the first to the last of which the metric is known, without gaps."""
        return tuple(self.record.counts.months[self._spans[metric]])

    def counts(self, metric: Metric) -> Floats:
        """Return the counts of these months, one row; NaN where one is missing."""
        return self.record.counts.read_metric(metric)[:, self._spans[metric]]

    def judge(self, metric: Metric, detector: Detector) -> Judgement:
        """Return how a detector judges these months, one row."""
        key = (metric, detector)
        if key not in self._judgements:
            self._judgements[key] = judge_months(self.counts(metric), metric, detector, self._percent)
        return self._judgements[key]

    def describe(self, peak: Peak) -> str:
        """Say all of one of its peaks in words."""
        key = (peak.metric, peak.detector, peak.month)
        if key not in self._sentences:
            self._sentences[key] = describe_peak(peak, self.month_counts(peak.month))
        return self._sentences[key]

    def annotation(self, metric: Metric, month: date) -> Annotation | None:
        """Return what was written about a month in one metric; if hidden, with the text that `conceal` takes away."""
        written = self.record.annotations
        return next((one for one in written if one.metric is metric and one.month == month), None)

    def bots(self) -> Floats:
        """Return bots' part of all edits in their months, one row; NaN where it is not known."""
        people = self.record.counts.read_metric(Metric.PEOPLE_EDITS)
        return self.counts(Metric.EDITS) - people[:, self._spans[Metric.EDITS]]

    def month_counts(self, month: date) -> MonthCounts | None:
        """Return all counts of one month; None where none is stored."""
        at = self._places.get(month)
        if at is None:
            return None
        values = self._by_month[:, at].tolist()
        return MonthCounts(*(None if math.isnan(value) else int(value) for value in values))

    def _find_peaks(self) -> Mapping[Metric, Sequence[Peak]]:
        if self._peaks is None:
            self._peaks = read_peaks_of(self._engine, self.record.project)
        return self._peaks


class Records:
    """Reads wikis, and keeps them while what is stored of them stays the same.

    Parameters
    ----------
    engine
        The database.
    versions
        In which state each wiki is.
    percent
        `rolling_mean`'s own knob.
    """

    def __init__(self, engine: Engine, versions: Versions, percent: float) -> None:
        self._engine = engine
        self._versions = versions
        self._percent = percent
        self._kept = Kept[HeldWiki](_WIKIS_KEPT)
        self._offered = Kept[bytes](_WIKIS_KEPT)

    def read(self, project: str) -> HeldWiki:
        """Read one wiki, as :meth:`read_all` does."""
        return self.read_all([project])[0]

    def read_all(self, projects: Sequence[str]) -> list[HeldWiki]:
        """Read wikis as they are stored now, in the order of their names."""
        # Read first: a record newer than its version is read again, an older one never would be.
        versions = self._versions.of(*projects)
        return [self.read_at(project, version) for project, version in zip(projects, versions, strict=True)]

    def read_at(self, project: str, version: int) -> HeldWiki:
        """Read one wiki of which it was just read in which state it is."""
        key: Hashable = (project, version)

        def make() -> HeldWiki:
            packed = self._offered.take(key)
            if packed is not None:
                return HeldWiki.unpack(packed, self._engine, version, self._percent)
            return HeldWiki(self._engine, read_wiki_record(self._engine, project), version, self._percent)

        return self._kept.read(key, make)

    def let_go(self, held: HeldWiki) -> None:
        """Keep a wiki no longer."""
        self._kept.take((held.record.project, held.version))

    def offer(self, project: str, version: int, packed: bytes) -> None:
        """Take what another process has read and found of a wiki, for whoever asks for that version."""
        self._offered.put((project, version), packed)
