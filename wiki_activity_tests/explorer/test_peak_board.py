import base64
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.note_text import NoteText
from wiki_activity.domain.peaks import Detector, Kind, Peak
from wiki_activity.explorer.peak_board import BoardPage, BoardPeak, BoardQuery, MonthOfPeaks
from wiki_activity.explorer.peak_order import BoardSort, CursorError
from wiki_activity.explorer.snapshot import Snapshot
from wiki_activity.explorer.snapshots import Snapshots
from wiki_activity.storage.peak_table import replace_peaks
from wiki_activity_tests.explorer.stored import NOW
from wiki_activity_tests.storage.noting import CONTEST
from wiki_activity_tests.storage.storing import hide_month_note, write_month_note

MARCH, APRIL, MAY = date(2024, 3, 1), date(2024, 4, 1), date(2024, 5, 1)
EDITS = BoardQuery(Metric.EDITS, Detector.SEASONAL)


def make(project: str, month: date, value: float = 200.0, expected: float = 100.0, **facts: object) -> Peak:
    peak = Peak(
        metric=Metric.EDITS,
        project=f"{project}.org",
        month=month,
        detector=Detector.SEASONAL,
        value=value,
        expected=expected,
        threshold=expected * 1.5,
        score=4.0,
        kind=None,
        outcome=None,
        shared=False,
        starts_episode=True,
    )
    return replace(peak, **facts)


@pytest.fixture
def engine(empty_engine: Engine) -> Engine:
    """An engine without peaks."""
    return empty_engine


def look(engine: Engine) -> Snapshot:
    return Snapshots(engine, 30, 0, 0).read()


def read_board(engine: Engine, query: BoardQuery) -> BoardPage:
    return look(engine).select_peaks(query)


def store(engine: Engine, *peaks: Peak) -> None:
    replace_peaks(engine, peaks, found_at=NOW)


def tell(items: Iterable[BoardPeak]) -> list[str]:
    return [f"{item.peak.project.removesuffix('.org')}{item.peak.month.month}" for item in items]


def read(engine: Engine, query: BoardQuery = EDITS, **changes: object) -> list[str]:
    return tell(read_board(engine, replace(query, **changes)).items)


def read_through(engine: Engine, query: BoardQuery) -> list[BoardPeak]:
    items: list[BoardPeak] = []
    page = read_board(engine, query)
    while page.next is not None:
        assert len(page.items) == query.limit
        items += page.items
        page = read_board(engine, replace(query, after=page.next))
    return items + page.items


def note(engine: Engine, project: str, month: date, text: NoteText = CONTEST) -> None:
    write_month_note(engine, Metric.EDITS, f"{project}.org", month, text, version=0, author="Asha", now=NOW)


def test_an_empty_board_has_no_pages(engine: Engine) -> None:
    page = read_board(engine, EDITS)
    assert (page.items, page.next, page.total) == ([], None, 0)
    assert look(engine).board.count_by_month(Metric.EDITS, Detector.SEASONAL) == []


def test_a_peak_comes_with_all_it_is_and_its_annotation(engine: Engine) -> None:
    peak = make("a", MAY, kind=Kind.BOT_RUN, shared=True)
    store(engine, peak)
    (item,) = read_board(engine, EDITS).items
    assert item == BoardPeak(peak, None)
    saved = write_month_note(engine, Metric.EDITS, "a.org", MAY, CONTEST, version=0, author="Asha", now=NOW)
    (item,) = read_board(engine, EDITS).items
    assert item == BoardPeak(peak, saved)


def test_each_order_begins_with_its_greatest(engine: Engine) -> None:
    store(
        engine,
        make("a", MARCH, 1000.0, 900.0, score=9.0),
        make("b", MAY, 300.0, 100.0, score=5.0),
        make("c", MAY, 500.0, 300.0, score=7.0),
        make("d", APRIL, 30.0, 5.0, score=None),
    )
    assert read(engine, sort=BoardSort.MONTH) == ["c5", "b5", "d4", "a3"]
    assert read(engine, sort=BoardSort.RATIO) == ["d4", "b5", "c5", "a3"]
    assert read(engine, sort=BoardSort.EXCESS) == ["c5", "b5", "a3", "d4"]
    assert read(engine, sort=BoardSort.VALUE) == ["a3", "c5", "b5", "d4"]
    assert read(engine, sort=BoardSort.SCORE) == ["a3", "c5", "b5", "d4"]
    assert read(engine, sort=BoardSort.PROJECT) == ["a3", "b5", "c5", "d4"]


