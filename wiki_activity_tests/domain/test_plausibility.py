from datetime import date
from math import isnan

import pytest

from wiki_activity.domain.counts import COUNT_SERIES, MonthlyCounts, Series
from wiki_activity.domain.months import list_months, shift_month
from wiki_activity.domain.plausibility import find_followers, is_same_again, judge_answers, judge_series
from wiki_activity_tests.shared_data import read_recorded

FIRST = date(2020, 1, 1)
EDITS, USER, ANONYMOUS, EDITORS = COUNT_SERIES
LAST_YEAR = 2029


def months(*counts: int | None) -> MonthlyCounts:
    return {shift_month(FIRST, at): count for at, count in enumerate(counts) if count is not None}


def level(count: int, length: int = 36) -> MonthlyCounts:
    return dict.fromkeys(list_months(FIRST, shift_month(FIRST, length - 1)), count)


def reason(stored: MonthlyCounts, answer: MonthlyCounts, series: Series = EDITS) -> str | None:
    refusal = judge_series(series, stored, answer)
    return None if refusal is None else refusal.reason


@pytest.mark.parametrize("answer", [{}, months(0, 0), months(5, 10**12)])
@pytest.mark.parametrize("stored", [{}, months(0, 0)])
def test_where_nothing_is_stored_everything_is_plausible(stored: MonthlyCounts, answer: MonthlyCounts) -> None:
    assert judge_series(EDITS, stored, answer) is None


@pytest.mark.parametrize("size", [1, 100_000])
@pytest.mark.parametrize("answer", [{}, level(0), {shift_month(FIRST, 36): 5}])
def test_nothing_left_is_refused_for_good_of_any_wiki(size: int, answer: MonthlyCounts) -> None:
    refusal = judge_series(EDITS, level(size), answer)
    assert refusal is not None
    assert (refusal.final, refusal.total_before, refusal.total_after) == (True, 36 * size, 0)


def test_a_big_wiki_may_lose_30_percent_and_no_more() -> None:
    assert reason(level(1000), level(700)) is None
    assert reason(level(1000), level(699)) == "30% of 36,000 edits would vanish: 25,164 are left"


def test_a_small_wiki_may_lose_all_but_one_edit() -> None:
    assert reason(level(83), months(1)) is None
    assert reason(level(84), months(1)) == "100% of 3,024 edits would vanish: 1 are left"


def test_a_wiki_is_big_by_its_last_stored_year() -> None:
    asleep = level(1000, 24) | dict.fromkeys(list_months(date(2022, 1, 1), date(2022, 12, 1)), 1)
    assert reason(asleep, level(100, 24)) is None


def test_what_one_month_gains_does_not_make_up_for_what_others_lose() -> None:
    answer = level(0, 12) | {month: 1500 for month in level(0) if month.year > 2020}
    assert reason(level(900), answer) == "33% of 32,400 edits would vanish: 36,000 are left"


def test_months_that_an_answer_lacks_have_vanished() -> None:
    answer = {month: count for month, count in level(1000).items() if month.year > 2020}
    assert reason(level(1000), answer) == "33% of 36,000 edits would vanish: 24,000 are left"
    few = {month: count for month, count in level(1000).items() if month != FIRST}
    assert reason(level(1000), few) is None


def test_a_busy_month_of_a_big_wiki_does_not_become_zero() -> None:
    answer = level(1000) | {shift_month(FIRST, 35): 0}
    assert reason(level(1000), answer) == "a month of 1,000 edits would become 0, the newest 2022-12"


def test_months_that_are_a_thousand_edits_together_do_not_become_zero() -> None:
    stored = dict.fromkeys(list_months(FIRST, date(2029, 12, 1)), 100)
    answer = {month: 0 if month.year == LAST_YEAR else count for month, count in stored.items()}

    assert reason(stored, answer) == "12 months of 1,200 edits would become 0, the newest 2029-12"
    assert reason(stored, answer | {date(2029, month, 1): 100 for month in (1, 2, 3)}) is None


def test_the_known_months_may_double_and_no_more() -> None:
    assert reason(level(1000), level(2000)) is None
    assert reason(level(1000), level(2001)) == "36,000 edits in the months that are known would become 72,036"
    assert reason(level(10), level(1000)) is None


