"""The JSON of wikis, series and peaks, as OpenAPI documents it and as pages embed it."""

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from pydantic import ConfigDict, Field

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.findings import Finding
from wiki_activity.domain.months import format_month
from wiki_activity.domain.note_text import NoteKind
from wiki_activity.domain.notes import Note, Scope, ScopeKind
from wiki_activity.domain.peaks import Detector, Kind, Outcome, Peak
from wiki_activity.domain.sentences import describe_peak
from wiki_activity.domain.wikis import Direction, Wiki
from wiki_activity.explorer.api.base_model import Model
from wiki_activity.explorer.api.evidence_models import FindingModel, finding_model
from wiki_activity.explorer.series import SeriesPeak, WikiSeries

_MONTH = r"^\d{4}-\d{2}$"


class WikiModel(Model):
    """A wiki."""

    project: str = Field(description="Its address, and its key everywhere.", examples=["hi.wikipedia.org"])
    language: str = Field(description="Code, `mul` for wikis of all languages.", examples=["hi"])
    name: str = Field(examples=["Hindi Wikipedia"])
    autonym: str = Field(description="The language’s own name.", examples=["हिन्दी"])
    family: str = Field(examples=["wikipedia"])
    direction: Direction
    closed: bool = Field(description="Whether it takes no more edits.")
    gone: bool = Field(description="Whether the site matrix names it no longer; what is stored of it stays.")
    size: int | None = Field(description="Edits of its newest stored month; null where none is stored.")


class WikisModel(Model):
    """A page of wikis, biggest first."""

    items: list[WikiModel]
    next: str | None


class CompactWikisModel(Model):
    """Wikis as short rows: project, language, name, autonym, family, direction, closed, the autonym's language tag."""

    items: list[tuple[str, str, str, str, str, Direction, bool, str]]
    next: str | None


class ScopeModel(Model):
    """Which wikis a note is about."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ScopeKind
    key: str = Field(
        "",
        max_length=4000,
        description="Project, code of the language, name of the family, projects with blanks between, or nothing.",
        examples=["hi.wikipedia.org"],
    )


class NoteModel(Model):
    """What somebody knows of some days; the texts are null where a reviewer keeps them from the reader."""

    id: int
    scope: ScopeModel
    first: date = Field(description="First day, UTC.")
    last: date = Field(description="Last day, included.")
    metric: Metric | None = Field(description="Of which it is told; null for whatever is counted.")
    episode_id: int | None = Field(description="The busy spell that it is about.")
    label: str | None = Field(examples=["Feminism and Folklore"])
    note: str | None
    link: str | None = Field(description="Source; null where none was given.")
    kind: NoteKind | None
    author: str = Field(description="Of the newest revision; who published it or showed it again did not write it.")
    at: datetime
    version: int = Field(description="Number of the newest revision; a change has to name it.")
    hidden: bool
    proposed: bool = Field(description="Whether it waits for a reviewer to publish it.")
    page: str = Field(description="Path of the page for people.", examples=["/notes/12"])


class PeakModel(Model):
    """A month in which a wiki was far busier than expected."""

    month: str = Field(pattern=_MONTH, examples=["2025-03"])
    value: float
    expected: float = Field(description="What the month was held against.")
    threshold: float = Field(description="The alert line: the value at which it becomes a peak.")
    times: float | None = Field(description="value over expected; null where nothing was expected.")
    detector: Detector
    kind: Kind | None = Field(description="What it was made of; null where the counts do not tell.")
    outcome: Outcome | None = Field(description="What had become of it a month later; null while that is not known.")
    shared: bool = Field(description="Whether unusually many wikis peaked in this month.")
    starts_episode: bool = Field(description="Whether the month before was no peak.")
    sentence: str = Field(description="All of it in words.")


class SeriesPeakModel(PeakModel):
    """A peak of a series."""

    hollow: bool = Field(description="Whether only the rolling mean sees it, while another one speaks.")
    annotation: NoteModel | None


class SeriesNoteModel(Model):
    """What somebody knows of days that are no peak's month."""

    month: str = Field(pattern=_MONTH, description="The first of the months asked for that it touches.")
    annotation: NoteModel


class SeriesModel(Model):
    """One metric of one wiki; all lists of numbers have an entry for each month, null where it is missing."""

    project: str = Field(examples=["hi.wikipedia.org"])
    metric: Metric
    detector: Detector
    months: list[str] = Field(description="Without gaps, oldest first.", examples=[["2025-02", "2025-03"]])
    counts: list[int | None]
    bots: list[int | None] | None = Field(description="Bots’ part of all edits; null for other metrics.")
    expected: list[float | None]
    threshold: list[float | None] = Field(description="The alert line.")
    peaks: list[SeriesPeakModel]
    notes: list[SeriesNoteModel] = Field(description="At most 200, those that begin last; `/notes` has all.")
    provisional: list[str] = Field(
        description="Months that Wikimedia has published only in part: not judged, and never peaks."
    )
    as_of: datetime | None = Field(description="When the counts were last asked for.")
    run_id: str | None = Field(description="The run that did.")


