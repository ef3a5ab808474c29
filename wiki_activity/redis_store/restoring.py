"""What a new watcher finds of an earlier one: all that is whole, and in words what is not."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec
import redis

from wiki_activity.redis_store.connection import Keys, wrapped_errors
from wiki_activity.redis_store.live_state import Days, DetectorState, Progress, Saved, Totals
from wiki_activity.redis_store.packed_counts import decode_counts
from wiki_activity.redis_store.store_errors import SavedStateError

_MINUTE: Final = 60
_HOUR: Final = 3600
PEOPLE_KEPT_MINUTES: Final = 4 * 60
_USUAL_HOLD_SECONDS: Final = 5
_TICK_SECONDS: Final = 10
_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, SavedStateError, ValueError, TypeError)

Value = TypeVar("Value")
Hash = dict[bytes, bytes]
Texts = dict[int, dict[str, str]]


class Restored(msgspec.Struct, frozen=True):
    """What could be read.

    Parameters
    ----------
    saved
        None where there is nothing at all.
    id_batches
        The fields in which event ids are kept, and the newest event time in each, oldest first.
    damage
        What is broken or gone, a few words each; empty where all is whole.
    """

    saved: Saved | None
    id_batches: list[tuple[str, int]]
    damage: tuple[str, ...]


def read_saved(client: redis.Redis, keys: Keys, window_seconds: int) -> Restored:
    """Read where the watcher before had been.

    What cannot be read is left out and named, whatever stands there; keys of a wrong kind are removed, since nothing
    could be written to them. Without a progress that can be read, the newest event time of the heartbeat serves: what
    had been counted of the last five seconds is then missing from them.

    Parameters
    ----------
    window_seconds
        How much of the counts per second is wanted.

    Raises
    ------
    RedisStoreError
        If Redis cannot be reached, or does not do what is asked.
    """
    with wrapped_errors(client):
        return _Reader(client, keys).read(window_seconds)


def read_running(client: redis.Redis, keys: Keys, until: int) -> tuple[Texts, Texts]:
    """Read the counts by second of the minute, and by minute of the hour, that a second is in.

    Raises as :func:`read_saved` does.
    """
    with wrapped_errors(client):
        reader = _Reader(client, keys)
        seconds = reader.read_places("seconds", keys.seconds, [until // _MINUTE])
        return seconds, reader.read_places("minutes", keys.minutes, [until // _HOUR])


class _LastHealth(msgspec.Struct):
    """As much of a heartbeat, an earlier program's too, as is of use."""

    newest: int | None = None
    edits_at: float | None = None


class _LastBeat(_LastHealth):
    stream: _LastHealth | None = None


