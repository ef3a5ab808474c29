"""Server-sent events: the cases of the WHATWG's specification, any chunking, and a library's reading of the same."""

import pytest
from httpx_sse._decoders import SSEDecoder, SSELineDecoder
from hypothesis import given
from hypothesis import strategies as st

from wiki_activity.wikimedia.sse import Message, SseParser


def parse(*chunks: bytes) -> list[Message]:
    parser = SseParser()
    return [message for chunk in chunks for message in parser.feed(chunk)]


def data_of(*chunks: bytes) -> list[bytes]:
    return [message.data for message in parse(*chunks)]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_all_three_line_ends_end_a_line(end: bytes) -> None:
    stream = end.join([b"data: one", b"data: two", b"", b"data: three", b"", b""])
    assert data_of(stream) == [b"one\ntwo", b"three"]
    assert data_of(*(stream[at : at + 1] for at in range(len(stream)))) == [b"one\ntwo", b"three"]


def test_a_crlf_that_is_split_across_chunks_ends_one_line() -> None:
    assert data_of(b"data: one\r", b"\ndata: two\r", b"\n\r", b"\n") == [b"one\ntwo"]
    assert data_of(b"data: one\r", b"", b"\n", b"\r", b"", b"\n") == [b"one"]


def test_a_carriage_return_ends_its_line_before_the_next_byte_is_known() -> None:
    assert data_of(b"data: one\r\r") == [b"one"]


def test_mixed_line_ends_in_a_row_are_as_many_lines() -> None:
    assert data_of(b"data: a\n\rdata: b\r\r\ndata: c\r\n\n") == [b"a", b"b", b"c"]


def test_the_examples_of_the_specification() -> None:
    assert data_of(b"data: YHOO\ndata: +2\ndata: 10\n\n") == [b"YHOO\n+2\n10"]
    stream = b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"
    assert parse(stream) == [
        Message(b"first event", b"message", b"1"),
        Message(b"second event", b"message", b""),
        Message(b" third event", b"message", b""),
    ]
    assert data_of(b"data\n\ndata\ndata\n\ndata:") == [b"", b"\n"]
    assert data_of(b"data:test\n\ndata: test\n\n") == [b"test", b"test"]


def test_comments_and_unknown_fields_are_ignored() -> None:
    assert data_of(b":ok\n\n: data: no\ndatum: no\n data: no\nDATA: no\ndata : no\ndata: yes\n\n") == [b"yes"]


def test_a_byte_order_mark_is_dropped_at_the_beginning_only() -> None:
    mark = b"\xef\xbb\xbf"
    for stream in (mark + b"data: one\n\n", mark + b"\ndata: one\n\n"):
        assert data_of(stream) == [b"one"]
        assert data_of(*(stream[at : at + 1] for at in range(len(stream)))) == [b"one"]
    assert data_of(b"data: one\n\n" + mark + b"data: two\n\n") == [b"one"]
    assert data_of(mark + mark + b"data: one\n\n") == []
    assert data_of(b"\xef", b"\xbb", b"data: one\n\ndata: two\n\n") == [b"two"]


def test_an_empty_id_forgets_the_one_before() -> None:
    parser = SseParser()
    parser.feed(b"id: 7\ndata: one\n\n")
    assert parser.last_event_id == b"7"
    parser.feed(b"id:\n\n")
    assert parser.last_event_id == b""


def test_an_id_with_a_null_is_ignored() -> None:
    assert parse(b"id: 1\ndata: one\n\nid: 2\x00\ndata: two\n\n")[1].last_event_id == b"1"


def test_an_id_counts_from_the_blank_line_on_even_without_data() -> None:
    parser = SseParser(b"before")
    assert parser.feed(b"id: 8\n") == []
    assert parser.last_event_id == b"before"
    parser.feed(b"\n")
    assert parser.last_event_id == b"8"


def test_an_event_type_lasts_for_one_event() -> None:
    assert [one.event for one in parse(b"event: a\ndata: 1\n\ndata: 2\n\nevent: b\n\ndata: 3\n\n")] == [
        b"a",
        b"message",
        b"message",
    ]


