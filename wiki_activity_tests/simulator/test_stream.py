"""The stream on the wire: frames, resuming, cuts, and who is turned away."""

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
import requests

from wiki_activity.simulator.faults import Faults
from wiki_activity.simulator.server import SimulatorSettings
from wiki_activity.simulator.stream import ResumeError, StreamSettings, read_last_event_id, read_since
from wiki_activity_tests.simulator.conftest import AGENT, NOW, Clock, Start

SETTINGS = SimulatorSettings(wikis=200)
NOW_MS = int(1000 * NOW.timestamp())


class Frame(NamedTuple):
    id: str
    data: dict[str, Any]

    @property
    def received(self) -> datetime:
        return datetime.fromisoformat(self.data["meta"]["dt"])


@contextmanager
def connect(url: str, since: str | None = None, last: str | None = None) -> Iterator[requests.Response]:
    headers = {"User-Agent": AGENT, "Accept": "text/event-stream"} | ({"Last-Event-ID": last} if last else {})
    parameters = {} if since is None else {"since": since}
    path = f"{url}/v2/stream/recentchange"
    with requests.get(path, parameters, headers=headers, stream=True, timeout=10) as answer:
        yield answer


def read_frames(answer: requests.Response) -> Iterator[Frame]:
    lines = answer.iter_lines(decode_unicode=False)
    assert next(lines) == b":ok"
    assert next(lines) == b""
    while True:
        fields = []
        while line := next(lines):
            fields.append(line.decode().split(": ", 1))
        names, values = zip(*fields, strict=True)
        assert names == ("event", "id", "data")
        assert values[0] == "message"
        yield Frame(values[1], json.loads(values[2]))


def collect(url: str, count: int, since: str | None = None, last: str | None = None) -> list[Frame]:
    with connect(url, since, last) as answer:
        assert answer.status_code == 200, answer.text
        return list(islice(read_frames(answer), count))


def ago(seconds: float) -> str:
    return str(NOW_MS - int(1000 * seconds))


def test_a_message_has_the_form_of_eventstreams(start: Start) -> None:
    url = start(SETTINGS)
    with connect(url, ago(60)) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        frame = next(frame for frame in read_frames(answer) if frame.data.get("type") == "edit")
    received_ms = round(frame.received.timestamp() * 1000)
    assert json.loads(frame.id) == [
        {"topic": "eqiad.mediawiki.recentchange", "partition": 0, "offset": -1},
        {"topic": "codfw.mediawiki.recentchange", "partition": 0, "timestamp": received_ms},
    ]
    assert set(frame.data["meta"]) == {
        "uri", "request_id", "id", "domain", "stream", "dt", "topic", "partition", "offset",
    }  # fmt: skip
    wanted = {
        "$schema", "meta", "id", "type", "namespace", "title", "timestamp", "bot", "minor", "length", "revision",
        "server_name", "wiki", "comment", "parsedcomment",
    }  # fmt: skip
    assert wanted <= set(frame.data)
    assert frame.data["meta"]["domain"] == frame.data["server_name"]
    assert frame.data["meta"]["stream"] == "mediawiki.recentchange"
    assert isinstance(frame.data["timestamp"], int)


def test_the_same_past_is_replayed_to_the_letter(start: Start) -> None:
    url = start(SETTINGS)
    assert collect(url, 500, ago(60)) == collect(url, 500, ago(60))


def test_since_may_be_epoch_milliseconds_or_an_iso_time(start: Start) -> None:
    url = start(SETTINGS)
    first = collect(url, 50, ago(60))
    assert collect(url, 50, (NOW - timedelta(seconds=60)).isoformat()) == first
    assert first[0].received >= NOW - timedelta(seconds=60)
    assert first[0].received < NOW - timedelta(seconds=58)


def test_without_a_position_messages_come_from_now_on(start: Start, clock: Clock) -> None:
    url = start(SETTINGS)
    with connect(url) as answer:
        clock.advance(5)
        frame = next(read_frames(answer))
    assert NOW <= frame.received < NOW + timedelta(seconds=5)


def test_resuming_repeats_a_few_messages_and_misses_none(start: Start) -> None:
    url = start(SETTINGS)
    whole = [frame.data["meta"]["id"] for frame in collect(url, 900, ago(60))]
    broken_off = collect(url, 400, ago(60))
    resumed = [frame.data["meta"]["id"] for frame in collect(url, 400, last=broken_off[-1].id)]
    place = whole.index(resumed[0])
    repeated = 400 - place
    assert 1 <= repeated < 40
    assert whole[place : place + 400] == resumed


