from datetime import date

import pytest

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.peaks import Kind
from wiki_activity.domain.rises import BoardPart, Excess, Rise


def rise(
    people: float | None = 0, edits: float | None = 0, *, editors: float = 10, kind: Kind | None = Kind.MORE_PEOPLE,
    shared: bool = False, project: str = "hi.wikipedia.org",
) -> Rise:  # fmt: skip
    return Rise(
        project=project,
        month=date(2026, 9, 1),
        metric=Metric.PEOPLE_EDITS,
        kind=kind,
        shared=shared,
        editors=editors,
        people=None if people is None else Excess(100 + people, 100),
        edits=None if edits is None else Excess(1000 + edits, 1000),
    )


@pytest.mark.parametrize(
    ("one", "part"),
    [
        (rise(people=5), BoardPart.STOOD_OUT),
        (rise(people=4.4), BoardPart.SMALL_RISE),
        (rise(edits=500, editors=3), BoardPart.STOOD_OUT),
        (rise(edits=499, editors=3), BoardPart.SMALL_RISE),
        (rise(edits=50_000, editors=2), BoardPart.SMALL_RISE),
        (rise(people=None, edits=500), BoardPart.STOOD_OUT),
        (rise(people=None, edits=None), BoardPart.SMALL_RISE),
        (rise(people=500, shared=True), BoardPart.MANY_WIKIS),
        (rise(people=500, kind=Kind.BOT_RUN), BoardPart.MOSTLY_BOTS),
        (rise(people=500, kind=Kind.BOT_RUN, shared=True), BoardPart.MOSTLY_BOTS),
    ],
)
def test_a_line_needs_five_people_or_five_hundred_edits_by_three(one: Rise, part: BoardPart) -> None:
    assert one.part is part


def test_most_people_come_first_then_most_edits_and_a_few_people_beside_many_edits_do_not_count() -> None:
    many, few_people, edits = rise(38), rise(4, 9000, project="a"), rise(0, 12_400, project="b")
    assert sorted([edits, few_people, many], key=lambda one: one.rank) == [many, edits, few_people]
    assert (few_people.people_shown, many.people_shown) == (0, 38)


def test_what_is_below_expected_is_no_excess() -> None:
    below = rise(people=-7, edits=-40)
    assert (below.people_more, below.edits_more, below.part) == (0, 0, BoardPart.SMALL_RISE)
