"""Findings: what was seen behind a peak, how much of its rise that covers, and in which order they are told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from wiki_activity.domain.counts import Metric


class FindingKind(StrEnum):
    """What was seen; none of them says why."""

    HASHTAG = "hashtag"
    TEMPLATE = "template"
    IMPORT = "import"
    TOOL = "tool"
    TRANSLATION = "translation"
    NEWCOMER_TASKS = "newcomer_tasks"
    BOT_TASK = "bot_task"
    NEWS = "news"
    FEW_PEOPLE = "few_people"
    NEW_ACCOUNTS = "new_accounts"
    EVENT_PAGE = "event_page"
    PROGRAMME = "programme"
    REVERTED = "reverted"


class Source(StrEnum):
    """Who was asked; also what a gap is named by."""

    DAYS = "days"
    EDITORS = "editors"
    PAGES = "pages"
    REVISIONS = "revisions"
    PROGRAMMES = "programmes"


SPECIFIC: Final = {
    FindingKind.HASHTAG,
    FindingKind.TEMPLATE,
    FindingKind.IMPORT,
    FindingKind.TOOL,
    FindingKind.TRANSLATION,
    FindingKind.NEWCOMER_TASKS,
    FindingKind.BOT_TASK,
    FindingKind.NEWS,
}
"""These name what people did; the others say who did it, or what was on at the same time."""
_MADE_WITH_TOOLS: Final = frozenset({"www.wikidata.org", "commons.wikimedia.org"})
"""There tools make most edits of people, so that who made them, or how many were new, says little."""
_LARGE_SHARE: Final = 0.25
LEAST_SHARE: Final = 0.1
"""What covers less of a rise is not told."""
LEAST_ACCOUNTS: Final = 3
"""What fewer accounts have in common may be theirs alone, and would point at them."""
SMALL_GROUP: Final = 10
"""Where fewer people were active, a share would point at them."""

Parameter = str | int | float | None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was seen.

    Parameters
    ----------
    kind
        What it is.
    subject
        The hashtag, template, tag, page, bot or programme; empty where there is none to name.
    metric
        The count whose rise it is of.
    share
        Of the rise in that count, 0 to 1; None where it was not, or cannot be, measured.
    margin
        The share is right within this in 19 of 20 cases; None where it is the least that it may be, or there is none.
    parameters
        What the sentence needs besides.
    url
        A page of the wiki, or of a tool, that shows it.
    source
        Who was asked.
    asked_at
        UTC.
    """

    kind: FindingKind
    subject: str
    metric: Metric
    share: float | None
    margin: float | None
    parameters: Mapping[str, Parameter]
    url: str | None
    source: Source
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one wiki's month.

    Parameters
    ----------
    findings
        In the order in which they are told; empty where nothing was seen.
    gaps
        Who could not be read, and why.
    asked_at
        UTC, when somebody was last asked.
    settled
        Whether nobody had to be asked, since edits did not rise.
    """

    findings: tuple[Finding, ...]
    gaps: Mapping[Source, str]
    asked_at: datetime
    settled: bool = False

    @property
    def shows_nothing(self) -> bool:
        """Whether all could be asked and nothing was seen: what could not be read may have shown it.

        A programme that was merely on at the same time explains nothing.
        """
        seen = any(one.kind is not FindingKind.PROGRAMME or one.share is not None for one in self.findings)
        return not (seen or self.gaps or self.settled)


def names_what_was_done(finding: Finding) -> bool:
    """Tell whether it says what was done: a programme does where its own edits were counted."""
    return finding.kind in SPECIFIC or (finding.kind is FindingKind.PROGRAMME and finding.share is not None)


def rank(findings: Iterable[Finding], project: str = "") -> list[Finding]:
    """Put what covers much of the rise before what covers little, and what was done before who did it.

    What has no share comes last: that it was on at the same time explains nothing by itself.

    Parameters
    ----------
    project
        The wiki: where tools make most edits, what they made of the rise comes first.
    """

    def place(finding: Finding) -> tuple[int, float, str, str]:
        share = finding.share or 0.0
        if finding.kind is FindingKind.TOOL and finding.share is not None and project in _MADE_WITH_TOOLS:
            tier = -1
        elif finding.kind is FindingKind.REVERTED:
            tier = 2
        elif finding.share is None:
            # Some of it was seen in the edits themselves, how much is not known.
            tier = 3 if finding.kind in SPECIFIC else 4
        elif share < _LARGE_SHARE:
            tier = 3
        else:
            tier = 0 if names_what_was_done(finding) else 1
        return tier, -share, finding.kind, finding.subject

    return sorted(findings, key=place)


def choose_first(findings: Iterable[Finding]) -> Finding | None:
    """Choose the finding that speaks where there is room for one; None where none of them should.

    It is the first that is told, but neither reverts, by which nothing is to be ranked, nor what was only on at the
    same time.
    """
    telling = (one for one in findings if one.kind is not FindingKind.REVERTED)
    return next((one for one in telling if one.share is not None or one.kind in SPECIFIC), None)
