"""What was answered of a month, as findings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.findings import (
    LEAST_SHARE,
    SMALL_GROUP,
    SPECIFIC,
    Finding,
    FindingKind,
    Parameter,
    Source,
    names_what_was_done,
    rank,
)
from wiki_activity.domain.revision_blocks import Blocks
from wiki_activity.domain.revision_labels import (
    IMPORT,
    NEW_ACCOUNT,
    NEWCOMER,
    REVERTED,
    TEMPLATE,
    TOOL,
    TRANSLATION,
)
from wiki_activity.domain.rise_shares import Rise, Share, estimate_share, list_labels, part_of
from wiki_activity.evidence.questions import Question

_MOST: Final = 0.5
_MOST_MARGIN: Final = 0.3
_MOST_OF_A_KIND: Final = 3
_LONGEST_SUBJECT: Final = 255
_LONGEST_URL: Final = 2_000
_REVERTS_TIMES: Final = 2.0
_LEAST_REVERTED: Final = 0.05
_PROJECT_PAGE_EDITS: Final = 20
_PROJECT_PAGE_SHARE: Final = 0.05
"""A page of a project that has fewer edits, in number and beside the rise, is there in any month."""
_REVERTS_SINCE: Final = date(2021, 1, 1)
"""MediaWiki marks reverted edits since 2020, and did not go back."""
_COUNTED_APART: Final = 0.1
"""The dashboard and the metrics service may count the same edits so far apart: what is deleted, and when they look."""


@dataclass(frozen=True, slots=True)
class _Teller:
    """Makes the findings of one source."""

    question: Question
    source: Source
    asked_at: datetime

    def tell(
        self,
        kind: FindingKind,
        subject: str = "",
        share: tuple[float, float | None] | None = None,
        url: str | None = None,
        **parameters: Parameter,
    ) -> Finding:
        """Make one; a share comes with its margin, and is of the rise that is asked about."""
        part, margin = (None, None) if share is None else (min(share[0], 1.0), share[1])
        metric = self.question.metric
        return Finding(kind, subject, metric, part, margin, parameters, url, self.source, self.asked_at)


def find(
    question: Question, answers: Mapping[Source, Mapping[str, Any]], asked_at: Mapping[Source, datetime]
) -> list[Finding]:
    """Find what the answers show, in the order in which it is told.

    Parameters
    ----------
    question
        The month.
    answers
        As `sources.Asking` made them; of a source that is absent nothing is known.
    asked_at
        UTC, of each of them.
    """
    found: list[Finding] = []
    for source, look in _LOOKS.items():
        if answers.get(source):
            found += look(_Teller(question, source, asked_at[source]), answers)
    # Two programmes may have one title, and no title or link of MediaWiki is longer.
    known = {
        (one.kind, one.subject.strip()): one
        for one in reversed(rank(found))
        if len(one.subject) <= _LONGEST_SUBJECT and len(one.url or "") <= _LONGEST_URL
    }
    return rank(known.values(), question.project)


def needs_usual(question: Question, peak: Blocks, usual: Blocks, days: Mapping[date, int]) -> bool:
    """Tell whether blocks of a month have anything in common that is to be held against what else is usual."""
    if not usual.blocks and _is_much_reverted(question, peak):
        return True
    # No habit: accounts are new once, and reverts are held against the same season.
    one_time = {NEW_ACCOUNT, REVERTED} if usual.blocks else set()
    return bool(list_told(question, peak, usual, days).keys() - {IMPORT, *one_time})


def list_told(question: Question, peak: Blocks, usual: Blocks, days: Mapping[date, int]) -> dict[str, Share]:
    """List what edits of the month have in common that is part of its rise, with its share; the greatest first."""
    rise = _make_rise(question, days)
    labels = {label for label in list_labels(peak.blocks) if find_kind(label)}
    if not question.more_accounts:
        labels -= {NEW_ACCOUNT}
    shares = {label: estimate_share(label, rise, peak, usual) for label in labels}
    told = {label: one for label, one in shares.items() if one is not None and _is_told(one)}
    return dict(sorted(told.items(), key=lambda one: (-one[1].share, one[0])))


def read_days(question: Question, answer: Mapping[str, Any]) -> dict[date, int]:
    """Read days, scaled to the count that is explained: they may be those of a part of its people."""
    total = sum(answer.values())
    scale = question.value / total if total else 0
    return {date.fromisoformat(day): round(count * scale) for day, count in answer.items()}


def _make_rise(question: Question, days: Mapping[date, int]) -> Rise:
    bots = question.metric is Metric.EDITS
    return Rise(question.value, question.expected, days, question.length, bots=bots)


def explain_most(question: Question, answers: Mapping[Source, Mapping[str, Any]]) -> set[FindingKind]:
    """Return the kinds of what explains most of the rise by itself, so that little is left to be asked."""
    found = find(question, answers, dict.fromkeys(answers, question.until))
    return {one.kind for one in found if (one.share or 0) >= _MOST and names_what_was_done(one)}


def is_explained(told: Mapping[str, Share]) -> bool:
    """Tell whether what edits have in common explains most of a rise by itself."""
    return any(one.share >= _MOST and find_kind(label) in SPECIFIC for label, one in told.items())


def are_usual_ten(answers: Mapping[Source, Mapping[str, Any]]) -> bool:
    """Tell whether ten people made no larger part of the edits looked at than they do usually."""
    answer = answers.get(Source.REVISIONS)
    if not answer:
        return False
    peak, usual = (Blocks.restore(answer[name]) for name in ("peak", "usual"))
    part, before = peak.busiest_part(), usual.busiest_part()
    # Of a whole month ten are a smaller part than of a block.
    return not peak.whole and part is not None and before is not None and part <= before


def _find_in_revisions(teller: _Teller, answers: Mapping[Source, Mapping[str, Any]]) -> Iterator[Finding]:
    question, answer = teller.question, answers[Source.REVISIONS]
    peak, usual = Blocks.restore(answer["peak"]), Blocks.restore(answer["usual"])
    told = list_told(question, peak, usual, read_days(question, answers.get(Source.DAYS, {})))
    by_kind: dict[FindingKind, list[str]] = {}
    for label in told:
        kind = find_kind(label)
        if kind is not None:
            by_kind.setdefault(kind, []).append(label)
    for kind, labels in by_kind.items():
        for label in labels[:_MOST_OF_A_KIND]:
            subject, parameters, url = _describe(question, kind, label, peak, answer["tags"])
            yield teller.tell(kind, subject, _say(told[label]), url, **parameters)
    yield from _find_reverted(teller, peak, usual)


def _is_told(share: Share) -> bool:
    # What may as well be nothing is no finding.
    return share.share >= LEAST_SHARE and share.share - share.margin > 0


def _say(share: Share) -> tuple[float, float | None] | None:
    """Return a share and its margin, as they are told.

    What is right within too much is no figure. How much it is at least may be one; else is known that there is some.
    """
    if share.margin <= _MOST_MARGIN:
        return share.share, share.margin
    least = share.share - share.margin
    return (least, None) if least >= LEAST_SHARE else None


def find_kind(label: str) -> FindingKind | None:
    """Return the kind of finding that a label of revisions is told as; None where it is told as none by itself."""
    for prefix, kind in _PREFIXES.items():
        if label.startswith(prefix):
            return kind
    return {
        TRANSLATION: FindingKind.TRANSLATION,
        NEWCOMER: FindingKind.NEWCOMER_TASKS,
        NEW_ACCOUNT: FindingKind.NEW_ACCOUNTS,
        IMPORT: FindingKind.IMPORT,
    }.get(label)


_PREFIXES: Final = {"#": FindingKind.HASHTAG, TOOL: FindingKind.TOOL, TEMPLATE: FindingKind.TEMPLATE}


def _describe(
    question: Question, kind: FindingKind, label: str, peak: Blocks, tags: Mapping[str, str]
) -> tuple[str, dict[str, Parameter], str | None]:
    last, pages = question.until - timedelta(days=1), f"https://{question.project}/wiki"
    if kind is FindingKind.HASHTAG:
        tag = label.removeprefix("#")
        asked = {"query": tag, "project": question.project, "startdate": question.month, "enddate": last.date()}
        return tag, {"accounts": peak.accounts[label]}, f"https://hashtags.wmcloud.org/?{urlencode(asked)}"
    if kind is FindingKind.TOOL:
        tag = label.removeprefix(TOOL)
        return tag, {"name": tags.get(tag)}, f"{pages}/Special:Tags"
    if kind is FindingKind.TEMPLATE:
        name = label.removeprefix(TEMPLATE)
        return name, {"accounts": peak.accounts[label]}, _link_page(question, f"Template:{name}")
    return "", {}, f"{pages}/Special:Log/import" if kind is FindingKind.IMPORT else None


def _link_page(question: Question, title: str) -> str:
    return f"https://{question.project}/wiki/{quote(title.replace(' ', '_'), safe=':/')}"


def _is_much_reverted(question: Question, peak: Blocks) -> bool:
    part = part_of(REVERTED, peak, bots=question.metric is Metric.EDITS)
    return question.month >= _REVERTS_SINCE and part is not None and part >= _LEAST_REVERTED


def _find_reverted(teller: _Teller, peak: Blocks, usual: Blocks) -> Iterator[Finding]:
    bots = teller.question.metric is Metric.EDITS
    part, before = part_of(REVERTED, peak, bots=bots), part_of(REVERTED, usual, bots=bots)
    if not _is_much_reverted(teller.question, peak) or part is None or before is None:
        return
    if part >= _REVERTS_TIMES * before:
        yield teller.tell(FindingKind.REVERTED, part=part, usual=before)


def _find_few_people(teller: _Teller, answers: Mapping[Source, Mapping[str, Any]]) -> Iterator[Finding]:
    question, answer = teller.question, answers[Source.EDITORS]
    rise = question.value - question.expected
    for bot, edits, before in answer.get("bots", ()):
        share = (edits - before) / rise
        if share >= LEAST_SHARE:
            yield teller.tell(FindingKind.BOT_TASK, bot, (share, 0.0), _link_contributions(question, bot))
    top, before = answer.get("top", ()), answer.get("before")
    if not top or not before or not question.year_before:
        # The busiest ten make much of the edits in any month: how much, is not known here.
        return
    share = (sum(top) - sum(before) * question.expected / question.year_before) / rise
    if share < LEAST_SHARE:
        return
    if question.people is not None and question.people < SMALL_GROUP:
        yield teller.tell(FindingKind.FEW_PEOPLE)
    elif len(top) == SMALL_GROUP:
        yield teller.tell(FindingKind.FEW_PEOPLE, share=(share, 0.0), people=len(top))


def _link_contributions(question: Question, bot: str) -> str:
    last = question.until - timedelta(days=1)
    span = urlencode({"start": question.month.isoformat(), "end": last.date().isoformat()})
    return f"https://{question.project}/wiki/Special:Contributions/{quote(bot, safe='')}?{span}"


def _find_pages(teller: _Teller, answers: Mapping[Source, Mapping[str, Any]]) -> Iterator[Finding]:
    rise = teller.question.value - teller.question.expected
    for title, edits, usual, what in answers[Source.PAGES]["pages"]:
        url = _link_page(teller.question, title)
        if what == "news":
            yield teller.tell(FindingKind.NEWS, title, ((edits - usual) / rise, 0.0), url, edits=edits)
        elif edits >= _PROJECT_PAGE_EDITS or edits >= _PROJECT_PAGE_SHARE * rise:
            yield teller.tell(FindingKind.EVENT_PAGE, title, url=url, edits=edits)


def _list_programmes(teller: _Teller, answers: Mapping[Source, Mapping[str, Any]]) -> Iterator[Finding]:
    for title, url, first, last, *edits in answers[Source.PROGRAMMES].get("programmes", ()):
        made = _measure_programme(teller.question, _read_moment(first), _read_moment(last), *edits)
        if made is None:
            yield teller.tell(FindingKind.PROGRAMME, title, url=url, first=first, last=last)
        elif _is_told(made):
            yield teller.tell(FindingKind.PROGRAMME, title, _say(made), url, first=first, last=last)


def _measure_programme(question: Question, first: datetime, last: datetime, edits: int | None = None) -> Share | None:
    """Measure which share of the rise a programme's own edits are, taken to be as many on each of its days.

    None where they are not known. A part of them that falls into another month may be all of them, or none.
    """
    if edits is None:
        return None
    until = last + timedelta(days=1)
    within = (min(until, question.until) - max(first, question.first)) / (until - first)
    made = edits / (question.value - question.expected)
    return Share(made * within, made * max(_COUNTED_APART, min(within, 1 - within)))


def _read_moment(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


_LOOKS: Final = {
    Source.REVISIONS: _find_in_revisions,
    Source.EDITORS: _find_few_people,
    Source.PAGES: _find_pages,
    Source.PROGRAMMES: _list_programmes,
}
