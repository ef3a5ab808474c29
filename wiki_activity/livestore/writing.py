"""The watcher's side of the store: one transaction a save, and only as long as nobody has taken over."""

import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
import redis
from redis.client import Pipeline

from wiki_activity.livestore.connection import Keys, wrapped_errors
from wiki_activity.livestore.errors import ReplacedError
from wiki_activity.livestore.records import Changes, Heartbeat, Saved
from wiki_activity.livestore.restoring import PEOPLE_KEPT_MINUTES, Texts, read_running, read_saved

logger = logging.getLogger(__name__)

MINUTE: Final = 60
HOUR: Final = 3600
_SECONDS_KEPT_MINUTES: Final = 3 * 60
_MINUTES_KEPT_HOURS: Final = 8 * 24 + 1
_PEOPLE_KEY_BYTES: Final = 16
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
    """

    def __init__(self, client: redis.Redis, keys: Keys | None = None) -> None:
        self._client = client
        self._keys = keys or Keys()
        self.token = 0
        """Ours; 0 before :meth:`take_over`."""
        self.damage: tuple[str, ...] = ()
        """What of the state of the watcher before could not be read, in words."""
        self._saves = 0
        self._ids: list[tuple[str, int]] = []
        self._known: set[str] = set()

    def take_over(self, window_seconds: int) -> Saved | None:
        """Stop all earlier watchers from writing, and read where they had been; None if there was none.

        What cannot be read is named in the log and begins anew.

        Parameters
        ----------
        window_seconds
            How much of the counts per second is wanted.

        Raises
        ------
        LiveStoreUnreachableError
            If Redis cannot be reached.
        """
        with wrapped_errors(self._client):
            self.token = int(self._ask("INCR", self._keys.fence))
        restored = read_saved(self._client, self._keys, window_seconds)
        self.damage = restored.damage
        for damage in restored.damage:
            logger.warning("%s: of what the watcher before saved, %s; the rest is kept", self._keys.prefix, damage)
        self._ids = list(restored.id_batches)
        return restored.saved

    def read_running(self, until: int) -> tuple[Texts, Texts]:
        """Read the counts by second of the minute, and by minute of the hour, that a second is in.

        Raises
        ------
        LiveStoreError
            If Redis cannot be reached, or does not do what is asked.
        """
        return read_running(self._client, self._keys, until)

    def read_people_key(self) -> bytes:
        """Return the key for the hashes of users' names: made at random once, so that they last over a restart.

        Raises
        ------
        LiveStoreUnreachableError
            If Redis cannot be reached.
        """
        with wrapped_errors(self._client):
            self._ask("SET", self._keys.people_key, secrets.token_bytes(_PEOPLE_KEY_BYTES), "NX")
            if self._ask("STRLEN", self._keys.people_key) != _PEOPLE_KEY_BYTES:
                self._ask("SET", self._keys.people_key, secrets.token_bytes(_PEOPLE_KEY_BYTES))
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
            if old := self._list_old_ids(changes):
                pipe.hdel(self._keys.ids, *old)

        self._write(write)
        self._saves += 1
        old_ids = set(self._list_old_ids(changes))
        self._ids = [batch for batch in self._ids if batch[0] not in old_ids]
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
            (changes.people, keys.people, PEOPLE_KEPT_MINUTES, MINUTE),
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

    def _list_old_ids(self, changes: Changes) -> list[str]:
        # By what comes now: while hours of the past are delivered after later ones, the newest time says nothing.
        horizon = max(changes.ids, default=changes.progress.newest or 0) - _IDS_KEPT_SECONDS
        return [field for field, newest in self._ids if newest < horizon]

    def _ask(self, *command: str | bytes) -> Any:
        return self._client.execute_command(*command)  # type: ignore[no-untyped-call]


def _set_fields(pipe: Pipeline, key: str, values: Mapping[str, msgspec.Struct]) -> None:
    if values:
        pipe.hset(key, mapping={name: msgspec.json.encode(value) for name, value in values.items()})
