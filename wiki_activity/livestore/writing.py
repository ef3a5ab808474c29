"""The watcher's side of the store: one script a save, and only as long as nobody has taken over."""

import re
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec
import redis

from wiki_activity.domain.heartbeat import Heartbeat
from wiki_activity.livestore.connection import Keys, wrapped_errors
from wiki_activity.livestore.errors import FenceLostError, ReplacedError, SavedStateError
from wiki_activity.livestore.records import Changes, DetectorState, Progress, Saved, Totals

MINUTE: Final = 60
HOUR: Final = 3600
_SECONDS_KEPT_MINUTES: Final = 3 * 60
_MINUTES_KEPT_HOURS: Final = 8 * 24 + 1
_PEOPLE_KEPT_MINUTES: Final = 4 * 60
_IDS_KEPT_SECONDS: Final = 60
_MOST_WORDS: Final = 2000
"""Of one command: Lua's stack holds no more than some 8,000."""
_NUMBER: Final = re.compile(rb"\d+")

_TAKE: Final = """
local held = redis.call('GET', KEYS[1])
local number = held and tonumber(string.match(held, '^%d+'))
if number and number >= tonumber(ARGV[2]) and held ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
return 1
"""
_WRITE: Final = """
local held = redis.call('GET', KEYS[1])
if not held then return 'lost' end
if held ~= ARGV[1] then return 'foreign' end
local now = redis.call('TIME')
local at = now[1] .. '.' .. string.format('%06d', now[2])
if ARGV[2] ~= '' then
  redis.call('SET', KEYS[2], ARGV[2])
  redis.call('SET', KEYS[3], at)
end
local place = 3
while place <= #ARGV do
  local words = tonumber(ARGV[place])
  redis.call(unpack(ARGV, place + 1, place + words))
  place = place + words + 1
end
return at
"""


