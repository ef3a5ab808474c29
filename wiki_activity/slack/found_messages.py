"""What was found behind the peaks of a month that readers were told of, peaks with one thing in common together."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Final

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.finding_sentences import describe_finding, show_name
from wiki_activity.domain.findings import Finding, FindingKind
from wiki_activity.domain.months import format_month, name_month
from wiki_activity.slack.digest_messages import name_in_line
from wiki_activity.slack.lines import Line, bold, join, link, words
from wiki_activity.slack.message import Message, compose
from wiki_activity.slack.slack_wording import count_of

_IN_COMMON: Final = {
    FindingKind.HASHTAG,
    FindingKind.TEMPLATE,
    FindingKind.BOT_TASK,
    FindingKind.NEWS,
    FindingKind.PROGRAMME,
}
"""Of one name on two wikis they are likely one thing; two wikis that use one tool have only that in common."""
_MOST_NAMES: Final = 5
_MOST_LINES: Final = 20


def found_message(
    month: date,
    found: Mapping[str, Finding],
    *,
    listed: Sequence[str],
    nothing: Collection[str],
    unread: Collection[str],
    metrics: Mapping[str, Metric],
    names: Mapping[str, str],
    explorer_url: str,
) -> Message | None:
    """Say what was found; None where there is nothing to say.

    Parameters
    ----------
    found
        The finding that speaks for each project's month.
    listed
        Projects that were asked about and named when readers were told of the month, in their order: only these have
        lines of their own.
    nothing, unread
        Projects of whose month all could be read and nothing was seen, and those of which some could not be read and
        nothing speaks.
    metrics
        In what each of these projects' months is a peak.
    names
        Wikis' names for readers, by project.
    explorer_url
        Where our own pages are, without a trailing slash.
    """

    def name(project: str) -> Line:
        return name_in_line(project, month, metrics[project], names, explorer_url)

    groups = _group(found)
    rows = [
        f"• {_name_group(found[projects[0]])}: {count_of(len(projects), 'wiki', 'wikis')}, "
        + _name_some(projects, name)
        for projects in groups
    ]
    together = {project for projects in groups for project in projects}
    alone = [project for project in found if project in listed and project not in together]
    rows += ["• " + name(project) + f": {describe_finding(found[project])}" for project in alone]
    if not rows:
        return None
    peaks_address = f"{explorer_url}/peaks?month={format_month(month)}&found=anything"
    rest = len(rows) - _MOST_LINES
    shown = rows[:_MOST_LINES] + (["• " + link(peaks_address, f"and {rest} more")] if rest > 0 else [])
    if unexplained := [project for project in listed if project in nothing]:
        shown.append("• Nothing that we can see explains " + _name_some(unexplained, name) + ". Do you know?")
    if half_known := [project for project in listed if project in unread]:
        shown.append("• Could not be read in full: " + _name_some(half_known, name) + ".")
    title = bold(f"What we found behind the peaks of {name_month(month)}:")
    told = "Shares are estimated from samples. Evidence, not a cause."
    return compose([title, join("\n", shown), words(told)], [link(peaks_address, "all that was found")])


def _group(found: Mapping[str, Finding]) -> list[list[str]]:
    """Group projects whose findings are likely one thing, the most wikis first; of each group those with most of it."""
    groups: dict[tuple[FindingKind, str], list[str]] = defaultdict(list)
    for project, finding in found.items():
        if finding.kind in _IN_COMMON:
            groups[finding.kind, finding.subject.casefold()].append(project)
    several = [projects for projects in groups.values() if len(projects) > 1]
    for projects in several:
        projects.sort(key=lambda project: (-(found[project].share or 0), project))
    return sorted(several, key=lambda projects: (-len(projects), projects))


def _name_group(finding: Finding) -> str:
    subject = show_name(finding.subject)
    return f"#{subject}" if finding.kind is FindingKind.HASHTAG else subject


def _name_some(projects: list[str], name: Callable[[str], Line]) -> Line:
    shown = join(", ", [name(project) for project in projects[:_MOST_NAMES]])
    rest = len(projects) - _MOST_NAMES
    return shown + (f" and {rest} more" if rest > 0 else "")
