"""The watcher's sign of life: what it says of itself, of its stores, of the stream and of the clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

DATABASE: Final = "database"
REDIS: Final = "redis"
STORE_NAMES: Final = {DATABASE: "the database", REDIS: "Redis"}
"""As people call them."""
WATCHER: Final = "watcher"
"""The role of whoever watches the stream."""


@dataclass(frozen=True, slots=True)
class StoreState:
    """How a store answers the watcher.

    Parameters
    ----------
    since
        Since when it does not, epoch seconds by the watcher's clock; None while it does.
    problem
        What it says, or that it says nothing.
    """

    since: float | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class StreamState:
    """What comes of the stream.

    Parameters
    ----------
    connected
        Whether there is a connection.
    problem
        Why nothing comes, or why nothing of what comes can be read; None while all is well.
    warning
        What is wrong with some of what comes, or with its times; None while nothing is.
    edits_at
        When the newest readable edit came, epoch seconds by the watcher's clock; None while none has.
    newest
        Newest event time that was read, epoch seconds; None likewise.
    resume_id
        `Last-Event-ID` after what is stored.
    unknown
        Names among those to be judged that no wiki has.
    """

    connected: bool = False
    problem: str | None = None
    warning: str | None = None
    edits_at: float | None = None
    newest: int | None = None
    resume_id: str = ""
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClockState:
    """How the watcher's clock stands to others.

    Parameters
    ----------
    ahead_seconds
        By how much it is ahead of a store's; None while no store on another machine has said its time.
    wrong_seconds
        By how much it is ahead of both stores', where that is over a minute: then it is the one that is wrong. Else 0.
    """

    ahead_seconds: float | None = None
    wrong_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """One sign of life.

    All moments are of the watcher's clock, and lie before `at` by what its monotonic clock says: their differences from
    `at` hold, also when the clock was set meanwhile.

    Parameters
    ----------
    at
        Epoch seconds.
    token
        Which watcher: each one that takes over has a higher number.
    holder
        Who that is, in words.
    beats
        How many there were before this one: a number that moves is life, whatever the clocks say.
    loop_at
        When the watcher itself, not the thread that beats for it, last went round.
    stores
        The database and Redis, by name.
    stream
        What comes of the stream.
    clock
        How the clock stands.
    """

    at: float
    token: int
    holder: str
    loop_at: float
    beats: int = 0
    stores: Mapping[str, StoreState] = field(default_factory=dict)
    stream: StreamState = StreamState()
    clock: ClockState = ClockState()

    @property
    def lag_seconds(self) -> float | None:
        """How far what was read is behind the wall clock, by as much of it as is right."""
        newest = self.stream.newest
        return None if newest is None else max(0.0, self.at - self.clock.wrong_seconds - newest)

    def find_away(self) -> dict[str, StoreState]:
        """Return the stores that do not answer."""
        return {name: state for name, state in self.stores.items() if state.since is not None}


@dataclass(frozen=True, slots=True)
class Beat:
    """A sign of life as somebody has read it.

    Parameters
    ----------
    heartbeat
        What it says.
    silent_seconds
        How long ago it was written, by the clock of the store that holds it.
    from_database
        Whether it is known from the database alone, which hears of it every few seconds only.
    """

    heartbeat: Heartbeat
    silent_seconds: float
    from_database: bool = False

    @property
    def is_alive(self) -> bool:
        """Whether it is so young that the watcher is taken to live."""
        return abs(self.silent_seconds) <= (DATABASE_SILENCE_SECONDS if self.from_database else SILENCE_SECONDS)

    @property
    def hung_seconds(self) -> float | None:
        """How long the watcher has not gone round, where no store keeps it; None where it goes round."""
        still = self.heartbeat.at - self.heartbeat.loop_at
        return still if still > HUNG_SECONDS and not self.heartbeat.find_away() else None


SILENCE_SECONDS: Final = 8.0
"""A watcher beats every second: after so long without a beat it is taken to be dead."""
DATABASE_SILENCE_SECONDS: Final = 20.0
"""The same where only the database can be read: there it beats every five seconds."""
HUNG_SECONDS: Final = 60.0
_LATER_SECONDS: Final = 2.0


def choose_newer(redis: Beat | None, database: Beat | None) -> Beat | None:
    """Choose between what the two stores say; None for a store that says nothing, or cannot be read.

    A watcher that reaches Redis is heard there first, so what the database heard later is of one that does not.
    """
    if redis is None or database is None:
        return redis or database
    return database if database.silent_seconds < redis.silent_seconds - _LATER_SECONDS else redis
