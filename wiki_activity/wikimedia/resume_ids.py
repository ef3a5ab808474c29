"""Where a stream is: the `id` of its messages, a JSON list of topics with the time or the offset each has reached."""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

LONGEST_ID: Final = 8192
"""Bytes: beyond it no server would take it back in a header."""
_CONTROL: Final = re.compile(rb"[\x00-\x1f\x7f]")


class _Place(msgspec.Struct, gc=False):
    topic: str
    partition: int = 0
    offset: int | None = None
    timestamp: int | None = None


class Reached(msgspec.Struct, frozen=True, gc=False):
    """How far one topic was delivered.

    Parameters
    ----------
    milliseconds
        Epoch milliseconds at which the newest delivered message was received; None where the id does not say.
    offset
        Its number; -1 and None where there was none, or the id does not say.
    """

    milliseconds: int | None
    offset: int | None

    def is_behind(self, other: "Reached") -> bool:
        """Whether the other is further."""
        if self.milliseconds is not None and other.milliseconds is not None:
            return self.milliseconds < other.milliseconds
        if self.milliseconds is None and other.milliseconds is None:
            return (-1 if self.offset is None else self.offset) < (-1 if other.offset is None else other.offset)
        # One that has delivered has a time, or a number past -1; the other kind cannot be compared: taken as news.
        return other.milliseconds is not None or (other.offset is not None and other.offset >= 0)


Places = Mapping[str, Reached]
"""By topic and partition."""

_DECODER: Final = msgspec.json.Decoder(list[_Place])


def read_places(resume_id: bytes) -> dict[str, Reached] | None:
    """Read how far each topic is.

    None for what is no such id: other JSON or none, an empty list, too long, with control characters in it.
    """
    if not resume_id or len(resume_id) > LONGEST_ID or _CONTROL.search(resume_id):
        return None
    try:
        places = _DECODER.decode(resume_id)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return {f"{one.topic} {one.partition}": Reached(one.timestamp, one.offset) for one in places} or None


def is_further(places: Places, known: Places) -> bool:
    """Tell whether an id says of any topic that it is further than is known."""
    return any(name not in known or known[name].is_behind(reached) for name, reached in places.items())


def merge_places(known: Places, places: Places) -> dict[str, Reached]:
    """Return the furthest of each topic."""
    further = {name: one for name, one in places.items() if name not in known or known[name].is_behind(one)}
    return {**known, **further}
