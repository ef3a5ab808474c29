"""What a peak was made of, what became of it, and who else had it."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from wiki_activity.domain import seasonal
from wiki_activity.domain.counts import Metric
from wiki_activity.domain.detection import Detection, Floats
from wiki_activity.domain.kinds import KINDS, OUTCOMES, find_kinds, find_outcomes, find_shared_months
from wiki_activity.domain.months import list_months, shift_month
from wiki_activity.domain.peaks import Kind, Outcome
from wiki_activity.domain.wide_counts import WideCounts
from wiki_activity_tests.domain.series import MISSING, one_wiki


def end_with(*, edits: float, users: float, anonymous: float, editors: float, calm_months: int = 12) -> WideCounts:
    """Make one wiki with calm months of 100 edits (50 users', 30 anonymous) by 20 editors, then the given one."""
    months = list_months(date(2020, 1, 1), shift_month(date(2020, 1, 1), calm_months))
    calm = ((100, edits), (50, users), (30, anonymous), (20, editors))
    return WideCounts(["hi.wikipedia.org"], months, *(one_wiki(*[usual] * calm_months, last) for usual, last in calm))


def judge_last(counts: WideCounts, metric: Metric = Metric.EDITS) -> Kind | None:
    return KINDS[int(find_kinds(counts, metric)[0, -1])]


def test_a_rise_that_people_made_under_half_of_is_a_bot_run() -> None:
    assert judge_last(end_with(edits=1100, users=540, anonymous=30, editors=20)) is Kind.BOT_RUN
    assert judge_last(end_with(edits=1100, users=550, anonymous=30, editors=20)) is Kind.SAME_PEOPLE


@pytest.mark.parametrize("metric", [Metric.PEOPLE_EDITS, Metric.EDITORS])
def test_bots_make_no_peak_among_people(metric: Metric) -> None:
    assert judge_last(end_with(edits=9100, users=500, anonymous=30, editors=80), metric) is Kind.MORE_PEOPLE


def test_editors_that_rise_half_as_much_on_a_log_scale_are_more_people() -> None:
    # Edits rise fourfold (100.5 to 402), so that editors have to double (20.5 to 41).
    assert judge_last(end_with(edits=401.5, users=340, anonymous=40, editors=40.5)) is Kind.MORE_PEOPLE
    assert judge_last(end_with(edits=401.5, users=340, anonymous=40, editors=40)) is Kind.SAME_PEOPLE


@pytest.mark.parametrize("metric", Metric)
def test_anonymous_edits_over_half_the_rise_are_a_logged_out_wave(metric: Metric) -> None:
    assert judge_last(end_with(edits=300, users=60, anonymous=220, editors=90), metric) is Kind.LOGGED_OUT_WAVE


def test_more_editors_of_no_more_edits_are_more_people() -> None:
    assert judge_last(end_with(edits=100, users=50, anonymous=30, editors=60), Metric.EDITORS) is Kind.MORE_PEOPLE


def with_registered(counts: WideCounts, usual: float, last: float, unknown: int = 0) -> WideCounts:
    """Give a wiki registered editors, unknown of its first months."""
    months = len(counts.months)
    row = one_wiki(*[MISSING] * unknown, *[usual] * (months - unknown - 1), last)
    return replace(counts, user_editors=row)


def test_more_people_are_registered_editors_where_these_are_known() -> None:
    more_editors = end_with(edits=400, users=340, anonymous=40, editors=60)
    assert judge_last(with_registered(more_editors, 10, 10)) is Kind.SAME_PEOPLE
    same_editors = end_with(edits=400, users=340, anonymous=40, editors=20)
    assert judge_last(with_registered(same_editors, 10, 30)) is Kind.MORE_PEOPLE


def test_where_one_month_of_the_last_year_lacks_registered_editors_all_are_held_against_all() -> None:
    counts = end_with(edits=400, users=340, anonymous=40, editors=60, calm_months=13)
    assert judge_last(with_registered(counts, 10, 10, unknown=1)) is Kind.SAME_PEOPLE
    assert judge_last(with_registered(counts, 10, 10, unknown=2)) is Kind.MORE_PEOPLE
    assert judge_last(with_registered(counts, 10, MISSING)) is Kind.MORE_PEOPLE


def test_a_month_in_which_no_editors_are_known_does_not_stand_in_the_way() -> None:
    counts = end_with(edits=400, users=340, anonymous=40, editors=60)
    holes = np.where(np.arange(13) == 4, MISSING, counts.editors)
    users = np.where(np.arange(13) == 4, MISSING, one_wiki(*[10.0] * 13))
    assert judge_last(replace(counts, editors=holes, user_editors=users)) is Kind.SAME_PEOPLE


def test_what_it_was_cannot_be_told_of_more_editors_of_whom_no_more_are_registered() -> None:
    counts = end_with(edits=100, users=50, anonymous=30, editors=60)
    assert judge_last(with_registered(counts, 10, 10), Metric.EDITORS) is None
    assert judge_last(with_registered(counts, 10, 11), Metric.EDITORS) is Kind.MORE_PEOPLE


def test_a_month_below_its_last_year_has_no_kind() -> None:
    for metric in Metric:
        assert judge_last(end_with(edits=90, users=20, anonymous=10, editors=5), metric) is None


@pytest.mark.parametrize("missing", ["users", "anonymous"])
@pytest.mark.parametrize("metric", Metric)
def test_a_kind_is_unknown_where_the_split_is(missing: str, metric: Metric) -> None:
    users, anonymous = (MISSING, 200) if missing == "users" else (200, MISSING)
    assert judge_last(end_with(edits=1100, users=users, anonymous=anonymous, editors=50), metric) is None


def test_editors_are_needed_only_to_tell_more_people_from_the_same() -> None:
    assert judge_last(end_with(edits=1100, users=50, anonymous=30, editors=MISSING)) is Kind.BOT_RUN
    assert judge_last(end_with(edits=300, users=60, anonymous=220, editors=MISSING)) is Kind.LOGGED_OUT_WAVE
    assert judge_last(end_with(edits=300, users=250, anonymous=30, editors=MISSING)) is None


def test_a_kind_needs_half_a_year_before() -> None:
    young, old = (end_with(edits=1100, users=50, anonymous=30, editors=20, calm_months=months) for months in (5, 6))
    assert judge_last(young) is None
    assert judge_last(old) is Kind.BOT_RUN


def test_a_peak_is_over_when_the_next_month_is_halfway_back() -> None:
    # √(100 × 400) = 200
    counts = np.array([[400, 200], [400, 201], [400, MISSING]])
    outcomes = find_outcomes(counts, np.full((3, 2), 100.0))
    assert [OUTCOMES[code] for code in outcomes[:, 0]] == [Outcome.OVER, Outcome.STILL_UP, None]
    assert [OUTCOMES[code] for code in outcomes[:, 1]] == [None] * 3


def make_judgement(peak: Floats) -> Detection:
    known = np.ones(peak.shape)
    return Detection(peak=peak > 0, expected=known, threshold=known, score=known)


def test_three_wikis_in_a_calm_world_share_a_month() -> None:
    peak = np.zeros((10, 30))
    peak[:3, 20] = 1
    peak[:2, 28] = 1
    assert np.flatnonzero(find_shared_months(np.ones((10, 30)), make_judgement(peak))).tolist() == [20]


def test_a_busy_world_needs_more_wikis_to_share_a_month() -> None:
    peak = np.zeros((100, 30))
    peak[:4, :] = 1
    peak[:12, 28] = 1
    peak[:14, 29] = 1
    # Of a Poisson law with the mean 4, 12 or more come at 9 in 10,000; 14 or more, with 4.33, at 2 in 10,000.
    assert not find_shared_months(np.ones((100, 30)), make_judgement(peak)).any()
    peak[:20, 29] = 1
    assert np.flatnonzero(find_shared_months(np.ones((100, 30)), make_judgement(peak))).tolist() == [29]


def test_a_month_does_not_enter_its_own_rate() -> None:
    peak = np.zeros((10, 8))
    peak[:3, 6] = 1
    assert find_shared_months(np.ones((10, 8)), make_judgement(peak))[6]


def test_zeros_over_an_average_of_zero_share_nothing() -> None:
    peak = np.zeros((10, 30))
    peak[:9, 29] = 1
    assert not find_shared_months(np.zeros((10, 30)), make_judgement(peak)).any()


def test_months_that_could_not_be_judged_are_no_calm_months() -> None:
    counts = np.full((5, 20), 1000.0)
    counts[:, 13] = 9000
    detection = seasonal.find_peaks(counts, Metric.EDITS)
    assert detection.peak[:, 13].all()
    # Judged are months 12 and 13 only: one calm month is no rate.
    assert not find_shared_months(counts, detection).any()


@pytest.mark.parametrize(("wikis", "months"), [(0, 0), (0, 1), (2, 0), (2, 1)])
def test_next_to_nothing_is_judged_too(wikis: int, months: int) -> None:
    empty = np.zeros((wikis, months))
    assert find_shared_months(empty, make_judgement(empty)).shape == (months,)
    assert find_outcomes(empty, empty).shape == (wikis, months)
