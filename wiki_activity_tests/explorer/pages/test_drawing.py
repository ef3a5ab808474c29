from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from wiki_activity.domain.months import list_months
from wiki_activity.explorer.pages.drawing import draw_chart, draw_columns, draw_sparkline

COUNTS = st.lists(st.none() | st.integers(0, 10**9).map(float), min_size=1, max_size=40)


def test_a_missing_month_breaks_the_line() -> None:
    drawing = draw_sparkline([1, 2, None, 4, 5])

    assert drawing.line.count("M") == 2
    assert drawing.line.count("L") == 2


def test_a_lone_month_is_a_dot() -> None:
    assert draw_sparkline([None, 3, None]).line.endswith("h0")
    assert draw_sparkline([None, 3, None]).last is None


def test_zeros_lie_on_the_ground() -> None:
    drawing = draw_sparkline([0, 0], height=28)

    assert drawing.last is not None
    assert drawing.last.y == 23


@given(COUNTS)
def test_a_sparkline_stays_in_its_box(counts: list[float | None]) -> None:
    drawing = draw_sparkline(counts, range(len(counts)))

    assert all(0 <= point.x <= drawing.width and 0 <= point.y <= drawing.height for point in drawing.peaks)
    assert len(drawing.peaks) == sum(count is not None for count in counts)


@given(COUNTS)
def test_a_chart_shows_every_known_month_in_its_box(counts: list[float | None]) -> None:
    months = list_months(date(2020, 1, 1), date(2030, 1, 1))[: len(counts)]

    drawing = draw_chart(months, counts, counts, counts, months[-1])

    assert len(drawing.points) == sum(count is not None for count in counts)
    assert all(0 <= point.y <= drawing.floor for point in drawing.points)
    assert (drawing.chosen is None) == (counts[-1] is None)


@given(st.lists(st.integers(0, 1000), max_size=60))
def test_columns_rise_from_one_floor(counts: list[int]) -> None:
    drawing = draw_columns(counts, [""] * len(counts))

    assert all(abs(column.y + column.height - drawing.floor) < 1e-6 for column in drawing.columns)
    assert all(bool(column.height) == bool(count) for column, count in zip(drawing.columns, counts, strict=True))
    assert all(column.y >= 0 for column in drawing.columns)


def test_ticks_are_round_numbers() -> None:
    assert [tick.label for tick in draw_columns([34], [""]).ticks] == ["0", "20", "40"]
    assert [tick.label for tick in draw_columns([1], [""]).ticks] == ["0", "1"]
