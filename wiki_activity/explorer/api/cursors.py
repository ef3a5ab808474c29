"""Cursors of lists that have their own order: opaque to readers, and never trusted."""

import base64
import binascii
import json

from wiki_activity.explorer.api.parameters import refuse

_LONGEST = 255


def write_cursor(kind: str, *place: str | int) -> str:
    """Write a place as text for an address."""
    return base64.urlsafe_b64encode(json.dumps([kind, *place]).encode()).decode().rstrip("=")


def read_cursor(kind: str, cursor: str, *types: type) -> list[str | int]:
    """Read a place of values of these types.

    Raises
    ------
    ProblemError
        422, if it was not written for this list.
    """
    try:
        found = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise bad_cursor() from None
    if not isinstance(found, list) or [type(part) for part in found] != [str, *types] or found[0] != kind:
        raise bad_cursor()
    # A lone surrogate cannot be sent to a database.
    if any(isinstance(part, str) and not (len(part) <= _LONGEST and part.isprintable()) for part in found):
        raise bad_cursor()
    return found[1:]


def bad_cursor() -> Exception:
    """Make the answer for a cursor that was not written by this list."""
    return refuse("cursor", "not a cursor of this list: take `next` of the page before, asked for in the same way")
