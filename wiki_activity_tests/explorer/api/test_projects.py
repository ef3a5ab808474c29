"""`/projects`: wikis as lists and one by one."""

from fastapi.testclient import TestClient
from sqlalchemy import Engine, update

from wiki_activity.storage.database import writing
from wiki_activity.storage.schema import wikis
from wiki_activity_tests.explorer.api.asking import get
from wiki_activity_tests.explorer.stored import WIKIS

PROJECTS = "/api/v1/projects"


def test_all_wikis_come_biggest_first_and_those_of_unknown_size_last(client: TestClient) -> None:
    items = get(client, PROJECTS)["items"]
    assert {one["project"] for one in items} == {stored.wiki.project for stored in WIKIS}
    sizes = [one["size"] for one in items]
    assert sizes == sorted(sizes, reverse=True)
    assert items[0]["project"] == "www.wikidata.org"


def test_the_compact_form_has_the_same_wikis_in_the_same_order(client: TestClient) -> None:
    long, short = get(client, PROJECTS)["items"], get(client, PROJECTS, compact=1)["items"]
    keys = ("project", "language", "name", "autonym", "family", "direction", "closed")
    assert [row[:-1] for row in short] == [[one[key] for key in keys] for one in long]


def test_the_compact_form_has_the_language_tags_that_browsers_know(client: TestClient, engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(update(wikis).where(wikis.c.project == "fr.wikipedia.org").values(language="zh-yue"))
    tags = {row[0]: row[-1] for row in get(client, PROJECTS, compact=1)["items"]}
    assert (tags["fr.wikipedia.org"], tags["hi.wikipedia.org"]) == ("yue", "hi")


def test_a_search_finds_native_names_and_filters_narrow_it(client: TestClient) -> None:
    assert [one["project"] for one in get(client, PROJECTS, q="עברית")["items"]] == ["he.wikipedia.org"]
    of_language = get(client, PROJECTS, language="hi", family="wiktionary")["items"]
    assert [one["project"] for one in of_language] == ["hi.wiktionary.org"]
    assert get(client, PROJECTS, family="nothing") == {"items": [], "next": None}


def test_pages_follow_each_other_without_gap_or_repetition(client: TestClient) -> None:
    whole = [one["project"] for one in get(client, PROJECTS)["items"]]
    found: list[str] = []
    query: dict[str, object] = {"limit": 4}
    while True:
        page = get(client, PROJECTS, **query)
        found += [one["project"] for one in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert found == whole


def test_a_closed_wiki_says_so_and_directions_are_told(client: TestClient) -> None:
    assert get(client, f"{PROJECTS}/aa.wikipedia.org")["closed"] is True
    assert get(client, f"{PROJECTS}/ar.wikipedia.org")["direction"] == "rtl"


def test_the_list_is_sent_once(client: TestClient) -> None:
    first = client.get(PROJECTS, params={"compact": 1})
    again = client.get(PROJECTS, params={"compact": 1}, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(PROJECTS, headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200


def test_an_empty_database_has_no_wikis(empty_client: TestClient) -> None:
    assert get(empty_client, PROJECTS) == {"items": [], "next": None}
