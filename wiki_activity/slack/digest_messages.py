"""What is said once a month: which wikis stood out, and what else a reader has to know to read that right."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.digest import Digest
from wiki_activity.domain.episodes import Episode
from wiki_activity.domain.months import format_month, name_month
from wiki_activity.domain.peaks import Peak
from wiki_activity.domain.sentences import MonthCounts, describe_kind, format_count, format_ratio
from wiki_activity.slack.lines import Line, bold, join, link, sentences, words
from wiki_activity.slack.live_messages import Place, describe_episode_in_words
from wiki_activity.slack.message import Message, compose
from wiki_activity.slack.slack_wording import count_of

_MOST_NAMES: Final = 5
_MOST_EPISODES: Final = 10
_NOUNS: Final = {Metric.EDITS: "edits", Metric.PEOPLE_EDITS: "edits without bots", Metric.EDITORS: "editors"}


def digest_message(
    digest: Digest,
    *,
    names: Mapping[str, str],
    counts: Mapping[str, MonthCounts],
    late_episodes: Sequence[Episode],
    explorer_url: str,
    now: datetime,
    stayed: Mapping[str, str] = MappingProxyType({}),
) -> Message:
    """Say how a month was.

    Parameters
    ----------
    names
        Wikis' names for readers, by project.
    counts
        The month's counts of the wikis that stood out, by project.
    late_episodes
        Busy spells that were found too late to be told at the time.
    explorer_url
        Where our own pages are, without a trailing slash.
    now
        UTC.
    stayed
        Who stayed of the accounts of a month that was told before, in a sentence, by project.
    """
    month = name_month(digest.month)
    whose = "your " if digest.watched else ""
    title = bold(f"{month}, {whose}{count_of(digest.wikis, 'wiki', 'wikis')}: {_sum_up(digest)}.")
    listed = digest.listed
    rows = [describe_peak(peak, names, counts.get(peak.project), explorer_url) for peak in listed]
    peaks_address = f"{explorer_url}/peaks?month={format_month(digest.month)}"
    rest = len(digest.stood_out) - len(listed)
    if rest:
        rows.append("• " + link(peaks_address, f"and {rest} more"))
    if rest and not digest.watched:
        title = sentences(title, f"The {len(listed)} that stood out most:")
    footer = [link(peaks_address, f"all peaks of {month}")]
    return compose(
        [
            title,
            join("\n", rows),
            _add_notes(digest, names),
            _tell_late(late_episodes, names, explorer_url, now),
            join("\n", [words(f"{names.get(project, project)}: {one}") for project, one in stayed.items()]),
        ],
        footer,
    )


def _sum_up(digest: Digest) -> str:
    if digest.wikis and digest.as_usual == digest.wikis:
        return "all as usual"
    parts = [f"{len(digest.stood_out)} stood out"]
    if digest.still_up:
        parts.append(f"{digest.still_up} still {'does' if digest.still_up == 1 else 'do'}")
    parts.append(f"{digest.as_usual} as usual")
    if digest.withheld:
        parts.append(f"{digest.withheld} not told")
    if digest.unread:
        parts.append(f"{len(digest.unread)} could not be read")
    return ", ".join(parts)


def name_in_line(project: str, month: date, metric: str, names: Mapping[str, str], explorer_url: str) -> Line:
    """Name a wiki, with a link to the page of its month."""
    address = f"{explorer_url}/p/{quote(project)}/peaks/{format_month(month)}?metric={metric}"
    return link(address, names.get(project, project))


def describe_peak(peak: Peak, names: Mapping[str, str], counts: MonthCounts | None, explorer_url: str) -> Line:
    """Say in a line of a list how far a wiki stood out, and what that was made of."""
    name = name_in_line(peak.project, peak.month, peak.metric.value, names, explorer_url)
    ratio = format_ratio(peak.value, peak.expected)
    value = f"{format_count(peak.value)} {_NOUNS[peak.metric]}"
    if ratio is None:
        size = f"{value}, where none were expected"
    else:
        size = f"{ratio} expected, {value} against {format_count(peak.expected)}"
    return "• " + name + f": {size}. {describe_kind(peak, counts)}"


def _add_notes(digest: Digest, names: Mapping[str, str]) -> Line:
    notes: list[str] = []
    if digest.faults:
        told = f", and {count_of(digest.withheld, 'wiki is', 'wikis are')} not told for that" if digest.withheld else ""
        notes.append(f"Counts of this month are faulty, as Wikistats says{told}: {'; '.join(digest.faults)}.")
    if digest.shared:
        notes.append("More wikis stood out in this month than chance explains.")
    if digest.watched and digest.elsewhere:
        notes.append(f"Elsewhere {count_of(digest.elsewhere, 'wiki', 'wikis')} stood out.")
    if digest.bot_runs:
        notes.append(
            f"Not listed: {count_of(digest.bot_runs, 'wiki with mostly bot edits', 'wikis with mostly bot edits')}."
        )
    if digest.unread:
        notes.append(f"Could not be read: {_name_some(digest.unread, names)}.")
    return sentences(*notes)


def _name_some(projects: Sequence[str], names: Mapping[str, str]) -> str:
    shown = ", ".join(names.get(project, project) for project in projects[:_MOST_NAMES])
    rest = len(projects) - _MOST_NAMES
    return f"{shown} and {rest} more" if rest > 0 else shown


def _tell_late(episodes: Sequence[Episode], names: Mapping[str, str], explorer_url: str, now: datetime) -> Line:
    if not episodes:
        return Line()
    told = [
        describe_episode_in_words(Place(one.project, names.get(one.project, one.project), explorer_url), one, now)
        for one in episodes[:_MOST_EPISODES]
    ]
    if len(episodes) > _MOST_EPISODES:
        told.append(words(f"and {len(episodes) - _MOST_EPISODES} more"))
    return "Busy spells that we saw too late to tell: " + join("; ", told) + "."
