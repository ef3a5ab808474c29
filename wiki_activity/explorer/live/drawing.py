"""Where things are drawn on the live pages before, and without, a script: the gauge and the last three hours."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from wiki_activity.domain.sentences import format_count
from wiki_activity.explorer.live.models import EpisodeModel, LiveModel, PointModel, SnapshotModel
from wiki_activity.redis_store.writing import MINUTE

GAUGE_WIDTH = 600
CHART_WIDTH, CHART_HEIGHT = 1000, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 16, 30
_TICK_MINUTES = 30
_HEADROOM = 1.25

Span = tuple[float, float]
"""From when to when, epoch seconds."""


@dataclass(frozen=True, slots=True)
class GaugeDrawing:
    """The gauge; places are from 0 to :data:`GAUGE_WIDTH`.

    Parameters
    ----------
    most
        Edits a minute at its end.
    now
        Where the rate is; None where it is not known.
    usual, speaks_at
        Both ends of the usual range; None where there is none.
    """

    most: float
    now: float | None
    usual: float | None
    speaks_at: float | None


@dataclass(frozen=True, slots=True)
class Label:
    """A tick of an axis: where, and what it says."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Shade:
    """A busy spell behind the chart: from where, how wide."""

    at: float
    width: float


@dataclass(frozen=True, slots=True)
class ChartDrawing:
    """The last three hours; places are within :data:`CHART_WIDTH` × :data:`CHART_HEIGHT`.

    Parameters
    ----------
    line
        Path of the counted edits, broken where a minute was not seen.
    usual, speaks_at
        Heights of the usual range's ends; None where there is none.
    shades
        Busy spells.
    across, up
        Ticks of the axes.
    left, right, top, floor
        The plot's edges.
    """

    line: str
    usual: float | None
    speaks_at: float | None
    shades: tuple[Shade, ...]
    across: tuple[Label, ...]
    up: tuple[Label, ...]
    left: float = _LEFT
    right: float = CHART_WIDTH - _RIGHT
    top: float = _TOP
    floor: float = CHART_HEIGHT - _BOTTOM


def draw_gauge(snapshot: SnapshotModel) -> GaugeDrawing | None:
    """Draw the gauge; None where nothing is known to hold the rate against."""
    if snapshot.speaks_at is None:
        return None
    most = round_up(_HEADROOM * max(snapshot.speaks_at, snapshot.rate or 0.0))
    place = GAUGE_WIDTH / most
    return GaugeDrawing(
        most,
        now=None if snapshot.rate is None else place * snapshot.rate,
        usual=None if snapshot.usual is None else place * snapshot.usual,
        speaks_at=place * snapshot.speaks_at,
    )


def draw_chart(live: LiveModel) -> ChartDrawing | None:
    """Draw the last three hours; None where nothing was received."""
    if not live.points:
        return None
    first, last = live.points[0].minute, live.points[-1].minute
    counts = [count_judged(live, point) for point in live.points]
    line = (live.speaks_at,) if live.usual is not None else ()
    most = round_up(1.05 * max([1.0, *(one for one in (*counts, *line) if one is not None)]))
    plot = _Plot(first, max(last - first, MINUTE), most)
    return ChartDrawing(
        line=_draw_line(plot, live.points, counts),
        usual=None if live.usual is None else plot.y(live.usual),
        speaks_at=None if live.usual is None or live.speaks_at is None else plot.y(live.speaks_at),
        shades=tuple(_shade(plot, live.episodes, last)),
        across=tuple(_label_time(plot, first, last)),
        up=tuple(Label(plot.y(most * part / 4), format_count(most * part / 4)) for part in range(5)),
    )


def draw_episode(
    points: Sequence[PointModel], counts: Sequence[int | None], span: tuple[int, int], usual: float | None, shade: Span
) -> ChartDrawing | None:
    """Draw the minutes around one busy spell; None where none is known.

    Parameters
    ----------
    points, counts
        The minutes, and of each the edits that are judged.
    span
        From when to when the axis goes, epoch seconds.
    usual
        Edits a minute; None where the detector knows none.
    shade
        The spell itself.
    """
    known = [count for count in counts if count is not None]
    if not known:
        return None
    first, until = span
    last = max(until - MINUTE, first + MINUTE)
    most = round_up(1.05 * max([1.0, *known, usual or 0.0]))
    plot = _Plot(first, last - first, most)
    begin, end = plot.x(shade[0]), plot.x(min(shade[1], last))
    step = _TICK_MINUTES * max(1, math.ceil((last - first) / (8 * _TICK_MINUTES * MINUTE)))
    return ChartDrawing(
        line=_draw_line(plot, points, counts),
        usual=None if usual is None else plot.y(usual),
        speaks_at=None,
        shades=(Shade(begin, max(end - begin, 2.0)),),
        across=tuple(_label_time(plot, first, last, step)),
        up=tuple(Label(plot.y(most * part / 4), format_count(most * part / 4)) for part in range(5)),
    )


