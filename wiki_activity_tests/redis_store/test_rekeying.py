"""What is kept of the live stream goes to the names that wikis have now, on a real Redis."""

import json
from collections.abc import Mapping

import msgspec
import pytest

from wiki_activity.redis_store.connection import Keys, connect
from wiki_activity.redis_store.live_state import HeldEdit, Progress, Totals
from wiki_activity.redis_store.rekeying import rekey
from wiki_activity.redis_store.store_errors import RedisStoreUnreachableError
from wiki_activity_tests.redis_store.live_server import Server

OLD, NEW, THIRD = "be-x-old.wikipedia.org", "be-tarask.wikipedia.org", "be.wikipedia.org"
NOON = 1_781_524_800
MINUTE, HOUR, DAY = NOON // 60, NOON // 3600, NOON // 86_400


def fill(server: Server, values: Mapping[str, int]) -> None:
    """Keep something of each wiki under every key that there is."""
    client, keys = server.client, server.keys
    for name, number in values.items():
        client.hset(keys.totals, name, msgspec.json.encode(Totals(number, 1, 2, 3)).decode())
        client.hset(keys.rates, name, f"rate {number}")
        client.hset(keys.detectors, name, f"detector {number}")
        client.hset(keys.seconds(MINUTE), name, f"1:{number}")
        client.hset(keys.minutes(HOUR), name, f"2:{number}/1")
        client.hset(keys.people(MINUTE), name, b"\xff%d" % number)
        client.hset(keys.days(DAY), name, f"{number} 1 0")
    open_seconds = {NOON: {name: (number, 0) for name, number in values.items()}}
    held = [HeldEdit(name, NOON + 900, False, "x") for name in values]
    client.set(keys.progress, msgspec.json.encode(Progress(newest=NOON, open=open_seconds, held=held)))


def read(server: Server) -> dict[str, list[str]]:
    """Read what is kept of each wiki, key by key."""
    client, keys = server.client, server.keys
    found: dict[str, list[str]] = {}
    series = (keys.seconds(MINUTE), keys.minutes(HOUR), keys.people(MINUTE), keys.days(DAY))
    for key in (keys.totals, keys.rates, keys.detectors, *series):
        for name, value in client.hgetall(key).items():
            text = value.decode("latin-1")
            found.setdefault(name.decode(), []).append(str(json.loads(text)["edits"]) if text[0] == "{" else text)
    progress = msgspec.json.decode(client.get(keys.progress), type=Progress)
    for name, (edits, _) in progress.open[NOON].items():
        found.setdefault(name, []).append(f"open {edits}")
    for one in progress.held:
        found.setdefault(one.project, []).append("held")
    return found


def all_of(number: int) -> list[str]:
    return [
        str(number), f"rate {number}", f"detector {number}", f"1:{number}", f"2:{number}/1", f"\xff{number}",
        f"{number} 1 0", f"open {number}", "held",
    ]  # fmt: skip


def test_everything_of_a_wiki_that_has_moved_is_kept_by_its_new_name(server: Server) -> None:
    rekey(server.client, server.keys, {"awiki": OLD, "bwiki": THIRD}, {})
    fill(server, {OLD: 7, THIRD: 9})
    assert rekey(server.client, server.keys, {"awiki": NEW, "bwiki": THIRD}, {OLD: NEW}) == {OLD: NEW}
    assert read(server) == {NEW: all_of(7), THIRD: all_of(9)}
    assert rekey(server.client, server.keys, {"awiki": NEW, "bwiki": THIRD}, {OLD: NEW}) == {}


def test_wikis_that_swap_their_names_keep_what_is_theirs(server: Server) -> None:
    rekey(server.client, server.keys, {"awiki": OLD, "bwiki": NEW}, {})
    fill(server, {OLD: 7, NEW: 9})
    rekey(server.client, server.keys, {"awiki": NEW, "bwiki": OLD}, {})
    assert read(server) == {NEW: all_of(7), OLD: all_of(9)}


