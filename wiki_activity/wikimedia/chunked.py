"""HTTP's chunked transfer coding, taken off many chunks at a time.

`http.client` spends two calls and a read of its own on each chunk, and EventStreams sends a chunk for each event.
"""

from typing import Final

_LONGEST_SIZE_LINE: Final = 4096
_END_OF_CHUNK: Final = 2


class ChunkError(ValueError):
    """The bytes are not in chunked coding."""


class ChunkedDecoder:
    """Takes the coding off bytes that come in pieces of any size.

    What has come of an unfinished chunk is passed on at once. Trailers are ignored.
    """

    def __init__(self) -> None:
        self.ended = False
        """Whether the last chunk, of no size, has come."""
        self._size_line = b""
        self._left = 0  # of the chunk under way, with the line end that closes it

    def feed(self, data: bytes) -> bytes:
        """Return the content of the next bytes.

        Raises
        ------
        ChunkError
            If a chunk does not begin with its size.
        """
        if self.ended:
            return b""
        parts: list[bytes] = []
        position = 0
        if self._left:
            parts.append(data[: max(self._left - _END_OF_CHUNK, 0)])
            position = self._left
            self._left = max(self._left - len(data), 0)
        elif self._size_line:
            data = self._size_line + data
        self._size_line = b""
        size = len(data)
        while position < size:
            line_end = data.find(b"\n", position)
            if line_end < 0:
                self._size_line = data[position:]
                if len(self._size_line) > _LONGEST_SIZE_LINE:
                    msg = f"a chunk begins with no size: {self._size_line[:40]!r}"
                    raise ChunkError(msg)
                break
            try:
                length = int(data[position:line_end], 16)
            except ValueError:
                length = _read_size(data[position:line_end])
            if length <= 0:
                self._end(length)
                break
            start = line_end + 1
            position = start + length
            parts.append(data[start:position])
            position += _END_OF_CHUNK
            if position > size:
                self._left = position - size
        return b"".join(parts)

    def _end(self, length: int) -> None:
        if length < 0:
            msg = f"a chunk has the size {length}"
            raise ChunkError(msg)
        self.ended = True


def _read_size(line: bytes) -> int:
    """Read the size where extensions follow it."""
    try:
        return int(line.partition(b";")[0], 16)
    except ValueError as error:
        msg = f"a chunk begins with no size: {line[:40]!r}"
        raise ChunkError(msg) from error
