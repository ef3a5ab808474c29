"""What kind of page a title is of, by the canonical name of its namespace."""

from enum import StrEnum
from typing import Final


class PageKind(StrEnum):
    """What a page is."""

    CONTENT = "content"
    PROJECT = "project"
    EVENT = "event"
    OTHER = "other"


_PROJECT: Final = frozenset(
    ("project", "wikipedia", "wiktionary", "wikibooks", "wikinews", "wikiquote", "wikisource", "wikiversity")
) | {"wikivoyage", "wikidata", "commons", "meta"}
_EVENT: Final = frozenset({"event"})
_OTHER: Final = (
    frozenset(("user", "file", "image", "mediawiki", "template", "help", "category", "portal", "draft", "module"))
    | {"timedtext", "topic", "translations", "gadget", "media", "special", "book", "property", "lexeme", "schema"}
    | {"grants", "research", "campaign", "education program"}
)


def find_page_kind(title: str) -> PageKind:
    """Tell the kind of a title with its namespace's canonical English name before it; talk pages are others."""
    prefix, colon, _ = title.partition(":")
    name = prefix.strip().casefold().replace("_", " ")
    if not colon:
        return PageKind.CONTENT
    if name in _EVENT:
        return PageKind.EVENT
    if name in _PROJECT:
        return PageKind.PROJECT
    if name in _OTHER or name == "talk" or (name.endswith(" talk") and len(name) < 40):
        return PageKind.OTHER
    return PageKind.CONTENT
