"""Whether edits are seen now, and since when not: a failure must never look like calm."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from wiki_activity.domain.heartbeat import SILENCE_SECONDS, STORE_NAMES, Beat

NO_EDITS_SECONDS: Final = 120.0
"""On all wikis together an edit comes many times a second: so long without one is no calm."""
WRONG_CLOCK_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class StreamHealth:
    """Whether edits are seen.

    Parameters
    ----------
    sees
        Whether the stream is read and edits come.
    since
        Since when not, wall clock, UTC; None while they are seen, and where that is not known.
    reason
        What is the matter, in a sentence for everybody; empty while they are seen.
    started
        Whether a watcher is known to have run: where none is, seeing nothing is no failure.
    waits
        Why what is seen is not stored at once, in a sentence; empty while it is.
    detail
        What is the matter, in a sentence for those who keep this running: it may name addresses.
    warning
        What is wrong with some of what is seen, or with its times; empty while nothing is.
    """

    sees: bool
    since: datetime | None = None
    reason: str = ""
    started: bool = True
    waits: str = ""
    detail: str = ""
    warning: str = ""

    @property
    def is_current(self) -> bool:
        """Whether the stored numbers are of now."""
        return self.sees and not self.waits


SEES: Final = StreamHealth(sees=True)


def find_stream_health(beat: Beat | None, now: datetime) -> StreamHealth:
    """Tell whether edits are seen, from the watcher's last sign of life.

    Parameters
    ----------
    beat
        None where no watcher has ever given one.
    now
        UTC.
    """
    if beat is None:
        reason = "No watcher has run yet: nobody reads Wikimedia’s stream of edits."
        return StreamHealth(sees=False, reason=reason, started=False, detail=reason)
    heartbeat, stream = beat.heartbeat, beat.heartbeat.stream
    if not beat.is_alive:
        return _blind("The watcher gives no sign of life.", heartbeat.at)
    waits = describe_waiting(beat, now)
    if beat.hung_seconds is not None:
        return _blind("The watcher lives, but does not go on.", heartbeat.loop_at)
    if stream.edits_at is None:
        reason = "The watcher has started; no edit has come yet."
        return StreamHealth(sees=False, reason=waits or reason, waits=waits, detail=_explain(beat) or waits or reason)
    quiet = heartbeat.at - stream.edits_at
    found = _explain_silence(beat, quiet, waits)
    if found is None:
        return StreamHealth(sees=True, waits=waits, detail=waits, warning=stream.warning or "")
    return _blind(found, stream.edits_at, _explain(beat), waits)


def describe_waiting(beat: Beat, now: datetime) -> str:
    """Say which stores keep counts waiting, since when; empty where none does."""
    away = beat.heartbeat.find_away()
    if not away:
        return ""
    stores = " and ".join(
        f"{STORE_NAMES.get(name, name)} is away since {_format(state.since or beat.heartbeat.at, now)}"
        for name, state in sorted(away.items())
    )
    return f"Counts wait: {stores}."


def find_clock_trouble(beat: Beat) -> str:
    """Say by how much the watcher's clock is wrong; empty where it is right, or nobody else's is known."""
    ahead = beat.heartbeat.clock.ahead_seconds or 0.0
    if abs(ahead) <= WRONG_CLOCK_SECONDS:
        return ""
    return f"The watcher’s clock is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} the store’s."


def _explain_silence(beat: Beat, seconds: float, waits: str) -> str | None:
    stream = beat.heartbeat.stream
    if seconds <= SILENCE_SECONDS:
        # Wikimedia hangs up every quarter of an hour, and the watcher connects again at once.
        return None
    if waits and not stream.connected:
        return waits
    if not stream.connected:
        return "The watcher has no connection to Wikimedia’s stream."
    if stream.problem is not None:
        return "Wikimedia’s stream does not answer as it should."
    if seconds <= NO_EDITS_SECONDS:
        return None
    return waits or "Wikimedia’s stream sends nothing."


def _explain(beat: Beat) -> str:
    problem = beat.heartbeat.stream.problem
    return f"{problem}; retrying." if problem else ""


def _blind(reason: str, since: float, detail: str = "", waits: str = "") -> StreamHealth:
    at = datetime.fromtimestamp(since, UTC)
    return StreamHealth(sees=False, since=at, reason=reason, waits=waits, detail=detail or reason)


def _format(epoch_seconds: float, now: datetime) -> str:
    moment = datetime.fromtimestamp(epoch_seconds, UTC)
    return (
        f"{moment:%H:%M:%S} UTC" if moment.date() == now.astimezone(UTC).date() else f"{moment:%Y-%m-%d %H:%M:%S} UTC"
    )