class WikiPeakModel(PeakModel):
    """A peak among those of all wikis."""

    project: str
    name: str | None = Field(description="Null of a wiki that the site matrix does not name.")
    autonym: str | None
    language: str | None
    family: str | None
    direction: Direction | None
    metric: Metric
    annotation: NoteModel | None = None
    finding: FindingModel | None = Field(
        default=None,
        description="What speaks for what was found behind it; null where nobody was asked or nothing speaks.",
    )


class WikiPeaksModel(Model):
    """A page of peaks."""

    items: list[WikiPeakModel]
    next: str | None


class PeakMonthModel(Model):
    """How many wikis peaked in a month."""

    month: str = Field(pattern=_MONTH)
    peaks: int
    shared: bool = Field(description="Whether that is more than chance explains.")


class PeakMonthsModel(Model):
    """Months in which any wiki peaked, newest first."""

    items: list[PeakMonthModel]


def wiki_model(wiki: Wiki, size: int | None) -> WikiModel:
    """Make the JSON of a wiki."""
    return WikiModel(
        project=wiki.project,
        language=wiki.language,
        name=wiki.name,
        autonym=wiki.autonym,
        family=wiki.family,
        direction=wiki.direction,
        closed=wiki.closed,
        gone=wiki.gone,
        size=size,
    )


def wiki_peak_model(
    peak: Peak, wiki: Wiki | None, annotation: Note | None = None, finding: Finding | None = None
) -> WikiPeakModel:
    """Make the JSON of one wiki's peak; the annotation as the reader may see it."""
    return WikiPeakModel(
        month=format_month(peak.month),
        value=peak.value,
        expected=peak.expected,
        threshold=peak.threshold,
        times=peak.value / peak.expected if peak.expected > 0 else None,
        detector=peak.detector,
        kind=peak.kind,
        outcome=peak.outcome,
        shared=peak.shared,
        starts_episode=peak.starts_episode,
        sentence=describe_peak(peak),
        project=peak.project,
        name=wiki.name if wiki else None,
        autonym=wiki.autonym if wiki else None,
        language=wiki.language if wiki else None,
        family=wiki.family if wiki else None,
        direction=wiki.direction if wiki else None,
        metric=peak.metric,
        annotation=None if annotation is None else note_model(annotation),
        finding=None if finding is None else finding_model(finding),
    )


def scope_model(scope: Scope) -> ScopeModel:
    """Make the JSON of a scope."""
    return ScopeModel(kind=scope.kind, key=scope.key)


def note_model(note: Note) -> NoteModel:
    """Make the JSON of a note, as the reader may see it."""
    return NoteModel(**note_json(note))


def note_json(note: Note) -> dict[str, Any]:
    """Return the members of :class:`NoteModel`."""
    subject, text = note.subject, note.text
    return {
        "id": note.id,
        "scope": {"kind": subject.scope.kind.value, "key": subject.scope.key},
        "first": subject.first.isoformat(),
        "last": subject.last.isoformat(),
        "metric": None if subject.metric is None else subject.metric.value,
        "episode_id": subject.episode_id,
        "label": text and text.label,
        "note": text and text.note,
        "link": text and text.link,
        "kind": text and text.kind,
        "author": note.author,
        "at": _write_moment(note.at),
        "version": note.version,
        "hidden": note.hidden,
        "proposed": note.proposed,
        "page": f"/notes/{note.id}",
    }


def series_json(series: WikiSeries) -> Mapping[str, object]:
    """Return the members of :class:`SeriesModel`; a page embeds the very same."""
    return {
        "project": series.project,
        "metric": series.metric.value,
        "detector": series.detector.value,
        "months": [format_month(month) for month in series.months],
        "counts": series.counts,
        "bots": series.bots,
        "expected": _round(series.expected),
        "threshold": _round_up(series.threshold),
        "peaks": [_peak_json(peak) for peak in series.peaks],
        "notes": [
            {"month": format_month(max(one.month, series.months[0])), "annotation": note_json(one)}
            for one in series.notes
        ],
        "provisional": [format_month(month) for month in series.provisional],
        "as_of": None if series.as_of is None else _write_moment(series.as_of),
        "run_id": series.run_id,
    }


def _peak_json(peak: SeriesPeak) -> dict[str, object]:
    return {
        "month": format_month(peak.month),
        "value": peak.value,
        "expected": peak.expected,
        "threshold": peak.threshold,
        "times": peak.times,
        "detector": peak.detector.value,
        "kind": peak.kind,
        "outcome": peak.outcome,
        "shared": peak.shared,
        "starts_episode": peak.starts_episode,
        "sentence": peak.sentence,
        "hollow": peak.hollow,
        "annotation": None if peak.annotation is None else note_json(peak.annotation),
    }


def _write_moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _round(values: Iterable[float | None]) -> list[float | None]:
    # Two decimals are finer than any line that is drawn, and a third of the bytes.
    return [None if value is None else round(value, 2) for value in values]


def _round_up(values: Iterable[float | None]) -> list[float | None]:
    # The lowest whole count that reaches the line stays the same.
    return [None if value is None else math.ceil(value * 100) / 100 for value in values]
