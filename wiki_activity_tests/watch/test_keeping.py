"""When a watcher is dead, and when another one is started."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from wiki_activity.holders import sign_lease
from wiki_activity.livestore.records import Heartbeat
from wiki_activity.watch.keeping import KeepingDecision, WatcherRun, decide_on_watcher

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
LONG_READABLE = NOW - timedelta(minutes=5)


def beat(holder: str, silent_seconds: float = 0) -> Heartbeat:
    return Heartbeat(
        at=NOW.timestamp() - silent_seconds,
        token=1,
        holder=holder,
        connected=True,
        problem=None,
        edits_at=None,
        newest=None,
        resume_id="",
    )


def started(run_id: str = "a", seconds_ago: float = 600) -> WatcherRun:
    return WatcherRun(run_id, NOW - timedelta(seconds=seconds_ago))


def test_without_a_run_one_is_started() -> None:
    decision = decide_on_watcher([], None, NOW, NOW)

    assert decision == KeepingDecision({}, start=True, reason="no watcher is running: starting one")


def test_a_run_that_waits_to_be_launched_is_enough() -> None:
    assert not decide_on_watcher([WatcherRun("a", None)], None, LONG_READABLE, NOW).start


def test_a_run_that_beats_is_let_be() -> None:
    decision = decide_on_watcher([started()], beat(sign_lease("Dagster run a"), 7.9), LONG_READABLE, NOW)

    assert not decision.start
    assert not decision.orphans


def test_a_run_that_stopped_beating_is_an_orphan_and_replaced_at_once() -> None:
    decision = decide_on_watcher([started()], beat(sign_lease("Dagster run a"), 8.1), LONG_READABLE, NOW)

    assert decision.start
    assert "no sign of life for 8 s" in decision.orphans["a"]


def test_silence_is_judged_only_once_the_beats_have_been_readable_that_long() -> None:
    decision = decide_on_watcher([started()], beat(sign_lease("Dagster run a"), 60), NOW - timedelta(seconds=7), NOW)

    assert not decision.start
    assert not decision.orphans


def test_a_process_that_is_gone_is_not_waited_for() -> None:
    process = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], check=True, capture_output=True)
    holder = sign_lease("Dagster run a").replace(sign_lease("").split()[2], process.stdout.decode().strip())

    decision = decide_on_watcher([started()], beat(holder, 1), LONG_READABLE, NOW)

    assert decision.start
    assert "process is gone" in decision.orphans["a"]


@pytest.mark.parametrize(("seconds", "dead"), [(29, False), (31, True)])
def test_a_run_that_never_begins_to_beat_is_an_orphan(seconds: float, dead: bool) -> None:
    decision = decide_on_watcher([started("b", seconds)], beat(sign_lease("Dagster run a"), 100), LONG_READABLE, NOW)

    assert decision.start == dead


def test_as_long_as_one_of_two_lives_none_is_started() -> None:
    decision = decide_on_watcher(
        [started("a"), started("b", 3)], beat(sign_lease("Dagster run a"), 100), LONG_READABLE, NOW
    )

    assert set(decision.orphans) == {"a"}
    assert not decision.start
