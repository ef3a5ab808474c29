"""Giving what is stored of the live stream to the names that wikis have now, after some have moved."""

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec
import redis

from wiki_activity.redis_store.connection import Keys, wrapped_errors
from wiki_activity.redis_store.live_state import Progress, Totals
from wiki_activity.redis_store.packed_counts import decode_counts, encode_counts
from wiki_activity.redis_store.store_errors import RedisStoreError, SavedStateError

logger = logging.getLogger(__name__)

_TRIES: Final = 3

Merge = Callable[[bytes, bytes], bytes]
"""Makes one value of those of an old name and of the name that it is to have."""


class _Change(NamedTuple):
    key: bytes | str
    gone: list[bytes]
    fields: dict[bytes, bytes]


def rekey(client: redis.Redis, keys: Keys, projects: Mapping[str, str], former: Mapping[str, str]) -> dict[str, str]:
    """Move everything that is kept by a wiki's old name to its new one, all at once; return which moved where.

    Call it as the only one who writes: after the fence was taken, and before what is saved is read. Under which names
    things are kept is noted beside them, so that swaps come out right however often this is stopped and begun again.
    A key of a wrong kind counts as absent: who reads what is saved names it, and removes it.

    Parameters
    ----------
    projects
        Of each dbname its project of now; where there is none, nothing is known and nothing is done.
    former
        By an address that a wiki once had, and that is no other one's now, its project of today.

    Raises
    ------
    RedisStoreError
        If Redis cannot be reached, or somebody else did the same at the same time.
    """
    if not projects:
        return {}
    for _ in range(_TRIES):
        with wrapped_errors(client), client.pipeline(transaction=True) as pipe:
            pipe.watch(keys.names)  # type: ignore[no-untyped-call]
            known = _read_names(_get(client, keys.names))
            moves = _find_moves(client, keys, projects, former, known)
            if not moves and known == projects:
                return {}
            changes = list(_list_changes(client, keys, moves)) if moves else []
            progress = _rename_in_progress(_get(client, keys.progress), moves) if moves else None
            pipe.multi()
            for change in changes:
                pipe.hdel(change.key, *change.gone)
                pipe.hset(change.key, mapping=dict[Any, Any](change.fields))
            if progress is not None:
                pipe.set(keys.progress, progress)
            pipe.set(keys.names, msgspec.json.encode(dict(projects)))
            try:
                pipe.execute()
            except redis.WatchError:
                continue
        for old, new in moves.items():
            logger.warning("live counts of %s go on as those of %s", old, new)
        return moves
    msg = f"the names under {keys.prefix} were changed by somebody else at the same time"
    raise RedisStoreError(msg)


def _get(client: redis.Redis, key: str) -> Any:
    return client.get(key) if client.type(key) == b"string" else None


def _is_hash(client: redis.Redis, key: str) -> bool:
    return bool(client.type(key) == b"hash")


def _read_names(text: Any) -> dict[str, str]:
    try:
        return {} if text is None else msgspec.json.decode(text, type=dict[str, str])
    except msgspec.MsgspecError:
        # Without them only swaps would be missed: old addresses that nobody has are known besides.
        return {}


def _find_moves(
    client: redis.Redis, keys: Keys, projects: Mapping[str, str], former: Mapping[str, str], known: Mapping[str, str]
) -> dict[str, str]:
    moves = {old: projects[dbname] for dbname, old in known.items() if dbname in projects}
    counted: Any = client.hkeys(keys.totals) if _is_hash(client, keys.totals) else ()
    left = {name for name in map(bytes.decode, counted) if name in former}
    moves |= {name: former[name] for name in left if name not in moves}
    return {old: new for old, new in moves.items() if old != new}


def _list_changes(client: redis.Redis, keys: Keys, moves: Mapping[str, str]) -> Iterator[_Change]:
    names = {old.encode(): new.encode() for old, new in moves.items()}
    single: tuple[tuple[str, Merge], ...] = (
        (keys.totals, _add_totals),
        (keys.rates, _keep_old),
        (keys.detectors, _keep_old),
    )
    hashes: list[tuple[bytes | str, Merge]] = [(key, merge) for key, merge in single if _is_hash(client, key)]
    merges: dict[str, Merge] = {
        "seconds:": _add_counts,
        "minutes:": _add_counts,
        "people:": _keep_old,
        "days:": _add_days,
    }
    for name, merge in merges.items():
        hashes += [(key, merge) for key in client.scan_iter(match=f"{keys.prefix}{name}*", count=1000, _type="hash")]
    wanted = [*names, *(new for new in names.values() if new not in names)]
    with client.pipeline(transaction=False) as pipe:
        for key, _ in hashes:
            pipe.hmget(key, wanted)
        answers = pipe.execute()
    for (key, merge), values in zip(hashes, answers, strict=True):
        found = {name: value for name, value in zip(wanted, values, strict=True) if value is not None}
        gone = [name for name in names if name in found]
        if gone:
            yield _Change(key, gone, _move(found, names, merge))


def _move(found: Mapping[bytes, bytes], names: Mapping[bytes, bytes], merge: Merge) -> dict[bytes, bytes]:
    """Move values; where the new name has one that does not move away, both become one."""
    moved: dict[bytes, bytes] = {}
    for old, new in names.items():
        if old in found:
            there = moved.get(new, None if new in names else found.get(new))
            moved[new] = found[old] if there is None else merge(found[old], there)
    return moved


def _add_totals(old: bytes, new: bytes) -> bytes:
    try:
        one, other = (msgspec.json.decode(value, type=Totals) for value in (old, new))
    except msgspec.MsgspecError:
        return old
    return msgspec.json.encode(
        Totals(one.edits + other.edits, one.late + other.late, one.repeats + other.repeats, one.broken + other.broken)
    )


def _add_counts(old: bytes, new: bytes) -> bytes:
    try:
        both = [decode_counts(value.decode()) for value in (old, new)]
    except (SavedStateError, UnicodeDecodeError):
        return old
    places = sorted({place for counts in both for place in counts})
    pairs = ((place, [counts.get(place, (0, 0)) for counts in both]) for place in places)
    return encode_counts((place, sum(a for a, _ in of), sum(b for _, b in of)) for place, of in pairs).encode()


def _add_days(old: bytes, new: bytes) -> bytes:
    try:
        pairs = zip(map(int, old.split()), map(int, new.split()), strict=True)
        return " ".join(str(one + other) for one, other in pairs).encode()
    except ValueError:
        return old


def _keep_old(old: bytes, new: bytes) -> bytes:  # noqa: ARG001
    return old


def _rename_in_progress(text: Any, moves: Mapping[str, str]) -> bytes | None:
    """Rename in the open seconds and among the edits held; None where there is nothing that can be read."""
    if text is None:
        return None
    try:
        progress = msgspec.json.decode(text, type=Progress)
    except msgspec.MsgspecError:
        return None
    seconds: dict[int, dict[str, tuple[int, int]]] = {}
    for second, counts in progress.open.items():
        renamed = seconds.setdefault(second, {})
        for project, (edits, bots) in counts.items():
            before = renamed.get(moves.get(project, project), (0, 0))
            renamed[moves.get(project, project)] = (edits + before[0], bots + before[1])
    held = [msgspec.structs.replace(edit, project=moves.get(edit.project, edit.project)) for edit in progress.held]
    return msgspec.json.encode(msgspec.structs.replace(progress, open=seconds, held=held))
