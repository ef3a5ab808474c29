from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, event, select

from wiki_activity.domain.counts import COUNT_SERIES, Metric, MonthlyCounts, Series
from wiki_activity.domain.months import list_months
from wiki_activity.storage.count_tables import StoredCounts, newest_month, newest_sizes
from wiki_activity.storage.database import create_database_engine, reading, writing
from wiki_activity.storage.frames import read_edit_frames, read_series
from wiki_activity.storage.migrate import migrate
from wiki_activity.storage.schema import count_revisions
from wiki_activity.storage.storage_errors import StorageError
from wiki_activity_tests.storage.conftest import NOW
from wiki_activity_tests.storage.rows import counts_from
from wiki_activity_tests.storage.storing import store_counts

HI, EN = "hi.wikipedia.org", "en.wikipedia.org"
FIRST, LAST = date(2024, 1, 1), date(2024, 12, 1)
LATER = NOW + timedelta(days=30)


def test_counts_are_stored_and_read(engine: Engine) -> None:
    stored = store(
        engine, HI, {Series.EDITS: counts_from("2024-01", 5, 0, 7), Series.EDITORS: counts_from("2024-02", 3)}
    )
    assert stored == StoredCounts(added=4, restated=0, unchanged=0)
    assert values(engine, Series.EDITS, HI) == [5, 0, 7]
    assert values(engine, Series.EDITORS, HI) == [3]


def test_storing_the_same_again_changes_nothing(engine: Engine) -> None:
    answers = {Series.EDITS: counts_from("2024-01", 5, 0, 7), Series.USER_EDITS: counts_from("2024-01", 1, 0, None)}
    store(engine, HI, answers)
    assert store(engine, HI, answers) == StoredCounts(added=0, restated=0, unchanged=5)
    assert revisions(engine) == []


def test_a_restated_count_is_replaced_and_the_old_one_kept(engine: Engine) -> None:
    store(engine, HI, {Series.EDITS: counts_from("2024-01", 5, 6), Series.EDITORS: counts_from("2024-01", 2)})
    again = {Series.EDITS: counts_from("2024-01", 5, 9, 4), Series.EDITORS: counts_from("2024-01", 3)}
    assert store(engine, HI, again, seen_at=LATER) == StoredCounts(added=1, restated=2, unchanged=1)
    assert values(engine, Series.EDITS, HI) == [5, 9, 4]
    assert revisions(engine) == [
        ("editors", HI, date(2024, 1, 1), 2, 3, LATER),
        ("edits", HI, date(2024, 2, 1), 6, 9, LATER),
    ]


def test_a_series_that_was_not_answered_is_left_alone(engine: Engine) -> None:
    both = {Series.EDITS: counts_from("2024-01", 5), Series.USER_EDITS: counts_from("2024-01", 4)}
    store(engine, HI, both)
    store(engine, HI, {Series.EDITS: counts_from("2024-01", 6)})
    assert values(engine, Series.USER_EDITS, HI) == [4]


def test_a_month_that_an_answer_lacks_is_left_alone(engine: Engine) -> None:
    store(engine, HI, {Series.EDITS: counts_from("2024-01", 5, 6)})
    store(engine, HI, {Series.EDITS: counts_from("2024-02", 6)})
    store(engine, HI, {Series.EDITS: {}})
    assert values(engine, Series.EDITS, HI) == [5, 6]


def test_parts_without_a_total_are_not_stored(engine: Engine) -> None:
    parts = {Series.USER_EDITS: counts_from("2024-01", 4, 4), Series.ANONYMOUS_EDITS: counts_from("2024-01", 1, 1)}
    assert store(engine, HI, parts) == StoredCounts()
    store(engine, HI, {Series.EDITS: counts_from("2024-02", 6)})
    assert store(engine, HI, parts) == StoredCounts(added=2)
    assert values(engine, Metric.PEOPLE_EDITS, HI) == [5]


