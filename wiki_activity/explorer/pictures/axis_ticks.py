"""Round numbers and months beside and under a chart, as `scales.js` chooses them."""

import math
from collections.abc import Sequence
from datetime import date

from wiki_activity.domain.months import number_month
from wiki_activity.domain.sentences import format_count
from wiki_activity.explorer.pages.drawing import Tick
from wiki_activity.explorer.pages.view_state import Scale
from wiki_activity.explorer.pages.wiki_drawing import HEIGHT, WIDTH, Plane
from wiki_activity.explorer.rendering import short_month

_LEVEL_ROOM = 52
_MONTH_ROOM = 80
_MONTH_STEPS = (1, 2, 3, 4, 6, 12, 24, 36, 60, 120)
_DIGITS_BELOW = 200
"""So many times the lowest value may the highest be for 2 and 5 to be named beside the powers of ten."""


def list_levels(plane: Plane) -> list[Tick]:
    """List round counts between bottom and top, and how high they are."""
    values = _list_powers(plane) if plane.scale is Scale.LOG else _list_steps(plane.top)
    return [Tick(height / 10, format_count(value)) for value, height in zip(values, plane.measure(values), strict=True)]


def list_month_ticks(months: Sequence[date]) -> list[Tick]:
    """List the months that are named under a chart, at the middle of their columns."""
    room = WIDTH // _MONTH_ROOM
    step = next((one for one in _MONTH_STEPS if len(months) / one <= room), 240)
    named = [at for at, month in enumerate(months) if number_month(month) % step == 0]
    only_years = all(months[at].month == 1 for at in named)
    column = WIDTH / max(1, len(months))
    return [
        Tick(round((at + 0.5) * column, 1), str(months[at].year) if only_years else short_month(months[at]))
        for at in named
    ]


def _list_steps(top: float) -> list[float]:
    rough = top / (HEIGHT / _LEVEL_ROOM)
    power = 10 ** math.floor(math.log10(rough))
    # Counts are whole: no line lies between two of them.
    steps = (power * one for one in (1, 2, 2.5, 5, 10))
    step = next((one for one in steps if one >= rough and one % 1 == 0), 1)
    return [step * at for at in range(int(top / step) + 1)]


def _list_powers(plane: Plane) -> list[float]:
    digits = (1, 2, 5) if plane.top / plane.bottom < _DIGITS_BELOW else (1,)
    first, last = math.floor(math.log10(plane.bottom)), math.floor(math.log10(plane.top))
    values = [digit * 10.0**power for power in range(first, last + 1) for digit in digits]
    return [value for value in values if plane.bottom <= value <= plane.top]
