"""A series as paths of a small picture: the chart before and without scripts, and the overview under it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from wiki_activity.explorer.pages.view_state import Scale
from wiki_activity.explorer.series import SeriesPeak, WikiSeries

WIDTH = 1000
HEIGHT = 300
HEADROOM = 1.18
"""So much of the height over the highest value is for labels; `chart.js` draws with the same."""

Place = Callable[[int, float], tuple[float, float]]
"""Where the value of a month lies."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One peak of a drawing: its place, and whether it is hollow or has a note."""

    x: float
    y: float
    hollow: bool
    noted: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """Paths in a box of `WIDTH` × `HEIGHT`, whose origin is its upper left corner.

    Parameters
    ----------
    line, alert, band
        Counts, the alert line, and the area from the expected value up to it; paths.
    marks
        Peaks, oldest first.
    gaps
        Places of missing months.
    top
        The value at the upper edge.
    """

    line: str
    alert: str
    band: str
    marks: tuple[Mark, ...]
    gaps: tuple[float, ...]
    top: float


def draw(series: WikiSeries, scale: Scale = Scale.LINEAR) -> Drawing:
    """Draw a series; each month has a column of the same width and its point in the middle."""
    step = WIDTH / max(1, len(series.months))
    return _draw(series, scale, HEADROOM, (step / 2, step))


def draw_overview(series: WikiSeries) -> Drawing:
    """Draw a series from edge to edge, as the ends of the range below it go."""
    return _draw(series, Scale.LINEAR, 1.0, (0, WIDTH / max(1, len(series.months) - 1)))


def _draw(series: WikiSeries, scale: Scale, headroom: float, columns: tuple[float, float]) -> Drawing:
    bottom, top = _find_limits(series, scale, headroom)
    begin, step = columns

    def place(at: int, value: float) -> tuple[float, float]:
        if scale is Scale.LOG:
            low = math.log10(bottom)
            part = (math.log10(max(value, bottom)) - low) / (math.log10(top) - low)
        else:
            part = value / top
        return round(begin + at * step, 1), round(HEIGHT * (1 - min(1, part)), 1)

    places = {month: at for at, month in enumerate(series.months)}
    stretches = _find_stretches(series.expected, series.threshold)
    return Drawing(
        line=_join(_split(series.counts), place),
        alert=_join(_split(series.threshold), place),
        band="".join(_outline(series, stretch, place) for stretch in stretches),
        marks=tuple(_mark(peak, places, place) for peak in series.peaks),
        gaps=tuple(round(begin + at * step, 1) for at, count in enumerate(series.counts) if count is None),
        top=top,
    )


def _find_limits(series: WikiSeries, scale: Scale, headroom: float) -> tuple[float, float]:
    known = [float(value) for value in (*series.counts, *series.threshold) if value is not None]
    most = max(known, default=0.0) or 1.0
    if scale is Scale.LINEAR:
        return 0.0, most * headroom
    least = min((float(count) for count in series.counts if count), default=1.0)
    return 10 ** math.floor(math.log10(least)), most * 2


def _split(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    stretches: list[list[tuple[int, float]]] = [[]]
    for at, value in enumerate(values):
        if value is None:
            stretches.append([])
        else:
            stretches[-1].append((at, float(value)))
    return [stretch for stretch in stretches if stretch]


def _find_stretches(expected: Sequence[float | None], alert: Sequence[float | None]) -> list[list[int]]:
    both = [1.0 if one is not None and other is not None else None for one, other in zip(expected, alert, strict=True)]
    return [[at for at, _ in stretch] for stretch in _split(both)]


def _join(stretches: list[list[tuple[int, float]]], place: Place) -> str:
    return "".join(_path([place(at, value) for at, value in stretch]) for stretch in stretches)


def _path(points: Sequence[tuple[float, float]]) -> str:
    # A month alone between two gaps is a dot: a line of no length with round ends.
    drawn = points if len(points) > 1 else [*points, *points]
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in drawn)


def _outline(series: WikiSeries, stretch: list[int], place: Place) -> str:
    upper = [place(at, series.threshold[at] or 0) for at in stretch]
    lower = [place(at, series.expected[at] or 0) for at in reversed(stretch)]
    return _path([*upper, *lower]) + "Z"


def _mark(peak: SeriesPeak, places: dict[date, int], place: Place) -> Mark:
    x, y = place(places[peak.month], peak.value)
    return Mark(x, y, peak.hollow, peak.annotation is not None)
