"""Pages of the simulated wikis: titles, namespaces and whether they still exist follow from a number.

A page's number is a billion times its namespace and a place in it. Places from half a billion on belong to a cause of a
month, :func:`number_cause_page`.
"""

import functools
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wiki_activity.simulator.evidence.causes import CauseKind, PlantedCause
from wiki_activity.simulator.wiki_catalogue import SimulatedWiki

NAMESPACE: Final = 1_000_000_000
OF_CAUSES: Final = 500_000_000
PAGES_OF_CAUSE: Final = 100_000
_DELETED_EVERY: Final = 101
_WORDS: Final = (
    "Album", "Battle", "Beetle", "Bridge", "Castle", "Church", "Comet", "Election", "Harbour", "Island",
    "Lake", "Mountain", "Museum", "Opera", "Orchid", "Painter", "River", "School", "Season", "Station",
)  # fmt: skip
_ODD: Final = (
    'R&B "live" in Concert', "C++ & C", "ʻOumuamua", "حديقة الأزبكية", "Zürich *B* _c_", "100 % `Wolf`",
    "@here (film)", "\u200eMark of direction", "=SUM(1+1)", "<!channel> in Slack",
)  # fmt: skip
NAMESPACES: Final[Mapping[int, str]] = {
    -2: "Media", -1: "Special", 0: "", 1: "Talk", 2: "User", 3: "User talk", 4: "Project", 5: "Project talk",
    6: "File", 7: "File talk", 10: "Template", 11: "Template talk", 14: "Category", 15: "Category talk",
}  # fmt: skip
"""By number, with the canonical names that all wikis understand."""
CONTENT_OF_FAMILY: Final[Mapping[str, Mapping[int, str]]] = {
    "wikisource": {102: "Author", 104: "Page", 106: "Index"},
    "wiktionary": {100: "Appendix"},
    "wikibooks": {102: "Cookbook"},
}
"""Namespaces of content that wikis of a family have besides articles."""
_LOCAL: Final[Mapping[str, Mapping[int, str]]] = {
    "hi": {1: "वार्ता", 2: "सदस्य", 3: "सदस्य वार्ता", 10: "साँचा", 14: "श्रेणी"},
    "de": {1: "Diskussion", 2: "Benutzer", 3: "Benutzer Diskussion", 10: "Vorlage", 14: "Kategorie"},
    "fr": {1: "Discussion", 2: "Utilisateur", 3: "Discussion utilisateur", 10: "Modèle", 14: "Catégorie"},
    "ar": {1: "نقاش", 2: "مستخدم", 3: "نقاش المستخدم", 10: "قالب", 14: "تصنيف"},
}
"""Names that a wiki has in its own language, which its own API writes; the metrics service writes canonical ones."""
_CONTENT_SHARES: Final[Mapping[str, Mapping[int, float]]] = {
    "wikisource": {104: 0.7, 106: 0.05, 102: 0.02},
    "wiktionary": {100: 0.02},
    "wikibooks": {102: 0.05},
}
_PROJECT: Final = 4
_NOTICEBOARDS: Final = 5
_ON_NOTICEBOARDS: Final = 0.35
_OTHER_SHARES: Final = {1: 0.2, 2: 0.2, 3: 0.32, 4: 0.16, 10: 0.07, 14: 0.05}


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of one wiki.

    Parameters
    ----------
    wiki
        The wiki.
    """

    wiki: SimulatedWiki

    @property
    def content(self) -> frozenset[int]:
        """The namespaces of content."""
        if self.wiki.code == "commons":
            return frozenset({0, 6})
        return frozenset({0, *CONTENT_OF_FAMILY.get(self.wiki.family, {})})

    @property
    def namespaces(self) -> dict[int, tuple[str, str]]:
        """All namespaces: canonical and own name."""
        return _name_namespaces(self.wiki)

    def draw(self, rng: np.random.Generator, count: int, *, content: bool) -> NDArray[np.int64]:
        """Draw the pages of edits: few pages have many, most have one."""
        shares = self._share_content() if content else _OTHER_SHARES
        chosen = rng.choice(list(shares), count, p=list(shares.values()))
        most = max(200.0, 8 * self.wiki.size)
        places = np.minimum(most * rng.random(count) ** 2, OF_CAUSES - 1).astype(np.int64)
        # What a whole wiki discusses is on the same few pages of the project every month, all else of it on many.
        on_project = chosen == _PROJECT
        usual = rng.random(count) < _ON_NOTICEBOARDS
        places[on_project & usual] %= _NOTICEBOARDS
        places[on_project & ~usual] = _NOTICEBOARDS + places[on_project & ~usual] * 7919 % OF_CAUSES // 50
        return chosen * NAMESPACE + places

    def _share_content(self) -> dict[int, float]:
        more = dict(_CONTENT_SHARES.get(self.wiki.family, {6: 0.9} if self.wiki.code == "commons" else {}))
        return {0: 1 - sum(more.values()), **more}

    def name(self, page: int, causes: tuple[PlantedCause, ...], *, canonical: bool) -> str:
        """Return a page's title with blanks and with its namespace.

        Parameters
        ----------
        page
            Its number.
        causes
            Those of the month that it belongs to, if it belongs to a cause.
        canonical
            Whether the namespace is named as all wikis understand it, or in the wiki's own language.
        """
        namespace, place = divmod(page, NAMESPACE)
        prefix = self.namespaces[namespace][0 if canonical else 1]
        return f"{prefix}:{self._name_place(place, causes)}" if prefix else self._name_place(place, causes)

    def _name_place(self, place: int, causes: tuple[PlantedCause, ...]) -> str:
        if place >= OF_CAUSES:
            cause = causes[place // PAGES_OF_CAUSE % 10 - 1]
            return _name_of_cause(cause, place % PAGES_OF_CAUSE)
        if self.wiki.code == "wikidata":
            return f"Q{place + 1}"
        if place % 43 == 12:
            # A page's name is in the normal form and has no marks of direction at its ends.
            odd = unicodedata.normalize("NFC", _ODD[place // 43 % len(_ODD)]).strip("\u200e")
            return odd.replace("<", "").replace(">", "") + f" {place}"
        return f"{_WORDS[place % 20]} of {_WORDS[place // 20 % 20]} {place}"


@functools.cache
def _name_namespaces(wiki: SimulatedWiki) -> dict[int, tuple[str, str]]:
    canonical = dict(NAMESPACES) | dict(CONTENT_OF_FAMILY.get(wiki.family, {}))
    local = dict(_LOCAL.get(wiki.language, {}))
    if wiki.family != "special":
        local[4] = wiki.sitename
    return {number: (name, local.get(number, name)) for number, name in sorted(canonical.items())}


def number_cause_page(namespace: int, month: int, part: int, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers of pages that belong to a cause.

    Parameters
    ----------
    month, part
        The month, from 2001-01, and the cause's part in its plan, from 1.
    places
        Below :data:`PAGES_OF_CAUSE`.
    """
    first: int = namespace * NAMESPACE + OF_CAUSES + month * 10 * PAGES_OF_CAUSE + part * PAGES_OF_CAUSE
    return first + places


