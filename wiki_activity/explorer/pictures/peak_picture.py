"""One month of one wiki as a picture: the months around it, as its page draws them."""

from datetime import date

from wiki_activity.domain.months import name_month
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.pages import wording
from wiki_activity.explorer.pages.drawing import draw_chart
from wiki_activity.explorer.pages.summaries import say_month
from wiki_activity.explorer.pictures.labels import place_labels
from wiki_activity.explorer.pictures.sheet import find_native_name, make_sheet
from wiki_activity.explorer.series import WikiSeries

_WIDTH, _HEIGHT = 1070, 370


def describe_month(wiki: Wiki, series: WikiSeries, month: date, address: str) -> dict[str, object]:
    """Return the values for the picture of a month.

    Parameters
    ----------
    wiki, series
        Whose it is, and the months around it.
    month
        Which one.
    address
        Of its page, whole.
    """
    peak = next((one for one in series.peaks if one.month == month), None)
    is_peak = peak is not None and not peak.hollow
    chart = None
    labels = []
    if month in series.months:
        chart = draw_chart(
            series.months,
            series.counts,
            series.expected,
            series.threshold,
            month,
            _WIDTH,
            _HEIGHT,
            provisional=series.months[-1] in series.provisional,
        )
        note = (
            peak.annotation
            if peak is not None
            else next((one for one in series.notes if month in one.subject.months), None)
        )
        if chart.chosen is not None and note is not None and note.text is not None:
            labels = place_labels([(chart.chosen.x, chart.chosen.y)], [note.text.label], _WIDTH, _HEIGHT)
    unit = wording.UNITS[series.metric]
    legend = [("line", unit.capitalize()), ("band", "expected to alert line")]
    legend += [("peak", "peak")] if is_peak else []
    sheet = make_sheet(
        f"{wiki.name}, {name_month(month)}",
        f"{unit.capitalize()} in the months around {name_month(month)}. {wiki.project}",
        legend,
        say_month(series, month, peak),
        address,
        native=find_native_name(wiki),
    )
    return {"sheet": sheet, "chart": chart, "is_peak": is_peak, "labels": labels}
