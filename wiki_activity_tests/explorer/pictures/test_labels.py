from hypothesis import given
from hypothesis import strategies as st

from wiki_activity.explorer.pictures.labels import STEP, WIDEST, place_labels

MARKS = st.lists(st.tuples(st.floats(0, 1000), st.floats(0, 300)), max_size=60).map(sorted)


@given(MARKS)
def test_labels_cover_neither_each_other_nor_marks_and_stay_in_the_plot(marks: list[tuple[float, float]]) -> None:
    labels = place_labels(marks, ["A label of some length"] * len(marks), 1000, 300)
    boxes = [(one.left, one.left + one.width, one.top, one.top + STEP) for one in labels]
    for at, (left, right, top, bottom) in enumerate(boxes):
        assert left >= 0
        assert right <= 1000.2
        assert right - left <= WIDEST
        assert not any(left < x < right and top < y < bottom for x, y in marks)
        assert not any(
            left < other_right - 0.2
            and right - 0.2 > other_left
            and top < other_bottom - 0.2
            and bottom - 0.2 > other_top
            for other_left, other_right, other_top, other_bottom in boxes[at + 1 :]
        )


def test_a_label_stands_over_its_mark_with_a_line_down_to_it() -> None:
    (label,) = place_labels([(500, 200)], ["Hindi Day"], 1000, 300)
    assert label.left < 500 < label.left + label.width
    assert label.top + STEP < 200
    assert label.stem.startswith("M500 ")


def test_marks_without_a_text_have_no_label() -> None:
    assert [one.text for one in place_labels([(10, 200), (500, 200)], [None, "x"], 1000, 300)] == ["x"]
