"""The watcher's side of the store: one transaction a save, and only as long as nobody has taken over."""

import secrets
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec
import redis
from redis.client import Pipeline

from wiki_activity.livestore.connection import Keys, wrapped_errors
from wiki_activity.livestore.errors import ReplacedError, SavedStateError
from wiki_activity.livestore.records import Changes, DetectorState, Heartbeat, Progress, Saved, Totals

MINUTE: Final = 60
HOUR: Final = 3600
_SECONDS_KEPT_MINUTES: Final = 3 * 60
_MINUTES_KEPT_HOURS: Final = 8 * 24 + 1
_PEOPLE_KEPT_MINUTES: Final = 4 * 60
_IDS_KEPT_SECONDS: Final = 60


class LiveStore:
    """Saves what the watcher has counted.

    Every value that is written is absolute, and all of a save are written in one MULTI. So a save whose answer was lost
    can simply be made again, and a watcher that dies at any point loses nothing but what it will be sent again.

    Parameters
    ----------
    client
        From :func:`wiki_activity.livestore.connection.connect`.
    keys
        Names of the keys.
    on_fenced
        Called when all earlier watchers can write no more, and before what they saved is read.
    """

    def __init__(
        self, client: redis.Redis, keys: Keys | None = None, on_fenced: Callable[[], object] = lambda: None
    ) -> None:
        self._on_fenced = on_fenced
        self._client = client
        self._keys = keys or Keys()
        self.token = 0
        """Ours; 0 before :meth:`take_over`."""
        self._saves = 0
        self._ids: deque[tuple[str, int]] = deque()
        self._known: set[str] = set()

    def take_over(self, window_seconds: int) -> Saved | None:
        """Stop all earlier watchers from writing, and read where they had been; None if there was none.

        Parameters
        ----------
        window_seconds
            How much of the counts per second is wanted.

        Raises
        ------
        LiveStoreUnreachableError
            If Redis cannot be reached.
        SavedStateError
            If what is there cannot be read.
        """
        with wrapped_errors(self._client):
            self.token = int(self._ask("INCR", self._keys.fence))
            self._on_fenced()
            keys = self._keys
            progress, resume_id, heartbeat = self._ask("MGET", keys.progress, keys.resume_id, keys.heartbeat)
            if progress is None:
                return None
            try:
                return self._read_saved(
                    msgspec.json.decode(progress, type=Progress),
                    (resume_id or b"").decode(),
                    msgspec.json.decode(heartbeat, type=Heartbeat).edits_at if heartbeat else None,
                    window_seconds,
                )
            except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
                msg = f"the state of the watcher under {self._keys.prefix} cannot be read: {error}"
                raise SavedStateError(msg) from error

    def read_people_key(self) -> bytes:
        """Return the key for the hashes of users' names: made at random once, so that they last over a restart.

        Raises
        ------
        LiveStoreUnreachableError
            If Redis cannot be reached.
        """
        with wrapped_errors(self._client):
            self._ask("SET", self._keys.people_key, secrets.token_bytes(16), "NX")
            return bytes(self._ask("GET", self._keys.people_key))

    def save(self, changes: Changes, heartbeat: Heartbeat) -> None:
        """Save changes and the heartbeat, with the resume id that it holds.

        Raises
        ------
        ReplacedError
            If another watcher has taken over: nothing was written.
        LiveStoreUnreachableError
            If Redis cannot be reached; whether this was written is not known, and saving it again does no harm.
        """
        ids_field = f"{self.token}.{self._saves}"
        new_keys: list[str] = []

        def write(pipe: Pipeline) -> None:
            pipe.set(self._keys.progress, msgspec.json.encode(changes.progress))
            pipe.set(self._keys.resume_id, heartbeat.resume_id)
            self._write_heartbeat(pipe, heartbeat)
            new_keys.extend(self._write_series(pipe, changes))
            _set_fields(pipe, self._keys.totals, changes.totals)
            _set_fields(pipe, self._keys.detectors, changes.detectors)
            _set_fields(pipe, self._keys.rates, {name: rate for name, rate in changes.rates.items() if rate})
            if gone := [name for name, rate in changes.rates.items() if rate is None]:
                pipe.hdel(self._keys.rates, *gone)
            if changes.ids:
                pipe.hset(self._keys.ids, ids_field, msgspec.json.encode(changes.ids))
            if old := self._list_old_ids(changes.progress):
                pipe.hdel(self._keys.ids, *old)

        self._write(write)
        self._saves += 1
        for _ in self._list_old_ids(changes.progress):
            self._ids.popleft()
        if changes.ids:
            self._ids.append((ids_field, max(changes.ids)))
        self._known.update(new_keys)

    def beat(self, heartbeat: Heartbeat) -> None:
        """Write the heartbeat alone; raises as :meth:`save` does."""
        self._write(lambda pipe: self._write_heartbeat(pipe, heartbeat))

    def _write(self, write: Callable[[Pipeline], None]) -> None:
        with wrapped_errors(self._client), self._client.pipeline(transaction=True) as pipe:
            pipe.watch(self._keys.fence)  # type: ignore[no-untyped-call]
            holder: Any = pipe.get(self._keys.fence)
            # A server that lost everything has no holder: what we know is then all there is.
            if holder is not None and int(holder) != self.token:
                raise self._replaced()
            pipe.multi()
            if holder is None:
                pipe.set(self._keys.fence, self.token)
            write(pipe)
            try:
                pipe.execute()
            except redis.WatchError as error:
                raise self._replaced() from error

    def _replaced(self) -> ReplacedError:
        return ReplacedError(f"another watcher has taken over from number {self.token}")

    def _write_heartbeat(self, pipe: Pipeline, heartbeat: Heartbeat) -> None:
        pipe.set(self._keys.heartbeat, msgspec.json.encode(heartbeat))

    def _write_series(self, pipe: Pipeline, changes: Changes) -> list[str]:
        """Write what has a key for each minute or hour; return the keys that were not written before."""
        keys = self._keys
        series: tuple[tuple[Mapping[int, Mapping[str, Any]], Callable[[int], str], int, int], ...] = (
            (changes.seconds, keys.seconds, _SECONDS_KEPT_MINUTES, MINUTE),
            (changes.minutes, keys.minutes, _MINUTES_KEPT_HOURS, HOUR),
            (changes.people, keys.people, _PEOPLE_KEPT_MINUTES, MINUTE),
        )
        new: list[str] = []
        outdated: list[str] = []
        for values, name, kept, unit_seconds in series:
            for place, fields in values.items():
                key = name(place)
                mapping: dict[Any, Any] = dict(fields)
                pipe.hset(key, mapping=mapping)
                if key not in self._known:
                    new.append(key)
                    # By the wall clock for the usual case, by event time for replays that run faster.
                    pipe.expire(key, kept * unit_seconds)
                    outdated.append(name(place - kept))
        if outdated:
            pipe.unlink(*outdated)
            self._known.difference_update(outdated)
        return new

    def _list_old_ids(self, progress: Progress) -> list[str]:
        horizon = (progress.newest or 0) - _IDS_KEPT_SECONDS
        old = []
        for field, newest in self._ids:
            if newest >= horizon:
                break
            old.append(field)
        return old

    def _read_saved(self, progress: Progress, resume_id: str, edits_at: float | None, window_seconds: int) -> Saved:
        keys, until = self._keys, progress.closed_until
        minutes = range((until - window_seconds) // MINUTE, until // MINUTE + 1)
        hours = range((until - window_seconds) // HOUR, until // HOUR + 1)
        people = range(until // MINUTE - _PEOPLE_KEPT_MINUTES, (progress.newest or until) // MINUTE + 1)
        with self._client.pipeline(transaction=False) as pipe:
            for key in (keys.totals, keys.ids, keys.detectors):
                pipe.hgetall(key)
            for key in (
                *map(keys.seconds, minutes),
                *map(keys.minutes, hours),
                *map(keys.people, people),
            ):
                pipe.hgetall(key)
            totals, ids, detectors, *series = pipe.execute()
        self._ids = deque(sorted(_name_batches(ids), key=lambda batch: batch[1]))
        return Saved(
            resume_id=resume_id,
            edits_at=edits_at,
            progress=progress,
            seconds=_read_texts(minutes, series),
            minutes=_read_texts(hours, series[len(minutes) :]),
            totals={name.decode(): msgspec.json.decode(value, type=Totals) for name, value in totals.items()},
            ids=_read_ids(ids.values()),
            people={
                minute: {name.decode(): value for name, value in fields.items()}
                for minute, fields in zip(people, series[len(minutes) + len(hours) :], strict=True)
                if fields
            },
            detectors={
                name.decode(): msgspec.json.decode(value, type=DetectorState) for name, value in detectors.items()
            },
        )

    def _ask(self, *command: str | bytes) -> Any:
        return self._client.execute_command(*command)  # type: ignore[no-untyped-call]


def _set_fields(pipe: Pipeline, key: str, values: Mapping[str, msgspec.Struct]) -> None:
    if values:
        pipe.hset(key, mapping={name: msgspec.json.encode(value) for name, value in values.items()})


def _read_texts(places: Iterable[int], series: list[dict[bytes, bytes]]) -> dict[int, dict[str, str]]:
    return {
        place: {name.decode(): text.decode() for name, text in fields.items()}
        for place, fields in zip(places, series, strict=False)
        if fields
    }


def _name_batches(ids: Mapping[bytes, bytes]) -> Iterable[tuple[str, int]]:
    for field, batch in ids.items():
        yield field.decode(), max(msgspec.json.decode(batch, type=dict[int, list[str]]))


def _read_ids(batches: Iterable[bytes]) -> dict[int, list[str]]:
    ids: dict[int, list[str]] = {}
    for batch in batches:
        for second, names in msgspec.json.decode(batch, type=dict[int, list[str]]).items():
            ids.setdefault(second, []).extend(names)
    return ids
