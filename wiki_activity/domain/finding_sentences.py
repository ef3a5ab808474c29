"""Findings in plain words. They say what was seen, and never why, whose fault, or with which motive."""

import unicodedata
from typing import Final

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.findings import Finding, FindingKind, Source
from wiki_activity.domain.sentences import format_count

NOTHING_FOUND: Final = "Nothing we can see explains it. Do you know?"
NOTHING_ROSE: Final = "No more edits than expected were made in this month, so there was nothing to ask about."
_EXTRA: Final = {Metric.PEOPLE_EDITS: "the extra edits without bots"}
_LONGEST: Final = 80
_STEERING: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS: Final = frozenset("\u200c\u200d")
"""Persian and the scripts of India cannot be written without them."""
_SOURCES: Final = {
    Source.DAYS: "when in the month it was",
    Source.EDITORS: "whether few people made it",
    Source.PAGES: "which pages were edited",
    Source.REVISIONS: "what the edits have in common",
    Source.PROGRAMMES: "which programmes were on",
}


_SENTENCES: Final = {
    FindingKind.HASHTAG: "{part} of {extra} carried #{subject}.",
    FindingKind.TEMPLATE: "{part} of {extra} were made by people who put the template “{subject}” on new talk pages.",
    FindingKind.IMPORT: "{part} of {extra} were imports of pages from another wiki or a file.",
    FindingKind.TOOL: "{part} of {extra} were made with {name}.",
    FindingKind.TRANSLATION: "{part} of {extra} were made with the translation tool.",
    FindingKind.NEWCOMER_TASKS: "{part} of {extra} were tasks that newcomers are offered.",
    FindingKind.BOT_TASK: "{part} of {extra} were made by the bot {subject}.",
    FindingKind.NEWS: "{part} of {extra} were on “{subject}”, one of the most viewed pages of the month.",
    FindingKind.NEW_ACCOUNTS: "At least {share} of {extra} were made by accounts that were new in this month.",
    FindingKind.FEW_PEOPLE: "Ten people made about {share} of {extra}.",
    FindingKind.EVENT_PAGE: "“{subject}” and the pages under it had {edits} edits; they were not among the most edited "
    "ones a year before.",
    FindingKind.PROGRAMME: "“{subject}” was on at the same time.",
    FindingKind.REVERTED: "At least {reverted} of the edits were reverted (usual: {usual}).",
}
_SMALL_GROUP: Final = "A small group made most of {extra}."
_BRIEF: Final = {
    FindingKind.HASHTAG: "#{subject}",
    FindingKind.TEMPLATE: "template “{subject}”",
    FindingKind.IMPORT: "imports",
    FindingKind.TOOL: "{name}",
    FindingKind.TRANSLATION: "translations",
    FindingKind.NEWCOMER_TASKS: "tasks for newcomers",
    FindingKind.BOT_TASK: "bot {subject}",
    FindingKind.NEWS: "“{subject}”",
    FindingKind.NEW_ACCOUNTS: "new accounts",
    FindingKind.FEW_PEOPLE: "ten people",
    FindingKind.EVENT_PAGE: "“{subject}”",
    FindingKind.PROGRAMME: "“{subject}”",
    FindingKind.REVERTED: "reverted edits",
}
_MEASURED_PROGRAMME: Final = "{part} of {extra} were made in the programme “{subject}”."


def describe_finding(finding: Finding) -> str:
    """Say a finding in a sentence, like "About 41 % (± 6) of the extra edits carried #WPWP"."""
    known, subject = finding.parameters, show_name(finding.subject)
    sentence = _SENTENCES[finding.kind]
    if finding.kind is FindingKind.FEW_PEOPLE and finding.share is None:
        sentence = _SMALL_GROUP
    elif finding.kind is FindingKind.PROGRAMME and finding.share is not None:
        sentence = _MEASURED_PROGRAMME
    edits = _number(finding, "edits")
    return sentence.format(
        part=_say_share(finding),
        share=_percent(finding.share),
        extra=_EXTRA.get(finding.metric, "the extra edits"),
        subject=subject,
        name=show_name(str(known.get("name") or subject)),
        edits="many" if edits is None else format_count(edits),
        reverted=_percent(_number(finding, "part")),
        usual=_percent(_number(finding, "usual")),
    )


def describe_briefly(finding: Finding) -> str:
    """Say a finding where there is room for some words, like "#WPWP, about 41 % of the rise"."""
    name = show_name(str(finding.parameters.get("name") or finding.subject))
    what = _BRIEF[finding.kind].format(subject=show_name(finding.subject), name=name)
    if finding.share is None:
        return "a small group" if finding.kind is FindingKind.FEW_PEOPLE else what
    is_least = finding.margin is None or finding.kind is FindingKind.NEW_ACCOUNTS
    return f"{what}, {'at least' if is_least else 'about'} {_percent(finding.share)} of the rise"


def describe_gap(source: Source) -> str:
    """Say what is not known since a source could not be read: like "Not known, since it could not be read: …"."""
    return f"Not known, since it could not be read: {_SOURCES[source]}."


def show_name(text: str) -> str:
    """Return a name as a reader may see it: not too long, and without characters that steer what comes after them."""
    # A line's end steers too, and parts words.
    shown = "".join(
        one for one in " ".join(text.split()) if one in _JOINERS or unicodedata.category(one) not in _STEERING
    )
    shown = " ".join(shown.split())
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"


def _say_share(finding: Finding) -> str:
    if finding.share is None:
        return "Some"
    if finding.margin is None:
        return f"At least {_percent(finding.share)}"
    margin = 100 * finding.margin
    about = f"About {_percent(finding.share)}"
    return f"{about} (± {margin:.0f})" if margin >= 1 else about


def _percent(share: float | None) -> str:
    if share is None:
        return "some"
    return "under 1 %" if 0 < share < 0.01 else f"{100 * share:.0f} %"


def _number(finding: Finding, name: str) -> float | None:
    number = finding.parameters.get(name)
    return float(number) if isinstance(number, int | float) else None
