"""Charts of several lines with a label at the end of each, and columns of some years side by side."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from wiki_activity.domain.sentences import format_count
from wiki_activity.explorer.pages.drawing import Point, Tick, Values, find_ticks, join_points
from wiki_activity.explorer.rendering import SHORT_MONTHS, short_month

_LABEL_GAP = 13
_TOP = 14.0
_LEADER = 26


@dataclass(frozen=True, slots=True)
class Line:
    """What is drawn: its name, the same in few characters, and one value a month; None leaves a gap."""

    name: str
    short_name: str
    values: Values


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """A path, with its tail to a month that is not complete; where its label stands, and the way there.

    Without labels the place is None.
    """

    name: str
    label: str
    path: str
    tail: str
    leader: str
    label_y: float | None


@dataclass(frozen=True, slots=True)
class LineChart:
    """Lines over the same months; `base_x` is where the month is that is 100, None without one."""

    width: int
    height: int
    left: int
    right: float
    label_x: float
    floor: float
    lines: tuple[DrawnLine, ...]
    y_marks: tuple[Tick, ...]
    x_marks: tuple[Tick, ...]
    base_x: float | None


@dataclass(frozen=True, slots=True)
class Years:
    """Some years' columns, month by month; a path and its year each, oldest first."""

    width: int
    height: int
    left: int
    floor: float
    years: tuple[tuple[int, str], ...]
    y_marks: tuple[Tick, ...]
    x_marks: tuple[Tick, ...]


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
    ticks = find_ticks(highest, 4, whole=unit is format_count)
    texts = [unit(tick) for tick in ticks]
    left = 12 + 7 * max(map(len, texts))
    labelled = len(lines) > 1
    longest = max((len(_label(line, narrow=narrow)) for line in lines), default=0)
    right = width - (8 + _LEADER + 6.5 * longest if labelled else 8)
    floor = height - 24.0
    step = (right - left) / max(len(months) - 1, 1)

    def place(value: float) -> float:
        return round(floor - value / ticks[-1] * (floor - _TOP), 1)

    paths = []
    for line in lines:
        points = [
            None if value is None else Point(round(left + at * step, 1), place(value))
            for at, value in enumerate(line.values)
        ]
        tail = join_points(points[-2:]) if dotted_end and points and points[-1] is not None else ""
        end = next((point for point in reversed(points) if point is not None), None)
        paths.append((line, join_points([*points[:-1], None] if dotted_end else points), tail, end))
    ends = _spread([None if end is None or not labelled else end.y for *_, end in paths], floor)
    return LineChart(
        width=width,
        height=height,
        left=left,
        right=right,
        label_x=right + _LEADER + 4,
        floor=floor,
        lines=tuple(
            DrawnLine(line.name, _label(line, narrow=narrow), path, tail, _lead(end, right, y), y)
            for (line, path, tail, end), y in zip(paths, ends, strict=True)
        ),
        y_marks=tuple(Tick(place(tick), text) for tick, text in zip(ticks, texts, strict=True)),
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
            Tick(round(floor - tick / ticks[-1] * (floor - _TOP), 1), text)
            for tick, text in zip(ticks, texts, strict=True)
        ),
        x_marks=tuple(
            Tick(round(left + (at + 0.5) * place, 1), name if width > 600 else name[0])
            for at, name in enumerate(SHORT_MONTHS)
        ),
    )


def _label(line: Line, *, narrow: bool) -> str:
    return line.short_name if narrow else line.name


def _lead(end: Point | None, right: float, label_y: float | None) -> str:
    """Lead from the end of a line to its label, in the line's own look."""
    if end is None or label_y is None:
        return ""
    return f"M{end.x:g} {end.y:g}L{right + _LEADER / 2:g} {label_y:g}H{right + _LEADER:g}"


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


def _mark_months(months: Sequence[date], left: int, step: float, most: int) -> tuple[Tick, ...]:
    """Mark each January, or every second or fifth, or in a short range the first month and the last."""
    januaries = [at for at, month in enumerate(months) if month.month == 1]
    every = next(n for n in (1, 2, 5, 10, 100) if len(januaries) <= n * most)
    chosen = [at for at in januaries if months[at].year % every == 0]
    if len(chosen) < 2:
        return tuple(
            Tick(round(left + at * step, 1), short_month(months[at])) for at in sorted({0, len(months) - 1}) if months
        )
    return tuple(Tick(round(left + at * step, 1), str(months[at].year)) for at in chosen)
