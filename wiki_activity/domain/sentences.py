"""Peaks in plain words, for people who are no engineers; how pages and messages lay them out is theirs."""

import math
from dataclasses import dataclass

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.months import name_month
from wiki_activity.domain.peaks import Detector, Kind, Outcome, Peak

_NOUNS = {
    Metric.EDITS: ("edit", "edits", ""),
    Metric.PEOPLE_EDITS: ("edit", "edits", " without bots"),
    Metric.EDITORS: ("editor", "editors", ""),
}


@dataclass(frozen=True, slots=True)
class MonthCounts:
    """All counts of one wiki in one month, to tell what a peak was made of; None where not known.

    `registered` says whether more people than usual is told by `user_editors`, else by `editors`.
    """

    edits: float | None = None
    people_edits: float | None = None
    anonymous_edits: float | None = None
    editors: float | None = None
    user_editors: float | None = None
    active_editors: float | None = None
    new_users: float | None = None
    new_pages: float | None = None
    registered: bool = False


def describe_peak(peak: Peak, counts: MonthCounts | None = None) -> str:
    """Say in a few sentences how far a month stood out, what it was made of, and what became of it.

    Parameters
    ----------
    peak
        Any detector's, in any metric.
    counts
        The same month's; without them the kind is named and no figures with it.

    Returns
    -------
    str
        "31,651 edits in March 2013: 3.5× the 9,045 expected from its last year, recent months and usual March; months
        here normally stay below 16,217. Mostly bot edits: 27,940 of them by bots."
    """
    if peak.value == 0:
        return f"{_describe_size(peak)}."
    parts = [f"{_describe_size(peak)}.", describe_kind(peak, counts)]
    if not peak.starts_episode:
        parts.append("It had begun in an earlier month.")
    if peak.shared:
        parts.append("Unusually many wikis were this busy in the same month.")
    parts.append(describe_outcome(peak))
    return " ".join(part for part in parts if part)


def describe_kind(peak: Peak, counts: MonthCounts | None = None) -> str:
    """Say what a peak was made of, with the month's own figures where they are known."""
    known = counts or MonthCounts()
    if peak.kind is None:
        return "What it was made of cannot be told."
    if peak.kind is Kind.BOT_RUN:
        bots = None if known.edits is None or known.people_edits is None else known.edits - known.people_edits
        return _add_figure("Mostly bot edits", bots, "of them by bots")
    if peak.kind is Kind.LOGGED_OUT_WAVE:
        of_what = "edits" if peak.metric is Metric.EDITORS else "of them"
        return _add_figure(
            "A wave of edits without logging in", known.anonymous_edits, f"{of_what} by people without an account"
        )
    if known.registered:
        editors, noun = known.user_editors, "editors who are registered and no bots"
    else:
        editors, noun = None if peak.metric is Metric.EDITORS else known.editors, "editors"
    if editors == 1:
        noun = "editor who is registered and no bot" if known.registered else "editor"
    if peak.kind is Kind.MORE_PEOPLE:
        return _add_figure("More people than usual", editors, noun)
    return _add_figure("The same people, many edits", editors, noun)


def describe_outcome(peak: Peak) -> str:
    """Say whether the peak had ended the month after; nothing while that is not known."""
    if peak.outcome is None:
        return ""
    return "The month after was back to usual." if peak.outcome is Outcome.OVER else "The month after was still up."


def format_count(count: float) -> str:
    """Write a count or a mean for readers: `9,045`; `4.5` where it is below ten, `0.03` where it is below one."""
    whole = int(count)
    if whole == count:
        return f"{whole:,}"
    if count >= 10:
        return f"{count:,.0f}"
    if 0 < count < 0.95:
        return f"{max(count, 0.01):.2g}"
    rounded = round(count, 1)
    return f"{rounded:,.1f}" if rounded < 10 and rounded % 1 else f"{count:,.0f}"


def format_ratio(value: float, expected: float) -> str | None:
    """Write how many times the expected value a count is: `3.5×`, `12×`; None where nothing was expected."""
    if expected <= 0:
        return None
    return f"{format_count(value / expected)}×"


def format_alert_line(threshold: float) -> str:
    """Write the lowest whole count that is a peak."""
    return f"{math.ceil(threshold):,}"


def _describe_size(peak: Peak) -> str:
    singular, plural, by_whom = _NOUNS[peak.metric]
    happened = (
        f"{format_count(peak.value)} {singular if peak.value == 1 else plural}{by_whom} in {name_month(peak.month)}"
    )
    if peak.detector is Detector.ROLLING_MEAN:
        return f"{happened}: {_compare_with_mean(peak)}"
    basis = f"from its last year, recent months and usual {name_month(peak.month).split()[0]}"
    line = f"months here normally stay below {format_alert_line(peak.threshold)}"
    ratio = format_ratio(peak.value, peak.expected)
    if ratio is None:
        return f"{happened}, where none were expected {basis}; {line}"
    return f"{happened}: {ratio} the {format_count(peak.expected)} expected {basis}; {line}"


def _compare_with_mean(peak: Peak) -> str:
    ratio = format_ratio(peak.value, peak.expected)
    if ratio is None:
        return "its 3-year average is 0, and the rolling mean counts every such month"
    percent = round(100 * (peak.threshold / peak.expected - 1), 1)
    line = (
        f"the alert line of the rolling mean, {percent:g} % over that average, is {format_alert_line(peak.threshold)}"
    )
    return f"{ratio} its 3-year average of {format_count(peak.expected)}; {line}"


def _add_figure(words: str, figure: float | None, of_what: str) -> str:
    return f"{words}: {format_count(figure)} {of_what}." if figure is not None and figure > 0 else f"{words}."
