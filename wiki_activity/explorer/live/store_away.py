"""The health of a reader who may see less than the watcher does: of a live store that cannot be read from here."""

from dataclasses import replace
from datetime import datetime

from wiki_activity.domain.heartbeat import Beat
from wiki_activity.domain.stream_health import StreamHealth, find_stream_health

NOT_LOOKED = StreamHealth(sees=False, reason="The live counts have not been read yet.")


def lose_store(
    last: StreamHealth, read_at: datetime | None, beat: Beat | None, now: datetime, *, configured: bool = True
) -> StreamHealth:
    """Make the health of a live store that cannot be read.

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
        health = find_stream_health(beat, now)
        unread = "The store of live counts cannot be reached."
        return replace(health, waits=health.waits or unread) if health.sees else health
    if not configured and read_at is None:
        return StreamHealth(
            sees=False, reason="No watcher runs here: nobody reads Wikimedia’s stream of edits.", started=False
        )
    since = read_at if last.sees else last.since
    return StreamHealth(sees=False, since=since or read_at, reason="The store of live counts cannot be reached.")
