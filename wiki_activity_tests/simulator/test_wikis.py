"""The catalogue looks like Wikimedia's."""

from collections import Counter

import pytest

from wiki_activity.simulator.wiki_catalogue import make_catalogue


def test_870_open_wikis_of_all_families_are_listed_biggest_first() -> None:
    catalogue = make_catalogue()
    families = Counter(wiki.family for wiki in catalogue.open_wikis)
    sizes = [wiki.size for wiki in catalogue.open_wikis]
    assert len(catalogue.open_wikis) == 870
    assert sizes == sorted(sizes, reverse=True)
    assert families["wikipedia"] == 330
    assert set(families) == {
        "wikipedia", "wiktionary", "wikisource", "wikivoyage", "wikiquote", "wikinews", "wikiversity", "wikibooks",
        "special",
    }  # fmt: skip


def test_hosts_and_dbnames_are_unique() -> None:
    catalogue = make_catalogue()
    wikis = catalogue.open_wikis + catalogue.shut_wikis
    assert len({wiki.host for wiki in wikis}) == len({wiki.dbname for wiki in wikis}) == len(wikis)


def test_a_host_is_not_always_what_the_dbname_suggests() -> None:
    dbnames = {wiki.host: wiki.dbname for wiki in make_catalogue().open_wikis}
    assert dbnames["be-tarask.wikipedia.org"] == "be_x_oldwiki"
    assert dbnames["zh-min-nan.wikipedia.org"] == "zh_min_nanwiki"
    assert dbnames["www.wikidata.org"] == "wikidatawiki"


def test_a_small_catalogue_keeps_the_biggest_wikis_and_all_shut_ones() -> None:
    small, full = make_catalogue(12), make_catalogue()
    assert small.open_wikis == full.open_wikis[:12]
    assert small.shut_wikis == full.shut_wikis
    assert {"closed", "private"} <= {flag for wiki in small.shut_wikis for flag in wiki.flags}


def test_about_ten_open_wikis_have_no_metrics() -> None:
    assert 5 <= sum(not wiki.measured for wiki in make_catalogue().open_wikis) <= 15


def test_languages_name_themselves_in_their_own_direction() -> None:
    languages = {language.code: language for language in make_catalogue().languages}
    assert {language.direction for language in languages.values()} == {"ltr", "rtl"}
    assert (languages["fa"].autonym, languages["fa"].name, languages["fa"].direction) == ("فارسی", "Persian", "rtl")


@pytest.mark.parametrize("wikis", [0, 10_000])
def test_a_number_of_wikis_that_there_are_not_is_refused(wikis: int) -> None:
    with pytest.raises(ValueError, match=f"not {wikis}"):
        make_catalogue(wikis)
