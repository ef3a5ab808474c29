"""Whether edits are seen now, and since when not: a failure must never look like calm."""

from dataclasses import dataclass
from datetime import UTC, datetime

from wiki_activity.livestore.reading import Live
from wiki_activity.livestore.records import Heartbeat
from wiki_activity.watch.keeping import SILENCE

NO_EDITS_SECONDS = 120.0
"""On all wikis together an edit comes many times a second: so long without one is no calm."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Whether edits are seen.

    Parameters
    ----------
    sees
        Whether what is shown is of now.
    since
        Since when not, wall clock, UTC; None while they are seen, and where that is not known.
    reason
        What is the matter, in a sentence; empty while they are seen.
    started
        Whether a watcher is known to have run: where none is, seeing nothing is no failure.
    """

    sees: bool
    since: datetime | None = None
    reason: str = ""
    started: bool = True


SEES = Sight(sees=True)
NOT_LOOKED = Sight(sees=False, reason="The live counts have not been read yet.")


def find_sight(live: Live, now: datetime) -> Sight:
    """Tell whether edits are seen, from what a store that can be read says.

    Parameters
    ----------
    live
        The watcher's last save.
    now
        UTC.
    """
    heartbeat = live.heartbeat
    if heartbeat is None:
        return Sight(
            sees=False, reason="No watcher has run yet: nobody reads Wikimedia's stream of edits.", started=False
        )
    if now.timestamp() - heartbeat.at > SILENCE.total_seconds():
        return _blind("The watcher gives no sign of life.", heartbeat.at)
    if heartbeat.edits_at is None:
        return _blind("The watcher has started; no edit has come yet.")
    if _is_unsaved(live, heartbeat):
        return _blind("The watcher sees edits but cannot save what it counts.")
    reason = _explain_silence(heartbeat, now.timestamp() - heartbeat.edits_at)
    return SEES if reason is None else _blind(reason, heartbeat.edits_at)


def lose_store(last: Sight, read_at: datetime | None, *, configured: bool = True) -> Sight:
    """Make the sight of a store that cannot be read.

    Parameters
    ----------
    last
        What was seen before: where that was nothing already, its time stays.
    read_at
        When the store was last read; None where it never was.
    configured
        Whether there is an address to reach it at: what has none is made when a watcher starts.
    """
    if not configured and read_at is None:
        return Sight(
            sees=False, reason="No watcher runs here: nobody reads Wikimedia's stream of edits.", started=False
        )
    since = read_at if last.sees else last.since
    return Sight(sees=False, since=since or read_at, reason="The store of live counts cannot be reached.")


def _explain_silence(heartbeat: Heartbeat, seconds: float) -> str | None:
    if seconds <= SILENCE.total_seconds():
        # Wikimedia hangs up every quarter of an hour, and the watcher connects again at once.
        return None
    if not heartbeat.connected:
        return "The watcher has no connection to Wikimedia's stream."
    if heartbeat.problem is not None:
        return "Wikimedia's stream does not answer as it should."
    return "Wikimedia's stream sends nothing." if seconds > NO_EDITS_SECONDS else None


def _is_unsaved(live: Live, heartbeat: Heartbeat) -> bool:
    # Both are of one transaction, unless the watcher's database is away: then it only beats.
    saved = None if live.progress is None else live.progress.newest
    return heartbeat.problem is not None and heartbeat.newest is not None and (saved or 0) < heartbeat.newest


def _blind(reason: str, since: float | None = None) -> Sight:
    return Sight(sees=False, since=None if since is None else datetime.fromtimestamp(since, UTC), reason=reason)
