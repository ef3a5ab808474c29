"""What people call a wiki, and which of the known wikis that is."""

import difflib
import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from wiki_activity.domain.wikis import Wiki

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)+(?=[a-z0-9-]*[a-z]){_LABEL}")
_WRITTEN = re.compile(r"(?:(?:https?:)?//)?([^/?#\s]+?)\.?(?:[/?#].*)?")
_GROUP = re.compile(r"(?:lang|family):([a-z0-9-]+)")
EVERY: Final = "*"
_FAMILIES: Final = frozenset({
    "wikipedia", "wiktionary", "wikibooks", "wikinews", "wikiquote", "wikisource", "wikiversity", "wikivoyage",
    "wikimedia",
})  # fmt: skip
_AT_WWW: Final = frozenset({"wikidata", "mediawiki", "wikifunctions"})
"""Domains of one wiki, which is at `www.`."""
ADVICE: Final = "write its address, for example hi.wikipedia.org"


@dataclass(frozen=True, slots=True)
class UnknownName:
    """A name that none of the known wikis has.

    Parameters
    ----------
    name
        As it was written.
    near
        Known names that look like it, likest first.
    """

    name: str
    near: tuple[str, ...]

    def __str__(self) -> str:
        hint = f"did you mean {' or '.join(self.near)}?" if self.near else ADVICE
        return f"unknown wiki: {self.name!r:.120}; {hint}"


@dataclass(frozen=True, slots=True)
class ResolvedNames:
    """Which wikis were meant.

    Parameters
    ----------
    names
        Projects of known wikis and groups of them (`*`, `lang:bn`, `family:wikisource`), each once, in the order
        written. While no wiki is known, everything that was written, in its plain form.
    unknown
        Names that are no known wiki's, and groups without a wiki.
    renamed
        Of those in `names` that were written by an old address: that address, and the one of now.
    """

    names: tuple[str, ...]
    unknown: tuple[UnknownName, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)

    @property
    def warnings(self) -> list[str]:
        """One sentence for each name that is unknown or out of date."""
        moved = [f"{old} is now {new}: write its new address" for old, new in self.renamed.items()]
        return [*map(str, self.unknown), *moved]


def is_host_name(text: str) -> bool:
    """Tell whether a text is a lower-case host name that DNS allows, with a dot in it, and no number's address."""
    return _HOST.fullmatch(text) is not None


def is_group(text: str) -> bool:
    """Tell whether a text is meant for several wikis: `*`, `lang:bn`, `family:wikisource`."""
    return text == EVERY or _GROUP.fullmatch(text) is not None


def find_host_name(text: str) -> str | None:
    """Read the host name of a wiki off what somebody wrote; None where it can be no wiki's.

    An address (`https://hi.wikipedia.org/wiki/`), the mobile site (`en.m.wikipedia.org`), the metrics API's way of
    writing (`en.wikipedia`, `wikidata`) and any case lead to the same name. Whether there is such a wiki is not asked.
    """
    match = _WRITTEN.fullmatch(text.strip().lower())
    if match is None:
        return None
    labels = match[1].split(".")
    if labels[-1] in _AT_WWW or (labels[-1] in _FAMILIES and len(labels) > 1):
        labels.append("org")
    domain = labels[-2:]
    if len(domain) > 1 and domain[1] == "org" and domain[0] in _FAMILIES | _AT_WWW:
        site = [label for label in labels[:-2] if label != "m"]
        if domain[0] in _AT_WWW:
            site = site or ["www"]
        elif site[:1] == ["www"]:
            site = site[1:]
        labels = [*site, *domain]
    host = ".".join(labels)
    return host if is_host_name(host) else None


def resolve_names(written: Sequence[str], wikis: Mapping[str, Wiki], former: Mapping[str, str]) -> ResolvedNames:
    """Find the wikis that were meant by each name; while no wiki is known, none is unknown.

    Parameters
    ----------
    written
        Names of wikis, those of their databases (`hiwiki`) among them, and groups of wikis as in
        :func:`wiki_activity.domain.wikis.is_watched`, or `*`.
    wikis
        The known wikis by project, closed ones included.
    former
        By the address that a wiki once had, the project that it is now.
    """
    names: dict[str, None] = {}
    unknown: list[UnknownName] = []
    renamed: dict[str, str] = {}
    for name in written:
        plain = name.strip().lower()
        if not wikis:
            names[find_host_name(plain) or plain] = None
        elif plain == EVERY or (_GROUP.fullmatch(plain) and plain in _list_groups(wikis)):
            names[plain] = None
        elif (project := _find_first(plain, wikis) or _find_by_dbname(plain, wikis)) is not None:
            names[project] = None
        elif (old := _find_first(plain, former)) is not None:
            names[former[old]] = None
            renamed[old] = former[old]
        else:
            unknown.append(UnknownName(name, _find_near(plain, wikis)))
    return ResolvedNames(tuple(names), tuple(unknown), renamed)


def find_project(written: str, wikis: Mapping[str, Wiki], former: Mapping[str, str]) -> str | None:
    """Find the one known wiki that a name stands for, its database's name included; None where none or several do.

    Parameters
    ----------
    written
        A name of a wiki.
    wikis, former
        As in :func:`resolve_names`.
    """
    plain = written.strip().lower()
    project = _find_first(plain, wikis)
    if project is None and (old := _find_first(plain, former)) is not None:
        project = former[old]
    return project or _find_by_dbname(plain, wikis)


def _find_first(plain: str, known: Container[str]) -> str | None:
    """Find the spelling of a name that is known: as it is, as a plain host name, with `www.` or without."""
    host = find_host_name(plain)
    spellings = (plain,) if host is None else (plain, host, f"www.{host}", host.removeprefix("www."))
    return next((one for one in spellings if one in known), None)


def _list_groups(wikis: Mapping[str, Wiki]) -> set[str]:
    return {name for wiki in wikis.values() for name in (f"lang:{wiki.language}", f"family:{wiki.family}")}


def _find_near(plain: str, wikis: Mapping[str, Wiki]) -> tuple[str, ...]:
    if _GROUP.fullmatch(plain):
        return tuple(difflib.get_close_matches(plain, sorted(_list_groups(wikis)), n=3, cutoff=0.8))
    return _list_by_dbname(plain, wikis) or tuple(difflib.get_close_matches(plain[:253], wikis, n=3, cutoff=0.6))


def _find_by_dbname(plain: str, wikis: Mapping[str, Wiki]) -> str | None:
    found = _list_by_dbname(plain, wikis)
    return found[0] if len(found) == 1 else None


def _list_by_dbname(plain: str, wikis: Mapping[str, Wiki]) -> tuple[str, ...]:
    return tuple(wiki.project for wiki in wikis.values() if wiki.dbname == plain)
