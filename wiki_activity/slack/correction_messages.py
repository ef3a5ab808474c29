"""What is said when a month of which readers were told has changed materially since."""

from collections.abc import Mapping
from typing import Final

from wiki_activity.domain.corrections import Correction, ToldPeak
from wiki_activity.domain.months import format_month, name_month
from wiki_activity.domain.peaks import Peak
from wiki_activity.domain.sentences import MonthCounts, format_count, format_ratio
from wiki_activity.slack.digest_messages import describe_peak, name_in_line
from wiki_activity.slack.lines import Line, bold, join, link, words
from wiki_activity.slack.message import Message, compose

_MOST_LISTED: Final = 20


def correction_message(
    correction: Correction,
    *,
    names: Mapping[str, str],
    counts: Mapping[str, MonthCounts],
    explorer_url: str,
) -> Message:
    """Say what was told of a month and is otherwise now.

    Parameters
    ----------
    names
        Wikis' names for readers, by project.
    counts
        The month's counts of the wikis that stand out now, by project.
    explorer_url
        Where our own pages are, without a trailing slash.
    """
    month = name_month(correction.month)
    rows = [
        *(describe_peak(one, names, counts.get(one.project), explorer_url) + " Not told before."
          for one in correction.appeared),
        *(describe_peak(now, names, counts.get(now.project), explorer_url) + f" We had told {_describe_size(then)}."
          for now, then in correction.changed),
        *(_describe_vanished(one, correction, names, explorer_url) for one in correction.vanished),
    ]  # fmt: skip
    rest = len(rows) - _MOST_LISTED
    peaks_address = f"{explorer_url}/peaks?month={format_month(correction.month)}"
    shown = rows[:_MOST_LISTED] + ([words("• ") + link(peaks_address, f"and {rest} more")] if rest > 0 else [])
    title = bold(f"A correction of {month}: Wikimedia has changed its counts since we told of it.")
    return compose([title, join("\n", shown)], [link(peaks_address, f"all peaks of {month}")])


def _describe_vanished(told: ToldPeak, correction: Correction, names: Mapping[str, str], explorer_url: str) -> Line:
    name = name_in_line(told.project, correction.month, told.metric, names, explorer_url)
    return "• " + name + f": does not stand out any more. We had told {_describe_size(told)}."


def _describe_size(told: ToldPeak | Peak) -> str:
    ratio = format_ratio(told.value, told.expected)
    return f"{format_count(told.value)}, where none were expected" if ratio is None else f"{ratio} expected"
