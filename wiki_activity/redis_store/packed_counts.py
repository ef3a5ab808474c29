"""Counts of a minute's seconds or an hour's minutes as one short string: `12:3/1 40:1` is 3 edits at 12, 1 by a bot."""

from collections.abc import Iterable

from wiki_activity.redis_store.store_errors import SavedStateError

Counts = tuple[int, int]
"""Edits, bots' included, and those by bots."""


def encode_counts(counts: Iterable[tuple[int, int, int]]) -> str:
    """Write (place, edits, bots' edits), in any order, places from 0 to 59."""
    return " ".join(f"{place}:{edits}/{bots}" if bots else f"{place}:{edits}" for place, edits, bots in counts)


def decode_counts(text: str) -> dict[int, Counts]:
    """Read counts by place; places without edits are absent.

    Raises
    ------
    SavedStateError
        If it is no such string.
    """
    counts = {}
    try:
        for entry in text.split():
            place, _, both = entry.partition(":")
            edits, _, bots = both.partition("/")
            counts[int(place)] = (int(edits), int(bots or 0))
    except ValueError as error:
        msg = f"no counts of seconds or minutes: {text[:80]!r}"
        raise SavedStateError(msg) from error
    return counts
