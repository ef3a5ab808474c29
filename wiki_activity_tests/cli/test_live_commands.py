"""`wiki-activity watch` and `replay` as processes, against the simulator's stream."""

import gzip
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import requests
from pytest_httpserver import HTTPServer

from wiki_activity.simulator.server import SimulatorSettings, running_simulator
from wiki_activity.simulator.stream import StreamSettings
from wiki_activity_tests.cli.commands import run, start, wait
from wiki_activity_tests.servers import redis_url
from wiki_activity_tests.shared_data import SHARED_DATA
from wiki_activity_tests.watch.edits import edit, write_message

pytestmark = pytest.mark.redis

WIKI = "en.wikipedia.org"


@pytest.fixture
def simulator() -> Iterator[str]:
    stream = StreamSettings(speed=30, bursts_per_day=0)
    with running_simulator(SimulatorSettings(wikis=20, stream=stream)) as base:
        yield base


@pytest.fixture
def environment(simulator: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    url = f"{redis_url().rstrip('/').removesuffix('/0')}/14"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
        yield {
            "WIKI_ACTIVITY_STATE_DIR": str(tmp_path),
            "WIKI_ACTIVITY_REDIS_URL": url,
            "WIKI_ACTIVITY_METRICS_URL": f"{simulator}/metrics",
            "WIKI_ACTIVITY_SITEMATRIX_URL": f"{simulator}/w/api.php",
            "WIKI_ACTIVITY_STREAM_URL": f"{simulator}/v2/stream/recentchange",
            "WIKI_ACTIVITY_SLACK_WEBHOOK_URL": f"{simulator}/slack/test",
            "WIKI_ACTIVITY_CONTACT": "tests@example.org",
        }
        client.flushdb()


def read_live(environment: dict[str, str]) -> dict[str, Any]:
    status: dict[str, Any] = run(environment, "status", "--json").json
    return status


def read_messages(simulator: str) -> list[str]:
    return [message["text"] for message in requests.get(f"{simulator}/slack.json", timeout=10).json()]


@pytest.mark.slow
def test_a_burst_is_told_at_its_begin_and_its_end(simulator: str, environment: dict[str, str]) -> None:
    with start(environment, "watch", "--for", "10") as process:
        deadline = time.monotonic() + 300
        while (usual := read_live(environment)["live"].get(WIKI, {}).get("usual")) is None:
            assert time.monotonic() < deadline, "the usual rate was not learned"
        burst = {"project": WIKI, "factor": 4, "minutes": 5, "people": 30}
        requests.post(f"{simulator}/simulator/settings", json={"burst": burst}, timeout=10).raise_for_status()
        while not any("back to its usual pace" in text for text in read_messages(simulator)):
            assert time.monotonic() < deadline, "the end was not told"
            time.sleep(0.5)
        status = read_live(environment)
        process.terminate()
        ended = wait(process)

    begin, end = read_messages(simulator)
    assert "English Wikipedia is busy" in begin
    assert "English Wikipedia is back to its usual pace after" in end
    assert ended.code == 130
    assert 0.3 < usual < 3
    assert status["watcher"]["alive"]
    assert status["watcher"]["connection"] == "connected"
    assert status["live"][WIKI]["edits"] > 1000


def test_a_recorded_burst_is_found_by_replaying_the_past(simulator: str, environment: dict[str, str]) -> None:
    replayed = run(environment, "replay", "--last", "30m", "--json", "--wiki", "*")

    assert replayed.code == 0
    assert replayed.json["edits"] > 10_000
    assert replayed.json["detector"] == "burst"


def test_a_torn_recording_is_counted_and_used(environment: dict[str, str], tmp_path: Path) -> None:
    event = {
        "meta": {"id": "1", "domain": WIKI, "dt": "2024-05-01T12:00:00Z"},
        "type": "edit",
        "namespace": 0,
        "timestamp": 1714564800,
        "server_name": WIKI,
        "bot": False,
        "user": "U",
        "title": "T",
    }
    lines = [json.dumps({**event, "meta": {**event["meta"], "id": str(number)}}) for number in range(50)]
    recording = tmp_path / "recorded.ndjson.gz"
    recording.write_bytes(gzip.compress("\n".join([*lines, lines[0][:40]]).encode()))

    replayed = run(environment, "replay", str(recording), "--json")

    assert (replayed.code, replayed.json["edits"], replayed.json["broken"]) == (0, 50, 1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "give either a FILE or --last"),
        (("--last", "6x"), "'6x'"),
        (("no-such-file",), "no-such-file"),
        (("--last", "1h", "--detector", "magic"), "magic"),
        (("--last", "0h"), "up to 7d, not '0h'"),
        (("--last", "8d"), "up to 7d, not '8d'"),
        (("--last", f"{'9' * 400}d"), "up to 7d"),
        (("--last", "1h", "--detector", "mean_gap", "--threshold", "nan"), "more than 0, not nan"),
        (("--last", "1h", "--detector", "mean_gap", "--threshold", "-1"), "more than 0, not -1"),
        (("--last", "1h", "--threshold", "0.5"), "add --detector mean_gap"),
    ],
)
def test_wrong_use_is_named(environment: dict[str, str], arguments: tuple[str, ...], words: str) -> None:
    ended = run(environment, "replay", *arguments)

    assert ended.code == 2
    assert words in ended.err


def test_whether_people_are_told_is_left_open_where_nobody_is_named(
    environment: dict[str, str], tmp_path: Path
) -> None:
    recording = tmp_path / "times.csv"
    calm = [1_767_225_600 + second for second in range(7200)]
    busy = [calm[-1] + second // 5 for second in range(3000)]
    recording.write_text("\n".join(["time", *map(str, [*calm, *busy])]))

    (episode,) = run(environment, "replay", str(recording), "--json").json["episodes"]
    told = run(environment, "replay", str(recording))

    assert episode["times"] > 3
    assert episode["told"] is None
    assert "if by 3 people and more" in told.out


def test_a_past_that_begins_later_than_was_asked_for_is_named(
    environment: dict[str, str], httpserver: HTTPServer
) -> None:
    event = write_message(edit(1, int(time.time())))
    httpserver.expect_request("/stream").respond_with_data(
        b"data: " + event + b"\n\n", content_type="text/event-stream"
    )
    environment["WIKI_ACTIVITY_STREAM_URL"] = httpserver.url_for("/stream")

    replayed = run(environment, "replay", "--last", "3d")

    assert replayed.code == 0
    assert httpserver.log[0][0].args["since"]
    assert "warning: asked from" in replayed.err
    assert "the stream begins at" in replayed.err


def test_the_recorded_day_holds_every_edit(environment: dict[str, str]) -> None:
    recording = SHARED_DATA / "enwiki_edits_2015-09-12.csv.gz"
    if not recording.exists():
        pytest.skip(f"no recorded data at {SHARED_DATA}")

    found = {
        detector: run(environment, "replay", str(recording), "--detector", detector, "--json").json
        for detector in ("burst", "mean_gap")
    }

    assert {one["edits"] for one in found.values()} == {7815}
    # A tenth of the wiki's edits never comes near one in 0.03 s.
    assert found["mean_gap"]["episodes"] == []


def test_without_a_redis_the_watcher_says_what_to_do(environment: dict[str, str]) -> None:
    ended = run({**environment, "WIKI_ACTIVITY_REDIS_URL": ""}, "watch")

    assert ended.code == 1
    assert "WIKI_ACTIVITY_REDIS_URL" in ended.err
