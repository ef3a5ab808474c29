"""The store on a real Redis: what is saved comes back, and who was replaced writes no more."""

import socket
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from wiki_activity.domain.heartbeat import ClockState, Heartbeat, StoreState, StreamState
from wiki_activity.redis_store.connection import Keys, connect
from wiki_activity.redis_store.live_state import Changes, DetectorState, HeldEdit, Progress, Rate, Totals
from wiki_activity.redis_store.packed_counts import decode_counts, encode_counts
from wiki_activity.redis_store.reading import read_beat, read_live
from wiki_activity.redis_store.store_errors import (
    FenceLostError,
    RedisStoreUnreachableError,
    ReplacedError,
    SavedStateError,
)
from wiki_activity.redis_store.writing import RedisStore
from wiki_activity_tests.own_servers import own_redis
from wiki_activity_tests.redis_store.live_server import Server
from wiki_activity_tests.redis_store.stored_counts import read_minutes, read_seconds

HI = "hi.wikipedia.org"
NOON = 1_781_524_800
MINUTE, HOUR = NOON // 60, NOON // 3600
BEAT = Heartbeat(
    1.5,
    1,
    "me",
    1.25,
    7,
    {"redis": StoreState(1.0, "slow")},
    StreamState(True, None, None, 1.25, NOON),
    ClockState(0.5),
)
RATE = Rate(NOON, 120, 11, 2, NOON - 100, NOON - 50, 0.5, True, NOON - 60)
PROGRESS = Progress(
    newest=NOON,
    closed_until=NOON - 5,
    ticked_from=NOON - 600,
    open={NOON: {HI: (3, 1)}},
    held=[HeldEdit(HI, NOON + 900, False, "x")],
    kinds={"no JSON object": 4},
    unattributed=4,
)
CHANGES = Changes(
    progress=PROGRESS,
    seconds={MINUTE - 1: {HI: "3:2/1 59:7"}, MINUTE - 3: {HI: "0:1"}},
    minutes={HOUR - 1: {HI: "57:1 59:9/1"}},
    totals={HI: Totals(13, 1, 2, 3)},
    rates={HI: RATE},
    ids={NOON - 1: ["a", "b"], NOON: ["c"]},
    people={MINUTE - 1: {HI: b"\x80\xff"}},
    detectors={HI: DetectorState("burst", NOON - 10, {"s": 1.5}, 0.5, NOON - 60)},
)
EMPTY = Changes(Progress(), {}, {}, {}, {}, {}, {}, {})


def save(store: RedisStore, **changes: Any) -> None:
    store.save(msgspec.structs.replace(EMPTY, **changes), "id-1")


def test_the_first_watcher_finds_nothing(server: Server) -> None:
    store = server.make_store()
    assert not store.is_taken
    assert server.take(store) is None
    assert store.is_taken
    assert store.read_token() == 1
    live = read_live(server.client, server.keys)
    assert (live.beat, live.progress, live.totals, live.rates) == (None, None, {}, {})


def test_the_next_one_finds_all_that_was_saved(server: Server) -> None:
    store = server.make_taken()
    store.save(CHANGES, "id-1")
    store.beat(BEAT)
    saved = server.take(server.make_store())
    assert saved is not None
    assert saved.resume_id == "id-1"
    assert saved.edits_at == 1.25
    assert saved.progress == PROGRESS
    assert saved.seconds == CHANGES.seconds
    assert saved.minutes == CHANGES.minutes
    assert saved.totals == CHANGES.totals
    assert saved.ids == CHANGES.ids
    assert saved.people == CHANGES.people
    assert saved.detectors == CHANGES.detectors


def test_readers_see_counts_rates_and_the_heartbeat(server: Server) -> None:
    store = server.make_taken()
    store.save(CHANGES, "id-1")
    store.beat(BEAT)
    client, keys = server.client, server.keys
    live = read_live(client, keys)
    assert (live.progress, live.totals, live.rates) == (PROGRESS, CHANGES.totals, {HI: RATE})
    for beat in (live.beat, read_beat(client, keys)):
        assert beat is not None
        assert beat.heartbeat == BEAT
        # Its age is by the server's clock, whatever ours says.
        assert 0 <= beat.silent_seconds < 5
    wanted = {NOON - 180: (1, 0), NOON - 57: (2, 1), NOON - 1: (7, 0)}
    assert read_seconds(client, HI, NOON - 600, NOON, keys) == wanted
    assert read_seconds(client, HI, NOON - 57, NOON - 1, keys) == {NOON - 57: (2, 1)}
    assert read_minutes(client, HI, NOON - 7200, NOON, keys) == {NOON - 180: (1, 0), NOON - 60: (9, 1)}
    assert read_seconds(client, "xx.wikipedia.org", NOON - 600, NOON, keys) == {}


