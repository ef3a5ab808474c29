"""The sight of a reader who may see less than the watcher does: of a live store that cannot be read from here."""

from dataclasses import replace
from datetime import datetime

from wiki_activity.domain.heartbeat import Beat
from wiki_activity.domain.sight import Sight, find_sight

NOT_LOOKED = Sight(sees=False, reason="The live counts have not been read yet.")


def lose_store(
    last: Sight, read_at: datetime | None, beat: Beat | None, now: datetime, *, configured: bool = True
) -> Sight:
    """Make the sight of a live store that cannot be read.

    Parameters
    ----------
    last
        What was seen before: where that was nothing already, its time stays.
    read_at
        When the store was last read; None where it never was.
    beat
        The watcher's last sign of life, as the database has it; None where that has none, or cannot be read either.
    now
        UTC.
    configured
        Whether there is an address to reach it at: what has none is made when a watcher starts.
    """
    if beat is not None:
        sight = find_sight(beat, now)
        unread = "The store of live counts cannot be reached."
        return replace(sight, waits=sight.waits or unread) if sight.sees else sight
    if not configured and read_at is None:
        return Sight(
            sees=False, reason="No watcher runs here: nobody reads Wikimedia's stream of edits.", started=False
        )
    since = read_at if last.sees else last.since
    return Sight(sees=False, since=since or read_at, reason="The store of live counts cannot be reached.")