class LiveStore:
    """Saves what the watcher has counted.

    Every value that is written is absolute, and all of a save are written by one script, which first compares the
    fence: a number of the database's and a name of this store's own. So a save whose answer was lost can simply be made
    again, a watcher that dies at any point loses nothing but what it will be sent again, and one that was replaced
    writes no more. Several threads may use it.

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
        self._name = secrets.token_hex(8)
        self._fence = ""
        self._saves = 0
        self._ids: deque[tuple[str, int]] = deque()
        self._known: set[str] = set()
        self._run_take = client.register_script(_TAKE)
        self._run_write = client.register_script(_WRITE)

    @property
    def is_taken(self) -> bool:
        """Whether :meth:`take_over` has succeeded, so that this one may write."""
        return bool(self._fence)

    def read_token(self) -> int:
        """Return the number of whoever took over last; 0 if nobody has.

        Raises
        ------
        LiveStoreUnreachableError
            If Redis cannot be reached.
        """
        with wrapped_errors(self._client):
            number = _NUMBER.match(self._ask("GET", self._keys.fence) or b"")
            return int(number[0]) if number else 0

    def take_over(self, token: int, window_seconds: int) -> Saved | None:
        """Stop all earlier watchers from writing, and read where they had been; None if there was none.

        Parameters
        ----------
        token
            Our number, which nobody else has: higher than that of all before.
        window_seconds
            How much of the counts per second is wanted.

        Raises
        ------
        ReplacedError
            If one with a higher number has taken over already.
        LiveStoreUnreachableError
            If Redis cannot be reached.
        SavedStateError
            If what is there cannot be read.
        """
        fence = f"{token}:{self._name}"
        with wrapped_errors(self._client):
            if not self._run_take(keys=[self._keys.fence], args=[fence, token]):
                raise _replaced(fence)
            self._fence = fence
            keys = self._keys
            progress, resume_id, heartbeat = self._ask("MGET", keys.progress, keys.resume_id, keys.heartbeat)
            if progress is None:
                return None
            try:
                return self._read_saved(
                    msgspec.json.decode(progress, type=Progress),
                    (resume_id or b"").decode(),
                    msgspec.json.decode(heartbeat, type=Heartbeat).stream.edits_at if heartbeat else None,
                    window_seconds,
                )
            except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
                msg = f"the state of the watcher under {self._keys.prefix} cannot be read: {error}"
                raise SavedStateError(msg) from error

    def put_fence_back(self) -> None:
        """Put our fence where there is none, once the database has said that we still hold the role.

        Raises
        ------
        LiveStoreUnreachableError
            If Redis cannot be reached.
        """
        with wrapped_errors(self._client):
            self._ask("SET", self._keys.fence, self._fence, "NX")

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

    def save(self, changes: Changes, resume_id: str) -> None:
        """Save changes, and the `Last-Event-ID` after them.

        Raises
        ------
        ReplacedError
            If another watcher has taken over: nothing was written.
        FenceLostError
            If Redis has lost everything: nothing was written.
        LiveStoreUnreachableError
            If Redis cannot be reached; whether this was written is not known, and saving it again does no harm.
        """
        ids_field = f"{self._fence}.{self._saves}"
        commands = _Commands()
        commands.add("SET", self._keys.progress, msgspec.json.encode(changes.progress))
        commands.add("SET", self._keys.resume_id, resume_id)
        new_keys = self._write_series(commands, changes)
        commands.set_fields(self._keys.totals, _encode(changes.totals))
        commands.set_fields(self._keys.detectors, _encode(changes.detectors))
        commands.set_fields(self._keys.rates, _encode({name: rate for name, rate in changes.rates.items() if rate}))
        commands.delete_fields(self._keys.rates, [name for name, rate in changes.rates.items() if rate is None])
        if changes.ids:
            commands.add("HSET", self._keys.ids, ids_field, msgspec.json.encode(changes.ids))
        commands.delete_fields(self._keys.ids, self._list_old_ids(changes.progress))
        self._write(commands.arguments)
        self._saves += 1
        for _ in self._list_old_ids(changes.progress):
            self._ids.popleft()
        if changes.ids:
            self._ids.append((ids_field, max(changes.ids)))
        self._known.update(new_keys)

    def check(self) -> None:
        """Make sure that this one may write; writes nothing. Raises as :meth:`save` does."""
        self._write([])

    def beat(self, heartbeat: Heartbeat) -> float:
        """Write a sign of life, dated by Redis; returns that time, epoch seconds. Raises as :meth:`save` does."""
        return self._write([], msgspec.json.encode(heartbeat))

    def _write(self, arguments: list[Any], heartbeat: bytes = b"") -> float:
        keys = [self._keys.fence, self._keys.heartbeat, self._keys.heartbeat_at]
        with wrapped_errors(self._client):
            answer = self._run_write(keys=keys, args=[self._fence, heartbeat, *arguments])
        if answer == b"lost":
            msg = "Redis has lost all that it held"
            raise FenceLostError(msg)
        if answer == b"foreign":
            raise _replaced(self._fence)
        return float(answer)

    def _write_series(self, commands: "_Commands", changes: Changes) -> list[str]:
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
                commands.set_fields(key, fields)
                if key not in self._known:
                    new.append(key)
                    # By the wall clock for the usual case, by event time for replays that run faster.
                    commands.add("EXPIRE", key, kept * unit_seconds)
                    outdated.append(name(place - kept))
        if outdated:
            commands.add("UNLINK", *outdated)
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


class _Commands:
    """Commands for the script that writes: each with the number of its words before it."""

    def __init__(self) -> None:
        self.arguments: list[Any] = []

    def add(self, *words: Any) -> None:
        self.arguments += (len(words), *words)

    def set_fields(self, key: str, fields: Mapping[str, Any]) -> None:
        words = [word for field in fields.items() for word in field]
        for begin in range(0, len(words), _MOST_WORDS):
            self.add("HSET", key, *words[begin : begin + _MOST_WORDS])

    def delete_fields(self, key: str, fields: list[str]) -> None:
        for begin in range(0, len(fields), _MOST_WORDS):
            self.add("HDEL", key, *fields[begin : begin + _MOST_WORDS])


def _replaced(fence: str) -> ReplacedError:
    return ReplacedError(f"another watcher has taken over from number {fence.partition(':')[0]}")


def _encode(values: Mapping[str, msgspec.Struct]) -> dict[str, bytes]:
    return {name: msgspec.json.encode(value) for name, value in values.items()}


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