def find_cause_month(page: int) -> int | None:
    """Return the month, from 2001-01, to whose cause a page belongs; None for other pages."""
    place = page % NAMESPACE
    return (place - OF_CAUSES) // (10 * PAGES_OF_CAUSE) if place >= OF_CAUSES else None


def find_existing(pages: NDArray[np.int64], attacked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which pages were not deleted since.

    Parameters
    ----------
    pages
        Numbers.
    attacked
        Which of them were edited in a wave that was reverted: of those that were made for it, half are gone.
    """
    places = pages % NAMESPACE
    usual = (places % _DELETED_EVERY == 57) & (places < OF_CAUSES)
    gone: NDArray[np.bool_] = usual | (attacked & (places >= OF_CAUSES) & (places % 2 == 1))
    return ~gone


def _name_of_cause(cause: PlantedCause, place: int) -> str:
    if cause.kind is CauseKind.NEWS:
        return cause.name if place == 0 else f"{cause.name} ({place})"
    if cause.kind is CauseKind.REVERTS:
        return f"Zqx shame page {place} about somebody"
    if place == 0 and cause.kind in {CauseKind.CAMPAIGN_HASHTAG, CauseKind.CAMPAIGN, CauseKind.PROGRAMME}:
        return f"WikiProject {cause.name.lstrip('#')} {cause.month.year}"
    return f"{_WORDS[place % 20]} ({cause.name.lstrip('#').partition(':')[0]} {place})"
