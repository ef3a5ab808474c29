"""What a page comes to in a sentence or two: for pictures, and for the previews of its links."""

from datetime import date

from wiki_activity.domain.months import name_month
from wiki_activity.domain.sentences import format_count, format_ratio
from wiki_activity.explorer.pages import wording
from wiki_activity.explorer.pages.wiki_figures import Figures
from wiki_activity.explorer.series import SeriesPeak, WikiSeries


def say_wiki(series: WikiSeries, figures: Figures) -> str:
    """Say in a sentence or two what the months of a chart come to."""
    unit = wording.UNITS[series.metric]
    if figures.month is None or figures.count is None or figures.typical is None:
        return f"No {unit} of these months are known."
    newest, typical = format_count(figures.count), format_count(figures.typical)
    first = f"{newest} {unit} in {name_month(figures.month)}; a typical month has {typical}."
    if not figures.peaks:
        return f"{first} No month stands out."
    if figures.peaks == 1:
        return f"{first} One month stands out{', with a note' if figures.noted else ''}."
    if figures.noted:
        return f"{first} {figures.peaks} months stand out, {figures.noted} of them with a note."
    return f"{first} {figures.peaks} months stand out."


def say_language(wikis: int, shown: int, peaks: int) -> str:
    """Say how many wikis there are, and how many of their months stood out."""
    whole = "One wiki." if wikis == 1 else f"{wikis} wikis."
    part = f" Shown are the {shown} biggest." if shown < wikis else ""
    if not peaks:
        return f"{whole}{part} No month of the last two years stands out."
    if peaks == 1:
        return f"{whole}{part} One month of the last two years stands out."
    return f"{whole}{part} {peaks} months of the last two years stand out."


def say_month(series: WikiSeries, month: date, peak: SeriesPeak | None) -> str:
    """Say what a month came to, in a sentence or two."""
    unit = wording.UNITS[series.metric]
    at = series.months.index(month) if month in series.months else None
    count = None if at is None else series.counts[at]
    if at is None or count is None:
        return f"The count of {name_month(month)} is not stored: missing is not zero."
    if peak is not None and not peak.hollow:
        return _say_peak(peak, unit)
    alert = series.threshold[at]
    if month in series.provisional:
        return f"{format_count(count)} {unit} in {name_month(month)} so far: it is published only in part."
    if alert is None:
        return f"{format_count(count)} {unit} in {name_month(month)}; the month is not judged."
    if count >= alert:
        return f"{format_count(count)} {unit} in {name_month(month)} reach the alert line of {format_count(alert)}."
    return f"{format_count(count)} {unit} in {name_month(month)}: below the alert line of {format_count(alert)}."


def _say_peak(peak: SeriesPeak, unit: str) -> str:
    size = f"{format_count(peak.value)} {unit} in {name_month(peak.month)}"
    times = format_ratio(peak.value, peak.expected)
    if not times:
        return f"{size}, where none were expected."
    return f"{size}: {times} the {format_count(peak.expected)} expected."
