"""Bodies that are compressed once, however often they are sent: whole ones, and parts of pages."""

import gzip
import struct
import zlib
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from starlette.datastructures import Headers

SMALLEST = 1000
"""Bodies of fewer bytes are sent as they are."""
LEVEL = 5
"""Level 9 takes three times as long for pages a few percent smaller."""
AHEAD_LEVEL = 6
"""Where nobody waits."""
QUICK_LEVEL = 3
"""Where somebody does: 40 % sooner than 5, for pages a tenth larger."""
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_NO_HEADER = -zlib.MAX_WBITS
_CRC_POLYNOMIAL = 0xEDB88320


def accepts_gzip(headers: Headers) -> bool:
    """Tell whether whoever asks can read gzip, by the same test as Starlette's middleware."""
    return "gzip" in headers.get("accept-encoding", "")


def compress(body: bytes) -> bytes:
    """Return a whole body as gzip."""
    return gzip.compress(body, LEVEL, mtime=0)


@dataclass(frozen=True, slots=True)
class PagePart:
    """Part of a page that is the same for many readers, compressed: it takes a fifth of the space.

    Parameters
    ----------
    deflated
        The part without header or end: it can stand between any others.
    check
        Its CRC-32.
    length
        Its bytes before they were compressed.
    digest
        Of these bytes.
    """

    deflated: bytes
    check: int
    length: int
    digest: bytes

    @classmethod
    def of(cls, html: str, level: int = QUICK_LEVEL) -> "PagePart":
        """Compress a part."""
        body = html.encode()
        packer = zlib.compressobj(level, zlib.DEFLATED, _NO_HEADER)
        deflated = packer.compress(body) + packer.flush(zlib.Z_FULL_FLUSH)
        return cls(deflated, zlib.crc32(body), len(body), sha256(body).digest())

    @property
    def html(self) -> bytes:
        """The part as it was."""
        return zlib.decompressobj(_NO_HEADER).decompress(self.deflated)


def join(head: bytes, part: PagePart, tail: bytes) -> bytes:
    """Return a page as gzip, of which the head and the tail alone are compressed now."""
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, _NO_HEADER)
    # After a full flush nothing refers back to what was before it, so that the part may stand there.
    begin = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    end = packer.compress(tail) + packer.flush()
    check = zlib.crc32(tail, combine_checks(zlib.crc32(head), part.check, part.length))
    size = (len(head) + part.length + len(tail)) % 2**32
    return b"".join([_GZIP_HEADER, begin, part.deflated, end, struct.pack("<LL", check, size)])


def combine_checks(first: int, second: int, length: int) -> int:
    """Return the CRC-32 of two texts, one behind the other, from that of each and the second one's length in bytes.

    A CRC is a remainder of polynomials over GF(2): the first one's is multiplied by x to the power of the bits behind
    it. As zlib's own crc32_combine does, which Python's module leaves out.
    """
    factor = 1 << 31
    for power in range(length.bit_length()):
        if length >> power & 1:
            # x to the power of 8 · 2^power.
            factor = _multiply(_power_of_x(power + 3), factor)
    return _multiply(factor, first) ^ second


@cache
def _power_of_x(doublings: int) -> int:
    """Return x to the power of 2^doublings; the highest bit stands for x⁰."""
    return 1 << 30 if doublings == 0 else _multiply(_power_of_x(doublings - 1), _power_of_x(doublings - 1))


def _multiply(one: int, other: int) -> int:
    product = 0
    for place in range(31, -1, -1):
        if one >> place & 1:
            product ^= other
        other = other >> 1 ^ (_CRC_POLYNOMIAL if other & 1 else 0)
    return product
