"""Shards: all wikis divided among several refreshes, each wiki always in the same one."""

import re
import zlib
from dataclasses import dataclass


class ShardError(ValueError):
    """A text that names no shard; the message says how one is written."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several parts of all wikis.

    Parameters
    ----------
    number
        Which part, from 1.
    of
        How many parts there are.
    """

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def holds(self, project: str) -> bool:
        """Tell whether a wiki is in this part, by a sum over its address: other wikis that come or go do not matter."""
        return zlib.crc32(project.encode()) % self.of == self.number - 1


def parse_shard(text: str) -> Shard:
    """Read a shard, written like `2/8`.

    Raises
    ------
    ShardError
        If it is none.
    """
    match = re.fullmatch(r"([1-9][0-9]{0,2})/([1-9][0-9]{0,2})", text.strip(), re.ASCII)
    if match is None or int(match[1]) > int(match[2]):
        msg = f"not a shard: {text!r}; the second of eight is written 2/8"
        raise ShardError(msg)
    return Shard(int(match[1]), int(match[2]))
