"""When all parts of all wikis have come."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from wiki_activity.domain.counts import COUNT_SERIES, PEOPLE_SERIES
from wiki_activity.monthly.rounds import find_round
from wiki_activity.storage.refreshes import LEASE_SECONDS, Outcome, Refresh

NOW = datetime(2024, 6, 9, 12, tzinfo=UTC)
MAY = date(2024, 5, 1)
HOUR = timedelta(hours=1)


def part(hours_ago: int, *projects: str, outcome: Outcome | None = Outcome.DONE) -> Refresh:
    began = NOW - hours_ago * HOUR
    return Refresh(
        id=1, run_id="r", first=date(2001, 1, 1), last=MAY, projects=projects, series=tuple(COUNT_SERIES),
        holder="one, process 1 on elsewhere", started_at=began, heartbeat=NOW, finished_at=began, outcome=outcome,
    )  # fmt: skip


def look(*refreshes: Refresh) -> datetime | None:
    return find_round(refreshes, COUNT_SERIES, MAY, ["a", "b"], NOW)


def test_a_round_begins_with_the_first_of_its_newest_parts() -> None:
    assert look(part(1, "b"), part(2, "a"), part(3, "a", "b")) == NOW - 2 * HOUR
    assert look(part(1, "b"), part(2, "a", outcome=Outcome.FAILURES)) == NOW - 2 * HOUR, "it went through its list"


@pytest.mark.parametrize(
    "other",
    [
        part(2, "b"),
        part(2, "a", outcome=Outcome.INTERRUPTED),
        part(2, "a", outcome=Outcome.ABANDONED),
        replace(part(2, "a"), last=date(2024, 4, 1)),
        replace(part(2, "a"), series=tuple(PEOPLE_SERIES)),
    ],
)
def test_it_is_not_over_while_wikis_are_lacking(other: Refresh) -> None:
    assert look(part(1, "b"), other) is None


def test_it_is_not_over_while_a_part_is_under_way_and_the_dead_keep_nobody() -> None:
    third = part(1, "c", outcome=None)
    assert look(third, part(1, "b"), part(2, "a")) is None
    dead = replace(third, heartbeat=NOW - timedelta(seconds=LEASE_SECONDS + 1))
    assert look(dead, part(1, "b"), part(2, "a")) == NOW - 2 * HOUR
