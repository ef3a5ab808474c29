"""What people write for a wiki, and which wiki that is."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiki_activity.domain.names import find_host_name, find_project, is_host_name, resolve_names
from wiki_activity.domain.wikis import Wiki


def wiki(project: str, dbname: str, family: str = "wikipedia", language: str = "hi") -> Wiki:
    return Wiki(project, dbname, family, language, project, project, "ltr", closed=False)


WIKIS = {
    one.project: one
    for one in (
        wiki("hi.wikipedia.org", "hiwiki"),
        wiki("hif.wikipedia.org", "hifwiki", language="hif"),
        wiki("be-tarask.wikipedia.org", "be_x_oldwiki", language="be-tarask"),
        wiki("www.wikidata.org", "wikidatawiki", "special", "mul"),
        wiki("wikisource.org", "sourceswiki", "special", "mul"),
        wiki("www.own.example", "ownwiki", "special", "mul"),
    )
}
FORMER = {"be-x-old.wikipedia.org": "be-tarask.wikipedia.org"}


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("hi.wikipedia.org", "hi.wikipedia.org"),
        (" HI.Wikipedia.ORG ", "hi.wikipedia.org"),
        ("hi.wikipedia", "hi.wikipedia.org"),
        ("hi.wikipedia.org.", "hi.wikipedia.org"),
        ("en.m.wikipedia.org", "en.wikipedia.org"),
        ("https://hi.wikipedia.org/wiki/", "hi.wikipedia.org"),
        ("http://en.m.wikipedia.org/wiki/Main_Page?x=1#top", "en.wikipedia.org"),
        ("//hi.wiktionary.org", "hi.wiktionary.org"),
        ("www.hi.wikipedia.org", "hi.wikipedia.org"),
        ("wikidata", "www.wikidata.org"),
        ("wikidata.org", "www.wikidata.org"),
        ("m.wikidata.org", "www.wikidata.org"),
        ("www.wikidata", "www.wikidata.org"),
        ("test.wikidata.org", "test.wikidata.org"),
        ("commons.m.wikimedia.org", "commons.wikimedia.org"),
        ("commons.wikimedia", "commons.wikimedia.org"),
        ("wikisource.org", "wikisource.org"),
        ("www.wikisource.org", "wikisource.org"),
        ("wiki.own.example", "wiki.own.example"),
    ],
)
def test_each_way_of_writing_leads_to_the_host_name(written: str, host: str) -> None:
    assert find_host_name(written) == host
    assert find_host_name(host) == host


@pytest.mark.parametrize(
    "written",
    ["", "enwiki", "wikipedia", "*", "lang:bn", "127.0.0.1", "hi.wikipedia.org:8080", "me@hi.wikipedia.org", "a b.org",
     "..", "hi..org", "-hi.wikipedia.org", "hi.wikipedia.org\x00", "<script>.org", "a_b.org", "org", f"{'a' * 64}.org",
     ".".join(["a" * 60] * 5), "हिन्दी.org"],
)  # fmt: skip
def test_what_can_be_no_wikis_name_leads_nowhere(written: str) -> None:
    assert find_host_name(written) is None


@given(st.text())
def test_whatever_is_written_a_host_name_or_nothing_comes_of_it(written: str) -> None:
    host = find_host_name(written)

    assert host is None or is_host_name(host)


@pytest.mark.parametrize(
    ("written", "names"),
    [
        (["hi.wikipedia", "https://hi.wikipedia.org/", "hi.wikipedia.org"], ("hi.wikipedia.org",)),
        (["wikidata.org", "own.example"], ("www.wikidata.org", "www.own.example")),
        (["www.wikisource.org"], ("wikisource.org",)),
        (["*"], ("*",)),
        (["be_x_oldwiki", " HIWIKI "], ("be-tarask.wikipedia.org", "hi.wikipedia.org")),
        (["lang:hif", "family:special"], ("lang:hif", "family:special")),
    ],
)
def test_known_wikis_are_found_however_they_are_written(written: Sequence[str], names: tuple[str, ...]) -> None:
    resolved = resolve_names(written, WIKIS, FORMER)

    assert (resolved.names, resolved.unknown) == (names, ())


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("hi.wikipedia.com", "unknown wiki: 'hi.wikipedia.com'; did you mean hi.wikipedia.org or "),
        ("xyz", "unknown wiki: 'xyz'; write its address, for example hi.wikipedia.org"),
        ("lang:hii", "unknown wiki: 'lang:hii'; did you mean lang:"),
    ],
)
def test_an_unknown_wiki_is_named_with_those_that_look_like_it(written: str, message: str) -> None:
    resolved = resolve_names(["hi.wikipedia.org", written], WIKIS, FORMER)

    assert resolved.names == ("hi.wikipedia.org",)
    (warning,) = resolved.warnings
    assert warning.startswith(message)


@pytest.mark.parametrize(
    ("written", "project"),
    [
        ("HI.m.wikipedia", "hi.wikipedia.org"),
        ("hiwiki", "hi.wikipedia.org"),
        ("be-x-old.m.wikipedia.org", "be-tarask.wikipedia.org"),
        ("be_x_oldwiki", "be-tarask.wikipedia.org"),
        ("hi", None),
        ("*", None),
        ("lang:hif", None),
        ("hii.wikipedia.org", None),
        ("twicewiki", None),
    ],
)
def test_one_wiki_is_meant_or_none(written: str, project: str | None) -> None:
    twice = {name: wiki(name, "twicewiki") for name in ("a.example", "b.example")}
    assert find_project(written, WIKIS | twice, FORMER) == project


def test_an_old_address_leads_to_the_wiki_with_a_warning() -> None:
    resolved = resolve_names(["be-x-old.wikipedia"], WIKIS, FORMER)

    assert (resolved.names, resolved.unknown) == (("be-tarask.wikipedia.org",), ())
    assert resolved.warnings == ["be-x-old.wikipedia.org is now be-tarask.wikipedia.org: write its new address"]


def test_no_wiki_is_unknown_while_none_is_stored() -> None:
    resolved = resolve_names(["en.m.wikipedia.org", "lang:bn", "*", "wikidata"], {}, {})

    assert resolved.names == ("en.wikipedia.org", "lang:bn", "*", "www.wikidata.org")
    assert resolved.unknown == ()
