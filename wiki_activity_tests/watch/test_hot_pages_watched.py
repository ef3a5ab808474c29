"""Hot pages in the whole watcher: it is killed, its Redis is emptied, pages are deleted, and the findings stay."""

import random
from datetime import UTC, datetime
from typing import Any

import pytest

from wiki_activity.domain.live import Signal, Tick
from wiki_activity.storage.storage_errors import DatabaseUnreachableError
from wiki_activity.watch.signals import EpisodeContext
from wiki_activity.wikimedia.events import Edit
from wiki_activity_tests.redis_store.live_server import Server, lend_live_server
from wiki_activity_tests.watch.edits import START, write_message
from wiki_activity_tests.watch.watching import EN, EveryTenth, FakeStream, Setting, Shaky, all_read

TITLE = "Comet"
HOUR = 3600
Found = tuple[int, str, bool, int]


def make_messages(seed: int = 1) -> list[bytes]:
    """An hour and a half of a calm wiki, a half of which many people edit a page, and a quarter of an hour."""
    rng = random.Random(seed)
    edits = []
    for at in range(START, START + 8100, 5):
        edits.append((at, f"Page {rng.randrange(10**6)}", f"Somebody {rng.randrange(300)}"))
        if START + 5400 <= at < START + 7200 and rng.random() < 0.25:
            edits.append((at, TITLE, f"Visitor {rng.randrange(10)}"))
    return [
        write_message(Edit(EN, at, False, f"id-{number}", title, user, datetime.fromtimestamp(at + 1, UTC).isoformat()))
        for number, (at, title, user) in enumerate(edits)
    ]


class Listening:
    """Hears signals about pages, each once, however often it comes."""

    def __init__(self) -> None:
        self.found: dict[int, Found] = {}

    def __call__(self, project: str, tick: Tick, signal: Signal, context: EpisodeContext) -> None:
        if signal.page is not None:
            assert signal.started_at is not None
            looked = context.look(signal.started_at, tick.at, signal.page)
            found = (tick.at, signal.page, signal.busy, looked.edits)
            assert self.found.setdefault(tick.at, found) == found


def watch(server: Server, messages: list[bytes], **options: Any) -> dict[int, Found]:
    listening = Listening()
    Setting(server, messages).watch(all_read, on_signal=listening, hot_page_people=5, **options)
    return listening.found


def test_one_spell_is_found_and_its_end(server: Server) -> None:
    found = sorted(watch(server, make_messages()).values())
    assert {title for _, title, _, _ in found} == {TITLE}
    assert [busy for _, _, busy, _ in found] == [True] * (len(found) - 1) + [False]
    assert START + 5400 < found[0][0] < START + 5700
    assert found[-1][0] > START + 7200


def test_nobody_looks_where_that_is_switched_off(server: Server) -> None:
    listening = Listening()
    Setting(server, make_messages()).watch(all_read, on_signal=listening)
    assert listening.found == {}


@pytest.mark.parametrize("seed", range(3))
def test_a_watcher_that_is_killed_again_and_again_finds_the_same(server: Server, seed: int) -> None:
    rng = random.Random(seed)
    messages = make_messages(seed)
    listening = Listening()
    setting = Setting(server, messages)
    while server.client.get(server.keys.resume_id) != str(len(messages)).encode():
        mortal = Shaky(server.make_store())
        mortal.dies_after = rng.randint(1, 8)
        try:
            setting.watch(all_read, store=mortal, on_signal=listening, hot_page_people=5, per_read=rng.randint(5, 60))
        except KeyboardInterrupt:
            continue
    with lend_live_server() as other:
        assert listening.found == watch(other, messages)


def test_the_state_outlives_an_emptied_redis(server: Server) -> None:
    messages = make_messages()
    emptied: list[int] = []

    def empty_once(stream: FakeStream) -> bool:
        if not emptied and stream.place > 0.8 * len(messages):
            emptied.append(stream.place)
            for key in server.client.scan_iter(f"{server.keys.prefix}*"):
                server.client.delete(key)
        return all_read(stream)

    listening = Listening()
    Setting(server, messages).watch(empty_once, on_signal=listening, hot_page_people=5)
    with lend_live_server() as other:
        # What waited until Redis was back may know less of what had come before.
        assert [one[:3] for one in listening.found.values()] == [one[:3] for one in watch(other, messages).values()]


def test_a_deleted_page_is_told_of_before_the_place_in_the_stream_is_saved(server: Server) -> None:
    deletion = {"type": "log", "log_type": "delete", "log_action": "delete", "namespace": 0, "title": TITLE}
    of_other = deletion | {"server_name": "hi.wikipedia.org"}
    edit = Edit(EN, START, False, "id", "Page", "Somebody", "2026-06-15T12:00:01+00:00")
    messages = [
        write_message(edit),
        write_message(edit, **deletion),
        write_message(edit, **of_other),
        write_message(edit, **(deletion | {"log_action": "restore"})),
        write_message(edit, **(deletion | {"log_type": "patrol"})),
    ]
    told: list[tuple[str, str]] = []
    tries = 0

    def take(project: str, title: str) -> None:
        nonlocal tries
        tries += 1
        assert server.client.get(server.keys.resume_id) in {None, b""}
        if tries < 3:
            msg = "away"
            raise DatabaseUnreachableError("nowhere", msg)
        told.append((project, title))

    def until(stream: FakeStream) -> bool:
        return server.client.get(server.keys.resume_id) == str(len(messages)).encode()

    Setting(server, messages).watch(until, on_deleted=take, make_detector=EveryTenth)
    assert (told, tries) == ([(EN, TITLE)], 3)
