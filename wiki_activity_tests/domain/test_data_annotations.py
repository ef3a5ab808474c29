"""What is said of the figures: faults, and what only looks like one."""

from datetime import date

import pytest

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.data_annotations import AnnotatedMetric, DataAnnotation, find_faults

DAY = date(2024, 5, 17)


def say(title: str, note: str = "", *, partial: bool = False) -> DataAnnotation:
    return DataAnnotation(AnnotatedMetric.EDITS, DAY, title, note, partial=partial)


@pytest.mark.parametrize(
    ("title", "note"),
    [
        ("Outage", "Edits of three hours are missing & not restored."),
        ("Data loss", ""),
        ("Double-counted", "Edits were double counted for two weeks; to be fixed."),
        ("Incident", "Numbers of this month are WRONG and could not be corrected"),
        ("Snapshot", "The snapshot was incomplete; it has not yet been reprocessed."),
    ],
)
def test_what_says_that_data_are_missing_or_wrong_is_a_fault(title: str, note: str) -> None:
    assert say(title, note).is_fault


@pytest.mark.parametrize(
    ("title", "note"),
    [
        ("Outage", "Edits of three hours were missing, and have been restored."),
        ("Outage", "They were lost; since June they are backfilled."),
        ("Definition", "Lost edits of bots no longer count: the definition changed."),
        ("Temporary accounts", "Some people were missing before."),
        ("Campaign", "Many new accounts."),
        ("New server", "It is faster; no data were touched."),
        ("Blossom", "Words that only hold the letters of wrongly, misplaced or lossless."),
    ],
)
def test_what_was_mended_or_is_no_fault_is_none(title: str, note: str) -> None:
    assert not say(title, note).is_fault


def test_a_fault_of_a_part_is_none_of_the_whole() -> None:
    assert not say("Outage", "Edits are missing.", partial=True).is_fault


def test_a_fault_is_of_its_month_and_of_what_its_figure_counts() -> None:
    outage = say("Outage")
    month = DAY.replace(day=1)
    assert find_faults([outage], Metric.EDITS, month) == [outage]
    assert find_faults([outage], Metric.PEOPLE_EDITS, month) == [outage]
    assert find_faults([outage], Metric.EDITORS, month) == []
    assert find_faults([outage], Metric.EDITS, date(2024, 6, 1)) == []
    accounts = DataAnnotation(AnnotatedMetric.NEW_ACCOUNTS, DAY, "Outage", "")
    assert [find_faults([accounts], metric, month) for metric in Metric] == [[]] * len(Metric)
