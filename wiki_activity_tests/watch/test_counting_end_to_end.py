"""The watcher against servers that misbehave: what it stored is what was sent."""

import json
import time

import pytest

from wiki_activity.redis_store.reading import read_live
from wiki_activity.simulator.server import SimulatorSettings, running_simulator
from wiki_activity.simulator.stream import StreamSettings
from wiki_activity.watch.vitals import Vitals
from wiki_activity.watch.watcher import Watcher
from wiki_activity.wikimedia.stream import Batch, EventStream
from wiki_activity_tests.redis_store.live_server import Server
from wiki_activity_tests.redis_store.stored_counts import read_seconds
from wiki_activity_tests.servers import redis_url
from wiki_activity_tests.watch.killing import kill_and_compare
from wiki_activity_tests.watch.titles import FreeTitle
from wiki_activity_tests.watch.watch_process import Summing, ignore

pytestmark = [pytest.mark.slow, pytest.mark.redis]


class NotingStream(EventStream):
    """Keeps what it has read."""

    def __init__(self, url: str, *, contact: str) -> None:
        super().__init__(url, contact=contact)
        self.seen: list[bytes] = []

    def read(self, wait_seconds: float) -> Batch:
        batch = super().read(wait_seconds)
        self.seen += batch.messages
        return batch


def test_killed_again_and_again_it_counts_every_edit_once() -> None:
    found = kill_and_compare(redis_url(), seconds=8, kill_every=1.8, cut_every=0.7, per_second=400)
    totals = found.live.totals.values()
    assert found.stored == found.sent
    assert sum(one.edits for one in totals) == found.edits
    assert sum(one.late for one in totals) == 0
    assert sum(one.repeats for one in totals) > 0
    assert found.kills >= 2
    assert found.connections > found.kills


def test_the_simulated_stream_is_counted_with_cuts_repeats_and_late_events(server: Server) -> None:
    # 200 s of the stream's time in some seconds, the last minutes before it as fast as they come.
    settings = StreamSettings(speed=60, connection_seconds=0.5, repeat_milliseconds=3000)
    sent: dict[str, int] = {}
    with running_simulator(SimulatorSettings(wikis=100, stream=settings), time.time) as url:
        stream = NotingStream(f"{url}/v2/stream/recentchange", contact="tests@example.org")
        end = time.monotonic() + 4
        Watcher(
            stream,
            server.make_store(),
            FreeTitle(),
            Vitals("a test"),
            judged={"en.wikipedia.org"},
            make_detector=Summing,
            on_signal=ignore,
        ).run(lambda: time.monotonic() > end)
    live = read_live(server.client, server.keys)
    assert live.progress is not None
    assert stream.connections >= 3
    edits = {}
    for message in stream.seen:
        event = json.loads(message)
        if event["meta"]["domain"] != "canary" and event["type"] in {"edit", "new"} and event["namespace"] == 0:
            edits[event["meta"]["id"]] = (event["server_name"], event["timestamp"])
    for project, _ in edits.values():
        sent[project] = sent.get(project, 0) + 1
    # Whatever is late is counted as such, and nothing else is missing.
    assert {name: totals.edits + totals.late for name, totals in live.totals.items()} == sent
    assert sum(totals.repeats for totals in live.totals.values()) > 0
    since, until = live.progress.closed_until - 3600, live.progress.closed_until
    stored = read_seconds(server.client, "en.wikipedia.org", since, until, server.keys)
    assert (
        0
        <= sum(1 for name, at in edits.values() if name == "en.wikipedia.org" and since <= at < until)
        - sum(number for number, _ in stored.values())
        <= live.totals["en.wikipedia.org"].late
    )
