"""The watcher's side of the store: one script a save, and only as long as nobody has taken over."""

import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
import redis

from wiki_activity.domain.heartbeat import Heartbeat
from wiki_activity.redis_store.connection import Keys, wrapped_errors
from wiki_activity.redis_store.live_state import Changes, Saved
from wiki_activity.redis_store.restoring import PEOPLE_KEPT_MINUTES, Texts, read_running, read_saved
from wiki_activity.redis_store.store_errors import FenceLostError, ReplacedError

logger = logging.getLogger(__name__)

MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 86_400
_SECONDS_KEPT_MINUTES: Final = 3 * 60
_MINUTES_KEPT_HOURS: Final = 8 * 24 + 1
_COUNTS_KEPT_DAYS: Final = 42
_PEOPLE_KEY_BYTES: Final = 16
_IDS_KEPT_SECONDS: Final = 60
_MOST_WORDS: Final = 2000
"""Of one command: Lua's stack holds no more than some 8,000."""

_READ_FENCE: Final = """
local held = redis.pcall('GET', KEYS[1])
local number = type(held) == 'string' and tonumber(string.match(held, '^%d+'))
if number and number > 2 ^ 31 then number = nil end
"""
"""The number is false or nil where nothing is, or nothing that a watcher has written."""
_TAKE: Final = f"""{_READ_FENCE}
if number and number >= tonumber(ARGV[2]) and held ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
return 1
"""
_WRITE: Final = f"""{_READ_FENCE}
if not number then return 'lost' end
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
  local answer = redis.pcall(unpack(ARGV, place + 1, place + words))
  if type(answer) == 'table' and answer.err then
    if not string.find(answer.err, 'WRONGTYPE', 1, true) then return redis.error_reply(answer.err) end
    redis.call('UNLINK', ARGV[place + 2])
    redis.call(unpack(ARGV, place + 1, place + words))
  end
  place = place + words + 1
end
return at
"""


class RedisStore:
    """Saves what the watcher has counted.

    Every value that is written is absolute, and all of a save are written by one script, which first compares the
    fence: a number of the database's and a name of this store's own. So a save whose answer was lost can simply be made
    again, a watcher that dies at any point loses nothing but what it will be sent again, and one that was replaced
    writes no more. A key of a wrong kind is written anew. Several threads may use it.

    Parameters
    ----------
    client
        From :func:`wiki_activity.redis_store.connection.connect`.
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
        self._name = secrets.token_hex(8)
        self._fence = ""
        self.damage: tuple[str, ...] = ()
        """What of the state of the watcher before could not be read, in words."""
        self._saves = 0
        self._ids: list[tuple[str, int]] = []
        self._known: set[str] = set()
        self._run_number = client.register_script(f"{_READ_FENCE} return number or 0")
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
        RedisStoreUnreachableError
            If Redis cannot be reached.
        """
        with wrapped_errors(self._client):
            return int(self._run_number(keys=[self._keys.fence]))

    def take_over(self, token: int, window_seconds: int) -> Saved | None:
        """Stop all earlier watchers from writing, and read where they had been; None if there was none.

        What cannot be read is named in the log and begins anew.

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
        RedisStoreUnreachableError
            If Redis cannot be reached.
        """
        fence = f"{token}:{self._name}"
        with wrapped_errors(self._client):
            if not self._run_take(keys=[self._keys.fence], args=[fence, token]):
                raise _replaced(fence)
            self._fence = fence
            self._on_fenced()
        restored = read_saved(self._client, self._keys, window_seconds)
        self.damage = restored.damage
        for damage in restored.damage:
            logger.warning("of what the watcher before saved in Redis, %s; the rest is kept", damage)
        self._ids = list(restored.id_batches)
        return restored.saved

    def read_running(self, until: int) -> tuple[Texts, Texts]:
        """Read the counts by second of the minute, and by minute of the hour, that a second is in.

        Raises
        ------
        RedisStoreError
            If Redis cannot be reached, or does not do what is asked.
        """
        return read_running(self._client, self._keys, until)

    def put_fence_back(self) -> None:
        """Put our fence where there is none of a watcher's, once the database has said that we still hold the role.

        Raises
        ------
        RedisStoreUnreachableError
            If Redis cannot be reached.
        """
        with wrapped_errors(self._client):
            self._run_take(keys=[self._keys.fence], args=[self._fence, 0])

    def read_people_key(self) -> bytes:
        """Return the key for the hashes of users' names: made at random once, so that they last over a restart.

        Raises
        ------
        RedisStoreUnreachableError
            If Redis cannot be reached.
        """
        with wrapped_errors(self._client):
            key = self._keys.people_key
            self._ask("SET", key, secrets.token_bytes(_PEOPLE_KEY_BYTES), "NX")
            if self._ask("TYPE", key) != b"string" or self._ask("STRLEN", key) != _PEOPLE_KEY_BYTES:
                self._ask("SET", key, secrets.token_bytes(_PEOPLE_KEY_BYTES))
            return bytes(self._ask("GET", key))

    def save(self, changes: Changes, resume_id: str) -> None:
        """Save changes, and the `Last-Event-ID` after them.

        Raises
        ------
        ReplacedError
            If another watcher has taken over: nothing was written.
        FenceLostError
            If Redis has lost everything: nothing was written.
        RedisStoreUnreachableError
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
        commands.delete_fields(self._keys.ids, self._list_old_ids(changes))
        self._write(commands.arguments)
        self._saves += 1
        old_ids = set(self._list_old_ids(changes))
        self._ids = [batch for batch in self._ids if batch[0] not in old_ids]
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
            (changes.people, keys.people, PEOPLE_KEPT_MINUTES, MINUTE),
            (changes.days, keys.days, _COUNTS_KEPT_DAYS, DAY),
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

    def _list_old_ids(self, changes: Changes) -> list[str]:
        # By what comes now: while hours of the past are delivered after later ones, the newest time says nothing. What
        # is open is kept: where the stream forgets a place, all that came since the last closed second comes again.
        comes = max(changes.ids, default=changes.progress.newest or 0)
        horizon = min(comes, changes.progress.closed_until) - _IDS_KEPT_SECONDS
        return [field for field, newest in self._ids if newest < horizon]

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
