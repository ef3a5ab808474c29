"""What a new watcher finds where the state that was saved is broken, or partly gone: all that is whole."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from wiki_activity.redis_store.live_state import Saved
from wiki_activity.redis_store.restoring import Restored, read_saved
from wiki_activity_tests.redis_store.live_server import Server
from wiki_activity_tests.redis_store.test_store import BEAT, CHANGES, HI, MINUTE, NOON, PROGRESS

PLACE = '[{"topic": "eqiad", "partition": 0, "offset": 7}]'


def read_after(server: Server, spoil: Callable[[Any, Any], object]) -> Restored:
    store = server.make_taken()
    store.save(CHANGES, "id-1")
    store.beat(BEAT)
    spoil(server.client, server.keys)
    return read_saved(server.client, server.keys, 120)


def whole(restored: Restored) -> Saved:
    assert restored.saved is not None
    return restored.saved


def test_a_whole_state_has_no_damage(server: Server) -> None:
    restored = read_after(server, lambda client, keys: None)
    assert restored.damage == ()
    assert whole(restored).progress == PROGRESS


def test_nothing_at_all_is_no_damage(server: Server) -> None:
    assert read_saved(server.client, server.keys, 120) == Restored(None, [], ())


@pytest.mark.parametrize(
    "text", ['{"broken', "", "[]", "null", '{"newest": 5, "closed_until": -7}', b"\xff", "[" * 5000]
)
def test_a_broken_progress_is_named_and_the_heartbeat_says_how_far_it_was(server: Server, text: Any) -> None:
    restored = read_after(server, lambda client, keys: client.set(keys.progress, text))
    saved = whole(restored)
    assert [damage for damage in restored.damage if damage.startswith("progress cannot be read")]
    assert (saved.progress.newest, saved.progress.closed_until, saved.progress.open) == (NOON, NOON - 5, {})
    assert (saved.totals, saved.resume_id, saved.detectors) == (CHANGES.totals, "id-1", CHANGES.detectors)


def test_without_progress_and_heartbeat_totals_and_the_place_are_kept(server: Server) -> None:
    restored = read_after(server, lambda client, keys: client.delete(keys.progress, keys.heartbeat))
    assert whole(restored).progress.newest is None
    assert (whole(restored).totals, whole(restored).resume_id) == (CHANGES.totals, "id-1")
    assert restored.damage == ("progress is gone",)


@pytest.mark.parametrize(
    ("part", "damage"),
    [
        ("totals", "totals are gone"),
        ("ids", "ids are gone"),
        ("detectors", "detectors are gone"),
        ("resume_id", "resume id is gone"),
    ],
)
def test_a_part_that_was_evicted_is_named_and_the_others_are_kept(server: Server, part: str, damage: str) -> None:
    restored = read_after(server, lambda client, keys: client.delete(getattr(keys, part)))
    assert restored.damage == (damage,)
    assert whole(restored).progress == PROGRESS
    assert whole(restored).seconds == CHANGES.seconds


@pytest.mark.parametrize("part", ["progress", "resume_id", "heartbeat", "totals", "ids", "detectors"])
def test_a_key_of_a_wrong_kind_is_named_and_written_anew(server: Server, part: str) -> None:
    def spoil(client: Any, keys: Any) -> None:
        client.delete(getattr(keys, part))
        client.rpush(getattr(keys, part), "x")

    restored = read_after(server, spoil)
    assert any("is of a wrong kind" in damage for damage in restored.damage)
    store = server.make_taken()
    store.save(CHANGES, "id-1")
    store.beat(BEAT)
    assert read_saved(server.client, server.keys, 120).damage == ()


@pytest.mark.parametrize("part", ["totals", "ids", "detectors"])
@pytest.mark.parametrize("text", [b"{", b'{"edits": "x"}', b"\xff", b"[1]"])
def test_a_broken_field_is_left_out_and_named_and_its_neighbours_are_kept(
    server: Server, part: str, text: bytes
) -> None:
    restored = read_after(server, lambda client, keys: client.hset(getattr(keys, part), "xx.wikipedia.org", text))
    assert restored.damage == (f"{part} cannot be read of xx.wikipedia.org",)
    assert (whole(restored).totals, whole(restored).ids) == (CHANGES.totals, CHANGES.ids)
    assert whole(restored).detectors == CHANGES.detectors


def test_broken_counts_are_left_out_and_their_neighbours_kept(server: Server) -> None:
    restored = read_after(server, lambda client, keys: client.hset(keys.seconds(MINUTE - 1), "xx.wikipedia.org", "7;"))
    assert len(restored.damage) == 1
    assert whole(restored).seconds[MINUTE - 1] == {HI: "3:2/1 59:7"}


def test_damage_is_logged_once_at_the_start(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.client.set(server.keys.progress, '{"broken')
    server.client.set(server.keys.resume_id, PLACE)
    with caplog.at_level(logging.WARNING):
        saved = server.take(server.make_store())
    assert saved is not None
    assert saved.resume_id == PLACE
    assert len([record for record in caplog.records if "progress cannot be read" in record.message]) == 1


@pytest.mark.parametrize("key", [b"", b"x", b"x" * 100])
def test_a_key_for_names_that_is_none_is_made_anew(server: Server, key: bytes) -> None:
    server.client.set(server.keys.people_key, key)
    made = server.make_store().read_people_key()
    assert len(made) == 16
    assert server.make_store().read_people_key() == made


def test_a_key_for_names_of_a_wrong_kind_is_made_anew(server: Server) -> None:
    server.client.rpush(server.keys.people_key, "a list")
    made = server.make_store().read_people_key()
    assert len(made) == 16
    assert server.make_store().read_people_key() == made
