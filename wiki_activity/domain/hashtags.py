"""Hashtags in edit summaries, by the rules of Wikimedia's own Hashtags tool, but in all scripts.

That tool cuts a hashtag where a vowel sign of Hindi or Tamil comes.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

_HASHTAG: Final = re.compile(r"(?:^|\s)[＃#](\S+)")
_BATCH: Final = re.compile(r"temporary_batch_\d{13}")
_NONE: Final = frozenset(
    ("redirect", "weiterleitung", "redirection", "ifexist", "switch", "ifexpr", "if", "rs", "default", "mw")
) | {"flickr2commons", "quickstatements"}
"""Words of wiki text, and names that tools write into every summary."""
_LEAST: Final = 2
_MOST: Final = 60
"""Characters; the longest that is in use has 38."""
_MOST_IN_A_SUMMARY: Final = 20


def find_hashtags(summary: str) -> frozenset[str]:
    """Return the hashtags of a summary, folded to one case; those too long to be one are left out."""
    found = (_cut(text).casefold() for text in itertools.islice(_list_candidates(summary), _MOST_IN_A_SUMMARY))
    return frozenset(tag for tag in found if _is_hashtag(tag))


def _list_candidates(summary: str) -> Iterator[str]:
    return (match[1][: _MOST + 1] for match in _HASHTAG.finditer(summary))


def _cut(text: str) -> str:
    """Return what of a text belongs to the hashtag that it begins with: letters, their marks, digits."""
    return "".join(itertools.takewhile(_belongs, text))


def _belongs(character: str) -> bool:
    return character == "_" or character.isalnum() or unicodedata.category(character) in {"Mn", "Mc"}


def _is_hashtag(tag: str) -> bool:
    return _LEAST <= len(tag) <= _MOST and not tag.isdecimal() and tag not in _NONE and not _BATCH.fullmatch(tag)