def test_who_was_replaced_writes_no_more(server: Server) -> None:
    old = server.make_taken()
    old.save(CHANGES, "id-1")
    new = server.make_taken()
    for write in (lambda: save(old), lambda: old.beat(BEAT), old.check):
        with pytest.raises(ReplacedError, match="another watcher has taken over from number 1"):
            write()
    assert read_live(server.client, server.keys).totals == CHANGES.totals
    new.beat(BEAT)
    assert read_beat(server.client, server.keys) is not None


def test_a_connection_that_stalls_is_no_replacement() -> None:
    with own_redis() as server:
        client = connect(server.url)
        store = RedisStore(client)
        store.take_over(1, 120)
        server.freeze()
        with pytest.raises(RedisStoreUnreachableError):
            save(store)
        server.thaw()
        save(store)
        assert store.read_token() == 1
        client.close()


def test_saving_twice_does_no_harm(server: Server) -> None:
    store = server.make_taken()
    store.save(CHANGES, "id-1")
    store.save(CHANGES, "id-1")
    saved = server.take(server.make_store())
    assert saved is not None
    assert {at: set(ids) for at, ids in saved.ids.items()} == {at: set(ids) for at, ids in CHANGES.ids.items()}
    assert saved.totals == CHANGES.totals


def test_ids_over_a_minute_old_are_dropped(server: Server) -> None:
    store = server.make_taken()
    for minutes in range(5):
        newest = NOON + 60 * minutes
        save(store, progress=Progress(newest=newest, closed_until=newest - 5), ids={newest: [f"id-{minutes}"]})
    saved = server.take(server.make_store())
    assert saved is not None
    assert saved.ids == {NOON + 180: ["id-3"], NOON + 240: ["id-4"]}
    # So too those that an earlier watcher has left.
    later = server.make_taken()
    save(later, progress=Progress(newest=NOON + 900, closed_until=NOON + 895))
    assert server.client.hlen(server.keys.ids) == 0


def test_ids_of_seconds_that_are_still_open_are_kept_however_old(server: Server) -> None:
    store = server.make_taken()
    for minutes in range(5):
        newest = NOON + 60 * minutes
        save(store, progress=Progress(newest=newest, closed_until=NOON), ids={newest: [f"id-{minutes}"]})
    saved = server.take(server.make_store())
    assert saved is not None
    assert sorted(saved.ids) == [NOON + 60 * minutes for minutes in range(5)]


def test_a_rate_that_is_over_is_removed(server: Server) -> None:
    store = server.make_taken()
    save(store, rates={HI: RATE, "en.wikipedia.org": RATE})
    save(store, rates={HI: None})
    assert set(read_live(server.client, server.keys).rates) == {"en.wikipedia.org"}