@pytest.mark.parametrize("detector", Detector)
def test_an_expected_value_of_zero_is_the_greatest_ratio(engine: Engine, detector: Detector) -> None:
    peaks = [make("a", MAY, 900.0, 1.0), make("b", MAY, 2.0, 0.0), make("c", MAY, 3.0, 0.0), make("d", MAY, 200.0)]
    store(engine, *(replace(peak, detector=detector) for peak in peaks))
    query = replace(EDITS, detector=detector, sort=BoardSort.RATIO)
    assert read(engine, query) == ["c5", "b5", "a5", "d5"]
    assert tell(read_through(engine, replace(query, limit=1))) == ["c5", "b5", "a5", "d5"]
    assert read(engine, query, min_percent=500) == ["c5", "b5", "a5"]


def test_the_score_of_the_rolling_mean_is_in_the_order_of_the_ratio(engine: Engine) -> None:
    plain = [make(name, MAY, value, score=value / 100 - 1) for name, value in (("a", 150.0), ("b", 300.0))]
    store(engine, *(replace(peak, detector=Detector.ROLLING_MEAN) for peak in plain))
    query = replace(EDITS, detector=Detector.ROLLING_MEAN, sort=BoardSort.SCORE)
    assert read(engine, query) == ["b5", "a5"]
    assert tell(read_through(engine, replace(query, limit=1))) == ["b5", "a5"]


def test_peaks_are_found_by_every_condition(engine: Engine) -> None:
    store(
        engine,
        make("a", MARCH),
        make("b", APRIL, 400.0, kind=Kind.BOT_RUN),
        make("c", MAY, 250.0),
        make("d", MAY, metric=Metric.EDITORS),
        make("e", MAY, detector=Detector.ROLLING_MEAN),
    )
    conditions = {
        "c5": {"month": MAY},
        "c5 b4": {"first": APRIL},
        "b4 a3": {"last": APRIL},
        "b4": {"kind": Kind.BOT_RUN},
        "c5 a3": {"projects": ["c.org", "a.org", "d.org"]},
        "c5 b4 ": {"min_percent": 150.0},
        "": {"projects": []},
        "d5": {"metric": Metric.EDITORS},
        "e5": {"detector": Detector.ROLLING_MEAN},
        "b4  ": {"first": MARCH, "last": APRIL, "min_percent": 100.1},
    }
    for expected, condition in conditions.items():
        query = replace(EDITS, **condition)
        assert read(engine, query) == expected.split(), condition
        assert read_board(engine, query).total == len(expected.split()), condition


def test_all_wikis_may_be_named(engine: Engine) -> None:
    store(engine, *(make(f"w{number}", MAY) for number in range(900)))
    query = replace(EDITS, projects={f"w{number}.org" for number in range(870)}, limit=500)
    assert read_board(engine, query).total == 870
    assert len(read_through(engine, query)) == 870


def test_explained_is_what_has_a_note_of_any_metric_that_everybody_may_see(engine: Engine) -> None:
    store(engine, make("a", MAY), make("b", MAY), make("c", MAY), make("a", APRIL))
    note(engine, "a", MAY)
    note(engine, "b", MAY)
    hide_month_note(engine, Metric.EDITS, "b.org", MAY, reason="tells a name", version=1, author="Reva", now=NOW)
    write_month_note(engine, Metric.EDITORS, "c.org", MAY, CONTEST, version=0, author="Asha", now=NOW)
    for sort in BoardSort:
        assert sorted(read(engine, sort=sort, explained=True)) == ["a5", "c5"]
        assert sorted(read(engine, sort=sort, explained=False)) == ["a4", "b5"]
    assert [read_board(engine, replace(EDITS, explained=one)).total for one in (True, False, None)] == [2, 2, 4]
    noted = {tell([item])[0]: item.annotation is not None for item in read_board(engine, EDITS).items}
    assert noted == {"a5": True, "b5": False, "c5": True, "a4": False}


