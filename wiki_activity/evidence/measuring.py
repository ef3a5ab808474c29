"""What was answered of a month, as findings."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
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
    rank,
)
from wiki_activity.domain.revision_blocks import NEW_ACCOUNT, NEWCOMER, REVERTED, TRANSLATION, Blocks
from wiki_activity.domain.rise_shares import Rise, Share, estimate_share, list_labels, part_of
from wiki_activity.evidence.questions import Question

_MOST: Final = 0.5
_MOST_MARGIN: Final = 0.3
_MOST_OF_A_KIND: Final = 3
_LONGEST_SUBJECT: Final = 255
_LONGEST_URL: Final = 2_000
_REVERTS_TIMES: Final = 2.0
_LEAST_REVERTED: Final = 0.05
_REVERTS_SINCE: Final = date(2021, 1, 1)
"""MediaWiki marks reverted edits since 2020, and did not go back."""


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
    if answers.get(Source.REVISIONS):
        found += _find_in_revisions(question, answers, asked_at[Source.REVISIONS])
    if Source.EDITORS in answers:
        found += _find_few_people(question, answers[Source.EDITORS], asked_at[Source.EDITORS])
    if Source.PAGES in answers:
        found += _find_pages(question, answers[Source.PAGES], asked_at[Source.PAGES])
    if Source.PROGRAMMES in answers:
        found += _list_programmes(question, answers[Source.PROGRAMMES], asked_at[Source.PROGRAMMES])
    # Two programmes may have one title, and no title or link of MediaWiki is longer.
    known = {
        (one.kind, one.subject.strip()): one
        for one in reversed(rank(found))
        if len(one.subject) <= _LONGEST_SUBJECT and len(one.url or "") <= _LONGEST_URL
    }
    return rank(known.values())


def needs_usual(question: Question, peak: Blocks, usual: Blocks, days: Mapping[date, int]) -> bool:
    """Tell whether blocks of a month have anything in common that is to be held against what else is usual."""
    rise, labels = _make_rise(question, days), list_labels(peak.blocks)
    if usual.blocks:
        # No habit: accounts are new once, and reverts are held against the same season.
        labels -= {NEW_ACCOUNT, REVERTED}
    elif _is_much_reverted(question, peak):
        return True
    shares = (estimate_share(label, rise, peak, usual) for label in labels)
    return any(share is not None and _is_told(share) for share in shares)


def read_days(question: Question, answer: Mapping[str, Any]) -> dict[date, int]:
    """Read days, scaled to the count that is explained: they may be those of a part of its people."""
    total = sum(answer.values())
    scale = question.value / total if total else 0
    return {date.fromisoformat(day): round(count * scale) for day, count in answer.items()}


def _make_rise(question: Question, days: Mapping[date, int]) -> Rise:
    bots = question.metric is Metric.EDITS
    return Rise(question.value, question.expected, days, question.length, bots=bots)


def _find_in_revisions(
    question: Question, answers: Mapping[Source, Mapping[str, Any]], asked_at: datetime
) -> Iterator[Finding]:
    answer = answers[Source.REVISIONS]
    peak, usual = Blocks.restore(answer["peak"]), Blocks.restore(answer["usual"])
    days = read_days(question, answers.get(Source.DAYS, {}))
    rise = _make_rise(question, days)
    shares = {label: estimate_share(label, rise, peak, usual) for label in list_labels(peak.blocks)}
    told = {label: one for label, one in shares.items() if one is not None and _is_told(one)}
    by_kind: dict[FindingKind, list[str]] = {}
    for label in sorted(told, key=lambda one: (-told[one].share, one)):
        kind = _find_kind(label)
        if kind is not None and (kind is not FindingKind.NEW_ACCOUNTS or question.more_accounts):
            by_kind.setdefault(kind, []).append(label)
    for kind, labels in by_kind.items():
        for label in labels[:_MOST_OF_A_KIND]:
            # What is right within too much is no figure: that there is some of it is what is known.
            share = told[label] if told[label].margin <= _MOST_MARGIN else None
            subject, parameters, url = _describe(question, kind, label, peak, answer["tags"])
            yield Finding(
                kind,
                subject,
                question.metric,
                None if share is None else share.share,
                None if share is None else share.margin,
                parameters,
                url,
                Source.REVISIONS,
                asked_at,
            )
    yield from _find_reverted(question, peak, usual, asked_at)


def is_explained(question: Question, answers: Mapping[Source, Mapping[str, Any]]) -> bool:
    """Tell whether most of the rise has something in common by itself, so that little is left to be asked."""
    found = find(question, answers, dict.fromkeys(answers, question.until))
    return any((one.share or 0) >= _MOST and one.kind in SPECIFIC for one in found)


def _is_told(share: Share) -> bool:
    # What may as well be nothing is no finding.
    return share.share >= LEAST_SHARE and share.share - share.margin > 0


def _find_kind(label: str) -> FindingKind | None:
    if label.startswith("#"):
        return FindingKind.HASHTAG
    if label.startswith("tool "):
        return FindingKind.TOOL
    return {
        TRANSLATION: FindingKind.TRANSLATION,
        NEWCOMER: FindingKind.NEWCOMER_TASKS,
        NEW_ACCOUNT: FindingKind.NEW_ACCOUNTS,
    }.get(label)


def _describe(
    question: Question, kind: FindingKind, label: str, peak: Blocks, tags: Mapping[str, str]
) -> tuple[str, dict[str, Parameter], str | None]:
    last = question.until - timedelta(days=1)
    if kind is FindingKind.HASHTAG:
        tag = label.removeprefix("#")
        asked = {"query": tag, "project": question.project, "startdate": question.month, "enddate": last.date()}
        return tag, {"accounts": peak.accounts[label]}, f"https://hashtags.wmcloud.org/?{urlencode(asked)}"
    if kind is FindingKind.TOOL:
        tag = label.removeprefix("tool ")
        return tag, {"name": tags.get(tag)}, f"https://{question.project}/wiki/Special:Tags"
    return "", {}, None


def _is_much_reverted(question: Question, peak: Blocks) -> bool:
    part = part_of(REVERTED, peak, bots=question.metric is Metric.EDITS)
    return question.month >= _REVERTS_SINCE and part is not None and part >= _LEAST_REVERTED


def _find_reverted(question: Question, peak: Blocks, usual: Blocks, asked_at: datetime) -> Iterator[Finding]:
    bots = question.metric is Metric.EDITS
    part, before = part_of(REVERTED, peak, bots=bots), part_of(REVERTED, usual, bots=bots)
    if not _is_much_reverted(question, peak) or part is None or before is None or part < _REVERTS_TIMES * before:
        return
    yield Finding(
        FindingKind.REVERTED, "", question.metric, None, None,
        {"part": part, "usual": before}, None, Source.REVISIONS, asked_at,
    )  # fmt: skip


def _find_few_people(question: Question, answer: Mapping[str, Any], asked_at: datetime) -> Iterator[Finding]:
    rise = question.value - question.expected
    for bot, edits, before in answer.get("bots", ()):
        share = (edits - before) / rise
        if share >= LEAST_SHARE:
            url = _link_contributions(question, bot)
            yield Finding(
                FindingKind.BOT_TASK, bot, question.metric, min(share, 1.0), 0.0, {}, url, Source.EDITORS, asked_at
            )
    top, before = answer.get("top", ()), answer.get("before")
    if before is None or not top:
        return
    if not before or not question.year_before:
        # The busiest ten make much of the edits in any month: how much, is not known here.
        return
    share = (sum(top) - sum(before) * question.expected / question.year_before) / rise
    if share < LEAST_SHARE:
        return
    if question.people is not None and question.people < SMALL_GROUP:
        yield Finding(FindingKind.FEW_PEOPLE, "", question.metric, None, None, {}, None, Source.EDITORS, asked_at)
    elif len(top) == SMALL_GROUP:
        yield Finding(
            FindingKind.FEW_PEOPLE, "", question.metric, min(share, 1.0), 0.0,
            {"people": len(top)}, None, Source.EDITORS, asked_at,
        )  # fmt: skip


def _link_contributions(question: Question, bot: str) -> str:
    last = question.until - timedelta(days=1)
    span = urlencode({"start": question.month.isoformat(), "end": last.date().isoformat()})
    return f"https://{question.project}/wiki/Special:Contributions/{quote(bot, safe='')}?{span}"


def _find_pages(question: Question, answer: Mapping[str, Any], asked_at: datetime) -> Iterator[Finding]:
    rise = question.value - question.expected
    for title, edits, usual, what in answer["pages"]:
        url = f"https://{question.project}/wiki/{quote(title.replace(' ', '_'), safe=':/')}"
        if what == "news":
            yield Finding(
                FindingKind.NEWS,
                title,
                question.metric,
                min((edits - usual) / rise, 1.0),
                0.0,
                {"edits": edits},
                url,
                Source.PAGES,
                asked_at,
            )
        else:
            yield Finding(
                FindingKind.EVENT_PAGE,
                title,
                question.metric,
                None,
                None,
                {"edits": edits},
                url,
                Source.PAGES,
                asked_at,
            )


def _list_programmes(question: Question, answer: Mapping[str, Any], asked_at: datetime) -> Iterator[Finding]:
    for title, url, first, last in answer.get("programmes", ()):
        yield Finding(
            FindingKind.PROGRAMME, title, question.metric, None, None,
            {"first": first, "last": last}, url, Source.PROGRAMMES, asked_at,
        )  # fmt: skip
