"""Wikimedia's site matrix: the list of all its wikis."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from wiki_activity.domain.wikis import Direction, Wiki
from wiki_activity.wikimedia.errors import MalformedAnswerError
from wiki_activity.wikimedia.http import PoliteSession, expect_list, expect_mapping

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


def get_site_matrix(session: PoliteSession, url: str) -> list[Wiki]:
    """Get every public wiki, closed ones included and marked, in the matrix's order.

    Raises
    ------
    MalformedAnswerError
        When a wiki lacks its address or database name, or there is no wiki at all: then the matrix is refused whole.
    WikimediaError
        When it could not be read.
    """
    return parse_site_matrix(session.get_json(url, _PARAMETERS), url)


def parse_site_matrix(document: Any, url: str) -> list[Wiki]:
    """Read the public wikis out of a site matrix; errors as in :func:`get_site_matrix`."""
    matrix = expect_mapping(document, url, "the answer").get("sitematrix")
    wikis: dict[str, Wiki] = {}
    for wiki in _read_wikis(expect_mapping(matrix, url, "sitematrix"), url):
        if wiki.project in wikis:
            msg = f"{url}: two wikis have the address {wiki.project}: {wikis[wiki.project].dbname} and {wiki.dbname}"
            raise MalformedAnswerError(msg)
        wikis[wiki.project] = wiki
    if not wikis:
        msg = f"{url}: the site matrix names no wiki"
        raise MalformedAnswerError(msg)
    return list(wikis.values())


def _read_wikis(matrix: Mapping[str, Any], url: str) -> Iterator[Wiki]:
    for key, group in matrix.items():
        if key.isdigit():
            language = expect_mapping(group, url, f"language {key}")
            for site in expect_list(language.get("site", []), url, f"the sites of language {key}"):
                entry = expect_mapping(site, url, f"a site of language {key}")
                if "private" not in entry:
                    yield _language_wiki(entry, language, url)
        elif key == "specials":
            for site in expect_list(group, url, "specials"):
                entry = expect_mapping(site, url, "a special")
                # Flags are true in one format version and "" in the other: the key is what counts.
                if "private" not in entry:
                    yield _special_wiki(entry, url)


def _language_wiki(site: Mapping[str, Any], language: Mapping[str, Any], url: str) -> Wiki:
    project, dbname = _identify(site, url)
    code = str(site.get("code") or "wiki")
    family = _FAMILIES.get(code, code)
    language_code = str(language.get("code") or project.partition(".")[0])
    autonym = str(language.get("name") or language_code)
    language_name = str(language.get("localname") or autonym)
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


def _special_wiki(site: Mapping[str, Any], url: str) -> Wiki:
    project, dbname = _identify(site, url)
    name = str(site.get("sitename") or "")
    if name in _PLACEHOLDERS:
        name = _SPECIAL_NAMES.get(project, project)
    language = str(site.get("lang") or "mul")
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


def _identify(site: Mapping[str, Any], url: str) -> tuple[str, str]:
    address, dbname = site.get("url"), site.get("dbname")
    host = urlsplit(address).hostname if isinstance(address, str) else None
    if not host or not isinstance(dbname, str) or not dbname:
        missing = "url" if not host else "dbname"
        msg = f"{url}: a wiki of the site matrix has no usable {missing}: {dict(site)!r:.200}"
        raise MalformedAnswerError(msg)
    return host, dbname