def test_a_month_of_a_hundred_times_all_that_was_known_is_refused() -> None:
    newest = shift_month(FIRST, 36)
    assert reason(level(20_000), level(20_000) | {newest: 2_000_000}) is None
    assert reason(level(20_000), level(20_000) | {newest: 2_000_001}) == (
        "2,000,001 edits in 2023-01, and no month had more than 20,000"
    )
    assert reason(level(1), level(1) | {newest: 1_000_000}) is None
    assert reason(level(1), level(1) | {newest: 1_000_001}) is not None


SMALL_HISTORY = (3, 0, 7, 12, 5, 5, 9, 1, 0, 4, 8, 2)


def test_what_was_before_the_first_known_month_may_have_been_anything() -> None:
    assert reason(level(200), level(200) | {date(2016, 11, 1): 22_598_854}) is None


@pytest.mark.parametrize("times", [1, 1000])
@pytest.mark.parametrize(
    ("by", "said"),
    [
        (1, "a month: 2020-12 stands at 2021-01"),
        (2, "2 months: 2020-12 stands at 2021-02"),
        (-1, "a month: 2020-12 stands at 2020-11"),
    ],
)
def test_a_history_moved_by_months_is_refused_of_any_wiki(times: int, by: int, said: str) -> None:
    stored = months(*(times * count for count in SMALL_HISTORY))
    answer = {shift_month(month, by): count for month, count in stored.items()}
    assert reason(stored, answer) == f"it is what is known moved by {said}"
    asked_until_december = {month: count for month, count in answer.items() if month in stored}
    assert "moved by" in str(reason(stored, asked_until_december))
    refusal = judge_series(EDITORS, stored, answer)
    assert refusal is not None
    assert not refusal.final


def test_a_moved_history_may_be_restated_a_little_besides() -> None:
    stored = months(*(10 * count for count in SMALL_HISTORY))
    answer = {shift_month(month, 1): count + (month == FIRST) for month, count in stored.items()}
    assert "moved by a month" in str(reason(stored, answer))


def test_what_differs_in_a_few_months_or_never_changes_is_not_moved() -> None:
    assert reason(level(5), {shift_month(month, 1): count for month, count in level(5).items()}) is None
    assert reason(months(0, 0, 4, 0, 0), months(0, 0, 0, 4, 0)) is None
    assert reason(months(*SMALL_HISTORY), months(*(count + 1 for count in SMALL_HISTORY))) is None


def test_editors_are_held_against_a_hundred_of_them() -> None:
    assert reason(level(9), level(5), EDITORS) == ("44% of 324 editors a month, added up, would vanish: 180 are left")
    assert reason(level(8), level(4), EDITORS) is None


def test_a_split_that_would_be_more_than_the_total_is_refused_and_the_total_not() -> None:
    stored = {EDITS: level(1000), USER: level(600), ANONYMOUS: level(300)}
    assert judge_answers(stored, stored) == {}
    refused = judge_answers(stored, {EDITS: level(1000), USER: level(900), ANONYMOUS: level(500)})
    assert set(refused) == {USER, ANONYMOUS}
    assert not any(refusal.final for refusal in refused.values())
    assert judge_answers({}, {EDITS: level(1000), USER: level(900), ANONYMOUS: level(500)}) == {}


def test_the_split_follows_its_total_and_one_part_the_other() -> None:
    assert set(find_followers([EDITS], Series)) == {USER, ANONYMOUS}
    assert set(find_followers([USER], Series)) == {ANONYMOUS}
    assert find_followers([USER, ANONYMOUS], Series) == {}
    assert find_followers([EDITORS], Series) == {}


def test_an_answer_is_the_same_again_with_a_later_month_and_small_restatements() -> None:
    refused, newest = level(100), max(level(100))
    later = {shift_month(newest, 1): 90}
    assert is_same_again(refused, newest, level(101) | later)
    assert not is_same_again(refused, newest, level(101))
    assert not is_same_again(refused, newest, level(106) | later)
    assert not is_same_again({}, None, level(100))
    assert not is_same_again(refused, newest, {})


def test_of_21_recorded_restatements_one_is_refused() -> None:
    then, now = (read_recorded("restatement_pairs.csv.gz", (f"edits_asof_{year}",)) for year in (2011, 2023))
    refused = []
    for project, old, new in zip(then.projects, then.counts, now.counts, strict=True):
        before, after = (
            {month: int(count) for month, count in zip(then.months, row, strict=True) if not isnan(count)}
            for row in (old, new)
        )
        if judge_series(EDITS, before, after) is not None:
            refused.append(project)
    assert refused == ["ksh.wikipedia"]
