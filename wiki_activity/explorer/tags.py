"""ETags: of the content itself, so that they hold across restarts and change with whatever changes an answer."""

import hashlib

from starlette.datastructures import Headers


def make_tag(*parts: bytes) -> str:
    """Make the tag of a content that is given in parts; weak, since it may be sent compressed or not."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return f'W/"{digest.hexdigest()[:24]}"'


def has_tag(headers: Headers, tag: str) -> bool:
    """Tell whether a reader has a content already, by what `If-None-Match` says, in however many lines."""
    lines = headers.getlist("if-none-match")
    known = {part.strip().removeprefix("W/") for line in lines for part in line.split(",")}
    return "*" in known or tag.removeprefix("W/") in known
