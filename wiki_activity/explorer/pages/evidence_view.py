"""What was found behind a peak, as its page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from wiki_activity.domain.finding_sentences import NOTHING_FOUND, NOTHING_ROSE, describe_finding, describe_gap
from wiki_activity.domain.findings import Evidence, FindingKind
from wiki_activity.domain.peaks import Peak

KIND_NAMES = {
    FindingKind.HASHTAG: "hashtag",
    FindingKind.TEMPLATE: "template",
    FindingKind.IMPORT: "imports",
    FindingKind.TOOL: "tool",
    FindingKind.TRANSLATION: "translation",
    FindingKind.NEWCOMER_TASKS: "newcomer tasks",
    FindingKind.BOT_TASK: "bot task",
    FindingKind.NEWS: "in the news",
    FindingKind.FEW_PEOPLE: "few people",
    FindingKind.NEW_ACCOUNTS: "many new accounts",
    FindingKind.EVENT_PAGE: "project page",
    FindingKind.PROGRAMME: "programme",
    FindingKind.REVERTED: "reverted",
}


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """A finding for readers: its kind in words, a sentence, its share of 0 to 1, and a page that shows it."""

    kind: str
    sentence: str
    share: float | None
    url: str | None


@dataclass(frozen=True, slots=True)
class ShownEvidence:
    """What the section *What we found* says.

    Parameters
    ----------
    measured, seen
        Findings with a share of the rise, and without.
    nothing
        What is said where there are none.
    gaps
        What is not known, since somebody could not be read.
    asked_at
        UTC; None where nobody has been asked yet.
    """

    measured: tuple[ShownFinding, ...]
    seen: tuple[ShownFinding, ...]
    nothing: str
    gaps: tuple[str, ...]
    asked_at: datetime | None


def show_evidence(evidence: Evidence | None, peaks: Sequence[Peak]) -> ShownEvidence | None:
    """Show what was found behind a month; None where it is no peak, or none any more: nothing rose that has shares."""
    if not peaks:
        return None
    if evidence is None:
        return ShownEvidence((), (), "", (), None)
    shown = [
        (finding, ShownFinding(KIND_NAMES[finding.kind], describe_finding(finding), finding.share, finding.url))
        for finding in evidence.findings
    ]
    return ShownEvidence(
        measured=tuple(one for finding, one in shown if finding.share is not None),
        seen=tuple(one for finding, one in shown if finding.share is None),
        nothing=NOTHING_ROSE if evidence.settled else NOTHING_FOUND if evidence.shows_nothing else "",
        gaps=tuple(describe_gap(source) for source in evidence.gaps),
        asked_at=evidence.asked_at,
    )
