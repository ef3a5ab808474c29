"""What the explorer holds of wikis: peaks as they were stored, to the last digit, or an error."""

import random
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Connection, Engine, event

from wiki_activity.domain.months import list_months
from wiki_activity.domain.peaks import Detector, Peak
from wiki_activity.storage.peak_table import read_peaks, replace_peaks
from wiki_activity.storage.storage_errors import StorageError
from wiki_activity.storage.wiki_data import make_peak, read_wiki_data
from wiki_activity_tests.storage.conftest import NOW
from wiki_activity_tests.storage.test_peak_table import MARCH, PLAIN

OTHER = "bn.wikipedia.org"


def read(engine: Engine, *projects: str) -> list[Peak]:
    return [make_peak(one.project, row) for one in read_wiki_data(engine, projects) for row in one.peaks]


def test_peaks_of_any_numbers_come_back_as_they_were(engine: Engine) -> None:
    draw = random.Random(3)
    numbers = [
        *(draw.uniform(0.1, 1) * 10.0 ** draw.randint(-1, 14) for _ in range(20)),
        *(draw.uniform(0.1, 1) * 10.0 ** draw.randint(-290, 290) for _ in range(20)),
        *(0.1 + 0.2, 1e14, 1 / 3, 1.8093891105195534e-11, 1.7976931348623155e300, 6.352929017207453e-183),
    ]
    peaks = [
        replace(MARCH, project=OTHER, month=month, value=number, expected=number / 3, threshold=number / 7, score=score)
        for number, month, score in zip(
            numbers,
            list_months(date(2019, 1, 1), date(2022, 12, 1)),
            [None, *(-one for one in numbers[1:])],
            strict=False,
        )
    ]
    replace_peaks(engine, [*peaks, MARCH, PLAIN], found_at=NOW)
    assert read(engine, OTHER) == peaks == read_peaks(engine, project=OTHER)
    assert read(engine, MARCH.project, "nothing.wikipedia.org") == [PLAIN, MARCH]


def test_peaks_that_the_server_cut_off_are_refused_wherever_it_did(mysql_engine: Engine) -> None:
    months = list_months(date(2018, 1, 1), date(2019, 12, 1))
    peaks = [replace(MARCH, month=month, detector=Detector.SEASONAL) for month in months]
    replace_peaks(mysql_engine, peaks, found_at=NOW)
    assert len(read(mysql_engine, MARCH.project)) == len(peaks)
    limits = iter(range(1024, 1024 + 120))

    @event.listens_for(mysql_engine, "begin")
    def shorten(connection: Connection) -> None:
        connection.exec_driver_sql(f"set session group_concat_max_len = {next(limits)}")

    for _ in range(110):
        with pytest.raises(StorageError, match=f"cut off the 24 peaks of {MARCH.project}"):
            read(mysql_engine, MARCH.project)
