"""All wikis as readers find them: by language, native name and address."""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from wiki_activity.domain.names import find_project
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.problems import MovedError, unknown_wiki
from wiki_activity.explorer.search import NONE, fold_asked, rank, rank_misspelt
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
    by_dbname
        The same wikis by the names of their databases.
    """

    wikis: Mapping[str, Wiki]
    sizes: Mapping[str, int]
    names: int
    key: int
    former: Mapping[str, str] = field(default_factory=dict)
    newest_month: date | None = None
    by_dbname: Mapping[str, Wiki] = field(default_factory=dict)

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
        meant = self.resolve(project) or self.resolve_code(project)
        if meant is not None:
            raise MovedError(project, meant.project)
        raise unknown_wiki(project, self.nearest(project))

    def resolve(self, text: str) -> Wiki | None:
        """Return the one wiki that an address, however it is written, or a database's name stands for."""
        project = find_project(text, self.wikis, self.former)
        return None if project is None else self.wikis[project]

    def resolve_code(self, text: str) -> Wiki | None:
        """Return the wiki that a short name stands for: a language's Wikipedia, `commons`, `meta`; else None."""
        code = text.strip().casefold().replace("_", "-")
        of_code = [wiki for wiki in self.wikis.values() if code in {wiki.language, wiki.project.partition(".")[0]}]
        first = [wiki for wiki in of_code if wiki.family == "wikipedia"] or [
            wiki for wiki in of_code if wiki.project.startswith(f"{code}.")
        ]
        return first[0] if first else None

    def resolve_name(self, text: str) -> Wiki | None:
        """Return the one wiki that a code, an address or a name stands for; the biggest of a language that is named.

        None where nothing fits, or where wikis of several languages fit alike.
        """
        named = self.resolve(text) or self.resolve_code(text)
        if named is not None or not (wanted := fold_asked(text)):
            return named
        judged = self._judge(rank, wanted)
        alike = [wiki for score, _, wiki in judged if score == judged[0][0]]
        return alike[0] if len({wiki.language for wiki in alike}) == 1 else None

    def former_names(self, project: str) -> list[str]:
        """List the addresses that a wiki once had."""
        return [old for old, new in self.former.items() if new == project]

    def find(self, text: str, limit: int = 20) -> list[Wiki]:
        """Find wikis by language, native, English or old name, code, address or database, in any order of the words.

        Biggest first among equals; a wiki whose code or address is the text itself comes before all others, and one
        for whose address it stands before those too. Where nothing fits, wikis that fit but for one typing error.
        """
        return self.find_exactly(text, limit) or self.find_misspelt(text, limit)

    def find_exactly(self, text: str, limit: int = 20) -> list[Wiki]:
        """Find the same as `find`, as it is written alone."""
        wanted = fold_asked(text)
        if not wanted:
            return list(self.wikis.values())[:limit]
        named = self.resolve(text)
        first = [] if named is None else [named]
        return [*first, *(wiki for wiki in self._rank(rank, wanted) if wiki is not named)][:limit]

    def find_misspelt(self, text: str, limit: int = 20) -> list[Wiki]:
        """Find wikis that a text may mean which fits none, biggest first: each of its words may have one error."""
        return self._rank(rank_misspelt, fold_asked(text))[:limit]

    def nearest(self, text: str, limit: int = 5) -> list[Wiki]:
        """Find the wikis most like a text that names none, for "did you mean"."""
        wanted = fold_asked(text)
        label = wanted.split(".")[0]
        alike = difflib.get_close_matches(wanted, list(self.wikis), n=limit, cutoff=0.6)
        found = [*self.find(text, limit), *(self.find(label, limit) if label else [])] if wanted else []
        names = dict.fromkeys([*alike, *(wiki.project for wiki in found)])
        return [self.wikis[name] for name in list(names)[:limit]]

    def _rank(self, judge: Callable[[Wiki, Sequence[str], str], int], wanted: str) -> list[Wiki]:
        return [wiki for *_, wiki in self._judge(judge, wanted)]

    def _judge(self, judge: Callable[[Wiki, Sequence[str], str], int], wanted: str) -> list[tuple[int, int, Wiki]]:
        former: dict[str, list[str]] = {}
        for old, new in self.former.items():
            former.setdefault(new, []).append(old)
        ranked = [
            (judged, place, wiki)
            for place, wiki in enumerate(self.wikis.values())
            if (judged := judge(wiki, former.get(wiki.project, ()), wanted)) < NONE
        ]
        ranked.sort(key=lambda one: one[:2])
        return ranked


def make_catalogue(wikis: Iterable[Wiki], former: Mapping[str, str], data: Iterable[WikiData]) -> Catalogue:
    """Put the catalogue together; `data` are of all wikis of which anything is stored."""
    newest = {one.project: one.newest_edits() for one in data}
    sizes = {project: size for project, (_, size) in newest.items() if size is not None}
    month = max((month for month, _ in newest.values() if month is not None), default=None)
    ordered = sorted(wikis, key=lambda wiki: (-sizes.get(wiki.project, -1), wiki.name))
    names = hash(frozenset(ordered))
    key = hash((names, frozenset(sizes.items())))
    by_dbname = {wiki.dbname: wiki for wiki in ordered}
    return Catalogue({wiki.project: wiki for wiki in ordered}, sizes, names, key, former, month, by_dbname)
