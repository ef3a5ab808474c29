"""Keeping the watcher alive: who is dead, and whether another one is to be started."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from wiki_activity.holders import is_gone
from wiki_activity.livestore.records import Heartbeat

SILENCE = timedelta(seconds=8)
"""A watcher beats twice a second: after so long without a beat it is taken to be dead."""
START_TIME = timedelta(seconds=30)
"""How long a run may take from its start to its first beat."""


@dataclass(frozen=True, slots=True)
class WatcherRun:
    """A run of the watcher that the orchestrator takes to be active.

    Parameters
    ----------
    run_id
        Its id.
    started_at
        When its process reported for work; None while it is queued or being launched.
    """

    run_id: str
    started_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeepingDecision:
    """What is to be done.

    Parameters
    ----------
    orphans
        Runs to report as failed, with the reason.
    start
        Whether to start another one.
    reason
        In words.
    """

    orphans: dict[str, str]
    start: bool
    reason: str


def decide_on_watcher(
    runs: Sequence[WatcherRun], heartbeat: Heartbeat | None, readable_since: datetime, now: datetime
) -> KeepingDecision:
    """Decide what to do about the watcher.

    Parameters
    ----------
    runs
        All active ones.
    heartbeat
        The last beat; None if there never was one.
    readable_since
        Since when the beats can be read without a break: silence before that tells nothing.
    now
        With its time zone.
    """
    orphans = {}
    for run in runs:
        reason = _explain_death(run, heartbeat, readable_since, now)
        if reason is not None:
            orphans[run.run_id] = reason
    if len(orphans) < len(runs):
        return KeepingDecision(orphans, start=False, reason="a watcher is running")
    why = "; ".join(orphans.values()) or "no watcher is running"
    return KeepingDecision(orphans, start=True, reason=f"{why}: starting one")


def _explain_death(run: WatcherRun, heartbeat: Heartbeat | None, readable_since: datetime, now: datetime) -> str | None:
    if run.started_at is None or now - readable_since < SILENCE:
        return None
    if heartbeat is not None and run.run_id in heartbeat.holder:
        if is_gone(heartbeat.holder):
            return f"its process is gone ({heartbeat.holder})"
        silent = now.timestamp() - heartbeat.at
        return f"it gave no sign of life for {silent:.0f} s" if silent > SILENCE.total_seconds() else None
    if now - run.started_at > START_TIME:
        return f"it did not begin to watch within {START_TIME.total_seconds():.0f} s"
    return None
