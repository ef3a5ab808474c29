"""The stream's client against a real server: chunks, cuts, resuming, refusals, silence."""

import re
import socket

import pytest

from wiki_activity.wikimedia.stream import Batch
from wiki_activity_tests.watch.stream_server import Script, serving
from wiki_activity_tests.wikimedia.streaming import FRAMES, Time, make_stream, read_until


def test_all_messages_come_once_over_many_cut_connections() -> None:
    script = Script(FRAMES, cut_events=60)
    with serving(script) as url:
        messages = read_until(make_stream(url), lambda messages: len(messages) >= len(FRAMES))
    assert messages == FRAMES
    assert len(script.requests) == 9


def test_a_request_says_who_asks_and_what_for() -> None:
    script = Script(FRAMES)
    with serving(script) as url:
        read_until(make_stream(url), bool)
    headers = script.requests[0]
    assert re.fullmatch(r"wiki_activity/\S+ \(tests@example\.org\) requests/\S+", headers["User-Agent"])
    assert headers["Accept"] == "text/event-stream"
    assert headers["Accept-Encoding"] == "identity"
    assert "Last-Event-ID" not in headers
    assert headers["path"].endswith("/recentchange")


def test_a_time_to_begin_at_is_asked_for_until_there_is_an_id() -> None:
    script = Script(FRAMES, cut_events=300)
    with serving(script) as url:
        stream = make_stream(url)
        stream.since = "1781524800000"
        read_until(stream, lambda messages: len(messages) >= len(FRAMES))
    first, second = script.requests
    assert first["path"].endswith("?since=1781524800000")
    assert "since" not in second["path"]
    assert '"offset": 299' in second["Last-Event-ID"]


def test_a_saved_id_is_resumed_from() -> None:
    with serving(Script(FRAMES)) as url:
        stream = make_stream(url)
        stream.last_event_id = '[{"topic": "x", "offset": 497}]'
        assert read_until(stream, lambda messages: len(messages) >= 2) == FRAMES[498:]


def test_a_batch_tells_where_to_resume_after_it() -> None:
    with serving(Script(FRAMES[:3])) as url:
        stream = make_stream(url)
        batches: list[Batch] = []
        while sum(len(batch.messages) for batch in batches) < 3:
            batches.append(stream.read(1.0))
        stream.close()
    assert '"offset": 2' in batches[-1].last_event_id


def test_closing_and_reading_again_goes_on() -> None:
    with serving(Script(FRAMES, cut_events=100)) as url:
        stream = make_stream(url)
        first = read_until(stream, bool)
        assert not stream.connected
        rest = read_until(stream, lambda messages: len(first) + len(messages) >= len(FRAMES))
    assert first + rest == FRAMES


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 403])
def test_refusals_are_waited_out_and_named(status: int) -> None:
    clock = Time()
    script = Script(FRAMES, answers=[(status, {}), (status, {}), (status, {})])
    with serving(script) as url:
        stream = make_stream(url, clock)
        problems = set()
        messages: list[bytes] = []
        while not messages:
            messages = stream.read(1.0).messages
            problems.add(stream.problem)
        stream.close()
    assert any(str(status) in problem for problem in problems if problem)
    assert stream.problem is None
    # Doubled each time, with jitter: half of it is certain, the draw says how much of the rest.
    assert sum(clock.pauses) == pytest.approx(0.75 * (1 + 2 + 4))


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_heeded(status: int) -> None:
    clock = Time()
    with serving(Script(FRAMES, answers=[(status, {"Retry-After": "37"})])) as url:
        read_until(make_stream(url, clock), bool)
    assert sum(clock.pauses) == pytest.approx(37)


def test_back_off_begins_anew_once_events_have_come() -> None:
    clock = Time()
    script = Script(FRAMES, answers=[(502, {}), (502, {}), (200, {}), (502, {})], cut_events=400)
    with serving(script) as url:
        read_until(make_stream(url, clock), lambda messages: len(messages) >= len(FRAMES))
    assert sum(clock.pauses) == pytest.approx(0.75 * (1 + 2) + 0.1 + 0.75)


def test_an_id_that_the_server_refuses_is_forgotten() -> None:
    script = Script(FRAMES, answers=[(400, {})])
    with serving(script) as url:
        stream = make_stream(url)
        stream.last_event_id, stream.since = '[{"topic": "gone"}]', "1781524800000"
        read_until(stream, bool)
    assert "Last-Event-ID" in script.requests[0]
    assert script.requests[1]["path"].endswith("?since=1781524800000")


def test_silence_is_a_broken_connection() -> None:
    clock = Time()
    script = Script([], answers=[])
    with serving(script) as url:
        stream = make_stream(url, clock, silence_seconds=30)
        while not stream.connected:
            stream.read(1.0)
        assert stream.read(0.0).messages == []
        assert stream.connected
        clock.now += 31
        stream.read(0.0)
        assert not stream.connected
        assert stream.problem is not None
        assert "nothing came for 31 s" in stream.problem
        stream.close()


def test_nobody_there_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    stream = make_stream(f"http://127.0.0.1:{port}/stream")
    while stream.problem is None:
        stream.read(1.0)
    assert "no answer" in stream.problem


def test_an_answer_that_does_not_come_holds_nothing_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        stream = make_stream(f"http://127.0.0.1:{server.getsockname()[1]}/stream")
        assert stream.read(0.01) == Batch([], "")
        assert stream.read(0.01) == Batch([], "")
        stream.close()


def test_a_redirect_is_not_followed_and_the_place_is_kept() -> None:
    script = Script(FRAMES, answers=[(302, {"Location": "http://127.0.0.1:9/elsewhere"}), (403, {}), (404, {})])
    with serving(script) as url:
        stream = make_stream(url)
        stream.last_event_id = '[{"topic": "x", "offset": 497}]'
        problems = set()
        messages: list[bytes] = []
        while not messages:
            messages = stream.read(1.0).messages
            problems.add(stream.problem)
        stream.close()
    assert messages == FRAMES[498:][: len(messages)]
    assert any("302" in problem and "not followed" in problem for problem in problems if problem)
