from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine

from wiki_activity.domain.counts import Metric, MonthlyCounts, Series
from wiki_activity.domain.peaks import Detector, Peak
from wiki_activity.monthly.figures import (
    Completeness,
    MonthFigures,
    RestatementSize,
    count_peaks_by_month,
    find_biggest_new_peaks,
    judge_completeness,
    measure_restatement,
    read_month_figures,
)
from wiki_activity.storage.database import writing
from wiki_activity.storage.peak_table import replace_peaks
from wiki_activity_tests.storage.storing import store_counts

NOW = datetime(2024, 6, 9, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
MARCH, APRIL, MAY = (date(2024, month, 1) for month in (3, 4, 5))
HINDI, BENGALI, TAMIL = "hi.wikipedia.org", "bn.wikipedia.org", "ta.wikipedia.org"


def store(engine: Engine, project: str, edits: MonthlyCounts, now: datetime = NOW) -> None:
    with writing(engine) as connection:
        store_counts(connection, project, {Series.EDITS: edits}, date(2001, 1, 1), MAY, now)


def peak(project: str, month: date, score: float, metric: Metric = Metric.EDITS) -> Peak:
    return Peak(
        metric, project, month, Detector.SEASONAL, 9, 3, 5, score, None, None, shared=False, starts_episode=True
    )


def test_the_figures_of_each_month_add_up_all_wikis(engine: Engine) -> None:
    store(engine, HINDI, {MARCH: 5, APRIL: 7})
    store(engine, BENGALI, {APRIL: 30})
    store(engine, BENGALI, {APRIL: 31}, LATER)
    assert read_month_figures(engine, Series.EDITS, [MARCH, APRIL, MAY], since=LATER) == {
        MARCH: MonthFigures(wikis=1, total=5, restated=0),
        APRIL: MonthFigures(wikis=2, total=38, restated=1),
        MAY: MonthFigures(wikis=0, total=0, restated=0),
    }
    assert read_month_figures(engine, Series.EDITORS, [MAY], since=NOW) == {MAY: MonthFigures(0, 0, 0)}


def test_the_newest_month_is_complete_when_it_has_the_wikis_of_the_month_before(engine: Engine) -> None:
    assert judge_completeness(engine, Series.EDITS, MAY) == Completeness(None, 0, ())
    store(engine, HINDI, {MARCH: 5})
    assert judge_completeness(engine, Series.EDITS, MAY) == Completeness(MARCH, 1, ())
    store(engine, TAMIL, {MARCH: 5, APRIL: 0})
    store(engine, BENGALI, {APRIL: 30})
    assert judge_completeness(engine, Series.EDITS, MAY) == Completeness(APRIL, 2, (HINDI,))
    assert judge_completeness(engine, Series.EDITS, MARCH) == Completeness(MARCH, 2, ())


def test_the_size_of_a_restatement_is_its_median_ratio_and_its_furthest_change(engine: Engine) -> None:
    store(engine, HINDI, {MARCH: 100, APRIL: 1000, MAY: 0})
    assert measure_restatement(engine, Series.EDITS, NOW) == RestatementSize(0, None, None)
    store(engine, HINDI, {MARCH: 90, APRIL: 1100, MAY: 3}, LATER)
    size = measure_restatement(engine, Series.EDITS, LATER)
    assert size == RestatementSize(3, 1.0, (HINDI, APRIL, 1000, 1100))
    assert measure_restatement(engine, Series.EDITS, LATER + timedelta(seconds=1)).counts == 0


def test_a_restatement_of_zeros_has_no_ratio(engine: Engine) -> None:
    store(engine, HINDI, {MARCH: 0})
    store(engine, HINDI, {MARCH: 4}, LATER)
    assert measure_restatement(engine, Series.EDITS, LATER) == RestatementSize(1, None, (HINDI, MARCH, 0, 4))


def test_peaks_are_counted_by_metric_and_month(engine: Engine) -> None:
    peaks = [peak(HINDI, APRIL, 4), peak(BENGALI, APRIL, 5), peak(HINDI, APRIL, 6, Metric.EDITORS), peak(HINDI, MAY, 4)]
    replace_peaks(engine, peaks, found_at=NOW)
    counts = count_peaks_by_month(engine, Detector.SEASONAL, MARCH, APRIL)
    assert counts == {(Metric.EDITS, APRIL): 2, (Metric.EDITORS, APRIL): 1}
    assert not count_peaks_by_month(engine, Detector.ROLLING_MEAN, MARCH, APRIL)


def test_the_biggest_new_peaks_are_those_of_the_newest_month_that_has_any(engine: Engine) -> None:
    old = [peak(TAMIL, APRIL, 99), peak(TAMIL, MAY, 50)]
    replace_peaks(engine, old, found_at=NOW)
    new = [peak(HINDI, MARCH, 80), peak(HINDI, APRIL, 4), peak(BENGALI, APRIL, 5)]
    added = replace_peaks(engine, [*old, *new], found_at=LATER).added

    def find(last: date = MAY, detector: Detector = Detector.SEASONAL, limit: int = 10) -> list[tuple[str, date]]:
        found = find_biggest_new_peaks(engine, added, detector, first=MARCH, last=last, limit=limit)
        return [(each.project, each.month) for each in found]

    assert find() == [(BENGALI, APRIL), (HINDI, APRIL)]
    assert find(limit=1) == [(BENGALI, APRIL)]
    assert find(last=MARCH) == [(HINDI, MARCH)]
    assert find(detector=Detector.ROLLING_MEAN) == []
