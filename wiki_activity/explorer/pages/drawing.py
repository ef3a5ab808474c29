"""Coordinates of the small drawings that pages carry: pure functions, which the macros of `drawing.html` draw."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from wiki_activity.domain.months import name_month
from wiki_activity.domain.sentences import format_count

_NARROW = 500
_LEAST_MARGIN = 34.0
_WIDTH_OF_DIGIT = 7.0
"""Of a letter of 11 px in a wide typeface; commas are narrower."""

Values = Sequence[float | None]
"""One value a month; None where the month is missing, which leaves a gap."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place in a drawing, and what a reader is told of it."""

    x: float
    y: float
    title: str = ""


@dataclass(frozen=True, slots=True)
class Sparkline:
    """A line without axes.

    Parameters
    ----------
    width, height
        Of the view box.
    line
        Path of the line, broken where months are missing; empty where none is known.
    last
        The newest month; None where it is missing.
    peaks
        Where peaks are.
    """

    width: int
    height: int
    line: str
    last: Point | None
    peaks: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One upright bar, the place that is its own, and what it says."""

    x: float
    y: float
    width: float
    height: float
    middle: float
    place_x: float
    place_width: float
    label: str

    @property
    def bar(self) -> str:
        """Path of the bar."""
        return f"M{self.x} {self.y}h{self.width}v{self.height}h-{self.width}z"

    @property
    def place(self) -> str:
        """Path of the place, from the upper edge to the floor."""
        return f"M{self.place_x} 0h{self.place_width}V{self.y + self.height:g}h-{self.place_width}z"


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Upright bars side by side; `left` and `floor` are where the axes are."""

    width: int
    height: int
    left: float
    floor: float
    columns: tuple[Column, ...]
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A line with an expected value and an alert line.

    Parameters
    ----------
    width, height
        Of the view box.
    left, floor
        Where the axes are.
    line, tail, expected, alert, band
        Paths; the tail leads to a last month that is provisional, the band lies between expected value and alert line.
        Empty where nothing is known.
    points
        Every known month.
    chosen
        The month that the chart is about; None where it is missing.
    across
        Where that month is, known or not.
    y_ticks, x_ticks
        Marks on the axes.
    """

    width: int
    height: int
    left: float
    floor: float
    line: str
    tail: str
    expected: str
    alert: str
    band: str
    points: tuple[Point, ...]
    chosen: Point | None
    across: float
    y_ticks: tuple[Tick, ...]
    x_ticks: tuple[Tick, ...]


def draw_sparkline(values: Values, peaks: Collection[int] = (), width: int = 120, height: int = 28) -> Sparkline:
    """Draw a line from zero up; a lone known month is a dot.

    Parameters
    ----------
    values
        Oldest first.
    peaks
        Places of peaks among the values.
    """
    margin = 5.0
    top = max((value for value in values if value is not None), default=0) or 1
    step = (width - 2 * margin) / max(len(values) - 1, 1)
    points = [
        None
        if value is None
        else Point(_round(margin + at * step), _round(height - margin - value / top * (height - 2 * margin)))
        for at, value in enumerate(values)
    ]
    marked = tuple(point for at in sorted(peaks) if (point := points[at]) is not None)
    return Sparkline(width, height, join_points(points), points[-1] if points else None, marked)


def draw_columns(values: Sequence[float], labels: Sequence[str], width: int = 720, height: int = 150) -> Columns:
    """Draw one bar a value, from zero up, three quarters as wide as its place."""
    ticks = find_ticks(max(values, default=0), most=3)
    left, top, floor = _find_margin(ticks), 10.0, height - 22.0
    full = ticks[-1] or 1
    place = (width - left) / max(len(values), 1)
    columns = []
    for at, (value, label) in enumerate(zip(values, labels, strict=True)):
        # What is not zero shows, however small it is.
        tall = _round(max(value / full * (floor - top), 1.5)) if value > 0 else 0.0
        x = left + at * place
        columns.append(
            Column(
                x=_round(x + place / 8),
                y=_round(floor - tall),
                width=_round(place * 0.75),
                height=tall,
                middle=_round(x + place / 2),
                place_x=_round(x),
                place_width=_round(place),
                label=label,
            )
        )
    marks = tuple(Tick(_round(floor - tick / full * (floor - top)), format_count(tick)) for tick in ticks)
    return Columns(width, height, left, floor, tuple(columns), marks)


def draw_chart(  # noqa: PLR0917 - three lines over the same months
    months: Sequence[date],
    counts: Values,
    expected: Values,
    alert: Values,
    chosen: date,
    width: int = 1100,
    height: int = 260,
    *,
    provisional: bool = False,
) -> Chart:
    """Draw the months around one of them, with what was expected and where the alert line lay; y from zero.

    Parameters
    ----------
    months
        Contiguous, oldest first; `counts`, `expected` and `alert` have one value for each.
    chosen
        One of them.
    provisional
        Whether the last month is: the line to it is a part of its own, to be drawn dotted.
    """
    known = [value for value in (*counts, *alert, *expected) if value is not None]
    ticks = find_ticks(max(known, default=0), most=4)
    left, right, top, floor = _find_margin(ticks), 32.0, 12.0, height - 26.0
    full = ticks[-1] or 1
    step = (width - left - right) / max(len(months) - 1, 1)

    def place(values: Values) -> list[Point | None]:
        return [
            None
            if value is None
            else Point(
                _round(left + at * step),
                _round(floor - value / full * (floor - top)),
                f"{name_month(months[at])}: {format_count(value)}",
            )
            for at, value in enumerate(values)
        ]

    points, lower, upper = place(counts), place(expected), place(alert)
    at = months.index(chosen)
    return Chart(
        width=width,
        height=height,
        left=left,
        floor=floor,
        line=join_points([*points[:-1], None] if provisional else points),
        tail=join_points(points[-2:]) if provisional else "",
        expected=join_points(lower),
        alert=join_points(upper),
        band=_fill(lower, upper),
        points=tuple(point for point in points if point is not None),
        chosen=points[at],
        across=_round(left + at * step),
        y_ticks=tuple(Tick(_round(floor - tick / full * (floor - top)), format_count(tick)) for tick in ticks),
        x_ticks=tuple(
            Tick(_round(left + at * step), f"{name_month(month)[:3]} {month.year}")
            for at, month in enumerate(months)
            if (month.month - chosen.month) % (6 if width > _NARROW else 12) == 0
        ),
    )


def _round(number: float) -> float:
    """Round to tenths of a pixel: nobody sees more, and pages stay small."""
    return round(number, 1)


def join_points(points: Sequence[Point | None]) -> str:
    """Draw a line through points as a path: broken where one is missing, and a dot where one stands alone."""
    parts = []
    down = False
    for at, point in enumerate(points):
        if point is None:
            down = False
            continue
        parts.append(f"{'L' if down else 'M'}{point.x:g} {point.y:g}")
        alone = not down and (at + 1 == len(points) or points[at + 1] is None)
        if alone:
            parts.append("h0")
        down = True
    return "".join(parts)


def _fill(lower: Sequence[Point | None], upper: Sequence[Point | None]) -> str:
    runs: list[list[tuple[Point, Point]]] = [[]]
    for low, high in zip(lower, upper, strict=True):
        if low is None or high is None:
            runs.append([])
        else:
            runs[-1].append((low, high))
    parts = []
    for run in runs:
        if len(run) > 1:
            around = [high for _, high in run] + [low for low, _ in reversed(run)]
            parts.append("M" + "L".join(f"{point.x} {point.y}" for point in around) + "Z")
    return "".join(parts)


def _find_margin(ticks: Sequence[float]) -> float:
    """Return how much room the marks beside an axis take, in letters of 11 px, with a gap behind them."""
    longest = max(len(format_count(tick)) for tick in ticks)
    return max(_LEAST_MARGIN, _WIDTH_OF_DIGIT * longest + 12)


def find_ticks(highest: float, most: int, *, whole: bool = True) -> list[float]:
    """Return round numbers from 0 to at least the highest value, at most `most` steps apart; of counts whole ones."""
    if highest <= 0:
        return [0, 1]
    power = 10 ** math.floor(math.log10(highest / most))
    steps = (power * factor for factor in (1, 2, 2.5, 5, 10, 20) if not whole or (power * factor) % 1 == 0)
    step = next((step for step in steps if step * most >= highest and step > 0), 1)
    return [step * at for at in range(math.ceil(highest / step - 1e-9) + 1)]
