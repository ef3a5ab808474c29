"""Server-sent events out of bytes that come in pieces of any size, as the WHATWG's HTML specification has it.

Our own, since a library's way from the socket to the message takes twice as long as all that the watcher does, counting
included (`benchmarks/stream.py`).
"""

from typing import Final

import msgspec

LARGEST_EVENT: Final = 16 * 2**20
"""Bytes; the largest that Wikimedia's Kafka takes are a quarter of it."""
_LONGEST_FIELD: Final = 8192
"""Bytes of an id or of an event's type."""
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class Message(msgspec.Struct, frozen=True, gc=False):
    """One event.

    Parameters
    ----------
    data
        Its data lines, joined by line feeds.
    event
        Its type; `message` where none was given.
    last_event_id
        The newest id so far, which need not be of this event.
    """

    data: bytes
    event: bytes
    last_event_id: bytes


class SseParser:
    """Parses one connection's bytes; what is unfinished when it breaks off is no event.

    Memory is bounded: of an event that is too large nothing is kept, and it is read over to its end.

    Parameters
    ----------
    last_event_id
        Of the connection before.
    largest_event
        Bytes beyond which an event is dropped.
    """

    def __init__(self, last_event_id: bytes = b"", largest_event: int = LARGEST_EVENT) -> None:
        self.last_event_id = last_event_id
        """Where to resume: the id as it was at the last blank line."""
        self.retry_milliseconds: int | None = None
        """How long the server asks to wait before reconnecting; None where it does not."""
        self.oversized = 0
        """How many events were dropped for their size."""
        self.skipping = False
        """Whether the event under way is one of them."""
        self._largest_event = largest_event
        self._id = last_event_id
        self._event = b""
        self._data: list[bytes] = []
        self._data_size = 0
        self._unfinished: list[bytes] = []
        self._unfinished_size = 0
        self._cut_line = False
        self._started = False
        self._ended_in_cr = False

    def feed(self, data: bytes) -> list[Message]:
        """Return the messages that end within the next bytes."""
        if not self._started:
            data = self._strip_mark(data)
        if b"\r" in data or self._ended_in_cr:
            data = self._unify_line_ends(data)
        if b"\n" not in data:
            self._keep(data)
            return []
        lines = data.split(b"\n")
        if self._unfinished:
            self._unfinished.append(lines[0])
            lines[0] = b"".join(self._unfinished)
        elif self._cut_line:
            # The end of a line whose beginning is dropped; not empty, so that it is not taken for a blank one.
            lines[0] = b":"
        self._unfinished, self._unfinished_size, self._cut_line = [], 0, False
        rest = lines.pop()
        messages = self._read_lines(lines)
        self._keep(rest)
        return messages

    def _read_lines(self, lines: list[bytes]) -> list[Message]:
        messages: list[Message] = []
        collected, size, largest = self._data, self._data_size, self._largest_event
        for line in lines:
            if not line:
                self.last_event_id = self._id
                if collected:
                    content = collected[0] if len(collected) == 1 else b"\n".join(collected)
                    messages.append(Message(content, self._event or b"message", self._id))
                    collected.clear()
                size = 0
                self._event, self.skipping = b"", False
            # These three are nearly all lines; what follows would read them alike.
            elif line.startswith(b"data: "):
                collected.append(line[6:])
                size += len(line)
                if size > largest or self.skipping:
                    self._drop()
                    size = 0
            elif line.startswith(b"id: ") and b"\0" not in line and len(line) < _LONGEST_FIELD:
                self._id = line[4:]
            elif line.startswith(b"event: "):
                self._event = line[7:_LONGEST_FIELD]
            else:
                self._data_size = size
                self._read_field(line)
                size = self._data_size
        self._data_size = size
        return messages

    def _read_field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if len(line) > self._largest_event:
            self._drop()
        elif name == b"data":
            self._data.append(value)
            self._data_size += len(line)
            if self._data_size > self._largest_event or self.skipping:
                self._drop()
        elif name == b"event":
            self._event = value[:_LONGEST_FIELD]
        elif name == b"id" and b"\0" not in value and len(value) < _LONGEST_FIELD:
            self._id = value
        elif name == b"retry" and value.isdigit():
            self.retry_milliseconds = int(value[:12])

    def _strip_mark(self, data: bytes) -> bytes:
        data = b"".join([*self._unfinished, data])
        self._unfinished, self._unfinished_size = [], 0
        if len(data) < len(_BYTE_ORDER_MARK) and _BYTE_ORDER_MARK.startswith(data):
            self._keep(data)
            return b""
        self._started = True
        return data.removeprefix(_BYTE_ORDER_MARK)

    def _unify_line_ends(self, data: bytes) -> bytes:
        if self._ended_in_cr and data:
            # That carriage return has ended its line already.
            data = data.removeprefix(b"\n")
            self._ended_in_cr = False
        if data.endswith(b"\r"):
            self._ended_in_cr = True
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _keep(self, data: bytes) -> None:
        if not data or self._cut_line:
            return
        self._unfinished.append(data)
        self._unfinished_size += len(data)
        if self._unfinished_size + self._data_size > self._largest_event:
            self._cut_line = True
            self._unfinished, self._unfinished_size = [], 0
            self._drop()

    def _drop(self) -> None:
        """Forget the event under way, and go on so until its end."""
        self._data.clear()
        self._data_size = 0
        if not self.skipping:
            self.skipping = True
            self.oversized += 1
