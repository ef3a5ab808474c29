from fastapi.testclient import TestClient
from sqlalchemy import Engine, update

from wiki_activity.storage.database import writing
from wiki_activity.storage.schema import wikis
from wiki_activity_tests.explorer.pages.reading import see
from wiki_activity_tests.explorer.stored import LAST, annotate


def test_all_wikis_of_a_language_are_shown(client: TestClient, engine: Engine) -> None:
    annotate(engine, "bn.wikipedia.org", LAST, "A contest in Bangla")

    text = see(client, "/lang/bn")

    assert "বাংলা · Bangla Wikipedia" in text
    assert "বাংলা · Bangla Wikisource" in text
    assert "A contest in Bangla" in text
    assert "Hindi Wikipedia" not in text


def test_a_change_on_a_year_ago_is_told_as_times(client: TestClient) -> None:
    text = see(client, "/lang/hi")

    assert "Against a year before" in text
    assert "×" in text
    assert "%" not in text


def test_a_closed_wiki_has_no_data_of_the_newest_month(client: TestClient) -> None:
    assert "closed no data –" in see(client, "/lang/aa")


def test_wikis_of_many_languages_have_a_page(client: TestClient) -> None:
    text = see(client, "/lang/mul")

    assert "Wikis for many languages" in text
    assert "Wikidata" in text


def test_an_unknown_language_is_not_found_and_the_nearest_are_named(client: TestClient) -> None:
    text = see(client, "/lang/hii", 404)

    assert "No such language" in text
    assert "Hindi Wikipedia" in text


def test_a_wiki_that_is_new_has_nothing_to_compare_with(client: TestClient) -> None:
    assert "none a year ago" in see(client, "/lang/mos")


def test_a_name_has_the_tag_of_its_language_where_wikimedias_code_is_another(
    engine: Engine, client: TestClient
) -> None:
    with writing(engine) as connection:
        renamed = update(wikis).where(wikis.c.project == "fr.wikipedia.org")
        connection.execute(renamed.values(language="zh-yue", autonym="粵語"))

    for address in ("/lang/zh-yue", "/p/fr.wikipedia.org", "/p/hi.wikipedia.org?vs=fr.wikipedia.org", "/find?q=zh-yue"):
        html = client.get(address).text
        assert 'lang="yue"' in html, address
        assert 'lang="zh-yue"' not in html, address
