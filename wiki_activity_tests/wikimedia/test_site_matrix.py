"""The site matrix: flags by key, specials included, refused whole when a wiki cannot be named."""

import json
from typing import Any

import pytest

from wiki_activity.wikimedia.errors import MalformedAnswerError
from wiki_activity.wikimedia.site_matrix import parse_site_matrix
from wiki_activity_tests.shared_data import SHARED_DATA


def site(host: str, dbname: str, code: str = "wiki", **more: Any) -> dict[str, Any]:
    return {"url": f"https://{host}", "dbname": dbname, "code": code, "sitename": "X", **more}


def matrix(*sites: Any, specials: Any = ()) -> dict[str, Any]:
    language = {"code": "ar", "name": "العربية", "site": list(sites), "dir": "rtl", "localname": "Arabic"}
    return {"sitematrix": {"count": 1, "0": language, "1": {"code": "xx", "site": []}, "specials": list(specials)}}


@pytest.mark.parametrize("flag", [True, ""])
def test_a_flag_is_set_by_its_key_whatever_its_value(flag: Any) -> None:
    document = matrix(
        site("ar.wikipedia.org", "arwiki"),
        site("ar.wikinews.org", "arwikinews", "wikinews", closed=flag),
        specials=[site("office.wikimedia.org", "officewiki", private=flag)],
    )

    wikis = parse_site_matrix(document, "u")

    assert [(wiki.project, wiki.closed) for wiki in wikis] == [("ar.wikipedia.org", False), ("ar.wikinews.org", True)]


def test_a_wiki_has_its_language_family_and_names() -> None:
    (wiki,) = parse_site_matrix(matrix(site("ar.wikisource.org", "arwikisource", "wikisource")), "u")

    assert (wiki.family, wiki.language, wiki.name) == ("wikisource", "ar", "Arabic Wikisource")
    assert (wiki.autonym, wiki.direction) == ("العربية", "rtl")


def test_specials_belong_in_the_list() -> None:
    special = site("www.wikidata.org", "wikidatawiki", "wikidata", lang="wikidata") | {"sitename": "Wikipedia"}

    (wiki,) = parse_site_matrix(matrix(specials=[special]), "u")

    assert (wiki.project, wiki.family, wiki.name, wiki.language) == ("www.wikidata.org", "special", "Wikidata", "mul")


@pytest.mark.parametrize("missing", ["url", "dbname"])
def test_a_wiki_without_address_or_database_name_refuses_the_matrix(missing: str) -> None:
    broken = site("ar.wikipedia.org", "arwiki")
    del broken[missing]

    with pytest.raises(MalformedAnswerError, match=f"no usable {missing}"):
        parse_site_matrix(matrix(site("ar.wikinews.org", "arwikinews"), broken), "u")


@pytest.mark.parametrize(
    "document",
    [None, [], {"error": {}}, {"sitematrix": {"count": 0}}, {"sitematrix": {"0": []}}, matrix(specials=[3])],
)
def test_another_shape_is_refused(document: Any) -> None:
    with pytest.raises(MalformedAnswerError):
        parse_site_matrix(document, "u")


def test_two_wikis_at_one_address_are_refused() -> None:
    with pytest.raises(MalformedAnswerError, match=r"ar\.wikipedia\.org: arwiki and arwiki2"):
        parse_site_matrix(matrix(site("ar.wikipedia.org", "arwiki"), site("ar.wikipedia.org", "arwiki2")), "u")


def test_the_recorded_matrix_is_read_whole() -> None:
    path = SHARED_DATA / "sitematrix.json"
    if not path.exists():
        pytest.skip(f"no recorded data at {SHARED_DATA}")
    document = json.loads(path.read_text(encoding="utf-8"))

    wikis = {wiki.project: wiki for wiki in parse_site_matrix(document, "u")}

    private = sum(
        "private" in entry
        for key, group in document["sitematrix"].items()
        if key != "count"
        for entry in (group if key == "specials" else group["site"])
    )
    assert len(wikis) == document["sitematrix"]["count"] - private
    assert wikis["be-tarask.wikipedia.org"].dbname == "be_x_oldwiki"
    assert {"commons.wikimedia.org", "www.wikidata.org", "meta.wikimedia.org"} <= wikis.keys()
