"""All wikis as readers find them: by language, native name and address."""

import difflib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Engine

from wiki_activity.domain.names import find_project
from wiki_activity.domain.wikis import Wiki
from wiki_activity.storage.counts import newest_sizes
from wiki_activity.storage.refusals import StandingRefusal, list_standing
from wiki_activity.storage.wiki_names import load_former_names
from wiki_activity.storage.wikis import load_wikis


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All wikis of one moment.

    Parameters
    ----------
    wikis
        By project, biggest first; those of unknown size last, by name.
    sizes
        Edits of each project's newest stored month; absent where none is stored.
    names, key
        The same as long as all wikis are called the same, and as long as their sizes are the same too; within one
        process.
    former
        By an address that a wiki once had, and that is no other wiki's now, its project of today.
    refused
        By project, which answers of Wikimedia's were refused, so that older counts stand.
    """

    wikis: Mapping[str, Wiki]
    sizes: Mapping[str, int]
    names: int
    key: int
    former: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, Sequence[StandingRefusal]] = field(default_factory=dict)

    def resolve(self, text: str) -> Wiki | None:
        """Return the one wiki that an address, however it is written, or a database's name stands for."""
        project = find_project(text, self.wikis, self.former)
        return None if project is None else self.wikis[project]

    def former_names(self, project: str) -> list[str]:
        """List the addresses that a wiki once had."""
        return [old for old, new in self.former.items() if new == project]

    def find(self, text: str, limit: int = 20) -> list[Wiki]:
        """Find wikis whose name, native name, language code, address or database begins with or holds the text.

        Biggest first among equals; a wiki whose code or address is the text itself comes before all others, and one
        for whose address it stands before those too.
        """
        wanted = fold(text)
        if not wanted:
            return list(self.wikis.values())[:limit]
        ranked = [
            (rank, place, wiki)
            for place, wiki in enumerate(self.wikis.values())
            if (rank := _rank(wiki, wanted)) < _NONE
        ]
        ranked.sort(key=lambda one: one[:2])
        named = self.resolve(text)
        first = [] if named is None else [named]
        return [*first, *(wiki for _, _, wiki in ranked if wiki is not named)][:limit]

    def nearest(self, text: str, limit: int = 5) -> list[Wiki]:
        """Find the wikis most like a text that names none, for "did you mean"."""
        wanted = fold(text)
        found = self.find(wanted.split(".")[0], limit) if wanted else []
        alike = difflib.get_close_matches(wanted, list(self.wikis), n=limit, cutoff=0.6)
        names = dict.fromkeys([*alike, *(wiki.project for wiki in found)])
        return [self.wikis[name] for name in list(names)[:limit]]


_NONE = 9


def fold(text: str) -> str:
    """Fold case, width and accents, so that `français`, `Francais` and `FRANÇAIS` are the same to a search."""
    decomposed = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(character for character in decomposed if not "\u0300" <= character <= "\u036f")


def read_catalogue(engine: Engine) -> Catalogue:
    """Read all wikis and their sizes."""
    sizes = newest_sizes(engine)
    ordered: Sequence[Wiki] = sorted(load_wikis(engine), key=lambda wiki: (-sizes.get(wiki.project, -1), wiki.name))
    names = hash(frozenset(ordered))
    by_project = {wiki.project: wiki for wiki in ordered}
    key = hash((names, frozenset(sizes.items())))
    return Catalogue(by_project, sizes, names, key, load_former_names(engine), list_standing(engine))


def _rank(wiki: Wiki, wanted: str) -> int:
    if wanted in {wiki.language, wiki.project, wiki.dbname}:
        return 0
    names = (fold(wiki.autonym), fold(wiki.name), wiki.project)
    if any(name.startswith(wanted) for name in names):
        return 1
    if any(f" {wanted}" in name for name in names):
        return 2
    return 3 if any(wanted in name for name in (*names, wiki.dbname)) else _NONE
