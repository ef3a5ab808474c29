"""What readers are told about a peak."""

from dataclasses import replace
from datetime import date

import pytest

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.peaks import Detector, Kind, Outcome, Peak
from wiki_activity.domain.sentences import MonthCounts, describe_peak, format_alert_line, format_count, format_ratio

PEAK = Peak(
    metric=Metric.EDITS,
    project="hi.wikipedia.org",
    month=date(2013, 3, 1),
    detector=Detector.SEASONAL,
    value=31651,
    expected=9045.2,
    threshold=16216.4,
    score=6.1,
    kind=Kind.BOT_RUN,
    outcome=None,
    shared=False,
    starts_episode=True,
)
COUNTS = MonthCounts(edits=31651, people_edits=3711, anonymous_edits=2100, editors=412)
SIZE = (
    "31,651 edits in March 2013: 3.5× the 9,045 expected from its last year, recent months and usual March; "
    "months here normally stay below 16,217."
)


def test_a_bot_run_is_said_with_its_share() -> None:
    assert describe_peak(PEAK, COUNTS) == f"{SIZE} Mostly bot edits: 27,940 of them by bots."


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Kind.MORE_PEOPLE, "More people than usual: 412 editors."),
        (Kind.SAME_PEOPLE, "The same people, many edits: 412 editors."),
        (Kind.LOGGED_OUT_WAVE, "A wave of edits without logging in: 2,100 of them by people without an account."),
        (None, "What it was made of cannot be told."),
    ],
)
def test_each_kind_has_its_words(kind: Kind | None, words: str) -> None:
    assert describe_peak(replace(PEAK, kind=kind), COUNTS) == f"{SIZE} {words}"


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_is_named_where_its_figures_are_not_known(kind: Kind) -> None:
    words = describe_peak(replace(PEAK, kind=kind)).removeprefix(SIZE)
    assert words.replace(" ", "").replace(",", "").removesuffix(".").isalpha()


def test_an_outcome_and_a_shared_month_are_added() -> None:
    peak = replace(PEAK, outcome=Outcome.OVER, shared=True, starts_episode=False)
    assert describe_peak(peak) == (
        f"{SIZE} Mostly bot edits. It had begun in an earlier month. "
        "Unusually many wikis were this busy in the same month. "
        "The month after was back to usual."
    )
    assert describe_peak(replace(PEAK, outcome=Outcome.STILL_UP)).endswith("The month after was still up.")


def test_peoples_edits_and_editors_are_named() -> None:
    people = replace(PEAK, metric=Metric.PEOPLE_EDITS, kind=Kind.MORE_PEOPLE)
    assert describe_peak(people, COUNTS).startswith("31,651 edits without bots in March 2013: 3.5× the 9,045 expected")
    editors = replace(people, metric=Metric.EDITORS, value=412, expected=118.5, threshold=160)
    assert describe_peak(editors, COUNTS) == (
        "412 editors in March 2013: 3.5× the 118 expected from its last year, recent months and usual March; "
        "months here normally stay below 160. More people than usual."
    )
    wave = describe_peak(replace(editors, kind=Kind.LOGGED_OUT_WAVE), COUNTS)
    assert wave.endswith("A wave of edits without logging in: 2,100 edits by people without an account.")


def test_the_rolling_mean_speaks_of_its_average() -> None:
    peak = replace(PEAK, detector=Detector.ROLLING_MEAN, threshold=1.3 * PEAK.expected)
    assert describe_peak(peak, COUNTS) == (
        "31,651 edits in March 2013: 3.5× its 3-year average of 9,045; the alert line of the rolling mean, 30 % "
        "over that average, is 11,759. Mostly bot edits: 27,940 of them by bots."
    )


def test_an_average_of_zero_has_no_ratio() -> None:
    peak = replace(
        PEAK,
        detector=Detector.ROLLING_MEAN,
        value=0,
        expected=0,
        threshold=0,
        score=None,
        kind=None,
        outcome=Outcome.OVER,
    )
    assert describe_peak(peak) == (
        "0 edits in March 2013: its 3-year average is 0, and the rolling mean counts every such month."
    )


def test_nothing_expected_has_no_ratio() -> None:
    peak = replace(PEAK, value=14, expected=0, threshold=10)
    assert describe_peak(peak).startswith("14 edits in March 2013, where none were expected from its last year")


@pytest.mark.parametrize(
    ("count", "written"),
    [
        (0, "0"),
        (1e-9, "0.01"),
        (1 / 37, "0.027"),
        (0.5, "0.5"),
        (0.96, "1"),
        (1, "1"),
        (4.5, "4.5"),
        (4.04, "4"),
        (9.96, "10"),
        (12.4, "12"),
        (1234567, "1,234,567"),
    ],
)
def test_counts_are_written_for_readers(count: float, written: str) -> None:
    assert format_count(count) == written


@pytest.mark.parametrize(
    ("value", "expected", "written"), [(35, 10, "3.5×"), (30, 10, "3×"), (120, 10, "12×"), (5, 0, None)]
)
def test_ratios_are_written_for_readers(value: float, expected: float, written: str | None) -> None:
    assert format_ratio(value, expected) == written


def test_an_alert_line_is_the_lowest_count_that_is_a_peak() -> None:
    assert format_alert_line(16216.4) == "16,217"
    assert format_alert_line(160) == "160"
