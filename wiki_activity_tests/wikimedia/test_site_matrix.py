"""The site matrix: flags by key, specials included, odd entries left out and named."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiki_activity.domain.names import is_host_name
from wiki_activity.wikimedia.answer_errors import MalformedAnswerError
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

    wikis = parse_site_matrix(document, "u").wikis

    assert [(wiki.project, wiki.closed) for wiki in wikis] == [("ar.wikipedia.org", False), ("ar.wikinews.org", True)]


def test_a_wiki_has_its_language_family_and_names() -> None:
    (wiki,) = parse_site_matrix(matrix(site("ar.wikisource.org", "arwikisource", "wikisource")), "u").wikis

    assert (wiki.family, wiki.language, wiki.name) == ("wikisource", "ar", "Arabic Wikisource")
    assert (wiki.autonym, wiki.direction) == ("العربية", "rtl")


def test_specials_belong_in_the_list() -> None:
    special = site("www.wikidata.org", "wikidatawiki", "wikidata", lang="wikidata") | {"sitename": "Wikipedia"}

    (wiki,) = parse_site_matrix(matrix(specials=[special]), "u").wikis

    assert (wiki.project, wiki.family, wiki.name, wiki.language) == ("www.wikidata.org", "special", "Wikidata", "mul")


def odd(**fields: Any) -> dict[str, Any]:
    return site("ar.wikipedia.org", "arwiki") | fields


@pytest.mark.parametrize(
    "entry",
    [
        *(odd(url=url) for url in (
            None, 5, "", "ar.wikipedia.org", "https://", "ftp://ar.wikipedia.org", "https://a..org", "https://..",
            "https://<script>.org", "https://ar wikipedia.org", " https://ar.wikipedia.org", "https://ar.wikipedia.org\n",
            "https://ar.wikipedia.org:8080", "https://me:secret@ar.wikipedia.org", "https://ar.wikipedia.org/wiki/../x",
            "https://ar.wikipedia.org?x", f"https://{'a' * 300}.wikipedia.org", f"https://{'a.' * 150}wikipedia.org",
            "https://127.0.0.1", "https://[::1]", "https://localhost", "https://-a.org", "https://a_b.org",
            "https://عربي.org", "https://ar.wikipedia.org\x00",
        )),
        *(odd(dbname=name) for name in (None, 7, "", "a" * 65, "ar wiki", "../arwiki", "arwiki\n", "ar'wiki", [1])),
        *(odd(code=code) for code in (5, [], {}, True, "w" * 40, "<b>", "a b")),
    ],
)  # fmt: skip
def test_an_odd_entry_is_left_out_and_named(entry: dict[str, Any]) -> None:
    matrix_read = parse_site_matrix(matrix(site("ar.wikinews.org", "arwikinews"), entry), "u")

    assert [wiki.project for wiki in matrix_read.wikis] == ["ar.wikinews.org"]
    [(what, why)] = matrix_read.left_out
    assert what in {"arwiki", "https://ar.wikipedia.org", "entry 1 of 0"} or what == entry["dbname"]
    assert "no usable" in why
    assert matrix_read.describe_left_out() == f"{what} ({why})"


@pytest.mark.parametrize("entry", [None, 3, "arwiki", []])
def test_an_entry_that_is_none_is_left_out_and_named_by_its_place(entry: Any) -> None:
    matrix_read = parse_site_matrix(matrix(site("ar.wikinews.org", "arwikinews"), entry, specials=[entry]), "u")

    assert [wiki.project for wiki in matrix_read.wikis] == ["ar.wikinews.org"]
    assert [what for what, _ in matrix_read.left_out] == ["entry 1 of 0", "entry 0 of specials"]


@pytest.mark.parametrize("group", [None, 3, [], {"code": "aa", "site": None}, {"code": "aa", "site": {}}])
def test_a_language_without_a_list_of_wikis_is_left_out_and_named(group: Any) -> None:
    document = matrix(site("ar.wikinews.org", "arwikinews"))
    document["sitematrix"]["7"] = group

    matrix_read = parse_site_matrix(document, "u")

    assert [wiki.project for wiki in matrix_read.wikis] == ["ar.wikinews.org"]
    assert [what for what, _ in matrix_read.left_out] == ["all of 7"]


@pytest.mark.parametrize("key", ["code", "name", "localname"])
@pytest.mark.parametrize("value", [5, ["x"], "x" * 400, "a\x1b[2J", "\ud800", "a\u202eb", "a\u2028b"])
def test_what_a_language_is_called_has_to_be_a_name(key: str, value: Any) -> None:
    document = matrix(site("ar.wikinews.org", "arwikinews"), specials=[site("www.wikidata.org", "wikidatawiki")])
    document["sitematrix"]["0"][key] = value

    matrix_read = parse_site_matrix(document, "u")

    assert [wiki.project for wiki in matrix_read.wikis] == ["www.wikidata.org"]
    [(what, why)] = matrix_read.left_out
    assert what == "arwikinews"
    assert why.startswith(f"no usable {key}: ")
    assert why.isprintable()


@pytest.mark.parametrize("value", [5, {"en": "x"}, "x" * 400, "\x07"])
@pytest.mark.parametrize("key", ["sitename", "lang"])
def test_what_a_special_wiki_is_called_has_to_be_a_name(key: str, value: Any) -> None:
    special = site("www.wikidata.org", "wikidatawiki", "wikidata") | {key: value}

    matrix_read = parse_site_matrix(matrix(site("ar.wikinews.org", "arwikinews"), specials=[special]), "u")

    assert [wiki.project for wiki in matrix_read.wikis] == ["ar.wikinews.org"]
    assert [what for what, _ in matrix_read.left_out] == ["wikidatawiki"]


def test_names_with_joiners_and_of_any_script_are_names() -> None:
    document = matrix(site("ar.wikinews.org", "arwikinews"))
    document["sitematrix"]["0"]["name"] = "می\u200cخواهم 𞤆𞤵𞤤𞤢𞤪"

    assert parse_site_matrix(document, "u").wikis[0].autonym == "می\u200cخواهم 𞤆𞤵𞤤𞤢𞤪"


def test_of_two_wikis_at_one_address_the_first_stays_and_of_one_database_both() -> None:
    document = matrix(
        site("ar.wikipedia.org", "arwiki"),
        site("ar.wikipedia.org", "arwiki2"),
        site("arz.wikipedia.org", "arwiki"),
    )

    matrix_read = parse_site_matrix(document, "u")

    # Which of these two the wiki is, knows who knows where it was.
    assert [(wiki.project, wiki.dbname) for wiki in matrix_read.wikis] == [
        ("ar.wikipedia.org", "arwiki"),
        ("arz.wikipedia.org", "arwiki"),
    ]
    assert matrix_read.left_out == (("arwiki2", "ar.wikipedia.org is the address of arwiki too"),)


def test_a_hundred_odd_entries_are_counted_and_ten_of_them_named() -> None:
    entries = [odd(dbname=f"odd{number}", url=None) for number in range(100)]

    told = parse_site_matrix(matrix(site("ar.wikinews.org", "arwikinews"), *entries), "u").describe_left_out()

    assert told.startswith("odd0 (no usable url: None), odd1 ")
    assert told.endswith("odd9 (no usable url: None) and 90 more")


@pytest.mark.parametrize(
    "document",
    [None, [], {"error": {}}, {"sitematrix": None}, {"sitematrix": []}, {"sitematrix": {"count": 0}},
     {"sitematrix": {"0": []}}, matrix(specials=[3])],
)  # fmt: skip
def test_what_names_no_wiki_is_refused(document: Any) -> None:
    with pytest.raises(MalformedAnswerError):
        parse_site_matrix(document, "u")


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from(["https://x.org", "xwiki"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["0", "specials", "site", "url", "dbname", "code", "name", "lang"]), inner),
    max_leaves=20,
))  # fmt: skip
def test_whatever_a_matrix_holds_it_is_read_or_refused(content: Any) -> None:
    try:
        wikis = parse_site_matrix({"sitematrix": content}, "u").wikis
    except MalformedAnswerError:
        return

    assert all(is_host_name(wiki.project) and wiki.dbname for wiki in wikis)


def test_the_recorded_matrix_is_read_whole() -> None:
    path = SHARED_DATA / "sitematrix.json"
    if not path.exists():
        pytest.skip(f"no recorded data at {SHARED_DATA}")
    document = json.loads(path.read_text(encoding="utf-8"))

    found = parse_site_matrix(document, "u")
    wikis = {wiki.project: wiki for wiki in found.wikis}

    private = sum(
        "private" in entry
        for key, group in document["sitematrix"].items()
        if key != "count"
        for entry in (group if key == "specials" else group["site"])
    )
    assert found.left_out == ()
    assert len(wikis) == document["sitematrix"]["count"] - private
    assert wikis["be-tarask.wikipedia.org"].dbname == "be_x_oldwiki"
    assert {"commons.wikimedia.org", "www.wikidata.org", "meta.wikimedia.org"} <= wikis.keys()
