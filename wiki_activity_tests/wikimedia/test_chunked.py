"""Chunked transfer coding in pieces of any size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiki_activity.wikimedia.chunked import ChunkedDecoder, ChunkError


def encode(contents: list[bytes]) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(content), content) for content in contents if content) + b"0\r\n\r\n"


@given(st.lists(st.binary(max_size=40), max_size=20), st.lists(st.integers(0, 10_000), max_size=20))
def test_the_content_comes_out_whatever_the_pieces(contents: list[bytes], places: list[int]) -> None:
    wire = encode(contents)
    edges = sorted({place % (len(wire) + 1) for place in places})
    decoder = ChunkedDecoder()
    pieces = [wire[a:b] for a, b in zip([0, *edges], [*edges, len(wire)], strict=True)]
    assert b"".join(map(decoder.feed, pieces)) == b"".join(contents)
    assert decoder.ended


def test_what_has_come_of_a_chunk_is_passed_on_at_once() -> None:
    decoder = ChunkedDecoder()
    assert decoder.feed(b"5\r\nab") == b"ab"
    assert decoder.feed(b"cde") == b"cde"
    assert decoder.feed(b"\r") == b""
    assert decoder.feed(b"\n2") == b""
    assert decoder.feed(b"\r\nfg\r\n0\r\n") == b"fg"
    assert decoder.ended
    assert decoder.feed(b"trailer: x\r\n\r\n") == b""


def test_extensions_are_ignored() -> None:
    assert ChunkedDecoder().feed(b"2;name=value\r\nab\r\n") == b"ab"


@pytest.mark.parametrize("wire", [b"xyz\r\n", b"-3\r\nabc\r\n", b"\r\n", b"2\r\nabc\r\n", b"1" * 5000])
def test_what_is_not_in_chunks_is_refused(wire: bytes) -> None:
    with pytest.raises(ChunkError):
        ChunkedDecoder().feed(wire)
