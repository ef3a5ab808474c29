from dataclasses import replace
from datetime import date, timedelta
from math import nan

import pytest
from sqlalchemy import Engine, select

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.months import shift_month
from wiki_activity.domain.peaks import Detector, Kind, Outcome, Peak
from wiki_activity.storage.database import reading
from wiki_activity.storage.peak_table import PeakChanges, count_peaks, read_peaks, replace_peaks
from wiki_activity.storage.schema import community_alerts
from wiki_activity_tests.storage.conftest import NOW

LATER = NOW + timedelta(days=30)
MARCH = Peak(
    metric=Metric.PEOPLE_EDITS,
    project="hi.wikipedia.org",
    month=date(2024, 3, 1),
    detector=Detector.SEASONAL,
    value=31_651.0,
    expected=9_045.1,
    threshold=16_217.25,
    score=7.5,
    kind=Kind.BOT_RUN,
    outcome=Outcome.OVER,
    shared=True,
    starts_episode=True,
)
PLAIN = replace(MARCH, metric=Metric.EDITS, detector=Detector.ROLLING_MEAN, kind=None, outcome=None, shared=False)


def key(peak: Peak) -> tuple:
    return (peak.metric, peak.project, peak.month, peak.detector)


def found_at(engine: Engine) -> list:
    with reading(engine) as connection:
        return connection.execute(select(community_alerts.c.found_at).order_by("project")).scalars().all()


def test_peaks_come_back_as_they_were(engine: Engine) -> None:
    changes = replace_peaks(engine, [MARCH, PLAIN], found_at=NOW)
    assert changes == PeakChanges(added=(key(MARCH), key(PLAIN)), removed=0, changed=0, kept=0)
    assert read_peaks(engine) == [PLAIN, MARCH]


def test_replacing_by_the_same_writes_nothing_and_keeps_the_first_find(engine: Engine) -> None:
    replace_peaks(engine, [MARCH], found_at=NOW)
    assert replace_peaks(engine, [MARCH], found_at=LATER) == PeakChanges(added=(), removed=0, changed=0, kept=1)
    assert found_at(engine) == [NOW]


def test_thousands_of_peaks_are_written_to_the_last(engine: Engine) -> None:
    peaks = [replace(MARCH, project=f"w{number}.org") for number in range(10_001)]
    assert len(replace_peaks(engine, iter(peaks), found_at=NOW).added) == 10_001
    higher = [replace(peak, value=40_000.0) for peak in peaks]
    assert replace_peaks(engine, iter(higher), found_at=LATER) == PeakChanges((), removed=0, changed=10_001, kept=0)
    assert {peak.value for peak in read_peaks(engine)} == {40_000.0}
    assert set(found_at(engine)) == {NOW}


def test_only_the_difference_is_written(engine: Engine) -> None:
    gone, changed, added = (replace(MARCH, project=f"{name}.org") for name in "abc")
    replace_peaks(engine, [gone, changed, MARCH], found_at=NOW)
    changed = replace(changed, value=40_000.0, outcome=None)
    changes = replace_peaks(engine, [MARCH, added, changed], found_at=LATER)
    assert changes == PeakChanges(added=(key(added),), removed=1, changed=1, kept=1)
    assert read_peaks(engine) == [changed, added, MARCH]
    assert found_at(engine) == [NOW, LATER, NOW]


def test_only_the_pairs_that_were_run_are_replaced(engine: Engine) -> None:
    replace_peaks(engine, [MARCH, PLAIN], found_at=NOW)
    changes = replace_peaks(engine, [], found_at=LATER, pairs=[(Metric.EDITS, Detector.ROLLING_MEAN)])
    assert changes.removed == 1
    assert read_peaks(engine) == [MARCH]
    assert replace_peaks(engine, [], found_at=LATER, pairs=[]).removed == 0
    with pytest.raises(ValueError, match="not among the pairs"):
        replace_peaks(engine, [MARCH], found_at=LATER, pairs=[(Metric.EDITS, Detector.ROLLING_MEAN)])
    assert read_peaks(engine) == [MARCH]


def test_percent_over_nothing_is_null_and_so_is_a_score_that_is_no_number(engine: Engine) -> None:
    replace_peaks(engine, [replace(PLAIN, expected=0.0, score=nan)], found_at=NOW)
    columns = community_alerts.c
    with reading(engine) as connection:
        assert connection.execute(select(columns.percentage_difference, columns.score)).all() == [(None, None)]
    assert replace_peaks(engine, [replace(PLAIN, expected=0.0, score=nan)], found_at=NOW).kept == 1


def test_a_number_that_is_not_finite_is_refused(engine: Engine) -> None:
    replace_peaks(engine, [MARCH], found_at=NOW)
    with pytest.raises(ValueError, match="finite"):
        replace_peaks(engine, [replace(PLAIN, expected=nan)], found_at=NOW)
    assert read_peaks(engine) == [MARCH]


def test_peaks_are_found_by_what_is_asked(engine: Engine) -> None:
    april = replace(MARCH, month=date(2024, 4, 1), score=9.0, starts_episode=False)
    english = replace(MARCH, project="en.wikipedia.org", score=8.0)
    unscored = replace(PLAIN, project="zu.wikipedia.org", score=nan)
    replace_peaks(engine, [MARCH, april, english, PLAIN, unscored], found_at=NOW)
    assert read_peaks(engine, project="hi.wikipedia.org", metric=Metric.PEOPLE_EDITS) == [MARCH, april]
    assert read_peaks(engine, month=date(2024, 4, 1)) == [april]
    assert read_peaks(engine, first=date(2024, 4, 1)) == [april]
    assert read_peaks(engine, last=date(2024, 3, 1), detector=Detector.SEASONAL) == [english, MARCH]
    by_score = read_peaks(engine, order="score")
    assert [peak.score for peak in by_score[:4]] == [9.0, 8.0, 7.5, 7.5]
    assert by_score[4].project == "zu.wikipedia.org"
    assert read_peaks(engine, order="score", limit=1) == [april]


def test_peaks_are_counted_by_metric_and_detector_zeros_included(engine: Engine) -> None:
    replace_peaks(engine, [MARCH, PLAIN, replace(PLAIN, project="a.org")], found_at=NOW)
    counts = count_peaks(engine)
    assert counts[Metric.EDITS] == {Detector.ROLLING_MEAN: 2, Detector.SEASONAL: 0}
    assert counts[Metric.PEOPLE_EDITS] == {Detector.ROLLING_MEAN: 0, Detector.SEASONAL: 1}
    assert counts[Metric.EDITORS] == {Detector.ROLLING_MEAN: 0, Detector.SEASONAL: 0}


def test_thousands_may_vanish_at_once(engine: Engine) -> None:
    many = [
        replace(PLAIN, project=f"{wiki}.org", month=shift_month(date(2001, 1, 1), at))
        for wiki in range(60)
        for at in range(40)
    ]
    assert len(replace_peaks(engine, many, found_at=NOW).added) == 2400
    assert replace_peaks(engine, many[:100], found_at=LATER) == PeakChanges((), removed=2300, changed=0, kept=100)
    assert len(read_peaks(engine)) == 100
