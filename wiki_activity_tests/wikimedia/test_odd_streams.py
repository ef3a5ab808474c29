"""The stream's client against answers that are odd, broken, endless or nothing new, byte for byte."""

import json
import socket

import pytest

from wiki_activity.wikimedia.news import News
from wiki_activity.wikimedia.sse import LARGEST_EVENT, Message
from wiki_activity.wikimedia.stream import Batch
from wiki_activity_tests.watch.stream_server import Script, serving, write_frame
from wiki_activity_tests.wikimedia.streaming import (
    FRAMES,
    HEAD,
    Time,
    answering,
    dripping,
    drive,
    frame,
    make_stream,
    place,
    read_until,
)


def test_a_body_without_chunks_is_read_until_it_ends() -> None:
    body = write_frame(0, FRAMES[0]) + write_frame(1, FRAMES[1])
    with answering(HEAD + b"\r\n" + body, HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body) as url:
        assert read_until(make_stream(url), lambda messages: len(messages) >= 4) == FRAMES[:2] * 2


def test_what_comes_with_the_head_is_not_lost() -> None:
    frame = write_frame(0, FRAMES[0])
    with answering(HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(frame), frame)) as url:
        assert read_until(make_stream(url), bool) == FRAMES[:1]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\nhey", "text/html"),
        (HEAD + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nhey", "gzip"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n", "no size"),
        (HEAD + b"Content-Length: 5\r\n\r\n:ok\n\n", "before any event"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", "before any event"),
    ],
)
def test_an_answer_that_is_no_stream_is_named(answer: bytes, said: str) -> None:
    with answering(answer) as url:
        stream = make_stream(url)
        while stream.problem is None:
            stream.read(1.0)
    assert said in stream.problem


def test_the_server_may_ask_for_a_longer_wait() -> None:
    clock = Time()
    chunk = b"retry: 4000\n" + write_frame(0, FRAMES[0])
    with answering(HEAD + b"\r\n" + chunk, HEAD + b"\r\n" + write_frame(1, FRAMES[1])) as url:
        read_until(make_stream(url, clock), lambda messages: len(messages) >= 2)
    assert sum(clock.pauses) == pytest.approx(4)


def test_an_id_goes_back_byte_for_byte() -> None:
    place = '[{"topic": "naïve ☃", "offset": 1}]'
    frame = f"id: {place}\ndata: {{}}\n\n".encode()
    script = Script(FRAMES)
    with answering(HEAD + b"\r\n" + frame) as url:
        stream = make_stream(url)
        read_until(stream, bool)
    script.answers = [(502, {})]
    with serving(script) as url:
        stream.url = url
        while not script.requests:
            stream.read(1.0)
        stream.close()
    assert script.requests[0]["Last-Event-ID"].encode("latin-1").decode() == place


BROKER = '{"message":"broker transport failure","origin_event":null}'


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b":ok\n\n" + frame("[]", BROKER, "error"), "broker transport failure"),
        (b":ok\n\n" + frame("[]", "no JSON \x1b[31m at all", "error"), "no JSON  [31m at all"),
        (frame(place(7), '{"n": 7}'), "before any event that had not come before"),
        (frame(place(7), '{"n": 7}') + frame("[]", BROKER, "error"), "broker transport failure"),
        (frame(None, '{"n": 7}'), "before any event that had not come before"),
        (frame("[]", '{"n": 7}'), "before any event that had not come before"),
        (b"", "before any event that had not come before"),
        (b":ok\n\n", "before any event that had not come before"),
    ],
)
def test_without_anything_new_it_waits_longer_each_time_and_says_why(body: bytes, said: str) -> None:
    with answering(*[HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body] * 100) as url:
        stream, _ = drive(url, seconds=30, resume_id=place(7))
    assert stream.problem is not None
    assert said in stream.problem
    assert stream.connections <= 7
    assert stream.last_event_id == place(7)


def test_events_of_another_type_are_no_messages() -> None:
    body = frame(place(1), "{}", "error") + frame(place(2), "{}", "open") + frame(place(3), '{"n": 3}')
    with answering(HEAD + b"\r\n" + body) as url:
        stream = make_stream(url)
        assert read_until(stream, bool) == [b'{"n": 3}']
    assert stream.problem is None


