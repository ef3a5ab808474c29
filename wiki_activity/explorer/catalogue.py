"""All wikis as readers find them: by language, native name and address."""

import difflib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from wiki_activity.domain.names import find_project
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.problems import MovedError, unknown_wiki
from wiki_activity.storage.wiki_data import WikiData


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
    newest_month
        The newest one of which any wiki's edits are stored, provisional ones left out; None where none is.
    """

    wikis: Mapping[str, Wiki]
    sizes: Mapping[str, int]
    names: int
    key: int
    former: Mapping[str, str] = field(default_factory=dict)
    newest_month: date | None = None

    def get(self, project: str) -> Wiki:
        """Return the wiki of an address.

        Raises
        ------
        MovedError
            If it stands for a wiki whose address is another: one that it once had, or the same written otherwise.
        ProblemError
            404 with the nearest matches, if there is none.
        """
        wiki = self.wikis.get(project)
        if wiki is not None:
            return wiki
        meant = self.resolve(project)
        if meant is not None:
            raise MovedError(project, meant.project)
        raise unknown_wiki(project, self.nearest(project))

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


def make_catalogue(wikis: Iterable[Wiki], former: Mapping[str, str], data: Iterable[WikiData]) -> Catalogue:
    """Put the catalogue together; `data` are of all wikis of which anything is stored."""
    newest = {one.project: one.newest_edits() for one in data}
    sizes = {project: size for project, (_, size) in newest.items() if size is not None}
    month = max((month for month, _ in newest.values() if month is not None), default=None)
    ordered = sorted(wikis, key=lambda wiki: (-sizes.get(wiki.project, -1), wiki.name))
    names = hash(frozenset(ordered))
    key = hash((names, frozenset(sizes.items())))
    return Catalogue({wiki.project: wiki for wiki in ordered}, sizes, names, key, former, month)


def _rank(wiki: Wiki, wanted: str) -> int:
    if wanted in {wiki.language, wiki.project, wiki.dbname}:
        return 0
    names = (fold(wiki.autonym), fold(wiki.name), wiki.project)
    if any(name.startswith(wanted) for name in names):
        return 1
    if any(f" {wanted}" in name for name in names):
        return 2
    return 3 if any(wanted in name for name in (*names, wiki.dbname)) else _NONE
