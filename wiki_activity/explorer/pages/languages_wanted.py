"""The languages that a browser asks for."""

import re
from typing import Final

_MOST: Final = 10
_PART = re.compile(r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?")


def read_languages(header: str) -> tuple[str, ...]:
    """Read the language codes of an `Accept-Language` header, best first; what cannot be read is left out.

    Of `pt-BR` both the whole and its first part count, as Wikimedia's codes (`zh-yue`) may be either.
    """
    found: list[tuple[float, str]] = []
    for part in header.split(",")[:_MOST]:
        match = _PART.fullmatch(part)
        weight = float(match[2] or 1) if match else 0.0
        if match and weight > 0:
            tag = match[1].lower()
            found += [(-weight, tag), (-weight, tag.partition("-")[0])]
    found.sort(key=lambda one: one[0])
    return tuple(dict.fromkeys(tag for _, tag in found))
