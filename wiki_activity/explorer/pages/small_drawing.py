"""Small drawings of a wiki's last months with its alert line, as short as many of them on one page have to be."""

from collections.abc import Sequence
from dataclasses import dataclass

from wiki_activity.explorer.many_wikis import Window

_MARGIN = 4


@dataclass(frozen=True, slots=True)
class SmallDrawing:
    """Paths in a box, whole pixels, from zero up.

    Parameters
    ----------
    width, height
        Of the box.
    line, alert
        Counts and the alert line, broken where a month is missing or was not judged; empty where all are.
    peaks
        A diamond on each peak.
    """

    width: int
    height: int
    line: str
    alert: str
    peaks: str


def draw_small(window: Window, width: int = 120, height: int = 32) -> SmallDrawing:
    """Draw a window; months lie a whole number of pixels apart, at the right edge the newest."""
    months = len(window.counts)
    step = max(1, (width - 2 * _MARGIN) // max(months - 1, 1))
    begin = width - _MARGIN - step * (months - 1)
    top = max((value for value in (*window.counts, *window.threshold) if value is not None), default=0) or 1

    def rise(value: float) -> int:
        return round(height - _MARGIN - value / top * (height - 2 * _MARGIN))

    points = [None if value is None else rise(value) for value in window.counts]
    alert = [None if value is None else rise(value) for value in window.threshold]
    diamonds = (f"M{begin + step * at} {y - 4}l4 4-4 4-4-4z" for at in window.peaks if (y := points[at]) is not None)
    return SmallDrawing(width, height, _join(points, begin, step), _join(alert, begin, step), "".join(diamonds))


def _join(heights: Sequence[int | None], begin: int, step: int) -> str:
    """Join points by relative steps, which compress well; a month alone is a dot."""
    parts: list[str] = []
    last: int | None = None
    for at, height in enumerate(heights):
        if height is not None and last is None:
            alone = at + 1 == len(heights) or heights[at + 1] is None
            parts.append(f"M{begin + step * at} {height}{'h0' if alone else 'l'}")
            first = True
        elif height is not None and last is not None:
            up = height - last
            parts.append(f"{'' if first else ' '}{step}{'' if up < 0 else ' '}{up}")
            first = False
        last = height
    return "".join(parts)
