"""A series as paths of a small picture: the chart before and without scripts, and the overview under it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from wiki_activity.explorer.pages.view_state import Scale
from wiki_activity.explorer.series import WikiSeries

WIDTH = 1000
HEIGHT = 300
HEADROOM = 1.18
"""So much of the height over the highest value is for labels; `chart.js` draws with the same."""

_TENTHS_HIGH = 10 * HEIGHT
_TENTHS = tuple(f"{at / 10:g}" for at in range(_TENTHS_HIGH + 1))
"""Heights as they are written: a drawing has over a thousand, and writing each anew was most of its time."""

Value = TypeVar("Value")


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
    low, high = (math.log10(bottom), math.log10(top)) if scale is Scale.LOG else (0.0, top)

    def height(value: float) -> int:
        part = (math.log10(max(value, bottom)) - low) / (high - low) if scale is Scale.LOG else value / high
        return int(_TENTHS_HIGH * (1 - min(1, part)) + 0.5)

    def place(values: Sequence[float | None]) -> list[str | None]:
        return [None if value is None else f"{x} {_TENTHS[height(value)]}" for x, value in zip(xs, values, strict=True)]

    xs = [f"{round(begin + at * step, 1):g}" for at in range(len(series.months))]
    places = {month: at for at, month in enumerate(series.months)}
    expected, alert = place(series.expected), place(series.threshold)
    return Drawing(
        line="".join(map(_path, _split(place(series.counts)))),
        alert="".join(map(_path, _split(alert))),
        band="".join(map(_outline, _split(list(map(_pair, expected, alert))))),
        marks=tuple(
            Mark(float(xs[at]), height(peak.value) / 10, peak.hollow, peak.annotation is not None)
            for peak in series.peaks
            for at in (places[peak.month],)
        ),
        gaps=tuple(float(xs[at]) for at, count in enumerate(series.counts) if count is None),
        top=top,
    )


def _find_limits(series: WikiSeries, scale: Scale, headroom: float) -> tuple[float, float]:
    known = [float(value) for value in (*series.counts, *series.threshold) if value is not None]
    most = max(known, default=0.0) or 1.0
    if scale is Scale.LINEAR:
        return 0.0, most * headroom
    least = min((float(count) for count in series.counts if count), default=1.0)
    return 10 ** math.floor(math.log10(least)), most * 2


def _split(values: Sequence[Value | None]) -> list[list[Value]]:
    """Split values where one is missing."""
    stretches: list[list[Value]] = [[]]
    for value in values:
        if value is None:
            stretches.append([])
        else:
            stretches[-1].append(value)
    return [stretch for stretch in stretches if stretch]


def _pair(expected: str | None, alert: str | None) -> tuple[str, str] | None:
    return None if expected is None or alert is None else (expected, alert)


def _path(points: Sequence[str]) -> str:
    # A month alone between two gaps is a dot: a line of no length with round ends.
    return "M" + "L".join(points if len(points) > 1 else [*points, *points])


def _outline(pairs: Sequence[tuple[str, str]]) -> str:
    return _path([*(alert for _, alert in pairs), *(expected for expected, _ in reversed(pairs))]) + "Z"
