"""Keeping house: which runs are orphans, whose process died without a word."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from wiki_activity.leases import is_gone
from wiki_activity.storage.refreshes import Outcome, Refresh, is_silent

SILENCE = timedelta(minutes=10)
"""How long a run without a lease may write nothing into its log."""


@dataclass(frozen=True, slots=True)
class RunningRun:
    """A run that the orchestrator takes to be under way.

    Parameters
    ----------
    run_id
        Its id.
    last_event_at
        When it last wrote into its log, with its time zone.
    """

    run_id: str
    last_event_at: datetime


def is_under_way(refresh: Refresh, now: datetime) -> bool:
    """Tell whether a refresh is held by somebody who gives signs of life; `now` is the database's time."""
    return refresh.outcome is None and not is_gone(refresh.holder) and not is_silent(refresh, now)


def explain_orphan(run: RunningRun, refresh: Refresh | None, now: datetime) -> str | None:
    """Say why a run is taken to be dead; None when it is not.

    Parameters
    ----------
    refresh
        The newest refresh that the run began or went on with; None where there is none.
    now
        The database's time.
    """
    own = refresh if refresh is not None and run.run_id in refresh.holder else None
    # One that was told to stop, and was killed before it could say so, has given its lease up and is as dead.
    if own is not None and own.outcome in {None, Outcome.INTERRUPTED} and is_gone(own.holder):
        return f"its process is gone ({own.holder})"
    if own is not None and own.outcome is None:
        silent = now - own.heartbeat
        if is_silent(own, now):
            return f"its lease had no sign of life for {silent.total_seconds():.0f} s ({own.holder})"
        return None
    silent = now - run.last_event_at
    if silent > SILENCE:
        return f"it wrote nothing into its log for {silent.total_seconds() / 60:.0f} minutes"
    return None
