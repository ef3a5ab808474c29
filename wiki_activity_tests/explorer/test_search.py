"""Which wikis a text finds, as somebody types or pastes it."""

import pytest

from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.catalogue import Catalogue, make_catalogue
from wiki_activity.explorer.search import differs_by_one

_NAMES = {
    "en": ("English", "English"), "hi": ("Hindi", "हिन्दी"), "hif": ("Fiji Hindi", "Fiji Hindi"),
    "bn": ("Bangla", "বাংলা"), "fr": ("French", "français"), "or": ("Odia", "ଓଡ଼ିଆ"), "no": ("Norwegian", "norsk"),
    "be-tarask": ("Belarusian (Taraškievica)", "беларуская (тарашкевіца)"), "zh-yue": ("Cantonese", "粵語"),
}  # fmt: skip


def _wiki(language: str, family: str) -> Wiki:
    name, autonym = _NAMES[language]
    ending = "wiki" if family == "wikipedia" else family
    dbname = f"{language.replace('-', '_')}{ending}"
    project = f"{language}.{family}.org"
    return Wiki(project, dbname, family, language, f"{name} {family.title()}", autonym, "ltr", closed=False)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    wikis = [_wiki(language, family) for family in ("wikipedia", "wikisource") for language in _NAMES]
    commons = Wiki(
        "commons.wikimedia.org", "commonswiki", "special", "mul", "Wikimedia Commons", "Wikimedia Commons", "ltr", False
    )
    wikidata = Wiki("www.wikidata.org", "wikidatawiki", "special", "mul", "Wikidata", "Wikidata", "ltr", False)
    return make_catalogue([*wikis, commons, wikidata], {"be-x-old.wikipedia.org": "be-tarask.wikipedia.org"}, [])


@pytest.mark.parametrize(
    ("text", "project"),
    [
        ("hiwiki", "hi.wikipedia.org"),
        ("enwiki", "en.wikipedia.org"),
        ("bnwikisource", "bn.wikisource.org"),
        ("hi.m.wikipedia.org", "hi.wikipedia.org"),
        ("https://hi.m.wikipedia.org/wiki/%E0%A4%AE?x=1#top", "hi.wikipedia.org"),
        ("HTTPS://HI.WIKIPEDIA.ORG", "hi.wikipedia.org"),
        ("//hi.wikipedia.org/", "hi.wikipedia.org"),
        ("www.wikidata.org", "www.wikidata.org"),
        ("wikidata", "www.wikidata.org"),
        ("commons", "commons.wikimedia.org"),
        ("bengali wikisource", "bn.wikisource.org"),
        ("Wikisource  Bengali", "bn.wikisource.org"),
        ("বাংলা wikisource", "bn.wikisource.org"),
        ("wikisource bn", "bn.wikisource.org"),
        ("wikisorce bengalli", "bn.wikisource.org"),
        ("be-x-old.wikipedia.org", "be-tarask.wikipedia.org"),
        ("tarashkevitsa", None),
        ("taraskievica wikipedia", "be-tarask.wikipedia.org"),
        ("cantonese", "zh-yue.wikipedia.org"),
        ("oriya", "or.wikipedia.org"),
        ("bokmål", "no.wikipedia.org"),
        ("FRANCAIS", "fr.wikipedia.org"),
        ("hi.wikip", "hi.wikipedia.org"),
        ("en.m.wikip", "en.wikipedia.org"),
        ("xyzzy", None),
    ],
)
def test_a_name_old_name_code_or_address_finds_the_wiki_first(
    catalogue: Catalogue, text: str, project: str | None
) -> None:
    found = catalogue.find(text)

    assert (found[0].project if found else None) == project


@pytest.mark.parametrize("text", ["bengali", "Bangla", "বাংলা", "bengalli", "bengai", "bengail", "bemgali", "bn"])
def test_a_language_finds_its_wikis_and_no_other_even_misspelt_by_a_letter(catalogue: Catalogue, text: str) -> None:
    assert {wiki.project for wiki in catalogue.find(text)} == {"bn.wikipedia.org", "bn.wikisource.org"}


def test_two_typing_errors_in_a_word_or_one_in_a_short_word_find_nothing(catalogue: Catalogue) -> None:
    assert catalogue.find("benngalli") == []
    assert catalogue.find("hx ") == []


def test_a_misspelt_text_is_told_from_one_that_fits(catalogue: Catalogue) -> None:
    assert catalogue.find_exactly("bengalli") == []
    assert catalogue.find_exactly("bengali") == catalogue.find("bengali")


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("hindi", "hindi", True), ("hindi", "hndi", True), ("hindi", "hiindi", True), ("hindi", "hibdi", True),
        ("hindi", "hidni", True), ("hindi", "ihndi", True), ("hindi", "hindii", True), ("hindi", "hidnii", False),
        ("hindi", "hni", False), ("hindi", "hxndx", False), ("", "a", True), ("", "ab", False),
    ],
)  # fmt: skip
def test_one_letter_too_many_missing_wrong_or_two_swapped_are_one_error(one: str, other: str, near: bool) -> None:
    assert differs_by_one(one, other) is near
    assert differs_by_one(other, one) is near


@pytest.mark.parametrize(
    ("code", "project"),
    [
        ("hi", "hi.wikipedia.org"), ("HI", "hi.wikipedia.org"), ("be_tarask", "be-tarask.wikipedia.org"),
        ("commons", "commons.wikimedia.org"), ("zz", None), ("mul", None), ("", None),
    ],
)  # fmt: skip
def test_a_short_name_stands_for_the_languages_wikipedia(catalogue: Catalogue, code: str, project: str | None) -> None:
    wiki = catalogue.resolve_code(code)

    assert (wiki.project if wiki else None) == project
