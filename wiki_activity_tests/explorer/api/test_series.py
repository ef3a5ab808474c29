"""One wiki's series as charts are drawn from it."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.detectors import detect_months
from wiki_activity.domain.months import shift_month
from wiki_activity.domain.note_text import NoteText
from wiki_activity.domain.peaks import Detector, Kind
from wiki_activity.explorer.context import Explorer
from wiki_activity.explorer.series import WikiSeries, make_series
from wiki_activity.monthly.peak_refresh import read_wide_counts
from wiki_activity_tests.explorer.stored import FIRST, LAST, MISSING, NOW, SHARED, annotate, restate
from wiki_activity_tests.storage.storing import hide_month_note

SEASONAL, ROLLING = Detector.SEASONAL, Detector.ROLLING_MEAN


def read(explorer: Explorer, project: str, *what: Any, **range_: Any) -> WikiSeries:
    """The series of a wiki as it is stored now."""
    return make_series(explorer.snapshots.read().wiki(project), *what, **range_)


@pytest.fixture
def explorer(explorer_app: FastAPI) -> Explorer:
    parts: Explorer = explorer_app.state.explorer
    return parts


@pytest.mark.parametrize("backend", ["sqlite", "mysql"], indirect=True)
@pytest.mark.parametrize("detector", Detector)
@pytest.mark.parametrize("metric", Metric)
def test_lines_and_peaks_are_those_of_the_run_that_judged_all_wikis(
    explorer: Explorer, metric: Metric, detector: Detector
) -> None:
    wide = read_wide_counts(explorer.engine)
    detection = detect_months(wide.read_metric(metric), metric, detector, 30)
    for row, project in enumerate(wide.projects):
        series = read(explorer, project, metric, detector)
        at = [wide.months.index(month) for month in series.months]
        np.testing.assert_array_equal(np.array(series.counts, dtype=float), wide.read_metric(metric)[row, at])
        np.testing.assert_array_equal(np.array(series.expected, dtype=float), detection.expected[row, at])
        np.testing.assert_array_equal(np.array(series.threshold, dtype=float), detection.threshold[row, at])
        ours = [peak.month for peak in series.peaks if not peak.hollow]
        assert ours == [month for month, index in zip(series.months, at, strict=True) if detection.peak[row, index]]


def test_a_missing_month_is_none_and_its_neighbours_are_not(explorer: Explorer) -> None:
    series = read(explorer, "ta.wikipedia.org", Metric.EDITS, SEASONAL)
    at = series.months.index(MISSING)
    assert series.counts[at] is None
    assert series.bots is not None
    assert series.bots[at] is None
    assert series.expected[at] is None
    assert None not in series.counts[:at] + series.counts[at + 1 :]


def test_leading_zeros_are_left_out_unless_they_are_asked_for(explorer: Explorer) -> None:
    series = read(explorer, "mos.wikipedia.org", Metric.EDITS, SEASONAL)
    assert (series.months[0], len(series.months)) == (date(2026, 6, 1), 4)
    whole = read(explorer, "mos.wikipedia.org", Metric.EDITS, SEASONAL, first=date(2026, 1, 1))
    assert whole.counts[:5] == (0, 0, 0, 0, 0)


def test_a_range_is_cut_to_what_is_stored(explorer: Explorer) -> None:
    series = read(explorer, "hi.wikipedia.org", Metric.EDITS, SEASONAL, first=date(2001, 1, 1), last=date(9999, 12, 1))
    assert (series.months[0], series.months[-1]) == (FIRST, LAST)
    none = read(explorer, "hi.wikipedia.org", Metric.EDITS, SEASONAL, first=date(2030, 1, 1))
    assert (none.months, none.counts, none.peaks, none.notes) == ((), (), (), ())


def test_a_range_changes_no_line(explorer: Explorer) -> None:
    whole = read(explorer, "hi.wikipedia.org", Metric.EDITS, SEASONAL)
    part = read(explorer, "hi.wikipedia.org", Metric.EDITS, SEASONAL, first=SHARED, last=SHARED)
    at = whole.months.index(SHARED)
    assert (part.expected, part.threshold) == (whole.expected[at : at + 1], whole.threshold[at : at + 1])
    assert part.peaks == tuple(peak for peak in whole.peaks if peak.month == SHARED)


def test_bots_are_what_people_are_not_and_unknown_without_the_split(explorer: Explorer) -> None:
    edits = read(explorer, "hi.wikipedia.org", Metric.EDITS, SEASONAL)
    people = read(explorer, "hi.wikipedia.org", Metric.PEOPLE_EDITS, SEASONAL)
    assert edits.bots is not None
    assert people.bots is None
    for total, bots, by_people in zip(edits.counts, edits.bots, people.counts, strict=True):
        assert (total or 0) - (bots or 0) == by_people
    unsplit = read(explorer, "fr.wikivoyage.org", Metric.EDITS, SEASONAL)
    assert unsplit.bots == (None,) * len(unsplit.months)
    assert read(explorer, "fr.wikivoyage.org", Metric.PEOPLE_EDITS, SEASONAL).months == ()


def test_a_month_that_only_the_rolling_mean_sees_is_hollow(explorer: Explorer) -> None:
    month = shift_month(SHARED, -8)
    usual = dict(zip(*_counts(explorer, "hi.wikipedia.org"), strict=True))[month]
    # Over its average of three years, and a sixth of what a wiki so noisy would need.
    noisy = {shift_month(month, -by): round(usual * (2 if by % 2 else 0.5)) for by in range(1, 30)}
    restate(explorer.engine, "hi.wikipedia.org", {**noisy, month: round(usual * 2)})
    hollow = [p for p in read(explorer, "hi.wikipedia.org", Metric.EDITS, SEASONAL).peaks if p.hollow]
    assert month in {peak.month for peak in hollow}
    assert {peak.detector for peak in hollow} == {ROLLING}
    assert not any(p.hollow for p in read(explorer, "hi.wikipedia.org", Metric.EDITS, ROLLING).peaks)


def test_a_peak_says_how_far_it_stands_out_and_what_it_was_made_of(explorer: Explorer) -> None:
    peaks = read(explorer, "hi.wikipedia.org", Metric.EDITS, SEASONAL).peaks
    peak = next(peak for peak in peaks if peak.month == date(2021, 4, 1))
    assert peak.kind is Kind.BOT_RUN
    assert peak.times == peak.value / peak.expected > 3
    assert "Mostly bot edits:" in peak.sentence
    assert "of them by bots" in peak.sentence


def test_months_of_zeros_are_no_peaks_of_a_series(explorer: Explorer) -> None:
    series = read(explorer, "mos.wikipedia.org", Metric.EDITS, ROLLING, first=FIRST)
    assert series.counts[0] == 0
    assert all(peak.value > 0 for peak in series.peaks)


def test_notes_are_with_their_peaks_and_those_of_other_months_apart(explorer: Explorer, engine: Engine) -> None:
    calm = shift_month(SHARED, 2)
    annotate(engine, "hi.wikipedia.org", SHARED, "On a peak")
    annotate(engine, "hi.wikipedia.org", calm, "On a calm month")
    annotate(engine, "hi.wikipedia.org", SHARED, "Of another metric", metric=Metric.EDITORS)
    annotate(engine, "bn.wikipedia.org", SHARED, "Of another wiki")
    series = read(explorer, "hi.wikipedia.org", Metric.EDITS, SEASONAL)
    assert [_label(peak.annotation and peak.annotation.text) for peak in series.peaks if peak.annotation] == [
        "On a peak"
    ]
    assert [(note.month, _label(note.text)) for note in series.notes] == [(calm, "On a calm month")]


def test_a_hidden_note_is_for_reviewers_alone(explorer: Explorer, engine: Engine) -> None:
    key = (Metric.EDITS, "hi.wikipedia.org", SHARED)
    annotate(engine, *key[1:])
    hide_month_note(engine, *key, reason="names a person", version=1, author="Ravi", now=NOW)
    for_all, for_reviewers = (
        read(explorer, key[1], key[0], SEASONAL, reviewing=reviewing) for reviewing in (False, True)
    )
    assert all(peak.annotation is None for peak in for_all.peaks)
    found = [peak.annotation for peak in for_reviewers.peaks if peak.annotation]
    assert [one.hidden for one in found] == [True]
    assert replace(for_all, peaks=()) == replace(for_reviewers, peaks=())


def _counts(explorer: Explorer, project: str) -> tuple[tuple[date, ...], tuple[int, ...]]:
    series = read(explorer, project, Metric.EDITS, SEASONAL)
    return series.months, tuple(count or 0 for count in series.counts)


def _label(text: NoteText | None) -> str:
    assert text is not None
    return text.label
