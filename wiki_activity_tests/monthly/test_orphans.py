import os
import socket
from datetime import UTC, date, datetime, timedelta

from wiki_activity.domain.counts import COUNT_SERIES
from wiki_activity.leases import sign_lease
from wiki_activity.monthly.orphans import SILENCE, RunningRun, explain_orphan
from wiki_activity.storage.refreshes import LEASE_SECONDS, Outcome, Refresh

NOW = datetime(2024, 6, 9, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LIVING = sign_lease("Dagster run r1")
NO_PROCESS = 2**22 + 1
"""Linux gives no number so high."""


def run(silent: timedelta = timedelta(0)) -> RunningRun:
    return RunningRun("r1", last_event_at=NOW - silent)


def refresh(holder: str, silent: timedelta = timedelta(0), outcome: Outcome | None = None) -> Refresh:
    return Refresh(
        id=1,
        run_id="r1",
        first=date(2001, 1, 1),
        last=date(2024, 5, 1),
        projects=("hi.wikipedia.org",),
        series=tuple(COUNT_SERIES),
        holder=holder,
        started_at=NOW - timedelta(hours=1),
        heartbeat=NOW - silent,
        finished_at=None,
        outcome=outcome,
    )


def test_a_run_whose_lease_is_fresh_is_no_orphan_however_silent_its_log() -> None:
    assert explain_orphan(run(timedelta(hours=1)), refresh(LIVING), NOW) is None


def test_a_run_whose_process_is_gone_is_an_orphan_at_once() -> None:
    holder = LIVING.replace(str(os.getpid()), str(NO_PROCESS))
    assert explain_orphan(run(), refresh(holder), NOW) == f"its process is gone ({holder})"


def test_a_run_that_was_told_to_stop_and_killed_before_it_said_so_is_an_orphan_at_once() -> None:
    holder = LIVING.replace(str(os.getpid()), str(NO_PROCESS))
    stopped = refresh(holder, outcome=Outcome.INTERRUPTED)
    assert explain_orphan(run(), stopped, NOW) == f"its process is gone ({holder})"
    assert explain_orphan(run(), refresh(LIVING, outcome=Outcome.INTERRUPTED), NOW) is None, "it may still say so"


def test_a_run_elsewhere_is_an_orphan_when_its_lease_has_run_out() -> None:
    holder = LIVING.replace(socket.gethostname(), "elsewhere")
    lease = timedelta(seconds=LEASE_SECONDS)
    assert explain_orphan(run(), refresh(holder, lease), NOW) is None
    reason = explain_orphan(run(), refresh(holder, lease + SECOND), NOW)
    assert reason == f"its lease had no sign of life for 61 s ({holder})"


def test_a_run_without_a_lease_is_judged_by_its_log() -> None:
    for nothing_held in (None, refresh(LIVING, outcome=Outcome.DONE), refresh("somebody else's run")):
        assert explain_orphan(run(SILENCE), nothing_held, NOW) is None
        reason = explain_orphan(run(SILENCE + SECOND), nothing_held, NOW)
        assert reason == "it wrote nothing into its log for 10 minutes"