def test_history_is_kept_for_a_while_and_no_longer(server: Server) -> None:
    store = server.make_taken()
    for minute in range(MINUTE, MINUTE + 400):
        save(store, seconds={minute: {HI: "0:1"}}, minutes={minute // 60: {HI: "0:1"}})
    seconds = read_seconds(server.client, HI, NOON, NOON + 24_000, server.keys)
    assert 120 * 60 <= max(seconds) - min(seconds) <= 180 * 60
    assert len(read_minutes(server.client, HI, NOON, NOON + 24_000, server.keys)) == 7
    assert 8 * 86400 <= server.client.ttl(server.keys.minutes(HOUR)) <= 8 * 86400 + 3600
    assert server.client.ttl(server.keys.seconds(MINUTE + 399)) <= 3 * 3600


def test_the_key_for_names_stays_the_same(server: Server) -> None:
    assert server.make_store().read_people_key() == server.make_store().read_people_key()


def test_a_server_that_lost_everything_is_filled_again(server: Server) -> None:
    store = server.make_taken()
    store.save(CHANGES, "id-1")
    for key in list(server.client.scan_iter(f"{server.keys.prefix}*")):
        server.client.delete(key)
    with pytest.raises(FenceLostError):
        store.save(CHANGES, "id-1")
    assert not list(server.client.scan_iter(f"{server.keys.prefix}*"))
    # Once the database has said that it is still for us to do.
    store.put_fence_back()
    store.save(CHANGES, "id-1")
    assert read_live(server.client, server.keys).totals == CHANGES.totals
    assert server.take(server.make_store()) is not None
    with pytest.raises(ReplacedError):
        store.check()


def test_a_fence_is_not_put_back_over_that_of_another(server: Server) -> None:
    store = server.make_taken()
    server.client.delete(server.keys.fence)
    server.make_taken()
    store.put_fence_back()
    with pytest.raises(ReplacedError):
        store.check()


@pytest.mark.parametrize("command", [("SET", "junk"), ("SET", ""), ("SET", "9" * 30), ("RPUSH", "1:x")])
def test_what_no_watcher_wrote_into_the_fence_replaces_nobody(server: Server, command: tuple[str, str]) -> None:
    store = server.make_taken()
    server.client.delete(server.keys.fence)
    server.client.execute_command(command[0], server.keys.fence, command[1])
    with pytest.raises(FenceLostError):
        store.save(CHANGES, "id-1")
    assert server.make_store().read_token() == 0
    store.put_fence_back()
    store.save(CHANGES, "id-1")
    assert read_live(server.client, server.keys).totals == CHANGES.totals


@pytest.mark.parametrize("part", ["progress", "resume_id", "totals", "rates", "ids", "detectors", "heartbeat"])
@pytest.mark.parametrize("command", ["RPUSH", "SADD"])
def test_a_key_of_a_wrong_kind_keeps_nothing_waiting(server: Server, part: str, command: str) -> None:
    store = server.make_taken()
    store.save(CHANGES, "id-1")
    for key in (getattr(server.keys, part), server.keys.seconds(MINUTE - 1), server.keys.minutes(HOUR - 1)):
        server.client.delete(key)
        server.client.execute_command(command, key, "x")
    store.save(CHANGES, "id-1")
    store.beat(BEAT)
    assert read_live(server.client, server.keys).totals == CHANGES.totals
    assert read_seconds(server.client, HI, NOON - 60, NOON, server.keys) == {NOON - 57: (2, 1), NOON - 1: (7, 0)}


def test_the_same_number_twice_is_not_the_same_watcher(server: Server) -> None:
    first = server.make_taken()
    server.client.delete(server.keys.fence)
    server.take(server.make_store(), token=1)
    with pytest.raises(ReplacedError):
        first.check()


def test_a_lower_number_comes_too_late(server: Server) -> None:
    store = server.make_store()
    server.take(server.make_store(), token=7)
    with pytest.raises(ReplacedError):
        server.take(store, token=6)


def test_what_is_not_ours_is_refused_to_readers(server: Server) -> None:
    server.client.set(server.keys.progress, "nonsense")
    with pytest.raises(SavedStateError, match="no progress of a watcher"):
        read_live(server.client, server.keys)


def test_a_server_out_of_reach_is_named_without_its_password() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    client = connect(f"redis://:secret@127.0.0.1:{port}/0")
    for ask in (
        lambda: RedisStore(client).take_over(1, 120),
        lambda: RedisStore(client).read_token(),
        lambda: RedisStore(client).beat(BEAT),
        lambda: read_live(client),
    ):
        with pytest.raises(RedisStoreUnreachableError, match=f"127.0.0.1:{port}") as raised:
            ask()
        assert "secret" not in str(raised.value)


def test_two_prefixes_do_not_meet(server: Server) -> None:
    store = server.make_taken()
    store.save(CHANGES, "id-1")
    assert read_live(server.client, Keys(f"{server.keys.prefix}other:")).progress is None


def test_counts_are_written_short() -> None:
    assert encode_counts([(0, 3, 0), (59, 12, 2)]) == "0:3 59:12/2"
    assert decode_counts("0:3 59:12/2") == {0: (3, 0), 59: (12, 2)}
    assert decode_counts("") == {}
    with pytest.raises(SavedStateError):
        decode_counts("0;3")


@pytest.mark.parametrize(
    ("edits", "first", "last", "gap", "rate"),
    [(0, 0, 0, None, None), (1, 5, 5, None, None), (2, 5, 5, 0.0, None), (5, 10, 30, 5.0, 0.2)],
)
def test_mean_gap_and_rate(edits: int, first: int, last: int, gap: float | None, rate: float | None) -> None:
    found = msgspec.structs.replace(RATE, window_edits=edits, window_first=first, window_last=last)
    assert found.mean_gap_seconds == gap
    assert found.rate == rate


def test_lag_is_never_negative() -> None:
    assert replace(BEAT, at=NOON + 3.5).lag_seconds == 3.5
    assert replace(BEAT, at=NOON - 100.0).lag_seconds == 0
    assert replace(BEAT, stream=StreamState()).lag_seconds is None