@pytest.mark.parametrize("sort", BoardSort)
def test_pages_go_through_equals_once(engine: Engine, sort: BoardSort) -> None:
    store(engine, *(make(name, month) for name in "abcde" for month in (MARCH, APRIL)), make("f", MAY, 5.0, 0.0))
    whole = read_board(engine, replace(EDITS, sort=sort)).items
    assert len({(item.peak.project, item.peak.month) for item in whole}) == 11
    for limit in (1, 2, 3, 10, 11):
        assert read_through(engine, replace(EDITS, sort=sort, limit=limit)) == whole


NUMBERS = st.floats(1e-3, 1e12)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(NUMBERS, st.one_of(NUMBERS, st.just(0.0)), NUMBERS), min_size=1, max_size=12))
def test_pages_of_any_numbers_are_the_whole(engine: Engine, numbers: list[tuple[float, float, float]]) -> None:
    peaks = [make(f"w{at}", MAY, value, expected, score=score) for at, (value, expected, score) in enumerate(numbers)]
    store(engine, *peaks)
    for sort in BoardSort:
        query = replace(EDITS, sort=sort)
        assert read_through(engine, replace(query, limit=2)) == read_board(engine, query).items


def test_what_appears_between_two_pages_shifts_neither(engine: Engine) -> None:
    peaks = [make(name, MARCH) for name in "abcd"]
    store(engine, *peaks)
    first = read_board(engine, replace(EDITS, limit=2))
    store(engine, *peaks, make("z", MAY))
    second = read_board(engine, replace(EDITS, limit=2, after=first.next))
    assert (tell(first.items), tell(second.items)) == (["d3", "c3"], ["b3", "a3"])


def encode(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        *("", "x", "é", "====", "a" * 10_000, encode(), encode("month"), encode("value", 1.0, "2024-05-01", "a.org")),
        *(encode("month", "2024-05-99", 1.0, "a.org"), encode("month", 1.0, 1.0, "a.org")),
        *(encode("month", "2024-05-01", None, "a.org"), encode("month", "2024-05-01", float("nan"), "a.org")),
        *(encode("month", "2024-05-01", float("inf"), "a.org"), encode("month", "2024-05-01", 1.0, ["a"])),
        *(encode("month", "2024-05-01", 1.0, "a\x00"), encode("month", None, 1.0, "a.org")),
        *("[" * 5000, base64.urlsafe_b64encode(b"[" * 100_000).decode()),
    ],
)
def test_what_is_no_cursor_of_this_order_is_refused(engine: Engine, cursor: str) -> None:
    with pytest.raises(CursorError):
        read_board(engine, replace(EDITS, after=cursor))


def test_wikis_are_counted_by_month(engine: Engine) -> None:
    store(engine, make("a", MARCH), make("a", MAY, shared=True), make("b", MAY, shared=True))
    count = look(engine).board.count_by_month
    assert count(Metric.EDITS, Detector.SEASONAL) == [
        MonthOfPeaks(MARCH, 1, False),
        MonthOfPeaks(MAY, 2, True),
    ]
    assert count(Metric.EDITS, Detector.SEASONAL, APRIL, MAY) == [MonthOfPeaks(MAY, 2, True)]
    assert count(Metric.EDITS, Detector.SEASONAL, last=APRIL) == [MonthOfPeaks(MARCH, 1, False)]


def test_one_wikis_peaks_are_those_of_both_detectors(engine: Engine) -> None:
    seasonal, plain = make("a", MAY), make("a", MAY, detector=Detector.ROLLING_MEAN)
    store(engine, seasonal, plain, make("a", MARCH), make("b", MAY), make("a", MAY, metric=Metric.EDITORS))
    wiki = look(engine).wiki("a.org")
    assert {metric: wiki.peaks(metric) for metric in Metric} == {
        Metric.EDITS: [make("a", MARCH), plain, seasonal],
        Metric.PEOPLE_EDITS: [],
        Metric.EDITORS: [make("a", MAY, metric=Metric.EDITORS)],
    }
