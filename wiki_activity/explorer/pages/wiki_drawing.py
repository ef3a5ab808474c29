"""A series as paths of a small picture: the chart before and without scripts, and the overview under it."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

import numpy as np

from wiki_activity.explorer.pages.view_state import Scale
from wiki_activity.explorer.series import WikiSeries

WIDTH = 1000
HEIGHT = 300
OVERHANG = 12
HEADROOM = 1.18
"""So much of the height over the highest value is for labels; `chart.js` draws with the same."""

_TENTHS_HIGH = 10 * HEIGHT
_TENTHS = tuple(f"{at / 10:g}" for at in range(_TENTHS_HIGH + 1))
"""Heights as they are written: a drawing has over a thousand, and writing each anew was most of its time."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Drawing:
    """Paths in a box of `WIDTH` × `HEIGHT`, whose origin is its upper left corner.

    Parameters
    ----------
    line, tail, alert, band
        Counts, their last stretch where the newest month is not complete, the alert line, and the area from the
        expected value up to it; paths.
    dots
        Peaks, which look alike by their classes; a path for each.
    ticks, gaps
        Over peaks that are not hollow, and through missing months; paths that reach `OVERHANG` beyond the box.
    top
        The value at the upper edge.
    beside
        Counts of the compared wikis, a path for each.
    """

    line: str
    tail: str
    alert: str
    band: str
    dots: Mapping[str, str]
    ticks: str
    gaps: str
    top: float
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plane:
    """Where months and counts are in a box of `WIDTH` × `HEIGHT`.

    Parameters
    ----------
    xs
        Of each month, as they are written.
    scale
        How counts are laid out upwards.
    bottom, top
        The values at the lower and at the upper edge.
    """

    xs: Sequence[str]
    scale: Scale
    bottom: float
    top: float

    def measure(self, values: Sequence[float | None]) -> list[int]:
        """Measure how far from the upper edge values are, in tenths; of missing ones it does not matter."""
        is_log = self.scale is Scale.LOG
        low, high = (math.log10(self.bottom), math.log10(self.top)) if is_log else (0.0, self.top)
        counts = np.nan_to_num(np.array(values, dtype=float))
        scaled = np.log10(np.maximum(counts, self.bottom)) if is_log else counts
        parts = np.minimum((scaled - low) / (high - low), 1)
        heights: list[int] = (_TENTHS_HIGH * (1 - parts) + 0.5).astype(int).tolist()
        return heights

    def place(self, values: Sequence[float | None]) -> list[str | None]:
        """Place the values of the months, each as `x y`; None where one is missing."""
        columns = zip(self.xs, values, self.measure(values), strict=False)
        return [None if value is None else f"{x} {_TENTHS[height]}" for x, value, height in columns]

    def line(self, values: Sequence[float | None]) -> str:
        """Draw values as a path, broken where they are missing."""
        return "".join(map(_path, _split(self.place(values))))

    def area(self, upper: Sequence[float | None], lower: Sequence[float | None]) -> str:
        """Draw the area between two lines as a path, where both are known."""
        return "".join(map(_outline, _split(list(map(_pair, self.place(lower), self.place(upper))))))


def lay_out(series: WikiSeries, scale: Scale, beside: Sequence[WikiSeries] = ()) -> Plane:
    """Lay out a plane with room for a series and those beside it; a month's point is in the middle of its column."""
    bottom, top = _find_limits([series, *beside], scale, HEADROOM)
    step = WIDTH / max(1, len(series.months))
    return Plane(_list_places(len(series.months), step / 2, step), scale, bottom, top)


def draw(
    series: WikiSeries, scale: Scale = Scale.LINEAR, compared: Sequence[WikiSeries] = (), *, unfinished: bool = False
) -> Drawing:
    """Draw a series, and the counts of others in its months; each month has a column of the same width.

    Where it is `unfinished`, the line to the last month is a part of its own, to be drawn dotted.
    """
    beside = [align(one, series) for one in compared]
    plane = lay_out(series, scale, beside)
    drawing = draw_on(plane, series, unfinished=unfinished)
    return replace(drawing, beside=tuple(plane.line(one.counts) for one in beside))


def align(series: WikiSeries, shown: WikiSeries) -> WikiSeries:
    """Lay the counts and peaks of a series over the months of another."""
    known = dict(zip(series.months, series.counts, strict=True))
    return replace(
        series,
        months=shown.months,
        counts=tuple(known.get(month) for month in shown.months),
        expected=(),
        threshold=(),
        peaks=tuple(peak for peak in series.peaks if peak.month in shown.months and not peak.hollow),
        notes=(),
    )


def draw_overview(series: WikiSeries, *, unfinished: bool = False) -> Drawing:
    """Draw the counts alone from edge to edge, as the ends of the range below them go."""
    _, top = _find_limits([series], Scale.LINEAR, 1.0)
    xs = _list_places(len(series.months), 0, WIDTH / max(1, len(series.months) - 1))
    plane = Plane(xs, Scale.LINEAR, 0, top)
    return draw_on(plane, replace(series, expected=(), threshold=()), unfinished=unfinished)


def draw_on(plane: Plane, series: WikiSeries, *, unfinished: bool) -> Drawing:
    """Draw a series on a plane that was laid out for its months."""
    xs = plane.xs
    places = {month: at for at, month in enumerate(series.months)}
    counts = plane.place(series.counts)
    done = [*counts[:-1], None] if unfinished else counts
    dots: dict[str, str] = defaultdict(str)
    for peak, height in zip(series.peaks, plane.measure([peak.value for peak in series.peaks]), strict=True):
        classes = f"dot{' hollow' * peak.hollow}{' noted' * (peak.annotation is not None)}"
        dots[classes] += f"M{xs[places[peak.month]]} {_TENTHS[height]}h0"
    return Drawing(
        line="".join(map(_path, _split(done))),
        tail="".join(map(_path, _split(counts[-2:]))) if unfinished and counts[-1:] != [None] else "",
        alert=plane.line(series.threshold),
        band=plane.area(series.threshold, series.expected),
        dots=dots,
        ticks="".join(f"M{xs[places[peak.month]]} -{OVERHANG}V24" for peak in series.peaks if not peak.hollow),
        gaps="".join(
            f"M{xs[at]} -{OVERHANG}V{HEIGHT + OVERHANG}" for at, count in enumerate(series.counts) if count is None
        ),
        top=plane.top,
    )


@lru_cache(64)
def _list_places(count: int, begin: float, step: float) -> tuple[str, ...]:
    return tuple(f"{round(begin + at * step, 1):g}" for at in range(count))


def _find_limits(shown: Sequence[WikiSeries], scale: Scale, headroom: float) -> tuple[float, float]:
    known = [float(value) for series in shown for value in (*series.counts, *series.threshold) if value is not None]
    most = max(known, default=0.0) or 1.0
    if scale is Scale.LINEAR:
        return 0.0, most * headroom
    least = min((float(count) for series in shown for count in series.counts if count), default=1.0)
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
