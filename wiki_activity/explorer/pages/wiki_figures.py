"""A wiki's series cut to what is shown, the figures of its cards, and what has to be said about it in words."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.months import name_month, newest_ended_month
from wiki_activity.domain.peaks import Detector
from wiki_activity.domain.sentences import format_alert_line, format_count
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.pages import wording
from wiki_activity.explorer.series import SeriesPeak, WikiSeries

_JUDGED_AFTER = 12
_NAMED_GAPS = 4


@dataclass(frozen=True, slots=True)
class Figures:
    """What the cards say of the months shown.

    Parameters
    ----------
    month, year_before, count
        The newest month that is known and not provisional, the same one a year before, its count; None where none is.
    times_a_year_ago
        `1.07×`; None where the same month a year before is not known or was zero.
    typical
        The median month; None where no month is known.
    peaks, noted, hollow
        How many peaks the detector sees, how many of these have a note, how many only the rolling mean sees.
    highest
        The peak that was most times what was expected; None where there is none.
    """

    month: date | None
    year_before: date | None
    count: int | None
    times_a_year_ago: str | None
    typical: float | None
    peaks: int
    noted: int
    hollow: int
    highest: SeriesPeak | None


def cut_series(series: WikiSeries, first: date | None, last: date | None) -> WikiSeries:
    """Leave of a series the months from `first` to `last`, both included; None cuts nothing."""
    begin = first if first is not None else date.min
    end = last if last is not None else date.max
    at = [place for place, month in enumerate(series.months) if begin <= month <= end]
    part = slice(at[0], at[-1] + 1) if at else slice(0)
    return replace(
        series,
        months=series.months[part],
        counts=series.counts[part],
        bots=None if series.bots is None else series.bots[part],
        expected=series.expected[part],
        threshold=series.threshold[part],
        peaks=tuple(peak for peak in series.peaks if begin <= peak.month <= end),
        notes=tuple(note for note in series.notes if note.month <= end and note.subject.last >= begin),
    )


def find_figures(series: WikiSeries, shown: WikiSeries) -> Figures:
    """Find what the cards say.

    Parameters
    ----------
    series
        All months: the month a year before the newest one may not be shown.
    shown
        The months shown.
    """
    known = [(month, count) for month, count in zip(shown.months, shown.counts, strict=True) if count is not None]
    peaks = [peak for peak in shown.peaks if not peak.hollow]
    complete = [one for one in known if one[0] not in series.provisional]
    month, count = complete[-1] if complete else (None, None)
    return Figures(
        month=month,
        year_before=None if month is None else month.replace(year=month.year - 1),
        count=count,
        times_a_year_ago=None if month is None or count is None else _compare(series, month, count),
        typical=statistics.median(count for _, count in known) if known else None,
        peaks=len(peaks),
        noted=sum(peak.annotation is not None for peak in peaks),
        hollow=len(shown.peaks) - len(peaks),
        highest=max(peaks, key=lambda peak: (peak.times or 0, peak.value), default=None),
    )


def find_gaps(series: WikiSeries) -> list[date]:
    """Find the months between the first and the last that are known of which nothing is stored."""
    return [month for month, count in zip(series.months, series.counts, strict=True) if count is None]


def is_unfinished(series: WikiSeries, now: datetime) -> bool:
    """Tell whether the newest month is not complete: it has not ended yet, or is published only in part."""
    if not series.months:
        return False
    return series.months[-1] > newest_ended_month(now) or series.months[-1] in series.provisional


def list_rows(
    shown: WikiSeries, compared: Sequence[WikiSeries], people: Sequence[Sequence[int | None]] = ()
) -> list[tuple[str, list[str]]]:
    """List the months shown as rows of a table, newest first: the month, then its cells as readers see them.

    The cells are the count, bots' part where the series has it, expected value, alert line, the compared wikis', and
    the columns of people.
    """
    beside = [dict(zip(one.months, one.counts, strict=True)) for one in compared]
    counts = [shown.counts] if shown.bots is None else [shown.counts, shown.bots]
    columns = [
        *(_write(column, "no data") for column in counts),
        _write(shown.expected, "–"),
        ["–" if line is None else format_alert_line(line) for line in shown.threshold],
        *(_write([one.get(month) for month in shown.months], "no data") for one in beside),
        *(_write(column, "no data") for column in people),
    ]
    names = [
        f"{name_month(month)[:3]} {month.year}{', provisional' * (month in shown.provisional)}"
        for month in shown.months
    ]
    return [(name, list(cells)) for name, *cells in zip(names, *columns, strict=True)][::-1]


def describe_state(wiki: Wiki, series: WikiSeries, shown: WikiSeries, now: datetime) -> list[str]:
    """Say in sentences what a reader could take for something else: gaps, short histories, unfinished months.

    Parameters
    ----------
    wiki
        Whose page it is.
    series, shown
        All months, and those shown.
    now
        UTC.
    """
    sentences = []
    if series.months and not shown.months:
        sentences.append(
            f"No months in this range: {wiki.name} is known from {name_month(series.months[0])} "
            f"to {name_month(series.months[-1])}."
        )
    if shown.months and not any(count is not None for count in shown.counts):
        sentences.append(_describe_unknown(series.metric))
    elif gaps := find_gaps(shown):
        sentences.append(f"No data for {_list_months(gaps)}: the line has a gap there.")
    if sentence := _describe_short_history(series):
        sentences.append(sentence)
    if shown.provisional:
        sentences.append(
            f"{name_month(shown.provisional[-1])} is provisional: Wikimedia has published only a part of it so far. "
            "The way to it is dotted, and it is judged once it is complete."
        )
    elif is_unfinished(shown, now):
        sentences.append(f"{name_month(shown.months[-1])} is not finished: its last part is dotted, and it is no peak.")
    return sentences


def describe_calm(shown: WikiSeries, percent: float) -> str:
    """Say why there is no peak among the months shown."""
    if shown.detector is Detector.ROLLING_MEAN:
        return f"No peaks in this range: no month came {percent:g} % over its three-year average."
    if not any(line is not None for line in shown.threshold):
        return "No peaks in this range: no month of it could be judged."
    known = zip(shown.counts, shown.threshold, strict=True)
    unjudged = sum(count is not None and line is None for count, line in known)
    if not unjudged:
        return "No peaks in this range: every month stayed below its alert line."
    if unjudged == 1:
        return "No peaks in this range: every month that has an alert line stayed below it; one has none."
    return f"No peaks in this range: every month that has an alert line stayed below it; {unjudged:,} have none."


def _write(values: Sequence[float | None], missing: str) -> list[str]:
    # Whole counts, which most are, are written without a call for each.
    return [
        missing if value is None else f"{value:,}" if isinstance(value, int) else format_count(value)
        for value in values
    ]


def _compare(series: WikiSeries, month: date, count: int) -> str | None:
    before = month.replace(year=month.year - 1)
    if before not in series.months:
        return None
    then = series.counts[series.months.index(before)]
    if not then:
        return None
    times = count / then
    return f"{times:.2f}×" if times < 9.995 else f"{times:,.0f}×"


def _describe_unknown(metric: Metric) -> str:
    if metric is Metric.PEOPLE_EDITS:
        return (
            "Edits without bots are not known here: of this wiki only the total is stored, not what bots made of it. "
            "All edits are known."
        )
    return f"The {wording.UNITS[metric]} of these months are not known."


def _describe_short_history(series: WikiSeries) -> str | None:
    known = [place for place, count in enumerate(series.counts) if count]
    if not known or series.detector is not Detector.SEASONAL:
        return None
    months = len(series.months) - known[0]
    if months > _JUDGED_AFTER:
        return None
    return (
        f"This wiki’s first edits are {months} {'month' if months == 1 else 'months'} old: "
        f"a month is judged once there are {_JUDGED_AFTER} months before it."
    )


def _list_months(months: Sequence[date]) -> str:
    named = [name_month(month) for month in months[:_NAMED_GAPS]]
    if len(months) > _NAMED_GAPS:
        named.append(f"{len(months) - _NAMED_GAPS} more months")
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
