from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from wiki_activity.domain.counts import Series
from wiki_activity.storage.database import create_database_engine, reading
from wiki_activity.storage.frames import read_series
from wiki_activity.storage.migrate import migrate
from wiki_activity.storage.migrations.legacy_tables import read_moment, read_month
from wiki_activity_tests.storage.legacy_program import HI, TABLES, make_tables


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Engine]:
    engine = create_database_engine(f"sqlite:///{tmp_path}/earlier.db")
    yield engine
    engine.dispose()


def test_timestamps_of_every_format_are_made_uniform(file: Engine) -> None:
    written = [
        "2024-01-01", "2024-02-01 00:00:00", "2024-03-01T00:00:00", "2024-04-01 00:00:00.000000",
        "2024-05-01T00:00:00.000Z", "2024-06-01 00:00", "20240701", "2024-08", 20240901,
    ]  # fmt: skip
    rows = [{"project": HI, "timestamp": one, "edit_count": at} for at, one in enumerate(written, 1)]
    make_tables(file, {"edit_counts": TABLES["edit_counts"]}, {"edit_counts": rows})
    assert migrate(file).kept == {}
    with reading(file) as connection:
        stored = connection.execute(text("select timestamp, edit_count from edit_counts order by 1")).all()
    assert stored == [(f"2024-{month:02}-01 00:00:00.000000", month) for month in range(1, 10)]


def test_two_writings_of_one_month_are_one_month(file: Engine) -> None:
    rows = [
        {"project": HI, "timestamp": "2024-01-01", "edit_count": 5},
        {"project": HI, "timestamp": "2024-01-01 00:00:00", "edit_count": 6},
    ]
    make_tables(file, {"edit_counts": TABLES["edit_counts"]}, {"edit_counts": rows})
    assert migrate(file).kept == {}
    assert len(read_series(file, Series.EDITS)) == 1
    with reading(file) as connection:
        assert connection.execute(text("select count(*) from count_revisions")).scalar() == 1


@pytest.mark.parametrize("percentage", ["nan", "NaN", "", "inf", None])
def test_a_percentage_that_is_no_number_becomes_null(file: Engine, percentage: str | None) -> None:
    row = {"project": HI, "timestamp": "2024-01-01", "edit_count": 5, "rolling_mean": 0, "threshold": 0, "label": None}
    tables = {"community_alerts": TABLES["community_alerts"]}
    make_tables(file, tables, {"community_alerts": [{**row, "percentage_difference": percentage}]})
    assert migrate(file).kept == {}
    with reading(file) as connection:
        assert connection.execute(text("select percentage_difference from community_alerts")).scalars().all() == [None]


@given(month=st.dates(date(2001, 1, 1), date(2100, 1, 1)).map(lambda day: day.replace(day=1)))
def test_a_month_is_read_from_all_its_writings(month: date) -> None:
    midnight = datetime(month.year, month.month, 1)  # noqa: DTZ001 - naive UTC
    writings = [
        midnight,
        month,
        str(midnight),
        midnight.isoformat(),
        month.isoformat(),
        f"{month:%Y%m%d}",
        f"{month:%Y-%m}",
    ]
    writings += [
        f"{midnight.isoformat()}.000Z",
        f"{month:%Y-%m-%d} 00:00:00+00:00",
        str(month).encode(),
        int(f"{month:%Y%m%d}"),
    ]
    assert {read_month(one) for one in writings} == {midnight}


@given(st.none() | st.text() | st.integers() | st.floats() | st.binary() | st.datetimes())
def test_no_cell_breaks_the_reading(cell: object) -> None:
    month = read_month(cell)
    assert month is None or (month.day, month.hour, month.tzinfo) == (1, 0, None)
    moment = read_moment(cell)
    assert moment is None or moment.tzinfo is None
