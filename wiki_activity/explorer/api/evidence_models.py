"""The JSON of what was found behind peaks."""

from datetime import datetime

from pydantic import Field

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.finding_sentences import describe_finding, describe_gap
from wiki_activity.domain.findings import Evidence, Finding, FindingKind, Source
from wiki_activity.explorer.api.base_model import Model


class FindingModel(Model):
    """One thing that was found behind a peak; none of them says why."""

    kind: FindingKind
    subject: str = Field(
        description="The hashtag, template, tag, page, bot or programme; empty where there is none to name."
    )
    metric: Metric = Field(description="The count whose rise the share is of.")
    share: float | None = Field(description="Of the rise, 0 to 1; null where it was not, or cannot be, measured.")
    margin: float | None = Field(
        description="The share is right within this in 19 of 20 cases; null where it is the least that it may be."
    )
    sentence: str
    url: str | None = Field(description="A page that shows it.")
    source: Source = Field(description="Who was asked.")
    asked_at: datetime


class GapModel(Model):
    """A source that could not be read: what it would have told is not known."""

    source: Source
    sentence: str


class EvidenceModel(Model):
    """What was found behind a peak. Shares overlap: they are not to be added."""

    findings: list[FindingModel] = Field(description="In the order in which they are told; empty: nothing was found.")
    gaps: list[GapModel]
    settled: bool = Field(description="Whether nobody had to be asked, since edits did not rise.")
    asked_at: datetime


def evidence_model(evidence: Evidence) -> EvidenceModel:
    """Make the model of what was found."""
    return EvidenceModel(
        findings=[finding_model(one) for one in evidence.findings],
        gaps=[GapModel(source=source, sentence=describe_gap(source)) for source in evidence.gaps],
        settled=evidence.settled,
        asked_at=evidence.asked_at,
    )


def finding_model(one: Finding) -> FindingModel:
    """Make the model of one finding."""
    return FindingModel(
        kind=one.kind,
        subject=one.subject,
        metric=one.metric,
        share=one.share,
        margin=one.margin,
        sentence=describe_finding(one),
        url=one.url,
        source=one.source,
        asked_at=one.asked_at,
    )
