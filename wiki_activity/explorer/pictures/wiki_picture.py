"""A wiki's chart as a picture: what its page draws, with the labels of its notes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.pages import wording
from wiki_activity.explorer.pages.summaries import say_wiki
from wiki_activity.explorer.pages.view_state import Scale, ViewState
from wiki_activity.explorer.pages.wiki_drawing import HEIGHT, WIDTH, Plane, align, draw_on, lay_out
from wiki_activity.explorer.pages.wiki_figures import cut_series, find_figures, is_unfinished
from wiki_activity.explorer.pages.wiki_view import HEADINGS
from wiki_activity.explorer.pictures.axis_ticks import list_levels, list_month_ticks
from wiki_activity.explorer.pictures.labels import place_labels
from wiki_activity.explorer.pictures.sheet import Sheet, find_native_name, make_sheet
from wiki_activity.explorer.rendering import short_month
from wiki_activity.explorer.series import WikiSeries


@dataclass(frozen=True, slots=True)
class Mark:
    """A peak, or a month with a note, over the line."""

    x: float
    y: float
    is_peak: bool
    hollow: bool
    noted: bool


def describe_wiki(  # noqa: PLR0917 - what is drawn, then for whom
    wiki: Wiki,
    series: WikiSeries,
    others: Sequence[tuple[Wiki, WikiSeries]],
    state: ViewState,
    site: str,
    now: datetime,
) -> dict[str, object]:
    """Return the values for the picture of what a wiki's page shows.

    Parameters
    ----------
    wiki, series
        Whose it is, all months.
    others
        Those it is compared with.
    state
        What is shown.
    site
        Where readers reach the explorer, without a trailing slash.
    now
        UTC.
    """
    shown = cut_series(series, state.first, state.last)
    beside = [align(one, shown) for _, one in others]
    plane = lay_out(shown, state.scale, beside)
    marks, texts = _list_marks(shown, plane)
    bots = None if others or state.scale is Scale.LOG else _find_people(shown)
    return {
        "sheet": _make_sheet(wiki, shown, others, state, site, has_bots=bots is not None),
        "drawing": draw_on(plane, shown, unfinished=is_unfinished(shown, now)),
        "bots": "" if bots is None else plane.area(shown.counts, bots),
        "beside": [(plane.line(one.counts), _list_marks(one, plane)[0]) for one in beside],
        "marks": marks,
        "labels": place_labels([(one.x, one.y) for one in marks], texts, WIDTH, HEIGHT),
        "levels": list_levels(plane),
        "months": list_month_ticks(shown.months),
    }


def _make_sheet(
    wiki: Wiki,
    shown: WikiSeries,
    others: Sequence[tuple[Wiki, WikiSeries]],
    state: ViewState,
    site: str,
    *,
    has_bots: bool,
) -> Sheet:
    figures = find_figures(shown, shown)
    own = wording.UNITS[shown.metric].capitalize()
    legend = [("line", f"{own}, {wiki.name}" if others else own)]
    legend += [(f"vs{at}", one.name) for at, (one, _) in enumerate(others, 1)]
    legend += [("bots", "of them by bots")] if has_bots else []
    legend += [("band", "expected to alert line"), ("peak", "peak")]
    legend += [("ring", "with a note")] if figures.noted or shown.notes else []
    legend += [("hollow", "rolling mean only")] if figures.hollow else []
    months = f", {short_month(shown.months[0])} to {short_month(shown.months[-1])}" if shown.months else ""
    summary = say_wiki(shown, figures)
    scale = ", logarithmic scale" if state.scale is Scale.LOG else ""
    return make_sheet(
        wiki.name,
        f"{HEADINGS[shown.metric]}{months}{scale}. {wiki.project}",
        legend,
        f"{wiki.name}: {summary}" if others else summary,
        f"{site}{state.address()}",
        native=find_native_name(wiki),
    )


def _find_people(series: WikiSeries) -> list[int | None] | None:
    """Find what is left of the counts without bots' part; None where that is not known of any month."""
    if series.bots is None or all(one is None for one in series.bots):
        return None
    both = zip(series.counts, series.bots, strict=True)
    return [None if count is None or bots is None else max(0, count - bots) for count, bots in both]


def _list_marks(series: WikiSeries, plane: Plane) -> tuple[list[Mark], list[str | None]]:
    """List the months with a mark, oldest first, and what the labels over them say."""
    places = {month: at for at, month in enumerate(series.months)}
    found = [(peak.month, peak.value, True, peak.hollow, peak.annotation) for peak in series.peaks]
    for note in series.notes:
        # A note that began before is marked at the first month that is shown.
        month = max(note.month, series.months[0])
        count = series.counts[places[month]]
        if count is not None:
            found.append((month, count, False, False, note))
    found.sort(key=lambda one: one[0])
    heights = plane.measure([value for _, value, *_ in found])
    marks = [
        Mark(float(plane.xs[places[month]]), height / 10, is_peak, hollow, note is not None)
        for (month, _, is_peak, hollow, note), height in zip(found, heights, strict=True)
    ]
    return marks, [note.text.label if note is not None and note.text is not None else None for *_, note in found]
