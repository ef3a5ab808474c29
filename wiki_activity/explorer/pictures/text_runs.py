"""Texts in several scripts as parts that are placed one by one.

The library that paints takes one font for all of a text, and where that lacks letters puts another's glyphs in their
places one to one: of scripts whose letters join or change their order little is left then, unless they stand alone.
"""

import unicodedata
from dataclasses import dataclass
from typing import Literal

Anchor = Literal["start", "middle", "end"]

_TOGETHER = frozenset({"LATIN", "GREEK", "CYRILLIC"})
_EAST_ASIAN = frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "BOPOMOFO"})


@dataclass(frozen=True, slots=True)
class Run:
    """Part of a text, where it begins, or ends where it is all of one that ends there."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class TextLine:
    """The parts of one line, and what their places are: `start`, `middle` or `end` of them."""

    anchor: Anchor
    runs: tuple[Run, ...]


def lay_text(text: str, x: float, size: float, anchor: Anchor = "start") -> TextLine:
    """Lay out one line of text whose start, middle or end is at `x`."""
    parts = split_scripts(text)
    if len(parts) < 2:
        return TextLine(anchor, (Run(x, text),))
    share = {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor]
    at = x - share * measure(text, size)
    runs = []
    for part in parts:
        runs.append(Run(round(at, 1), part))
        at += measure(part, size)
    return TextLine("start", tuple(runs))


def split_scripts(text: str) -> list[str]:
    """Split a text where another script begins; digits, spaces and the like go with the letters before them."""
    parts: list[str] = []
    last = ""
    for character in text:
        script = find_script(character)
        if parts and script in {"", last}:
            parts[-1] += character
        elif parts and not last:
            parts[-1] += character
            last = script
        else:
            parts.append(character)
            last = script
    return parts


def find_script(character: str) -> str:
    """Name the script of a letter, several that fonts have together by one name; nothing of what belongs to none."""
    if not character.isalpha():
        return ""
    word = unicodedata.name(character, "UNKNOWN").partition(" ")[0]
    if word in _TOGETHER:
        return "LATIN"
    return "CJK" if word in _EAST_ASIAN else word


def measure(text: str, size: float) -> float:
    """Estimate how wide a text of a font size is, rather too wide than too narrow: nothing here knows the fonts."""
    return size * sum(map(_measure, text))


def cut(text: str, width: float, size: float) -> str:
    """Cut a text to a width."""
    if measure(text, size) <= width:
        return text
    room = width - size * _measure("…")
    at = 0
    while at < len(text) and (room := room - size * _measure(text[at])) >= 0:
        at += 1
    # A mark belongs to the letter before it.
    while 0 < at < len(text) and unicodedata.category(text[at]).startswith("M"):
        at -= 1
    return f"{text[:at].rstrip()}…"


def _measure(character: str) -> float:
    category = unicodedata.category(character)
    if category in {"Mn", "Me", "Cf"}:
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    if category == "Lu" or character in "mw%@":
        return 0.7
    return 0.3 if character in " .,:;'|ijl" else 0.58
