"""How well a text fits a wiki: names of now and of once, own and English ones, codes, addresses, one typing error."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from wiki_activity.domain.language_names import OTHER_NAMES
from wiki_activity.domain.wikis import Wiki

NONE: Final = 9
"""The rank of what does not fit."""
_SHORTEST_WITH_A_TYPO: Final = 4
"""Shorter words are one letter away from too many others."""
_LONGEST: Final = 300
_PARTS: Final = re.compile(r"[\s()/,;:_]+")
_FINER_PARTS: Final = re.compile(r"[\s()/,;:_.'-]+")
_ADDRESS: Final = re.compile(r"(?:(?:https?:)?//)?([^/?#\s]+\.[^/?#\s.]+)\.?(?:[/?#].*)?")
_MOBILE: Final = re.compile(r"(^|\.)m\.")


@dataclass(frozen=True, slots=True)
class _Names:
    """What a wiki is called, folded; in texts that can be searched without a loop.

    Parameters
    ----------
    exact
        Codes and addresses.
    phrases
        Whole names, a line break before each.
    words
        Single words of all of them, and how they stand in a text with a blank before and behind each.
    """

    exact: frozenset[str]
    phrases: str
    words: frozenset[str]
    spaced: str


def fold(text: str) -> str:
    """Fold case, width and accents, so that `français`, `Francais` and `FRANÇAIS` are the same to a search."""
    decomposed = unicodedata.normalize("NFKD", text.strip().casefold()).replace("’", "'")
    return "".join(character for character in decomposed if not "\u0300" <= character <= "\u036f")


def fold_asked(text: str) -> str:
    """Fold what somebody typed or pasted; of an address its host stays, without `www.` and the mobile site's `m.`."""
    wanted = " ".join(fold(text[:_LONGEST]).split())
    host = _ADDRESS.fullmatch(wanted)
    return wanted if host is None else _MOBILE.sub(r"\1", host[1].removeprefix("www."))


def rank(wiki: Wiki, former: Sequence[str], wanted: str) -> int:
    """Say how well a wiki fits a folded text: 0 is a code or an address of its own, `NONE` not at all.

    Parameters
    ----------
    former
        Addresses that the wiki once had.
    """
    names = _read_names(wiki, tuple(former))
    if wanted in names.exact:
        return 0
    if f"\n{wanted}" in names.phrases:
        return 1
    parts = _split(wanted)
    if all(f" {part} " in names.spaced for part in parts):
        return 2
    if all(f" {part}" in names.spaced for part in parts):
        return 3
    return 4 if wanted in names.phrases else NONE


def rank_misspelt(wiki: Wiki, former: Sequence[str], wanted: str) -> int:
    """Say how well a wiki fits a text in which each word may have one typing error: 0 or `NONE`."""
    words = _read_names(wiki, tuple(former)).words
    return 0 if all(any(_begins_like(word, part) for word in words) for part in _split(wanted)) else NONE


def differs_by_one(one: str, other: str) -> bool:
    """Tell whether two words are the same but for one letter too many, missing or wrong, or two that changed places."""
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1:
        return False
    at = next((at for at, (own, others) in enumerate(zip(one, other, strict=False)) if own != others), len(one))
    if len(one) < len(other):
        return one[at:] == other[at + 1 :]
    rest, others_rest = one[at:], other[at:]
    return rest[1:] == others_rest[1:] or (rest[:2] == others_rest[:2][::-1] and rest[2:] == others_rest[2:])


@lru_cache(maxsize=32_768)
def _begins_like(word: str, part: str) -> bool:
    if word.startswith(part):
        return True
    size = len(part)
    if size < _SHORTEST_WITH_A_TYPO or len(word) < size - 1:
        return False
    # The error is in the first letters, or after them.
    if word[:2] != part[:2] and part[3:] not in word:
        return False
    return any(differs_by_one(word[:end], part) for end in (size, size + 1, size - 1) if end <= len(word))


def _split(wanted: str) -> list[str]:
    return [part for part in _PARTS.split(wanted) if part] or [wanted]


@lru_cache(maxsize=8192)
def _read_names(wiki: Wiki, former: tuple[str, ...]) -> _Names:
    addresses = [name.removeprefix("www.") for name in (wiki.project, *former)]
    codes = [wiki.dbname, wiki.language]
    exact = frozenset(map(fold, (*addresses, *codes, wiki.project)))
    family = "" if wiki.family == "special" else f" {wiki.family}"
    others = [] if wiki.family == "special" else [name + family for name in OTHER_NAMES.get(wiki.language, ())]
    names = [fold(name) for name in (wiki.autonym + family, wiki.name, wiki.project, *addresses, *others)]
    phrases = list(dict.fromkeys([*names, fold(wiki.dbname)]))
    texts = [*phrases, fold(wiki.language)]
    words = frozenset(part for text in texts for split in (_PARTS, _FINER_PARTS) for part in split.split(text) if part)
    return _Names(exact, "".join(f"\n{phrase}" for phrase in phrases), words, f" {' '.join(sorted(words))} ")