def test_the_retry_field_is_read_if_it_is_made_of_digits() -> None:
    parser = SseParser()
    parser.feed(b"retry: 12a\nretry: -1\nretry:\nretry\n\n")
    assert parser.retry_milliseconds is None
    parser.feed(b"retry: 2500\n\n")
    assert parser.retry_milliseconds == 2500


def test_what_is_unfinished_at_the_end_is_no_event() -> None:
    assert data_of(b"data: one\n\ndata: two\n") == [b"one"]


@pytest.mark.parametrize("size", [1, 7, 100, 5000])
@pytest.mark.parametrize(
    "large",
    [
        b"data: " + b"x" * 3000 + b"\n\n",
        (b"data: " + b"x" * 60 + b"\n") * 40 + b"\n",
        b"data\n" * 400 + b"\n",
        b":" + b"x" * 3000 + b"\r\n\r\n",
        b"x" * 3000 + b"\ndata: more\n\n",
    ],
)
def test_an_event_beyond_all_measure_is_read_over_and_counted(large: bytes, size: int) -> None:
    parser = SseParser(largest_event=1000)
    stream = b"id: 1\ndata: before\n\nid: 2\n" + large + b"id: 3\ndata: after\n\n"
    messages, most = [], 0
    for begin in range(0, len(stream), size):
        messages += parser.feed(stream[begin : begin + size])
        most = max(most, parser._unfinished_size + parser._data_size)
    assert [(one.data, one.last_event_id) for one in messages] == [(b"before", b"1"), (b"after", b"3")]
    assert parser.oversized == 1
    assert not parser.skipping
    assert most <= 1000 + size


def test_an_endless_event_is_noticed_while_it_goes_on() -> None:
    parser = SseParser(largest_event=1000)
    for _ in range(100):
        assert parser.feed(b"x" * 500) == []
    assert parser.skipping
    assert parser.oversized == 1


def test_an_endless_id_is_no_id() -> None:
    parser = SseParser(b"5")
    parser.feed(b"id: " + b"x" * 9000 + b"\ndata: {}\n\n")
    assert parser.last_event_id == b"5"


LINES = st.one_of(
    st.sampled_from(
        [b"", b"", b"data: {}", b"data", b"data:", b"event: x", b"id: 1", b"id", b"id:\x00", b"retry: 5", b":"]
    ),
    st.tuples(
        st.sampled_from([b"data", b"id", b"event", b"retry", b"dat", b""]),
        st.sampled_from([b": ", b":", b" :", b""]),
        st.text(alphabet="a:é\u2028\x85\x0b\x00 \ufeff7", max_size=6).map(str.encode),
    ).map(b"".join),
)
STREAMS = st.lists(st.tuples(LINES, st.sampled_from([b"\n", b"\r", b"\r\n"])).map(b"".join), max_size=30).map(b"".join)


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({place % (len(stream) + 1) for place in places})
    return [stream[a:b] for a, b in zip([0, *edges], [*edges, len(stream)], strict=True)]


@given(STREAMS, st.lists(st.integers(0, 10_000), max_size=12))
def test_chunking_does_not_matter(stream: bytes, places: list[int]) -> None:
    assert parse(*cut(stream, places)) == parse(stream)


@given(STREAMS, st.lists(st.integers(0, 10_000), max_size=12))
def test_a_library_reads_the_same(stream: bytes, places: list[int]) -> None:
    lines, decoder = SSELineDecoder(), SSEDecoder()
    text = stream.decode()
    # A mark at the beginning is left to whoever decodes the bytes; what is unfinished is no event to us.
    found = [decoder.decode(line) for line in lines.decode(text.removeprefix("\ufeff"))] if text else []
    if lines.trailing_cr:
        found += [decoder.decode(line) for line in lines.flush()]
    # The library also gives events without data, which the specification does not.
    wanted = [(one.data, one.event, one.id) for one in found if one is not None and one.data]
    ours = [message for message in parse(*cut(stream, places)) if message.data]
    assert [(m.data.decode(), m.event.decode(), m.last_event_id.decode()) for m in ours] == wanted
