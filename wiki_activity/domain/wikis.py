"""What a wiki is, and the order in which wikis matter to somebody."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Direction = Literal["ltr", "rtl"]

_TAGS: Final[Mapping[str, str]] = {
    "als": "gsw",
    "bat-smg": "sgs",
    "be-x-old": "be-tarask",
    "cbk-zam": "cbk",
    "eml": "egl",
    "fiu-vro": "vro",
    "map-bms": "jv-x-bms",
    "nrm": "nrf",
    "roa-rup": "rup",
    "roa-tara": "nap-x-tara",
    "simple": "en",
    "zh-classical": "lzh",
    "zh-min-nan": "nan",
    "zh-yue": "yue",
}
"""Wikimedia's codes that name no language, or another one, outside of it."""


@dataclass(frozen=True, slots=True)
class Wiki:
    """One MediaWiki site of Wikimedia.

    Parameters
    ----------
    project
        Host name, `hi.wikipedia.org`: its key everywhere.
    dbname
        Name of its database, `hiwiki`.
    family
        `wikipedia`, `wiktionary`, …; `special` for Commons, Wikidata, Meta and their like.
    language
        Language code as in the site matrix, `hi`; for specials the matrix's `lang`, else `mul`.
    name
        Name for readers in English where known, `Hindi Wikipedia`.
    autonym
        The language's own name, `हिन्दी`; the wiki's name for specials.
    direction
        Writing direction of the autonym.
    closed
        Whether it takes no more edits.
    gone
        Whether the site matrix no longer names it.
    """

    project: str
    dbname: str
    family: str
    language: str
    name: str
    autonym: str
    direction: Direction
    closed: bool
    gone: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it can be asked for: named by the site matrix, and not closed."""
        return not (self.closed or self.gone)


def language_tag(wiki: Wiki) -> str:
    """Return the BCP 47 tag of the language of a wiki's autonym, as browsers and screen readers know it."""
    return _TAGS.get(wiki.language, wiki.language)


def is_watched(wiki: Wiki, watchlist: Sequence[str]) -> bool:
    """Tell whether an entry (`hi.wikipedia.org`, `lang:bn`, `family:wikisource`) names the wiki."""
    names = {wiki.project, f"lang:{wiki.language}", f"family:{wiki.family}"}
    return not names.isdisjoint(watchlist)


def order_for_fetching(wikis: Iterable[Wiki], watchlist: Sequence[str], sizes: Mapping[str, int]) -> list[Wiki]:
    """Put the watchlist's wikis first, then the biggest, so that pages are soon useful.

    Parameters
    ----------
    wikis
        In any order.
    watchlist
        Entries as in :func:`is_watched`.
    sizes
        Edits of each project's newest stored month; a project that is absent counts as unknown and comes after the
        known ones, big families first, then by name.
    """
    families = ("special", "wikipedia", "wiktionary", "wikisource")

    def rank(wiki: Wiki) -> tuple[bool, int, int, str]:
        family = families.index(wiki.family) if wiki.family in families else len(families)
        return (not is_watched(wiki, watchlist), -sizes.get(wiki.project, -1), family, wiki.project)

    return sorted(wikis, key=rank)
