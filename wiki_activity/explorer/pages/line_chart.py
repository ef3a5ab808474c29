"""Charts of several lines with a label at the end of each, and columns of some years side by side."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from wiki_activity.domain.months import name_month
from wiki_activity.domain.sentences import format_count

_LABEL_GAP = 13
_TOP = 14.0
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Values = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Line:
    """What is drawn: its name, the same in few characters, and one value a month; None leaves a gap."""

    name: str
    short_name: str
    values: Values


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark on an axis."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """A path, with its tail to a month that is not complete, and where its label stands; None without one."""

    name: str
    label: str
    path: str
    tail: str
    label_y: float | None


@dataclass(frozen=True, slots=True)
class LineChart:
    """Lines over the same months; `base_x` is where the month is that is 100, None without one."""

    width: int
    height: int
    left: int
    right: float
    floor: float
    lines: tuple[DrawnLine, ...]
    y_marks: tuple[Mark, ...]
    x_marks: tuple[Mark, ...]
    base_x: float | None


@dataclass(frozen=True, slots=True)
class Years:
    """Some years' columns, month by month; a path and its year each, oldest first."""

    width: int
    height: int
    left: int
    floor: float
    years: tuple[tuple[int, str], ...]
    y_marks: tuple[Mark, ...]
    x_marks: tuple[Mark, ...]


def draw_lines(
    months: Sequence[date],
    lines: Sequence[Line],
    width: int,
    height: int,
    *,
    base: date | None = None,
    unit: Callable[[float], str] = format_count,
    dotted_end: bool = False,
) -> LineChart:
    """Draw lines from zero up, each with its label at its end, moved apart where they would meet.

    Parameters
    ----------
    months
        Contiguous, oldest first.
    base
        A month to mark.
    unit
        Writes the marks of the axis.
    dotted_end
        Whether the last month is not complete: the way to it is a part of its own.
    """
    narrow = width < 600
    highest = max((value for line in lines for value in line.values if value is not None), default=0)
    ticks = find_ticks(highest, 4)
    texts = [unit(tick) for tick in ticks]
    left = 12 + 7 * max(map(len, texts))
    labelled = len(lines) > 1
    right = width - (8 if not labelled else 12 + 7 * max(len(_label(line, narrow=narrow)) for line in lines))
    floor = height - 24.0
    step = (right - left) / max(len(months) - 1, 1)

    def place(value: float) -> float:
        return round(floor - value / ticks[-1] * (floor - _TOP), 1)

    paths = []
    for line in lines:
        points = [
            None if value is None else (round(left + at * step, 1), place(value))
            for at, value in enumerate(line.values)
        ]
        tail = _join(points[-2:]) if dotted_end and points and points[-1] is not None else ""
        end = next((point for point in reversed(points) if point is not None), None)
        paths.append((line, _join([*points[:-1], None] if dotted_end else points), tail, end))
    ends = _spread([None if end is None or not labelled else end[1] for *_, end in paths], floor)
    return LineChart(
        width=width,
        height=height,
        left=left,
        right=right,
        floor=floor,
        lines=tuple(
            DrawnLine(line.name, _label(line, narrow=narrow), path, tail, y)
            for (line, path, tail, _), y in zip(paths, ends, strict=True)
        ),
        y_marks=tuple(Mark(place(tick), text) for tick, text in zip(ticks, texts, strict=True)),
        x_marks=_mark_months(months, left, step, 4 if narrow else 10),
        base_x=round(left + months.index(base) * step, 1) if base in months else None,
    )


def draw_years(months: Sequence[date], values: Values, years: int, width: int, height: int) -> Years:
    """Draw the last years side by side, month by month; a month that is missing has no column."""
    counts = dict(zip(months, values, strict=True))
    newest = months[-1].year
    shown = [year for year in range(newest - years + 1, newest + 1) if any(month.year == year for month in months)]
    highest = max((value for month, value in counts.items() if month.year in shown and value is not None), default=0)
    ticks = find_ticks(highest, 3)
    texts = [format_count(tick) for tick in ticks]
    left, floor = 12 + 7 * max(map(len, texts)), height - 24.0
    place = (width - left) / 12
    bar = place * 0.8 / max(len(shown), 1)
    paths = []
    for at, year in enumerate(shown):
        parts = []
        for number in range(1, 13):
            value = counts.get(date(year, number, 1))
            if value is not None:
                tall = round(max(value / ticks[-1] * (floor - _TOP), 1.0 if value else 0.0), 1)
                x = round(left + (number - 1) * place + place * 0.1 + at * bar, 1)
                parts.append(f"M{x:g} {floor:g}v-{tall:g}h{round(bar, 1):g}v{tall:g}z")
        paths.append((year, "".join(parts)))
    return Years(
        width=width,
        height=height,
        left=left,
        floor=floor,
        years=tuple(paths),
        y_marks=tuple(
            Mark(round(floor - tick / ticks[-1] * (floor - _TOP), 1), text)
            for tick, text in zip(ticks, texts, strict=True)
        ),
        x_marks=tuple(
            Mark(round(left + (at + 0.5) * place, 1), name if width > 600 else name[0])
            for at, name in enumerate(_MONTHS)
        ),
    )


def find_ticks(highest: float, most: int) -> list[float]:
    """Return round numbers from 0 to at least the highest value, at most `most` steps apart."""
    if highest <= 0:
        return [0, 1]
    power = 10 ** math.floor(math.log10(highest / most))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10, 20) if power * factor * most >= highest)
    return [step * at for at in range(math.ceil(highest / step - 1e-9) + 1)]


def _label(line: Line, *, narrow: bool) -> str:
    return line.short_name if narrow else line.name


def _join(points: Sequence[tuple[float, float] | None]) -> str:
    parts = []
    down = False
    for at, point in enumerate(points):
        if point is None:
            down = False
            continue
        parts.append(f"{'L' if down else 'M'}{point[0]:g} {point[1]:g}")
        if not down and (at + 1 == len(points) or points[at + 1] is None):
            parts.append("h0")
        down = True
    return "".join(parts)


def _spread(ends: Sequence[float | None], floor: float) -> list[float | None]:
    """Move labels apart, down first, then up from the floor, so that none covers another."""
    order = sorted((y, at) for at, y in enumerate(ends) if y is not None)
    places: list[float | None] = [None] * len(ends)
    heights: list[float] = []
    for y, _ in order:
        heights.append(max(y, heights[-1] + _LABEL_GAP) if heights else y)
    limit = floor
    for at in range(len(heights) - 1, -1, -1):
        heights[at] = min(heights[at], limit)
        limit = heights[at] - _LABEL_GAP
    for height, (_, at) in zip(heights, order, strict=True):
        places[at] = round(height, 1)
    return places


def _mark_months(months: Sequence[date], left: int, step: float, most: int) -> tuple[Mark, ...]:
    """Mark each January, or every second or fifth, or in a short range the first month and the last."""
    januaries = [at for at, month in enumerate(months) if month.month == 1]
    every = next(n for n in (1, 2, 5, 10, 100) if len(januaries) <= n * most)
    chosen = [at for at in januaries if months[at].year % every == 0]
    if len(chosen) < 2:
        return tuple(
            Mark(round(left + at * step, 1), f"{name_month(months[at])[:3]} {months[at].year}")
            for at in sorted({0, len(months) - 1})
            if months
        )
    return tuple(Mark(round(left + at * step, 1), str(months[at].year)) for at in chosen)
