"""What is known of the watcher from within: noted by its threads as they go, and told as a heartbeat."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

from wiki_activity.domain.heartbeat import DATABASE, REDIS, ClockState, Heartbeat, StoreState, StreamState
from wiki_activity.domain.stream_health import WRONG_CLOCK_SECONDS
from wiki_activity.redis_store.store_errors import RedisStoreError, ReplacedError
from wiki_activity.storage.storage_errors import LeaseLostError, StorageError

PATIENCE_SECONDS: Final = 3.0
"""A store that has not answered for so long is away, whatever comes of the question."""
_LONGEST_PROBLEM: Final = 300
_CLOCK_SET_SECONDS: Final = 1.0


@dataclass(slots=True)
class _Store:
    """One store: who has asked it and waits, and who was refused, since when."""

    asked_at: dict[str, float] = field(default_factory=dict)
    refused_at: dict[str, float] = field(default_factory=dict)
    problem: str = ""

    def find_since(self, now: float) -> float | None:
        """Return since when it is away, by the monotonic clock."""
        waiting = [at for at in self.asked_at.values() if now - at > PATIENCE_SECONDS]
        return min([*waiting, *self.refused_at.values()], default=None)


class Vitals:
    """Notes how the watcher's loop, its stores, the stream and the clock are; several threads may do so at once.

    Parameters
    ----------
    holder
        Who this is, in words.
    clock
        Wall clock, epoch seconds.
    monotonic
        Seconds that only go up.
    """

    def __init__(
        self,
        holder: str,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.holder = holder
        self._clock = clock
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._stores = {DATABASE: _Store(), REDIS: _Store()}
        self._token = 0
        self._beats = 0
        self._loop_at = monotonic()
        self._stream = StreamState()
        self._edits_at: float | None = None
        self._ahead: dict[str, float] = {}
        self._walls: dict[float, float] = {}

    @contextmanager
    def asking(self, store: str, who: str = "loop") -> Iterator[None]:
        """Note how a store answers what is asked within the block; its errors pass through."""
        begun = self._monotonic()
        with self._lock:
            self._stores[store].asked_at[who] = begun
        try:
            yield
        except (ReplacedError, LeaseLostError):
            self._note_answer(store, who)
            raise
        except (RedisStoreError, StorageError) as error:
            with self._lock:
                state = self._stores[store]
                state.asked_at.pop(who, None)
                state.refused_at.setdefault(who, begun)
                state.problem = str(error)[:_LONGEST_PROBLEM]
            raise
        except BaseException:
            with self._lock:
                self._stores[store].asked_at.pop(who, None)
            raise
        self._note_answer(store, who)

    def is_away(self, store: str) -> bool:
        """Tell whether a store does not answer."""
        with self._lock:
            return self._stores[store].find_since(self._monotonic()) is not None

    def note_token(self, token: int) -> None:
        """Note our number."""
        with self._lock:
            self._token = token

    def note_loop(self) -> None:
        """Note that the loop goes round."""
        with self._lock:
            self._loop_at = self._monotonic()

    def note_stream(self, stream: StreamState) -> None:
        """Note how the stream is; when edits came, and who is unknown, is noted otherwise."""
        with self._lock:
            self._stream = replace(stream, unknown=self._stream.unknown)

    def note_edits(self, at: float | None = None) -> None:
        """Note that readable edits have come: now, or then by the wall clock."""
        with self._lock:
            self._edits_at = self._monotonic() - (0.0 if at is None else max(self._clock() - at, 0.0))

    def note_unknown(self, names: tuple[str, ...]) -> None:
        """Note which of the names to be judged no wiki has."""
        with self._lock:
            self._stream = replace(self._stream, unknown=names)

    def note_time(self, store: str, epoch_seconds: float) -> None:
        """Note what time it is for a store."""
        with self._lock:
            self._ahead[store] = self._clock() - epoch_seconds

    def find_wrong_seconds(self) -> float:
        """Tell by how much the wall clock is ahead of both stores', where it is so clearly that it is the wrong one."""
        with self._lock:
            return self._find_wrong_seconds()

    def describe(self) -> Heartbeat:
        """Return a sign of life of this moment."""
        with self._lock:
            at, now = self._clock(), self._monotonic()
            self._beats += 1
            kept: dict[float, float] = {}

            def wall(moment: float | None) -> float | None:
                if moment is None:
                    return None
                found = at - (now - moment)
                known = self._walls.get(moment, found)
                # The same moment is told alike each time, unless the clock was set.
                kept[moment] = known if abs(known - found) < _CLOCK_SET_SECONDS else found
                return kept[moment]

            heartbeat = Heartbeat(
                at=at,
                token=self._token,
                holder=self.holder,
                loop_at=at - (now - self._loop_at),
                beats=self._beats,
                stores={
                    name: _describe(store, wall(store.find_since(now)), now) for name, store in self._stores.items()
                },
                stream=replace(self._stream, edits_at=wall(self._edits_at)),
                clock=ClockState(max(self._ahead.values(), key=abs, default=None), self._find_wrong_seconds()),
            )
            self._walls = kept
            return heartbeat

    def _find_wrong_seconds(self) -> float:
        # Two others against one. One that is behind delays nothing, and needs no mending.
        ahead = min(self._ahead.values()) if len(self._ahead) == len(self._stores) else 0.0
        return ahead if ahead > WRONG_CLOCK_SECONDS else 0.0

    def _note_answer(self, store: str, who: str) -> None:
        with self._lock:
            self._stores[store].asked_at.pop(who, None)
            self._stores[store].refused_at.pop(who, None)


def _describe(store: _Store, since: float | None, now: float) -> StoreState:
    if since is None:
        return StoreState()
    waits = max((now - at for at in store.asked_at.values()), default=0.0)
    silent = f"it has not answered for {waits:.0f} s" if waits > PATIENCE_SECONDS else ""
    return StoreState(since, store.problem if store.refused_at else silent)
