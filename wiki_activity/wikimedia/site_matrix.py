"""Wikimedia's site matrix: the list of all its wikis."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from wiki_activity.bounded_http import AnswerLimits
from wiki_activity.domain.names import is_host_name
from wiki_activity.domain.wikis import Direction, Wiki
from wiki_activity.wikimedia.answer_errors import MalformedAnswerError
from wiki_activity.wikimedia.http import PoliteSession, expect_mapping

_LIMITS: Final = AnswerLimits(seconds=30, bytes=4 << 20)
"""About 300,000 bytes are usual."""
_PARAMETERS = {"action": "sitematrix", "format": "json", "formatversion": "2"}
_FAMILIES = {"wiki": "wikipedia"}
_FAMILY_NAMES = {
    "wikipedia": "Wikipedia",
    "wiktionary": "Wiktionary",
    "wikibooks": "Wikibooks",
    "wikinews": "Wikinews",
    "wikiquote": "Wikiquote",
    "wikisource": "Wikisource",
    "wikiversity": "Wikiversity",
    "wikivoyage": "Wikivoyage",
}
_PLACEHOLDERS = {"", "Wikipedia", "Wikimedia"}
_SPECIAL_NAMES = {"www.wikidata.org": "Wikidata"}
_ADDRESS: Final = re.compile(r"(?:https?:)?//([^/?#@:\s]+)/?", re.IGNORECASE)
_DBNAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CODE: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")
_LONGEST_NAME: Final = 200
"""With a family's beside it, a name fits a column of 255 characters."""
_UNWRITABLE: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Categories of characters that are no part of a name: control characters, halves of characters, line breaks."""
_TURNS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the text around a name round with it."""
_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class SiteMatrix:
    """The public wikis, and what else the matrix has that cannot be used.

    Parameters
    ----------
    wikis
        Closed ones included and marked, in the matrix's order; no two have the same address. Of two with the same
        database name whoever knows where that wiki was so far chooses one.
    left_out
        What (the database's name of a wiki, or else its address or place in the matrix) and why.
    """

    wikis: tuple[Wiki, ...]
    left_out: tuple[tuple[str, str], ...] = ()

    def describe_left_out(self) -> str:
        """Name what is left out in one line; empty where nothing is."""
        named = [f"{what} ({why})" for what, why in self.left_out]
        more = f" and {len(named) - _SHOWN:,} more" if len(named) > _SHOWN else ""
        return ", ".join(named[:_SHOWN]) + more


class _OddEntryError(Exception):
    """An entry of the matrix that cannot be used; the message says why."""


def get_site_matrix(session: PoliteSession, url: str) -> SiteMatrix:
    """Get every public wiki.

    Raises
    ------
    MalformedAnswerError
        When it is no site matrix, or names no wiki that can be used.
    WikimediaError
        When it could not be read.
    """
    return parse_site_matrix(session.get_json(url, _PARAMETERS, limits=_LIMITS), url)


def parse_site_matrix(document: Any, url: str) -> SiteMatrix:
    """Read the public wikis out of a site matrix; errors as in :func:`get_site_matrix`."""
    matrix = expect_mapping(expect_mapping(document, url, "the answer").get("sitematrix"), url, "sitematrix")
    by_project: dict[str, Wiki] = {}
    left_out: list[tuple[str, str]] = []
    for place, language, site in _list_sites(matrix):
        try:
            wiki = _read_wiki(language, site)
            if wiki is None:
                continue
            _check_first(wiki, by_project.get(wiki.project))
        except _OddEntryError as error:
            left_out.append((_name(site, place), str(error)))
        else:
            by_project[wiki.project] = wiki
    found = SiteMatrix(tuple(by_project.values()), tuple(left_out))
    if not found.wikis:
        odd = f"; left out: {found.describe_left_out()}" if left_out else ""
        msg = f"{url}: the site matrix names no wiki{odd}"
        raise MalformedAnswerError(msg)
    return found