def test_new_events_that_come_one_a_connection_open_no_flood_of_connections() -> None:
    bodies = [frame(place(n), f'{{"n": {n}}}') for n in range(100)]
    with answering(*[HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body for body in bodies]) as url:
        stream, messages = drive(url, seconds=30)
    assert 12 <= stream.connections <= 19
    assert len(messages) == stream.connections


@pytest.mark.parametrize(
    "odd",
    [
        "[]",
        "{}",
        "nonsense",
        "null",
        place(4),
        place(5),
        "[" + " " * 9000 + place(9)[1:],
        place(9) + "\x07",
        '[{"topic"',
    ],
)
def test_an_id_that_leads_nowhere_is_never_resumed_from(odd: str) -> None:
    with answering(HEAD + b"\r\n" + frame(odd, '{"n": 6}')) as url:
        stream = make_stream(url)
        stream.last_event_id = place(5)
        assert read_until(stream, bool) == [b'{"n": 6}']
    assert stream.last_event_id == place(5)


def test_a_server_that_begins_to_count_anew_is_followed_after_a_while() -> None:
    news = News()
    news.resume_at(place(10**9))
    new = [news.note([Message(b"%d" % n, b"message", place(n).encode())]) for n in range(300)]
    assert new[:199] == [False] * 199
    assert all(new[202:])
    assert news.resume_id == place(299)


def test_a_message_that_is_too_large_is_read_over_and_counted() -> None:
    large = b"id: " + place(2).encode() + b"\ndata: " + b"x" * (LARGEST_EVENT + 5) + b"\n\n"
    body = frame(place(1), '{"n": 1}') + large + frame(place(3), '{"n": 3}')
    batches: list[Batch] = []
    with answering(HEAD + b"\r\n" + body) as url:
        stream = make_stream(url)
        while sum(len(batch.messages) for batch in batches) < 2:
            batches.append(stream.read(1.0))
        stream.close()
    assert sum(batch.oversized for batch in batches) == 1
    assert stream.last_event_id == place(3)


def test_a_message_that_breaks_off_beyond_all_size_is_gone_around_by_time_after_three_tries() -> None:
    reached = json.dumps([{"topic": "eqiad", "partition": 0, "timestamp": 1_781_524_800_000}])
    large = b"id: " + reached.encode() + b"\ndata: " + b"x" * (LARGEST_EVENT + 5)
    asked: list[bytes] = []
    with answering(*[HEAD + b"\r\n" + frame(reached, "{}") + large] * 8, asked=asked) as url:
        stream, _ = drive(url, seconds=12)
    assert b"Last-Event-ID" in asked[2]
    assert b"GET /stream?since=1781524801000 " in asked[3]
    assert stream.problem is not None
    assert "a message of more than 16,777,216 bytes" in stream.problem


def test_comments_alone_are_no_life() -> None:
    clock = Time()
    with dripping(b":\n\n") as url:
        stream = make_stream(url, clock, silence_seconds=30)
        while stream.problem is None:
            stream.read(1.0)
            clock.now += 10
        stream.close()
    assert "nothing new came for" in stream.problem


def test_a_head_that_never_ends_is_given_up_and_two_connections_are_the_most() -> None:
    clock = Time()
    connections: list[socket.socket] = []
    with dripping(b"X", head=b"HTTP/1.1 200 OK\r\nX-Long: ", connections=connections) as url:
        stream = make_stream(url, clock, silence_seconds=30)
        for _ in range(60):
            stream.read(0.05)
            clock.now += 10
        assert stream.problem is not None
        assert "no whole answer for" in stream.problem
        assert len(connections) <= 2
        stream.close()


@pytest.mark.parametrize("header", [b"Transfer-Encoding: gzip, chunked", b"Content-Encoding: br"])
def test_codings_that_were_not_asked_for_are_named(header: bytes) -> None:
    with answering(HEAD + header + b"\r\n\r\nxx") as url:
        stream = make_stream(url)
        while stream.problem is None:
            stream.read(1.0)
    assert "which was not asked for" in stream.problem
