import re
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiki_activity.domain.months import list_months
from wiki_activity.explorer.many_wikis import LastMonths
from wiki_activity.explorer.pages.line_chart import Line, draw_lines, draw_years, find_ticks
from wiki_activity.explorer.pages.small_drawing import draw_small

MONTHS = list_months(date(2023, 1, 1), date(2024, 12, 1))


def test_labels_stand_apart_and_above_the_floor_however_the_lines_end() -> None:
    lines = [Line(f"Wiki {at}", f"w{at}", [100.0 + at / 10] * 24) for at in range(12)]
    for width, height in ((1100, 340), (360, 300)):
        chart = draw_lines(MONTHS, lines, width, height)
        places = sorted(line.label_y for line in chart.lines if line.label_y is not None)
        assert len(places) == 12
        assert min(later - one for one, later in pairwise(places)) >= 12.9
        assert places[-1] <= chart.floor
        assert places[0] >= 0


def test_one_line_alone_needs_no_label() -> None:
    chart = draw_lines(MONTHS, [Line("All", "All", [1.0] * 24)], 1100, 240)
    assert chart.lines[0].label_y is None
    assert chart.right == 1092


def test_a_missing_month_is_a_gap_and_one_alone_between_two_is_a_dot() -> None:
    values: list[float | None] = [1.0, 2.0, None, 4.0, None, *[5.0] * 19]
    path = draw_lines(MONTHS, [Line("A", "a", values)], 1100, 240).lines[0].path
    assert path.count("M") == 3
    assert path.count("h0") == 1


def test_the_way_to_a_month_that_is_not_complete_is_a_part_of_its_own() -> None:
    line = draw_lines(MONTHS, [Line("A", "a", [1.0] * 24)], 1100, 240, dotted_end=True).lines[0]
    assert line.tail.count("L") == 1
    assert line.path.count("L") == 22


def test_years_stand_side_by_side_and_a_missing_month_has_no_column() -> None:
    values: list[float | None] = [10.0] * 23 + [None]
    years = draw_years(MONTHS, values, 3, 1100, 200)
    assert [(year, path.count("M")) for year, path in years.years] == [(2023, 12), (2024, 11)]


@pytest.mark.parametrize(
    ("highest", "ticks"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (3, [0, 1, 2, 3]),
        (100, [0, 25, 50, 75, 100]),
        (4e6, [0, 1e6, 2e6, 3e6, 4e6]),
    ],
)
def test_marks_are_round_and_whole_and_reach_the_highest_value(highest: float, ticks: list[float]) -> None:
    assert find_ticks(highest, 4) == ticks


def test_marks_of_a_share_may_lie_between_whole_numbers() -> None:
    assert find_ticks(1, 4, whole=False) == [0, 0.25, 0.5, 0.75, 1]


VALUES = st.lists(st.one_of(st.none(), st.integers(0, 10**9).map(float)), min_size=1, max_size=40)


@given(VALUES)
def test_a_small_drawing_stays_in_its_box_and_leaves_gaps(values: list[float | None]) -> None:
    drawing = draw_small(
        LastMonths(values, [None] * len(values), [at for at, value in enumerate(values) if value]), 184, 40
    )
    x = y = 0
    begun = 0
    for command, numbers in re.findall(r"([MLhl])([^MLhl]*)", drawing.line):
        pairs = [int(number) for number in re.findall(r"-?\d+", numbers)]
        if command == "M":
            x, y = pairs
            begun += 1
        elif command == "l":
            for across, down in zip(pairs[::2], pairs[1::2], strict=True):
                x, y = x + across, y + down
        assert 0 <= x <= 184
        assert 0 <= y <= 40
    stretches = sum(value is not None and (at == 0 or values[at - 1] is None) for at, value in enumerate(values))
    assert begun == stretches
