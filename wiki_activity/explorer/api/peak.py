"""`/projects/{project}/peaks/{month}`: all that is known about one month of one wiki."""

from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Literal, get_args

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from wiki_activity.domain.concealment import conceal
from wiki_activity.domain.counts import Metric
from wiki_activity.domain.findings import Evidence
from wiki_activity.domain.months import format_month, name_month
from wiki_activity.domain.notes import Change, Note, ScopeKind
from wiki_activity.domain.peaks import Detector, Peak
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.accounts.dependencies import Reader
from wiki_activity.explorer.accounts.people import is_reviewing
from wiki_activity.explorer.answers import answer
from wiki_activity.explorer.api.base_model import Model
from wiki_activity.explorer.api.documented import readable
from wiki_activity.explorer.api.evidence_models import EvidenceModel, evidence_model
from wiki_activity.explorer.api.makeup import Makeup, Part, find_makeup, list_months_before
from wiki_activity.explorer.api.models import (
    NoteModel,
    WikiModel,
    WikiPeakModel,
    note_model,
    wiki_model,
    wiki_peak_model,
)
from wiki_activity.explorer.api.parameters import KnownWiki, MetricQuery, MonthPath
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.context import CurrentExplorer, CurrentSnapshot, Explorer
from wiki_activity.explorer.peak_board import BoardPeak, BoardQuery
from wiki_activity.explorer.peak_order import BoardSort
from wiki_activity.explorer.problems import ProblemError
from wiki_activity.explorer.snapshot import Snapshot, WikiSnapshot

router = APIRouter(prefix="/projects/{project}/peaks/{month}", tags=["peaks"])

_MOST_OTHERS = 100

ToldPart = Literal[Part.EDITS, Part.PEOPLE_EDITS, Part.ANONYMOUS_EDITS, Part.BOT_EDITS, Part.EDITORS]
_TOLD_PARTS: tuple[ToldPart, ...] = get_args(ToldPart)


class MakeupModel(Model):
    """One count of the month beside its usual value."""

    part: ToldPart
    value: float | None
    usual: float | None = Field(description="Median of the twelve months before; null where under six are known.")
    rise: float | None = Field(description="value − usual.")
    share: float | None = Field(description="Of the rise in all edits; null where those did not rise, and of editors.")


class RunModel(Model):
    """The run that stored the wiki's counts."""

    run_id: str
    url: str | None = Field(description="Dagster’s page; null where a command did it.")
    partition_url: str = Field(description="Dagster’s page of the month’s counts.")


class MonthModel(Model):
    """All that is known about one month of one wiki."""

    wiki: WikiModel
    month: str = Field(examples=["2025-03"])
    metric: Metric
    provisional: bool = Field(description="Whether Wikimedia has published only a part of it: nobody judges it then.")
    peaks: list[WikiPeakModel] = Field(
        description="The month as each rule sees it; empty where it is a peak no longer."
    )
    makeup: list[MakeupModel] = Field(description="What the month was made of.")
    annotation: NoteModel | None
    evidence: EvidenceModel | None = Field(description="What was found behind it; null where nobody was asked.")
    others: list[WikiPeakModel] = Field(description="Other wikis’ peaks of the month, most times expected first.")
    run: RunModel | None
    page: str = Field(description="The page for people.")


@dataclass(frozen=True, slots=True)
class MonthView:
    """All that is known about one month of one wiki in one metric.

    Parameters
    ----------
    peaks
        By all detectors, the one that speaks first.
    sentences
        Of each peak, with the month's own figures.
    makeup
        What the month was made of.
    annotation
        As the reader may see it.
    others
        Peaks of other wikis.
    run_id
        The run that stored the wiki's counts.
    evidence
        What was found behind it; None where nobody was asked.
    """

    peaks: tuple[Peak, ...]
    sentences: tuple[str, ...]
    makeup: tuple[Makeup, ...]
    annotation: Note | None
    others: tuple[Peak, ...]
    run_id: str | None
    provisional: bool
    evidence: Evidence | None


def view_month(
    snapshot: Snapshot, project: str, month: date, metric: Metric, speaking: Detector, *, reviewing: bool
) -> MonthView:
    """Put together all that is known about a month.

    Raises
    ------
    ProblemError
        404, where the month is neither a peak nor has a note.
    """
    known = snapshot.wiki(project)
    peaks = find_peaks_in(known, month, metric, speaking)
    annotation = known.find_month_note(metric, month)
    if not peaks and annotation is None:
        raise no_peak(project, month)
    others = list_others(snapshot, project, month, metric, speaking, _MOST_OTHERS)
    return MonthView(
        peaks=tuple(peaks),
        sentences=tuple(known.describe(peaks)),
        makeup=tuple(find_makeup(known.month_counts(list_months_before(month)).get, month, _TOLD_PARTS)),
        annotation=annotation if annotation is None or reviewing else conceal(annotation),
        others=tuple(one.peak for one in others),
        run_id=known.data.run_id,
        provisional=month in known.data.provisional,
        evidence=known.data.evidence.get(month) if known.peaks_in(month) else None,
    )