def test_a_chain_of_moves_is_made_at_once(server: Server) -> None:
    rekey(server.client, server.keys, {"awiki": OLD, "bwiki": NEW}, {})
    fill(server, {OLD: 7, NEW: 9})
    rekey(server.client, server.keys, {"awiki": NEW, "bwiki": THIRD}, {OLD: NEW})
    assert read(server) == {NEW: all_of(7), THIRD: all_of(9)}


def test_what_was_counted_under_both_names_is_added_up(server: Server) -> None:
    rekey(server.client, server.keys, {"awiki": OLD}, {})
    fill(server, {OLD: 7, NEW: 9})
    rekey(server.client, server.keys, {"awiki": NEW}, {OLD: NEW})
    kept = ["16", "rate 7", "detector 7", "1:16", "2:16/2", "\xff7", "16 2 0", "open 16", "held", "held"]
    assert read(server) == {NEW: kept}


def test_what_an_earlier_release_has_kept_by_an_old_name_is_found_by_that(server: Server) -> None:
    fill(server, {OLD: 7})
    rekey(server.client, server.keys, {"awiki": NEW}, {OLD: NEW})
    assert read(server) == {NEW: all_of(7)}


def test_while_no_names_are_known_nothing_moves(server: Server) -> None:
    rekey(server.client, server.keys, {"awiki": OLD}, {})
    fill(server, {OLD: 7})
    assert rekey(server.client, server.keys, {}, {}) == {}
    assert read(server) == {OLD: all_of(7)}
    rekey(server.client, server.keys, {"awiki": NEW}, {OLD: NEW})
    assert read(server) == {NEW: all_of(7)}


def test_times_to_live_and_what_is_broken_stay_as_they_are(server: Server) -> None:
    rekey(server.client, server.keys, {"awiki": OLD}, {})
    fill(server, {OLD: 7, NEW: 9})
    client, keys = server.client, server.keys
    client.expire(keys.seconds(MINUTE), 500)
    client.hset(keys.seconds(MINUTE), NEW, "broken")
    client.set(keys.progress, b"{broken")
    rekey(client, keys, {"awiki": NEW}, {OLD: NEW})
    assert 0 < client.ttl(keys.seconds(MINUTE)) <= 500
    assert client.hgetall(keys.seconds(MINUTE)) == {NEW.encode(): b"1:7"}
    assert client.get(keys.progress) == b"{broken"


def test_a_server_out_of_reach_is_named() -> None:
    with connect("redis://127.0.0.1:1/0") as client, pytest.raises(RedisStoreUnreachableError, match=r"127\.0\.0\.1:1"):
        rekey(client, Keys(), {"awiki": OLD}, {})


@pytest.mark.parametrize("part", ["totals", "rates", "detectors", "seconds", "minutes", "people", "progress", "names"])
def test_a_key_of_a_wrong_kind_counts_as_absent(server: Server, part: str) -> None:
    keys = server.keys
    rekey(server.client, keys, {"awiki": OLD, "bwiki": THIRD}, {OLD: NEW})
    fill(server, {OLD: 7, THIRD: 9})
    places = {"seconds": keys.seconds(MINUTE), "minutes": keys.minutes(HOUR), "people": keys.people(MINUTE)}
    key = places[part] if part in places else getattr(keys, part)
    server.client.delete(key)
    server.client.rpush(key, "a list")
    assert rekey(server.client, keys, {"awiki": NEW, "bwiki": THIRD}, {OLD: NEW}) == {OLD: NEW}
    if part != "totals":
        assert server.client.hkeys(keys.totals) == [THIRD.encode(), NEW.encode()]
    else:
        assert server.client.hkeys(keys.detectors) == [THIRD.encode(), NEW.encode()]
    assert rekey(server.client, keys, {"awiki": NEW, "bwiki": THIRD}, {OLD: NEW}) == {}
