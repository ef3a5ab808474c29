from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select

from wiki_activity.domain.counts import COUNT_SERIES, Metric, MonthlyCounts, Series
from wiki_activity.domain.months import list_months
from wiki_activity.domain.note_text import NoteKind, NoteText
from wiki_activity.domain.peaks import Detector
from wiki_activity.monthly.peak_refresh import read_wide_counts, refresh_peaks
from wiki_activity.storage.database import reading, writing
from wiki_activity.storage.peak_table import read_peaks
from wiki_activity.storage.schema import community_alerts, count_revisions, note_revisions, notes
from wiki_activity_tests.storage.storing import store_counts, write_month_note

FIRST, LAST = date(2020, 1, 1), date(2024, 5, 1)
MONTHS = list_months(FIRST, LAST)
NOW = datetime(2024, 6, 9, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
SPIKE = date(2024, 3, 1)
HINDI, BENGALI = "hi.wikipedia.org", "bn.wikipedia.org"


def calm(level: int = 1000, **changes: int) -> MonthlyCounts:
    """A level that hardly moves, but for months named like `m2024_03`."""
    counts = {month: level + at % 3 for at, month in enumerate(MONTHS)}
    return counts | {date(int(name[1:5]), int(name[6:]), 1): count for name, count in changes.items()}


def store(engine: Engine, project: str, answers: dict[Series, MonthlyCounts], now: datetime = NOW) -> None:
    with writing(engine) as connection:
        store_counts(connection, project, answers, FIRST, LAST, now)


def find(engine: Engine, detector: Detector = Detector.SEASONAL) -> list[tuple[Metric, str, date]]:
    return [(peak.metric, peak.project, peak.month) for peak in read_peaks(engine, detector=detector)]


def read_rows(engine: Engine, table: Any) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.execute(select(table)).all())


def test_nothing_stored_has_no_peaks(engine: Engine) -> None:
    assert refresh_peaks(engine, 30, NOW).added == ()
    assert read_wide_counts(engine).projects == ()


def test_every_metric_is_judged_by_every_detector(engine: Engine) -> None:
    spike = calm(m2024_03=9000)
    store(engine, HINDI, dict.fromkeys(COUNT_SERIES, spike))
    changes = refresh_peaks(engine, 30, NOW)
    for detector in Detector:
        assert find(engine, detector) == [(metric, HINDI, SPIKE) for metric in sorted(Metric)]
    assert len(changes.added) == len(Metric) * len(Detector)


def test_series_of_different_wikis_and_months_are_laid_side_by_side(engine: Engine) -> None:
    store(engine, HINDI, {Series.EDITS: {date(2024, 4, 1): 5}})
    store(engine, BENGALI, {Series.EDITORS: {date(2024, 2, 1): 3}})
    counts = read_wide_counts(engine)
    assert (counts.projects, counts.months) == ([BENGALI, HINDI], list_months(date(2024, 2, 1), date(2024, 4, 1)))
    assert str(counts.edits.tolist()) == "[[nan, nan, nan], [nan, nan, 5.0]]"
    assert str(counts.editors.tolist()) == "[[3.0, nan, nan], [nan, nan, nan]]"


def test_a_restated_month_is_judged_anew(engine: Engine) -> None:
    store(engine, HINDI, {Series.EDITS: calm(m2024_03=9000)})
    refresh_peaks(engine, 30, NOW)
    assert find(engine) == [(Metric.EDITS, HINDI, SPIKE)]
    store(engine, HINDI, {Series.EDITS: calm(m2024_03=1010, m2024_05=7000)}, LATER)
    changes = refresh_peaks(engine, 30, LATER)
    assert find(engine) == [(Metric.EDITS, HINDI, LAST)]
    assert (Metric.EDITS, HINDI, LAST, Detector.SEASONAL) in changes.added
    revisions = {(row.timestamp, row.old, row.new, row.seen_at) for row in read_rows(engine, count_revisions)}
    assert revisions == {(SPIKE, 9000, 1010, LATER), (LAST, calm()[LAST], 7000, LATER)}


def test_a_peak_that_stays_keeps_the_time_at_which_it_was_found(engine: Engine) -> None:
    store(engine, HINDI, {Series.EDITS: calm(m2024_03=9000)})
    refresh_peaks(engine, 30, NOW)
    store(engine, HINDI, {Series.EDITS: calm(m2024_03=8000)}, LATER)
    assert refresh_peaks(engine, 30, LATER).added == ()
    assert {(row.value, row.found_at) for row in read_rows(engine, community_alerts)} == {(8000.0, NOW)}


def test_notes_are_left_alone_when_their_peak_vanishes(engine: Engine) -> None:
    store(engine, HINDI, {Series.EDITS: calm(m2024_03=9000)})
    refresh_peaks(engine, 30, NOW)
    text = NoteText("edit-a-thon", "Two hundred pupils of one school", None, NoteKind.EVENT)
    write_month_note(engine, Metric.EDITS, HINDI, SPIKE, text, version=0, author="Asha", now=NOW)
    before = read_rows(engine, notes), read_rows(engine, note_revisions)
    store(engine, HINDI, {Series.EDITS: calm()}, LATER)
    refresh_peaks(engine, 30, LATER)
    assert find(engine) == []
    assert (read_rows(engine, notes), read_rows(engine, note_revisions)) == before


def test_the_percentage_is_the_rolling_means_own(engine: Engine) -> None:
    store(engine, HINDI, {Series.EDITS: calm(m2024_03=1500)})
    refresh_peaks(engine, 30, NOW)
    assert find(engine, Detector.ROLLING_MEAN) == [(Metric.EDITS, HINDI, SPIKE)]
    seasonal = find(engine)
    refresh_peaks(engine, 60, LATER)
    assert find(engine, Detector.ROLLING_MEAN) == []
    assert find(engine) == seasonal