def test_counts_of_people_need_no_other_and_are_restated_one_by_one(engine: Engine) -> None:
    pages = {Series.NEW_PAGES: counts_from("2024-01", 4, 5)}
    assert store(engine, HI, pages) == StoredCounts(added=2)
    more = {Series.NEW_PAGES: counts_from("2024-01", 4, 6), Series.USER_EDITORS: counts_from("2024-02", 3, 2)}
    assert store(engine, HI, more, seen_at=LATER) == StoredCounts(added=2, restated=1, unchanged=1)
    assert values(engine, Series.NEW_PAGES, HI) == [4, 6]
    assert values(engine, Series.USER_EDITORS, HI) == [3, 2]
    assert revisions(engine) == [("new_pages", HI, date(2024, 2, 1), 5, 6, LATER)]
    assert read_series(engine, Series.NEW_USERS).empty


def test_a_part_that_comes_later_is_added_not_restated(engine: Engine) -> None:
    store(engine, HI, {Series.EDITS: counts_from("2024-01", 5)})
    assert store(engine, HI, {Series.USER_EDITS: counts_from("2024-01", 4)}) == StoredCounts(added=1)
    assert revisions(engine) == []


def test_only_months_of_the_range_are_stored(engine: Engine) -> None:
    answers = {Series.EDITS: counts_from("2023-11", 1, 2, 3, 4, 5)}
    with writing(engine) as connection:
        store_counts(connection, HI, answers, date(2024, 1, 1), date(2024, 2, 1), NOW)
    assert read_series(engine, Series.EDITS).index.tolist() == months("2024-01-01", "2024-02-01")


def test_counts_past_32_bits_fit(engine: Engine) -> None:
    store(engine, HI, {Series.EDITS: counts_from("2024-01", 2**52)})
    assert values(engine, Series.EDITS, HI) == [2**52]


def test_frames_have_every_month_and_nan_where_one_is_missing(engine: Engine) -> None:
    store(engine, HI, {Series.EDITS: counts_from("2024-01", 5, None, 7)})
    store(engine, EN, {Series.EDITS: counts_from("2024-05", 9)})
    frame = read_series(engine, Series.EDITS)
    assert frame.columns.tolist() == [EN, HI]
    assert frame.index.tolist() == months("2024-01-01", "2024-05-01")
    assert frame.index.freqstr == "MS"
    assert set(map(str, frame.dtypes)) == {"float64"}
    nan = np.nan
    np.testing.assert_array_equal(frame[HI], [5, nan, 7, nan, nan])
    np.testing.assert_array_equal(frame[EN], [nan, nan, nan, nan, 9])


def test_peoples_edits_are_missing_where_a_part_is(engine: Engine) -> None:
    store(
        engine,
        HI,
        {
            Series.EDITS: counts_from("2024-01", 9, 9, 9),
            Series.USER_EDITS: counts_from("2024-01", 4, 5, None),
            Series.ANONYMOUS_EDITS: counts_from("2024-01", 1, None, 0),
        },
    )
    frame = read_series(engine, Metric.PEOPLE_EDITS, first=date(2024, 1, 1), last=date(2024, 3, 1))
    np.testing.assert_array_equal(frame[HI], [5, np.nan, np.nan])


def test_the_three_edit_frames_have_one_shape(engine: Engine) -> None:
    store(engine, HI, {Series.EDITS: counts_from("2024-01", 9, 9), Series.USER_EDITS: counts_from("2024-01", 4)})
    store(engine, EN, {Series.EDITS: counts_from("2024-02", 8)})
    frames = read_edit_frames(engine)
    assert set(frames) == {Series.EDITS, Series.USER_EDITS, Series.ANONYMOUS_EDITS}
    assert {frame.shape for frame in frames.values()} == {(2, 2)}
    assert frames[Series.ANONYMOUS_EDITS].isna().all(axis=None)


def test_reading_is_limited_to_projects_and_months(engine: Engine) -> None:
    for project in (HI, EN, "bn.wikipedia.org"):
        store(engine, project, {Series.EDITS: counts_from("2024-01", 1, 2, 3, 4)})
    frame = read_series(engine, Series.EDITS, [HI, EN], date(2024, 2, 1), date(2024, 3, 1))
    assert frame.columns.tolist() == [EN, HI]
    assert frame.to_numpy().tolist() == [[2, 2], [3, 3]]


