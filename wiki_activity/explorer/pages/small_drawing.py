"""Small drawings of a wiki's last months with its alert line, as short as many of them on one page have to be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.peaks import Detector
from wiki_activity.explorer.many_wikis import LastMonths, cut_last_months
from wiki_activity.explorer.snapshot import WikiSnapshot

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

    @property
    def svg(self) -> Markup:
        """The whole drawing; it holds nothing but numbers."""
        shapes = "".join(
            f'<path class="{name}" d="{path}"/>'
            for name, path in (("a", self.alert), ("l", self.line), ("p", self.peaks))
            if path
        )
        size = f'width="{self.width}" height="{self.height}" viewBox="0 0 {self.width} {self.height}"'
        return Markup(f'<svg class="small" aria-hidden="true" {size}>{shapes}</svg>')  # noqa: S704


@dataclass(frozen=True, slots=True)
class DrawnMonths:
    """The last months of a wiki, drawn, and the count of the last one; None where it is missing."""

    drawing: SmallDrawing
    svg: Markup
    count: float | None


def draw_months(  # noqa: PLR0917 - of which wiki what, then how large
    wiki: WikiSnapshot, metric: Metric, detector: Detector, last: date, months: int, width: int, height: int
) -> DrawnMonths:
    """Draw the last months of a wiki up to one; kept with it as long as its counts stay the same."""
    key = ("drawn", metric, detector, last, months, width, height)
    if key not in wiki.made:
        window = cut_last_months(wiki, metric, detector, last, months)
        drawing = draw_small(window, width, height)
        wiki.made[key] = DrawnMonths(drawing, drawing.svg, window.counts[-1])
    found: DrawnMonths = wiki.made[key]
    return found


def draw_small(window: LastMonths, width: int = 120, height: int = 32) -> SmallDrawing:
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