def find_peaks_in(known: WikiSnapshot, month: date, metric: Metric, speaking: Detector) -> list[Peak]:
    """Find one month's peak by each detector that sees it, the one that speaks first."""
    return sorted(known.peaks(metric, month, month), key=lambda peak: peak.detector is not speaking)


def list_others(  # noqa: PLR0917 - of which month, by which rule
    snapshot: Snapshot, project: str, month: date, metric: Metric, detector: Detector, limit: int
) -> list[BoardPeak]:
    """List other wikis' peaks of a month, most times the expected first."""
    query = BoardQuery(metric, detector, month=month, sort=BoardSort.RATIO, limit=limit + 1)
    return [one for one in snapshot.select_peaks(query).items if one.peak.project != project][:limit]


def no_peak(project: str, month: date) -> ProblemError:
    """Make the answer for a month that is no peak and has no annotation."""
    detail = f"{project} was not unusually busy in {name_month(month)}, and nobody wrote about that month."
    return ProblemError(HTTPStatus.NOT_FOUND, "No peak in this month", detail)


@router.get("", summary="One month of one wiki", response_model=MonthModel, responses=readable(404, 422))
async def show_month(
    request: Request,
    explorer: CurrentExplorer,
    snapshot: CurrentSnapshot,
    *,
    reader: Reader,
    wiki: KnownWiki,
    month: MonthPath,
    metric: MetricQuery = Metric.EDITS,
) -> Response:
    """Say how far a month stood out, what it was made of, what people wrote, and which other wikis peaked."""
    reviewing = is_reviewing(reader)

    def make() -> bytes:
        speaking = explorer.settings.peak_detector
        view = view_month(snapshot, wiki.project, month, metric, speaking, reviewing=reviewing)
        return _make(explorer, snapshot.catalogue, wiki, month, metric, view).model_dump_json().encode()

    catalogue = snapshot.catalogue
    # Other wikis that peaked are part of it, with their names.
    all_wikis = (snapshot.board.version, snapshot.notes, catalogue.names, catalogue.sizes.get(wiki.project))
    return await answer(request, make, version=(snapshot.wiki(wiki.project).version, *all_wikis, reviewing))


def _make(  # noqa: PLR0917 - of what
    explorer: Explorer, catalogue: Catalogue, wiki: Wiki, month: date, metric: Metric, view: MonthView
) -> MonthModel:
    key = format_month(month)
    own = [
        wiki_peak_model(peak, wiki).model_copy(update={"sentence": sentence})
        for peak, sentence in zip(view.peaks, view.sentences, strict=True)
    ]
    return MonthModel(
        wiki=wiki_model(wiki, catalogue.sizes.get(wiki.project)),
        month=key,
        metric=metric,
        provisional=view.provisional,
        peaks=own,
        makeup=[MakeupModel.model_validate(one, from_attributes=True) for one in view.makeup],
        annotation=None if view.annotation is None else note_model(view.annotation),
        evidence=None if view.evidence is None else evidence_model(view.evidence),
        others=[wiki_peak_model(peak, catalogue.wikis.get(peak.project)) for peak in view.others],
        run=find_run(explorer, month, metric, view.run_id),
        page=link_to_page(explorer, wiki.project, month, metric),
    )


def find_run(explorer: Explorer, month: date, metric: Metric, run_id: str | None) -> RunModel | None:
    """Find Dagster's pages of a run and of the partition that it stored."""
    if run_id is None:
        return None
    dagster = explorer.own.dagster_url
    asset = "editor_counts" if metric is Metric.EDITORS else "edit_counts"
    # Commands name their runs themselves; Dagster has no page of those.
    url = None if run_id.startswith("cli-") else f"{dagster}/runs/{run_id}"
    return RunModel(run_id=run_id, url=url, partition_url=f"{dagster}/assets/{asset}?view=partitions&partition={month}")


def link_to_page(explorer: Explorer, project: str, month: date, metric: Metric) -> str:
    """Return the address of a month's page, for readers elsewhere."""
    return f"{explorer.settings.explorer_url}/p/{project}/peaks/{format_month(month)}?metric={metric}"


def link_to_note(explorer: Explorer, change: Change) -> str:
    """Return the address of the page that a note is on: its month's, where it is about exactly one, or its own."""
    subject = change.revision.subject
    if subject.month is not None and subject.metric is not None and subject.scope.kind is ScopeKind.WIKI:
        return link_to_page(explorer, subject.scope.key, subject.month, subject.metric)
    return f"{explorer.settings.explorer_url}/notes/{change.note_id}"
