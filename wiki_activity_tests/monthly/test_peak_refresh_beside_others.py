"""Judging while others write and judge."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from wiki_activity.domain.counts import COUNT_SERIES, Metric, Series
from wiki_activity.domain.note_text import check_text
from wiki_activity.domain.peaks import Detector
from wiki_activity.monthly.peak_refresh import refresh_peaks
from wiki_activity.monthly.refresh import Progress
from wiki_activity.storage.data_version import read_detection_count
from wiki_activity.storage.database import reading
from wiki_activity.storage.fetches import answered
from wiki_activity.storage.peak_table import MonthChanges, read_peaks, replace_peaks
from wiki_activity.storage.refreshes import last_refresh
from wiki_activity.storage.storage_errors import DetectedMeanwhileError
from wiki_activity_tests.monthly.fakes import FakeWikimedia
from wiki_activity_tests.monthly.refreshing import WIKIS, refresh
from wiki_activity_tests.monthly.test_peak_refresh import HINDI, LAST, LATER, NOW, SPIKE, calm, find, store
from wiki_activity_tests.storage.storing import write_month_note


@contextmanager
def while_peaks_are_compared(engine: Engine, act: Callable[[], object]) -> Iterator[None]:
    """Do something, once, as another one would who comes while the stored peaks are read."""
    acts = [act]

    def look(*event: Any) -> None:
        if "from community_alerts" in str(event[2]).lower().replace("\n", " ") and acts:
            acts.pop()()

    sa.event.listen(engine, "before_cursor_execute", look)
    yield
    sa.event.remove(engine, "before_cursor_execute", look)
    assert not acts


def test_others_may_write_while_peaks_are_compared(engine: Engine) -> None:
    store(engine, HINDI, {Series.EDITS: calm(m2024_03=9000)})
    text = check_text("Pupils", "Two hundred of one school", None, "event")

    def save_note() -> None:
        write_month_note(engine, Metric.EDITS, HINDI, SPIKE, text, version=0, author="Asha", now=NOW)

    with while_peaks_are_compared(engine, save_note):
        assert len(refresh_peaks(engine, 30, NOW).added) == 2


def test_older_counts_do_not_have_the_last_word(engine: Engine) -> None:
    store(engine, HINDI, {Series.EDITS: calm(m2024_03=9000)})

    def store_and_judge() -> None:
        store(engine, HINDI, {Series.EDITS: calm(m2024_05=7000)}, LATER)
        refresh_peaks(engine, 30, LATER)

    with while_peaks_are_compared(engine, store_and_judge):
        refresh_peaks(engine, 30, NOW)
    assert find(engine) == [(Metric.EDITS, HINDI, LAST)]


def test_who_judged_before_another_one_writes_nothing(engine: Engine) -> None:
    store(engine, HINDI, {Series.EDITS: calm(m2024_03=9000)})
    with reading(engine) as connection:
        detections = read_detection_count(connection)
    refresh_peaks(engine, 30, NOW)
    found = read_peaks(engine)
    with pytest.raises(DetectedMeanwhileError):
        replace_peaks(engine, [], found_at=LATER, detections=detections)
    assert read_peaks(engine) == found


def test_the_months_that_changed_are_told(engine: Engine) -> None:
    store(engine, HINDI, {Series.EDITS: calm(m2024_03=9000)})
    assert refresh_peaks(engine, 30, NOW).by_month == {SPIKE: MonthChanges(added=2, removed=0, changed=0)}
    assert refresh_peaks(engine, 30, NOW).by_month == {}
    store(engine, HINDI, {Series.EDITS: calm(m2024_05=7000)}, LATER)
    assert refresh_peaks(engine, 30, LATER).by_month == {SPIKE: MonthChanges(0, 2, 0), LAST: MonthChanges(2, 0, 0)}


def test_months_without_edits_are_no_peaks_and_the_first_one_after_them_begins_an_episode(engine: Engine) -> None:
    store(engine, HINDI, dict.fromkeys(COUNT_SERIES, calm() | dict.fromkeys(list(calm())[:30], 0)))
    refresh_peaks(engine, 30, NOW)
    peaks = read_peaks(engine, detector=Detector.ROLLING_MEAN, metric=Metric.EDITS)
    assert min(peak.value for peak in peaks) > 0
    assert [peak.month for peak in peaks if peak.starts_episode] == [list(calm())[30]]


def test_the_log_of_a_sqlite_file_is_emptied(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("MariaDB keeps its own log")
    store(engine, HINDI, {Series.EDITS: calm(m2024_03=9000)})
    log = Path(f"{engine.url.database}-wal")
    assert log.stat().st_size > 0
    refresh_peaks(engine, 30, NOW)
    assert log.stat().st_size == 0


def test_no_wiki_is_told_as_done_before_it_is_stored(engine: Engine) -> None:
    client = FakeWikimedia(WIKIS)
    client.silent = frozenset(WIKIS[10:])
    told: list[tuple[int, bool]] = []

    def look(progress: Progress) -> None:
        newest = last_refresh(engine)
        assert newest is not None
        known = {project for project, _ in answered(engine, newest.id)}
        told.append((progress.done, progress.project in {"", *known}))
        if progress.done == 10:
            client.goes_on.set()

    refresh(engine, client, watch=look)
    assert told == [(done, True) for done in range(21)]


def test_what_a_refresh_changed_is_told_by_month(engine: Engine) -> None:
    client = FakeWikimedia(WIKIS)
    outcome = refresh(engine, client)
    assert {series: len(months) for series, months in outcome.changed_months.items()} == dict.fromkeys(COUNT_SERIES, 5)
    month = max(client.counts[WIKIS[3], Series.EDITORS])
    client.counts[WIKIS[3], Series.EDITORS] = {**client.counts[WIKIS[3], Series.EDITORS], month: 51}
    outcome = refresh(engine, client)
    assert (outcome.changed_months, outcome.resumed) == ({Series.EDITORS: {month}}, False)