def _list_sites(matrix: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield each entry with its place and its language, which is None for specials; what is no list, as an entry."""
    for key, group in matrix.items():
        if key == "specials":
            sites, language = group, None
        elif key.isdigit():
            language = group
            sites = group.get("site", []) if isinstance(group, Mapping) else None
        else:
            continue
        if isinstance(sites, list):
            yield from ((f"entry {at} of {key}", language, site) for at, site in enumerate(sites))
        else:
            yield f"all of {key}", language, sites


def _read_wiki(language: Any, site: Any) -> Wiki | None:
    """Read one entry; None for a private wiki."""
    if not isinstance(site, Mapping):
        msg = f"no usable entry: {_show(site)}"
        raise _OddEntryError(msg)
    # Flags are true in one format version and "" in the other: the key is what counts.
    if "private" in site:
        return None
    return _special_wiki(site) if language is None else _language_wiki(site, language)


def _language_wiki(site: Mapping[str, Any], language: Mapping[str, Any]) -> Wiki:
    project, dbname = _identify(site)
    code = _read_code(site, "code") or "wiki"
    family = _FAMILIES.get(code, code)
    language_code = _read_code(language, "code") or project.partition(".")[0]
    autonym = _read_name(language, "name") or language_code
    language_name = _read_name(language, "localname") or autonym
    direction: Direction = "rtl" if language.get("dir") == "rtl" else "ltr"
    return Wiki(
        project=project,
        dbname=dbname,
        family=family,
        language=language_code,
        name=f"{language_name} {_FAMILY_NAMES.get(family, family.capitalize())}",
        autonym=autonym,
        direction=direction,
        closed="closed" in site,
    )


def _special_wiki(site: Mapping[str, Any]) -> Wiki:
    project, dbname = _identify(site)
    name = _read_name(site, "sitename")
    if name in _PLACEHOLDERS:
        name = _SPECIAL_NAMES.get(project, project)
    language = _read_code(site, "lang") or "mul"
    return Wiki(
        project=project,
        dbname=dbname,
        family="special",
        # Where a wiki is in no single language, the matrix repeats the code.
        language="mul" if language == site.get("code") else language,
        name=name,
        autonym=name,
        direction="ltr",
        closed="closed" in site,
    )


def _identify(site: Mapping[str, Any]) -> tuple[str, str]:
    address, dbname = site.get("url"), site.get("dbname")
    match = _ADDRESS.fullmatch(address) if isinstance(address, str) else None
    host = match[1].lower() if match else ""
    if not is_host_name(host):
        msg = f"no usable url: {_show(address)}"
        raise _OddEntryError(msg)
    if not isinstance(dbname, str) or not _DBNAME.fullmatch(dbname):
        msg = f"no usable dbname: {_show(dbname)}"
        raise _OddEntryError(msg)
    return host, dbname


def _read_code(entry: Mapping[str, Any], key: str) -> str:
    """Read a code; empty where there is none."""
    return _read_text(entry, key, lambda value: not value or _CODE.fullmatch(value) is not None)


def _read_name(entry: Mapping[str, Any], key: str) -> str:
    """Read a name for people; empty where there is none."""
    return _read_text(entry, key, lambda value: len(value) <= _LONGEST_NAME and _is_writable(value))


def _read_text(entry: Mapping[str, Any], key: str, is_usable: Callable[[str], bool]) -> str:
    value = entry.get(key)
    if value is None:
        return ""
    if not isinstance(value, str) or not is_usable(value):
        msg = f"no usable {key}: {_show(value)}"
        raise _OddEntryError(msg)
    return value


def _is_writable(text: str) -> bool:
    return not any(unicodedata.category(one) in _UNWRITABLE or one in _TURNS for one in text)


def _check_first(wiki: Wiki, at_address: Wiki | None) -> None:
    if at_address is not None:
        msg = f"{wiki.project} is the address of {at_address.dbname} too"
        raise _OddEntryError(msg)


def _name(site: Any, place: str) -> str:
    """Name an entry by its database, its address or, where it has neither that can be shown, its place."""
    values = (site.get("dbname"), site.get("url")) if isinstance(site, Mapping) else ()
    return next((one for one in values if isinstance(one, str) and one and one.isprintable() and len(one) < 80), place)


def _show(value: Any) -> str:
    """Show the beginning of a value, with what cannot be seen as numbers."""
    return ascii(value)[:60]
