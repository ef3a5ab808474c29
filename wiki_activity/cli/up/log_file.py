"""A log of what a program says: appended, bounded in size, and no reason to stop when it cannot be written."""

import re
from contextlib import suppress
from pathlib import Path

_LIMIT_BYTES = 5_000_000
_TAIL_BYTES = 8192
_TAIL_LINES = 10
_COLOUR = re.compile(rb"\x1b\[[0-9;]*m")
"""Dagster's daemon colours what it says, wherever it goes, and has no plain format."""


class LogFile:
    """One log, `NAME.log`, and the one before it, `NAME.log.1`.

    Parameters
    ----------
    path
        Where it is.
    limit_bytes
        How large it becomes before it is put aside.
    """

    def __init__(self, path: Path, limit_bytes: int = _LIMIT_BYTES) -> None:
        self.path = path
        self._limit = limit_bytes
        self._file = path.open("ab", buffering=0)
        self._size = self._file.tell()
        self._said = b""

    @property
    def tail(self) -> list[str]:
        """The last lines that were said, whether or not they could be written."""
        return self._said.decode("utf-8", "replace").splitlines()[-_TAIL_LINES:]

    def write(self, said: bytes) -> None:
        """Append, without colours; what a full disk does not take is lost."""
        said = _COLOUR.sub(b"", said)
        self._said = (self._said + said)[-_TAIL_BYTES:]
        with suppress(OSError):
            if self._size + len(said) > self._limit:
                self._put_aside()
            self._size += self._file.write(said)

    def close(self) -> None:
        """Close it."""
        self._file.close()

    def _put_aside(self) -> None:
        self._file.close()
        self.path.replace(self.path.with_name(f"{self.path.name}.1"))
        self._file = self.path.open("ab", buffering=0)
        self._size = 0