def test_the_last_event_id_outranks_since(start: Start) -> None:
    url = start(SETTINGS)
    last = collect(url, 300, ago(60))[-1].id
    assert collect(url, 50, since=ago(3600), last=last) == collect(url, 50, last=last)


def test_history_reaches_back_eight_days(start: Start) -> None:
    url = start(SETTINGS)
    assert collect(url, 1, ago(7 * 86_400))[0].received < NOW - timedelta(days=6.99)
    oldest = collect(url, 1, ago(60 * 86_400))[0].received
    assert NOW - timedelta(days=8) <= oldest < NOW - timedelta(days=7.99)


def test_canaries_may_hold_hardly_anything(start: Start) -> None:
    url = start(SETTINGS)
    frames = collect(url, 200, ago(600.5))  # two come every ten minutes
    canaries = [frame for frame in frames if frame.data["meta"]["domain"] == "canary"]
    assert [set(frame.data) for frame in canaries][-1] == {"$schema", "meta"}
    assert {frame.data["meta"]["topic"].split(".")[0] for frame in canaries} == {"eqiad", "codfw"}
    ids = [frame.data["meta"]["id"] for frame in collect(url, 100, last=canaries[0].id)]
    assert canaries[0].data["meta"]["id"] in ids


def test_every_connection_is_cut_after_a_while(start: Start, clock: Clock) -> None:
    url = start(SETTINGS)
    with connect(url, ago(10)) as answer:
        frames = read_frames(answer)
        next(frames)
        clock.advance(901)
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            list(frames)
    assert collect(url, 1, ago(10))


def test_a_third_connection_is_refused_until_one_of_the_two_ends(start: Start) -> None:
    url = start(SETTINGS)
    with connect(url) as first:
        assert first.status_code == 200
        with connect(url) as second, connect(url) as third:
            assert second.status_code == 200
            assert third.status_code == 429
            assert third.headers["Retry-After"]
        for _ in range(1000):
            with connect(url) as again:
                if again.status_code == 200:
                    return
    pytest.fail("no place was free again")


def test_a_full_server_answers_502(start: Start) -> None:
    with connect(start(SimulatorSettings(wikis=5, faults=Faults(stream_refused=True)))) as answer:
        assert answer.status_code == 502


def test_a_client_without_a_name_is_answered_403(start: Start) -> None:
    connection = http.client.HTTPConnection(urlsplit(start(SimulatorSettings(wikis=5))).netloc, timeout=10)
    connection.request("GET", "/v2/stream/recentchange")
    assert connection.getresponse().status == 403
    connection.close()


def test_a_silent_stream_keeps_its_messages_for_later(start: Start, clock: Clock, session: requests.Session) -> None:
    url = start(SETTINGS)
    session.post(f"{url}/simulator/settings", json={"faults": {"stream_silent": True}})
    with connect(url) as answer:
        clock.advance(30)
        session.post(f"{url}/simulator/settings", json={"faults": {"stream_silent": False}})
        assert next(read_frames(answer)).received < NOW + timedelta(seconds=2)


def test_the_streams_time_can_run_faster_than_the_clock(start: Start, clock: Clock, session: requests.Session) -> None:
    begin = datetime(2024, 2, 29, tzinfo=UTC).timestamp()
    url = start(SimulatorSettings(wikis=200, stream=StreamSettings(speed=30.0, start=begin)))
    with connect(url) as answer:
        clock.advance(2)
        frames = list(islice(read_frames(answer), 1000))
    assert frames[0].received.date().isoformat() == "2024-02-29"
    assert frames[-1].received.timestamp() - begin > 20
    assert session.get(f"{url}/simulator/truth.json").json()["stream_time"] == begin + 60


@pytest.mark.parametrize("last", ["yesterday", "{}", "[5]", '[{"timestamp": "now"}]', '[{"timestamp": true}]'])
def test_a_position_that_cannot_be_read_is_refused(start: Start, last: str) -> None:
    if last != "{}":
        with pytest.raises(ResumeError, match="Last-Event-ID"):
            read_last_event_id(last)
    with connect(start(SimulatorSettings(wikis=5)), since="yesterday") as answer:
        assert answer.status_code == 400


def test_a_position_before_the_first_message_is_none() -> None:
    assert read_last_event_id('[{"topic":"eqiad.mediawiki.recentchange","partition":0,"offset":-1}]') is None


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("1790000000000", 1_790_000_000_000),
        ("2026-09-21T14:13:20Z", 1_790_000_000_000),
        ("2026-09-21T16:13:20+02:00", 1_790_000_000_000),
        ("2026-09-21T14:13:20", 1_790_000_000_000),
    ],
)
def test_times_are_read_as_utc_unless_they_say_otherwise(text: str, milliseconds: int) -> None:
    assert read_since(text) == milliseconds
