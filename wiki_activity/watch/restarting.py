"""Keeping the watcher alive: who is dead, and whether, and when, another one is to be started."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from wiki_activity.domain.heartbeat import Beat
from wiki_activity.leases import is_gone

START_TIME: Final = timedelta(minutes=2)
"""How long a run may take from its start to its first beat, on a machine that does much else."""
LAUNCH_TIME: Final = timedelta(minutes=5)
"""How long a run may be queued, or be launched, before it is given up."""
SHORT_LIFE: Final = timedelta(seconds=60)
"""A run that fails within this time, and is not known to have watched, has failed to start."""
PROVEN_TIME: Final = timedelta(seconds=10)
"""A run that beat so long after its start had watched."""
_FIRST_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class WatcherRun:
    """A run of the watcher that the orchestrator takes to be active.

    Parameters
    ----------
    run_id
        Its id.
    created_at
        When it was asked for.
    started_at
        When its process reported for work; None while it is queued or being launched.
    """

    run_id: str
    created_at: datetime
    started_at: datetime | None


@dataclass(frozen=True, slots=True)
class EndedRun:
    """A run of the watcher that has ended.

    Parameters
    ----------
    run_id
        Its id.
    failed
        Whether it failed; false where it was ended on purpose, or its lease had run out.
    lived
        From its start to its end.
    ended_at
        When that was.
    watched
        Whether it is known to have watched.
    """

    run_id: str
    failed: bool
    lived: timedelta
    ended_at: datetime
    watched: bool = False

    @property
    def failed_to_start(self) -> bool:
        """Whether it came to nothing."""
        return self.failed and not self.watched and self.lived < SHORT_LIFE


@dataclass(frozen=True, slots=True)
class KeepingDecision:
    """What is to be done.

    Parameters
    ----------
    orphans
        Runs to end and to report as failed, with the reason.
    start
        Whether to start another one.
    reason
        In words.
    failures
        How many runs in a row have failed to start, the newest first.
    killed
        Those of the orphans that had watched: something else than a bad start ended them.
    hung
        Those of them whose process is still there.
    proven
        Whether a run has watched for longer than one that fails to start lives.
    """

    orphans: dict[str, str]
    start: bool
    reason: str
    failures: tuple[EndedRun, ...] = ()
    killed: tuple[str, ...] = ()
    hung: tuple[str, ...] = ()
    proven: bool = False


def decide_on_watcher(
    runs: Sequence[WatcherRun], beat: Beat | None, ended: Sequence[EndedRun], now: datetime
) -> KeepingDecision:
    """Decide what to do about the watcher: what does not beat does not watch, whatever the orchestrator says.

    Parameters
    ----------
    runs
        All active ones.
    beat
        The last sign of life; None if there never was one.
    ended
        The last ones that have ended, newest first.
    now
        With its time zone.
    """
    orphans = {run.run_id: reason for run in runs if (reason := _explain_death(run, beat, now)) is not None}
    dead = [run for run in runs if run.run_id in orphans]
    failures = _list_failures(ended)
    waiting = KeepingDecision(
        orphans=orphans,
        start=False,
        reason="a watcher is running, or being started",
        failures=failures,
        killed=tuple(run.run_id for run in dead if _has_watched(run, beat, now) >= PROVEN_TIME),
        hung=tuple(run.run_id for run in dead if beat is not None and beat.is_alive and _is_of(beat, run)),
    )
    if len(dead) < len(runs):
        proven = any(_has_watched(run, beat, now) >= SHORT_LIFE for run in runs if run not in dead)
        return replace(waiting, proven=proven)
    if not runs and beat is not None and _lives_elsewhere(beat, ended):
        return replace(waiting, reason=f"another one watches: {beat.heartbeat.holder}", proven=True)
    why = "; ".join(orphans.values()) or "no watcher is running"
    if failures and not waiting.killed:
        not_before = failures[0].ended_at + find_start_wait(len(failures))
        if not_before > now:
            when = f"{len(failures)} in a row have failed to start: the next one at {not_before:%H:%M:%S} UTC"
            return replace(waiting, reason=f"{why}; {when}")
    return replace(waiting, start=True, reason=f"{why}: starting one")


def find_start_wait(failures: int) -> timedelta:
    """Return how long to wait after so many runs in a row that failed to start: not at all, then 1, 2, 4 … 10 min."""
    if failures <= 1:
        return timedelta(0)
    return min(_FIRST_WAIT * (1 << min(failures - 2, 10)), _LONGEST_WAIT)


def _explain_death(run: WatcherRun, beat: Beat | None, now: datetime) -> str | None:
    if beat is not None and _is_of(beat, run):
        return _explain_silence(beat)
    if run.started_at is None:
        waited = now - run.created_at
        return f"it was not launched within {_minutes(waited)} min" if waited > LAUNCH_TIME else None
    if now - run.started_at > START_TIME:
        return f"it did not begin to watch within {_minutes(START_TIME)} min"
    return None


def _explain_silence(beat: Beat) -> str | None:
    if is_gone(beat.heartbeat.holder):
        return f"its process is gone ({beat.heartbeat.holder})"
    if not beat.is_alive:
        return f"it gave no sign of life for {abs(beat.silent_seconds):.0f} s"
    if beat.hung_seconds is not None:
        return f"it has not gone on for {beat.hung_seconds:.0f} s, though no store keeps it"
    return None


def _is_of(beat: Beat, run: WatcherRun) -> bool:
    return run.run_id in beat.heartbeat.holder


def _has_watched(run: WatcherRun, beat: Beat | None, now: datetime) -> timedelta:
    """Return how long after its start a run gave its last sign of life."""
    if beat is None or run.started_at is None or not _is_of(beat, run):
        return timedelta(0)
    return now - timedelta(seconds=beat.silent_seconds) - run.started_at


def _lives_elsewhere(beat: Beat, ended: Sequence[EndedRun]) -> bool:
    holder = beat.heartbeat.holder
    return (
        beat.is_alive
        and beat.hung_seconds is None
        and not is_gone(holder)
        and not any(run.run_id in holder for run in ended)
    )


def _list_failures(ended: Sequence[EndedRun]) -> tuple[EndedRun, ...]:
    failures: list[EndedRun] = []
    for run in ended:
        if not run.failed_to_start:
            break
        failures.append(run)
    return tuple(failures)


def _minutes(duration: timedelta) -> int:
    return int(duration.total_seconds() // 60)
