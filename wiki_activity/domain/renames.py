"""Which wikis have moved to other addresses: a wiki is its dbname, wherever it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from wiki_activity.domain.wikis import Wiki


@dataclass(frozen=True, slots=True)
class Choice:
    """A site matrix with one address for each wiki.

    Parameters
    ----------
    wikis
        One for each dbname, in the matrix's order.
    left_out
        Other entries of the same dbnames.
    """

    wikis: tuple[Wiki, ...]
    left_out: tuple[Wiki, ...]


def choose_addresses(matrix: Iterable[Wiki], known: Mapping[str, str]) -> Choice:
    """Choose one address for each dbname: an open wiki's before a closed one's, then the one that is known.

    So a wiki moves only when the matrix no longer names its old address as an open wiki.

    Parameters
    ----------
    matrix
        As read.
    known
        Stored wikis: project, dbname.
    """
    by_dbname: dict[str, list[Wiki]] = {}
    for wiki in matrix:
        by_dbname.setdefault(wiki.dbname, []).append(wiki)
    chosen = {
        dbname: min(wikis, key=lambda wiki: (wiki.closed, known.get(wiki.project) != wiki.dbname))
        for dbname, wikis in by_dbname.items()
    }
    rest = [wiki for dbname, wikis in by_dbname.items() for wiki in wikis if wiki is not chosen[dbname]]
    return Choice(tuple(chosen.values()), tuple(rest))


def plan_moves(matrix: Sequence[Wiki], known: Mapping[str, str]) -> dict[str, str]:
    """Plan which stored wikis go where: old project, new project; swaps and chains are all made at once.

    A wiki that the matrix no longer names, and whose address is another's by now, makes room: it goes on under a name
    made of its dbname, so that what is stored of it can still be read and is mixed with nobody's.

    Parameters
    ----------
    matrix
        One wiki for each dbname, as :func:`choose_addresses` chose.
    known
        Stored wikis: project, dbname; of one dbname there may be several.
    """
    addresses = {wiki.dbname: wiki.project for wiki in matrix}
    moves = {project: addresses[dbname] for project, dbname in known.items() if dbname in addresses}
    taken = set(addresses.values())
    moves |= {
        project: name_homeless(dbname)
        for project, dbname in known.items()
        if dbname not in addresses and project in taken
    }
    return {old: new for old, new in moves.items() if old != new}


def name_homeless(dbname: str) -> str:
    """Name a wiki that has no address any more: no host's name ends so."""
    return f"{dbname.lower().replace('_', '-')}.gone"
