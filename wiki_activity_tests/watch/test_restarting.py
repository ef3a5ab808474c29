"""When a watcher is dead, and when another one is started."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from wiki_activity.domain.heartbeat import Beat, Heartbeat, StoreState
from wiki_activity.leases import sign_lease
from wiki_activity.watch.restarting import EndedRun, KeepingDecision, WatcherRun, decide_on_watcher

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def beat(holder: str, silent_seconds: float = 0, **more: Any) -> Beat:
    at = NOW.timestamp() - silent_seconds
    return Beat(Heartbeat(at, 1, holder, **{"loop_at": at} | more), silent_seconds)


def started(run_id: str = "a", seconds_ago: float = 600) -> WatcherRun:
    at = NOW - timedelta(seconds=seconds_ago)
    return WatcherRun(run_id, at, at)


def queued(seconds_ago: float) -> WatcherRun:
    return WatcherRun("a", NOW - timedelta(seconds=seconds_ago), None)


def failed(run_id: str, minutes_ago: float = 0, lived_seconds: float = 3, **more: Any) -> EndedRun:
    ended_at = NOW - timedelta(minutes=minutes_ago)
    return EndedRun(run_id, ended_at=ended_at, lived=timedelta(seconds=lived_seconds), **{"failed": True} | more)


def test_without_a_run_one_is_started() -> None:
    decision = decide_on_watcher([], None, [], NOW)

    assert decision == KeepingDecision({}, start=True, reason="no watcher is running: starting one")


def test_a_run_that_waits_to_be_launched_is_enough_for_a_while() -> None:
    assert not decide_on_watcher([queued(60)], None, [], NOW).start


def test_a_run_that_is_queued_since_yesterday_watches_nothing() -> None:
    decision = decide_on_watcher([queued(86_400)], beat("somebody", 86_400), [], NOW)

    assert decision.start
    assert "not launched" in decision.orphans["a"]


def test_a_run_that_beats_is_let_be() -> None:
    decision = decide_on_watcher([started()], beat(sign_lease("Dagster run a"), 7.9), [], NOW)

    assert not decision.start
    assert not decision.orphans


def test_a_run_that_stopped_beating_is_an_orphan_and_replaced_at_once() -> None:
    decision = decide_on_watcher([started()], beat(sign_lease("Dagster run a"), 8.1), [], NOW)

    assert decision.start
    assert "no sign of life for 8 s" in decision.orphans["a"]


def test_what_only_the_database_knows_may_be_older() -> None:
    known = replace(beat(sign_lease("Dagster run a"), 19), from_database=True)
    assert not decide_on_watcher([started()], known, [], NOW).orphans

    silent = replace(beat(sign_lease("Dagster run a"), 21), from_database=True)
    assert decide_on_watcher([started()], silent, [], NOW).start


def test_one_that_does_not_go_round_hangs_unless_a_store_keeps_it() -> None:
    holder, still = sign_lease("Dagster run a"), NOW.timestamp() - 61
    decision = decide_on_watcher([started()], beat(holder, loop_at=still), [], NOW)
    assert decision.start
    assert decision.hung == ("a",)

    waits = beat(holder, loop_at=still, stores={"database": StoreState(still, "away")})
    assert not decide_on_watcher([started()], waits, [], NOW).orphans


def test_a_process_that_is_gone_is_not_waited_for() -> None:
    process = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], check=True, capture_output=True)
    holder = sign_lease("Dagster run a").replace(sign_lease("").split()[2], process.stdout.decode().strip())

    decision = decide_on_watcher([started()], beat(holder, 1), [], NOW)

    assert decision.start
    assert "process is gone" in decision.orphans["a"]
    assert decision.killed == ("a",)


@pytest.mark.parametrize(("seconds", "dead"), [(119, False), (121, True)])
def test_a_run_that_never_begins_to_beat_is_an_orphan(seconds: float, dead: bool) -> None:
    decision = decide_on_watcher([started("b", seconds)], beat(sign_lease("Dagster run a"), 100), [], NOW)

    assert decision.start == dead


def test_as_long_as_one_of_two_lives_none_is_started() -> None:
    decision = decide_on_watcher([started("a"), started("b", 3)], beat(sign_lease("Dagster run a"), 100), [], NOW)

    assert set(decision.orphans) == {"a"}
    assert not decision.start


def test_where_another_one_watches_none_is_started() -> None:
    alive = beat(sign_lease("wiki-activity watch"), 1)
    assert "another one watches" in decide_on_watcher([], alive, [], NOW).reason
    # The last breath of a run that has ended is no other watcher.
    assert decide_on_watcher([], beat(sign_lease("Dagster run a"), 1), [failed("a", failed=False)], NOW).start


@pytest.mark.parametrize(("failures", "minutes"), [(1, 0), (2, 1), (3, 2), (4, 4), (5, 8), (6, 10), (12, 10)])
def test_one_that_fails_at_each_start_is_tried_less_and_less_often(failures: int, minutes: float) -> None:
    def starts(minutes_ago: float) -> bool:
        ended = [failed(f"{number}", minutes_ago + number) for number in range(failures)]
        return decide_on_watcher([], None, ended, NOW).start

    assert starts(minutes)
    assert not starts(minutes - 0.1) or minutes == 0


def test_only_what_failed_in_a_row_and_at_once_counts() -> None:
    ended = [failed("a"), failed("b", lived_seconds=600), failed("c")]
    assert len(decide_on_watcher([], None, ended, NOW).failures) == 1
    assert decide_on_watcher([], None, [failed("a", watched=True), failed("b"), failed("c")], NOW).start


def test_a_killed_watcher_is_replaced_at_once_whatever_failed_before() -> None:
    ended = [failed("x"), failed("y"), failed("z")]
    assert decide_on_watcher([started()], beat("Dagster run a", 9), ended, NOW).start


def test_one_that_has_watched_for_a_minute_has_recovered() -> None:
    assert not decide_on_watcher([started("a", 59)], beat("Dagster run a"), [failed("b")], NOW).proven
    assert decide_on_watcher([started("a", 61)], beat("Dagster run a"), [failed("b")], NOW).proven