def test_nothing_stored_is_an_empty_frame(engine: Engine) -> None:
    assert read_series(engine, Series.EDITS).shape == (0, 0)
    assert read_series(engine, Series.EDITS, [HI], date(2024, 2, 1), date(2024, 3, 1)).shape == (2, 0)
    assert newest_month(engine, Series.EDITS) is None
    assert newest_sizes(engine) == {}


def test_the_newest_month_and_sizes_are_known(engine: Engine) -> None:
    store(engine, HI, {Series.EDITS: counts_from("2024-01", 9, 8), Series.USER_EDITS: counts_from("2024-01", 4)})
    store(engine, EN, {Series.EDITS: counts_from("2024-01", 70)})
    assert newest_month(engine, Series.EDITS) == date(2024, 2, 1)
    assert newest_month(engine, Series.USER_EDITS) == date(2024, 1, 1)
    assert newest_month(engine, Series.EDITORS) is None
    assert newest_sizes(engine) == {HI: 8, EN: 70}


COUNTS = st.dictionaries(st.sampled_from(list_months(FIRST, LAST)), st.integers(0, 2**50))
ANSWERS = st.dictionaries(st.sampled_from(Series), COUNTS)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([HI, EN]), ANSWERS), max_size=6))
def test_what_is_stored_is_the_last_answer_of_each_month(
    answers: list[tuple[str, dict[Series, MonthlyCounts]]],
) -> None:
    expected: dict[tuple[str, Series], dict[date, int]] = {}
    replaced = 0
    with TemporaryDirectory() as folder:
        engine = create_database_engine(f"sqlite:///{Path(folder) / 'counts.db'}")
        migrate(engine)
        for project, answer in answers:
            replaced += store(engine, project, answer).restated
            for series, counts in sorted(answer.items(), key=lambda item: item[0] is not Series.EDITS):
                totals = expected.get((project, Series.EDITS), {})
                free = series in {Series.EDITS, Series.EDITORS}
                kept = {month: count for month, count in counts.items() if free or month in totals}
                expected.setdefault((project, series), {}).update(kept)
        for series in COUNT_SERIES:
            frame = read_series(engine, series)
            for project in (HI, EN):
                stored = {} if project not in frame else frame[project].dropna().astype(int).to_dict()
                counts = expected.get((project, series), {})
                assert {month.date(): count for month, count in stored.items()} == counts
        assert len(revisions(engine)) == replaced
        engine.dispose()


def test_a_series_that_the_server_cut_off_is_refused(mysql_engine: Engine) -> None:
    # 75 months of 14 letters: the limits cut the last but one off at each of its letters.
    counts = dict.fromkeys(list_months(date(2018, 1, 1), date(2024, 3, 1)), 123456)
    store(mysql_engine, HI, {Series.EDITS: counts}, first=date(2018, 1, 1))
    limits = iter(range(1024, 1039))

    @event.listens_for(mysql_engine, "begin")
    def shorten(connection: Connection) -> None:
        connection.exec_driver_sql(f"set session group_concat_max_len = {next(limits)}")

    for _ in range(15):
        with pytest.raises(StorageError, match=f"cut off the 75 months of {HI}"):
            read_series(mysql_engine, Series.EDITS)


def store(
    engine: Engine, project: str, answers: Mapping[Series, MonthlyCounts], seen_at: datetime = NOW, first: date = FIRST
) -> StoredCounts:
    with writing(engine) as connection:
        return store_counts(connection, project, answers, first, LAST, seen_at)


def values(engine: Engine, series: Metric | Series, project: str) -> list[float]:
    return read_series(engine, series)[project].dropna().tolist()


def revisions(engine: Engine) -> list[tuple]:
    columns = [column for column in count_revisions.columns if column.key != "id"]
    with reading(engine) as connection:
        return sorted(tuple(row) for row in connection.execute(select(*columns)))


def months(first: str, last: str) -> list:
    return pd.date_range(first, last, freq="MS").tolist()