def draw_day(
    begins: Sequence[int], counts: Sequence[float | None], step: int, spans: Sequence[Span]
) -> ChartDrawing | None:
    """Draw a day; None where none of it is known.

    Parameters
    ----------
    begins, counts
        When each step begins, epoch seconds, and its edits a minute.
    step
        Seconds.
    spans
        Busy spells.
    """
    known = [count for count in counts if count is not None]
    if not known:
        return None
    first, last = begins[0], begins[-1]
    most = round_up(1.05 * max([1.0, *known]))
    plot = _Plot(first, max(last - first, step), most)
    return ChartDrawing(
        line=_draw_path(plot, begins, counts),
        usual=None,
        speaks_at=None,
        shades=tuple(
            Shade(plot.x(begin), max(plot.x(end) - plot.x(begin), 2.0))
            for begin, end in spans
            if end >= first and begin <= last
        ),
        across=tuple(_label_time(plot, first, last, 6 * _TICK_MINUTES)),
        up=tuple(Label(plot.y(most * part / 4), format_count(most * part / 4)) for part in range(5)),
    )


def count_judged(live: SnapshotModel, point: PointModel) -> int | None:
    """Count those of a minute's edits that the rate is about."""
    if point.edits is None or point.bots is None:
        return None
    return point.edits - point.bots if live.counted == "people_edits" else point.edits


def round_up(number: float) -> float:
    """Return the next number that reads well at the end of an axis, of 1, 2, 4, 6 or 8 and a power of ten."""
    size = 10.0 ** math.floor(math.log10(max(number, 1.0)))
    return next(size * first for first in (1, 2, 4, 6, 8, 10) if size * first >= number)


def format_clock(second: float) -> str:
    """Write the time of day of an epoch second, UTC."""
    return f"{datetime.fromtimestamp(second, UTC):%H:%M}"


@dataclass(frozen=True, slots=True)
class _Plot:
    first: int
    seconds: int
    most: float

    def x(self, second: float) -> float:
        part = min(max((second - self.first) / self.seconds, 0.0), 1.0)
        return round(_LEFT + part * (CHART_WIDTH - _LEFT - _RIGHT), 1)

    def y(self, count: float) -> float:
        return round(CHART_HEIGHT - _BOTTOM - count / self.most * (CHART_HEIGHT - _TOP - _BOTTOM), 1)


def _draw_line(plot: _Plot, points: Sequence[PointModel], counts: Sequence[int | None]) -> str:
    return _draw_path(plot, [point.minute for point in points], counts)


def _draw_path(plot: _Plot, moments: Sequence[int], counts: Sequence[float | None]) -> str:
    path, drawn = [], False
    for moment, count in zip(moments, counts, strict=True):
        if count is not None:
            path.append(f"{'L' if drawn else 'M'}{plot.x(moment)} {plot.y(count)}")
        drawn = count is not None
    return "".join(path)


def _shade(plot: _Plot, episodes: Sequence[EpisodeModel], last: int) -> Iterator[Shade]:
    for one in episodes:
        if one.about == "page":
            # The line is the wiki's.
            continue
        begin = one.started_at.timestamp()
        end = (one.ended_at or one.updated_at).timestamp() if one.state == "closed" else max(begin, last)
        if end >= plot.first and begin <= last:
            yield Shade(plot.x(begin), max(plot.x(end) - plot.x(begin), 2.0))


def _label_time(plot: _Plot, first: int, last: int, minutes: int = _TICK_MINUTES) -> Iterator[Label]:
    step = minutes * MINUTE
    for second in range(first + -first % step, last + 1, step):
        yield Label(plot.x(second), format_clock(second))
