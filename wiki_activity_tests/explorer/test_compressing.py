"""What is compressed once can be read by whoever reads gzip."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from wiki_activity.explorer.compressing import PagePart, accepts_gzip, combine_checks, compress, join


@given(st.binary(max_size=3000), st.text(max_size=3000), st.binary(max_size=3000))
def test_a_joined_page_is_head_part_and_tail(head: bytes, part: str, tail: bytes) -> None:
    assert gzip.decompress(join(head, PagePart.of(part), tail)) == head + part.encode() + tail


@given(st.text(max_size=3000))
def test_a_part_comes_back_as_it_was(html: str) -> None:
    assert PagePart.of(html).html == html.encode()


@given(st.binary(max_size=3000), st.binary(max_size=3000))
def test_checks_are_combined_as_zlib_finds_them(first: bytes, second: bytes) -> None:
    assert combine_checks(zlib.crc32(first), zlib.crc32(second), len(second)) == zlib.crc32(first + second)


def test_a_part_far_longer_than_a_window_is_joined_too() -> None:
    # What is repeated lies farther back than deflate can refer to, and the part is longer than 16 bits can count.
    part = "".join(f"<td>{number}</td>" for number in range(30_000))
    head, tail = part[:50_000].encode(), part[-50_000:].encode()
    assert gzip.decompress(join(head, PagePart.of(part), tail)) == head + part.encode() + tail


def test_a_whole_body_is_the_same_each_time() -> None:
    assert compress(b"x" * 5000) == compress(b"x" * 5000)
    assert gzip.decompress(compress(b"x" * 5000)) == b"x" * 5000


@pytest.mark.parametrize(
    ("sent", "accepts"),
    [
        ("gzip", True),
        ("deflate, gzip;q=0.5, br", True),
        ("br, deflate", False),
        ("", False),
    ],
)
def test_who_reads_gzip_says_so(sent: str, accepts: bool) -> None:
    assert accepts_gzip(Headers({"Accept-Encoding": sent} if sent else {})) is accepts