class _Reader:
    """Reads part by part, and notes what is wrong."""

    def __init__(self, client: redis.Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._damage: list[str] = []

    def read(self, window_seconds: int) -> Restored:
        keys = self._keys
        texts = self._ask({"progress": keys.progress, "resume id": keys.resume_id, "heartbeat": keys.heartbeat}, "GET")
        hashes = self._ask({"totals": keys.totals, "ids": keys.ids, "detectors": keys.detectors}, "HGETALL")
        progress, health, resume_id = self._read_texts(texts)
        totals = self._read_fields("totals", hashes["totals"], lambda text: msgspec.json.decode(text, type=Totals))
        if progress is None:
            if not totals and not resume_id:
                return Restored(None, [], tuple(self._damage))
            progress = _guess_progress(health.newest)
        self._note_missing(progress, texts, hashes)
        batches = self._read_fields(
            "ids", hashes["ids"], lambda text: msgspec.json.decode(text, type=dict[int, list[str]])
        )
        saved = self._read_series(
            Saved(
                resume_id=resume_id,
                edits_at=health.edits_at,
                progress=progress,
                seconds={},
                minutes={},
                totals=totals,
                ids=_join_ids(batches.values()),
                people={},
                detectors=self._read_fields(
                    "detectors", hashes["detectors"], lambda text: msgspec.json.decode(text, type=DetectorState)
                ),
            ),
            window_seconds,
        )
        newest = sorted(((name, max(ids)) for name, ids in batches.items() if ids), key=lambda batch: batch[1])
        return Restored(saved, newest, tuple(self._damage))

    def _ask(self, names: Mapping[str, str], command: str) -> dict[str, Any]:
        """Ask for a key each; one of a wrong kind is removed, and counts as absent."""
        with self._client.pipeline(transaction=False) as pipe:
            for key in names.values():
                pipe.execute_command(command, key)  # type: ignore[no-untyped-call]
            answers = pipe.execute(raise_on_error=False)
        found: dict[str, Any] = {}
        for (name, key), answer in zip(names.items(), answers, strict=True):
            found[name] = answer
            if isinstance(answer, redis.ResponseError) and str(answer).startswith("WRONGTYPE"):
                self._damage.append(f"{name} is of a wrong kind")
                self._client.unlink(key)
                found[name] = None
            elif isinstance(answer, Exception):
                raise answer
        return found

    def _read_texts(self, texts: Mapping[str, Any]) -> tuple[Progress | None, _LastHealth, str]:
        progress = self._decode("progress", texts["progress"], _decode_progress)
        beat = self._decode("heartbeat", texts["heartbeat"], lambda text: msgspec.json.decode(text, type=_LastBeat))
        resume_id = self._decode("resume id", texts["resume id"], lambda text: text.decode("latin-1"))
        health = _LastHealth() if beat is None else beat.stream or beat
        return progress, health, resume_id or ""

    def _decode(self, name: str, text: bytes | None, decode: Callable[[bytes], Value]) -> Value | None:
        if text is None:
            return None
        try:
            return decode(text)
        except _UNREADABLE as error:
            self._damage.append(f"{name} cannot be read ({str(error)[:80]})")
            return None

    def _read_fields(self, name: str, fields: Hash | None, decode: Callable[[bytes], Value]) -> dict[str, Value]:
        read: dict[str, Value] = {}
        broken = []
        for field, text in (fields or {}).items():
            try:
                read[field.decode()] = decode(text)
            except _UNREADABLE:
                broken.append(field.decode("utf-8", "replace")[:80])
        if broken:
            more = f" and {len(broken) - 1:,} more" if len(broken) > 1 else ""
            self._damage.append(f"{name} cannot be read of {broken[0]}{more}")
        return read

    def _note_missing(self, progress: Progress, texts: Mapping[str, Any], hashes: Mapping[str, Any]) -> None:
        if texts["progress"] is None:
            self._damage.append("progress is gone")
        if progress.newest is None:
            return
        self._damage += [f"{name} are gone" for name in ("totals", "ids") if not hashes[name]]
        if not hashes["detectors"] and progress.closed_until - progress.ticked_from >= _TICK_SECONDS:
            self._damage.append("detectors are gone")
        if not texts["resume id"]:
            self._damage.append("resume id is gone")

    def _read_series(self, saved: Saved, window_seconds: int) -> Saved:
        keys, progress = self._keys, saved.progress
        until = progress.closed_until
        minutes = range((until - window_seconds) // _MINUTE, until // _MINUTE + 1)
        hours = range((until - window_seconds) // _HOUR, until // _HOUR + 1)
        first = until // _MINUTE - PEOPLE_KEPT_MINUTES
        # Far ahead of what is closed nobody is kept anyhow.
        last = min((progress.newest or until) // _MINUTE, first + 2 * PEOPLE_KEPT_MINUTES)
        return msgspec.structs.replace(
            saved,
            days=self._read_days(progress),
            seconds=self.read_places("seconds", keys.seconds, minutes),
            minutes=self.read_places("minutes", keys.minutes, hours),
            people={
                minute: {name.decode("utf-8", "replace"): value for name, value in fields.items()}
                for minute, fields in self._ask_places("people", keys.people, range(first, last + 1)).items()
            },
        )

    def _read_days(self, progress: Progress) -> Days | None:
        """Read the counts of the days that can still change; None unless all of them are there."""
        totals = progress.days.totals
        found = self._ask_places("days", self._keys.days, sorted(totals))
        days = {day: self._read_fields(f"days of {day}", fields, _read_day) for day, fields in found.items()}
        if {day: sum(map(sum, counts.values())) for day, counts in days.items()} == totals:
            return days
        self._damage.append("counts of days are gone")
        return None

    def read_places(self, what: str, name: Callable[[int], str], places: Sequence[int]) -> Texts:
        """Read counts that have a key for each minute or hour; those that cannot be read are left out."""
        read = {
            place: self._read_fields(f"{what} of {place}", fields, _read_counts)
            for place, fields in self._ask_places(what, name, places).items()
        }
        return {place: fields for place, fields in read.items() if fields}

    def _ask_places(self, what: str, name: Callable[[int], str], places: Sequence[int]) -> dict[int, Hash]:
        found = self._ask({f"{what} of {place}": name(place) for place in places}, "HGETALL")
        return {place: fields for place, fields in zip(places, found.values(), strict=True) if fields}


def _guess_progress(newest: int | None) -> Progress:
    if newest is None:
        return Progress()
    until = newest - _USUAL_HOLD_SECONDS
    return Progress(newest=newest, closed_until=until, ticked_from=until + -until % _TICK_SECONDS)


def _decode_progress(text: bytes) -> Progress:
    progress = msgspec.json.decode(text, type=Progress)
    newest = progress.newest
    if newest is not None and not 0 < progress.closed_until <= newest + 1:
        msg = f"closed until {progress.closed_until} and newest {newest} contradict each other"
        raise SavedStateError(msg)
    return progress


def _read_counts(text: bytes) -> str:
    decode_counts(text.decode())
    return text.decode()


def _read_day(text: bytes) -> tuple[int, int, int]:
    users, bots, logged_out = (int(number) for number in text.split())
    return users, bots, logged_out


def _join_ids(batches: Iterable[Mapping[int, Sequence[str]]]) -> dict[int, list[str]]:
    ids: dict[int, list[str]] = {}
    for batch in batches:
        for second, names in batch.items():
            ids.setdefault(second, []).extend(names)
    return ids
