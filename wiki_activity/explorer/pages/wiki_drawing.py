"""A series as paths of a small picture: the chart before and without scripts, and the overview under it."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
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
    beside
        Counts of the compared wikis, a path for each.
    dots
        Peaks, which look alike by their classes; a path for each.
    ticks, gaps
        Over peaks that are not hollow, and through missing months; paths that reach `OVERHANG` beyond the box.
    top
        The value at the upper edge.
    """

    line: str
    tail: str
    alert: str
    band: str
    beside: tuple[str, ...]
    dots: Mapping[str, str]
    ticks: str
    gaps: str
    top: float


def draw(
    series: WikiSeries, scale: Scale = Scale.LINEAR, compared: Sequence[WikiSeries] = (), *, unfinished: bool = False
) -> Drawing:
    """Draw a series, and the counts of others in its months; each month has a column of the same width.

    Where it is `unfinished`, the line to the last month is a part of its own, to be drawn dotted.
    """
    others = [_align(one, series.months) for one in compared]
    bottom, top = _find_limits(series, scale, HEADROOM, [count for counts in others for count in counts])
    step = WIDTH / max(1, len(series.months))
    places = _list_places(len(series.months), step / 2, step)
    return _draw(series, places, scale, bottom, top, others, unfinished=unfinished)


def draw_overview(series: WikiSeries, *, unfinished: bool = False) -> Drawing:
    """Draw the counts alone from edge to edge, as the ends of the range below them go."""
    _, top = _find_limits(series, Scale.LINEAR, 1.0, ())
    xs = _list_places(len(series.months), 0, WIDTH / max(1, len(series.months) - 1))
    return _draw(replace(series, expected=(), threshold=()), xs, Scale.LINEAR, 0, top, (), unfinished=unfinished)


def _draw(  # noqa: PLR0917 - what is drawn, then where
    series: WikiSeries, xs: Sequence[str], scale: Scale, bottom: float, top: float,
    others: Sequence[Sequence[float | None]], *, unfinished: bool,
) -> Drawing:  # fmt: skip
    low, high = (math.log10(bottom), math.log10(top)) if scale is Scale.LOG else (0.0, top)

    def measure(values: Sequence[float | None]) -> list[int]:
        """Measure how far from the upper edge values are, in tenths; of missing ones it does not matter."""
        counts = np.nan_to_num(np.array(values, dtype=float))
        scaled = np.log10(np.maximum(counts, bottom)) if scale is Scale.LOG else counts
        parts = np.minimum((scaled - low) / (high - low), 1)
        heights: list[int] = (_TENTHS_HIGH * (1 - parts) + 0.5).astype(int).tolist()
        return heights

    def place(values: Sequence[float | None]) -> list[str | None]:
        columns = zip(xs, values, measure(values), strict=False)
        return [None if value is None else f"{x} {_TENTHS[height]}" for x, value, height in columns]

    places = {month: at for at, month in enumerate(series.months)}
    counts = place(series.counts)
    done = [*counts[:-1], None] if unfinished else counts
    expected, alert = place(series.expected), place(series.threshold)
    dots: dict[str, str] = defaultdict(str)
    for peak, height in zip(series.peaks, measure([peak.value for peak in series.peaks]), strict=True):
        classes = f"dot{' hollow' * peak.hollow}{' noted' * (peak.annotation is not None)}"
        dots[classes] += f"M{xs[places[peak.month]]} {_TENTHS[height]}h0"
    return Drawing(
        line="".join(map(_path, _split(done))),
        tail="".join(map(_path, _split(counts[-2:]))) if unfinished and counts[-1:] != [None] else "",
        alert="".join(map(_path, _split(alert))),
        band="".join(map(_outline, _split(list(map(_pair, expected, alert))))),
        beside=tuple("".join(map(_path, _split(place(counts)))) for counts in others),
        dots=dots,
        ticks="".join(f"M{xs[places[peak.month]]} -{OVERHANG}V24" for peak in series.peaks if not peak.hollow),
        gaps="".join(
            f"M{xs[at]} -{OVERHANG}V{HEIGHT + OVERHANG}" for at, count in enumerate(series.counts) if count is None
        ),
        top=top,
    )


@lru_cache(64)
def _list_places(count: int, begin: float, step: float) -> tuple[str, ...]:
    return tuple(f"{round(begin + at * step, 1):g}" for at in range(count))


def _align(series: WikiSeries, months: Sequence[date]) -> list[int | None]:
    known = dict(zip(series.months, series.counts, strict=True))
    return [known.get(month) for month in months]


def _find_limits(
    series: WikiSeries, scale: Scale, headroom: float, beside: Sequence[int | None]
) -> tuple[float, float]:
    known = [float(value) for value in (*series.counts, *series.threshold, *beside) if value is not None]
    most = max(known, default=0.0) or 1.0
    if scale is Scale.LINEAR:
        return 0.0, most * headroom
    least = min((float(count) for count in (*series.counts, *beside) if count), default=1.0)
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
