import re
from datetime import date, timedelta
from html import unescape
from xml.etree import ElementTree as ET

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.note_text import check_text
from wiki_activity.domain.notes import Author, Scope, ScopeKind, Subject
from wiki_activity.explorer.pages.feeds import MOST_ENTRIES
from wiki_activity.storage.notes import create_note
from wiki_activity_tests.explorer.stored import LAST, NOW, SHARED, annotate
from wiki_activity_tests.storage.storing import hide_month_note

ATOM = "{http://www.w3.org/2005/Atom}"
HINDI = "/p/hi.wikipedia.org"
PLACES = {
    HINDI: "Hindi Wikipedia",
    "/lang/hi": "language code hi",
    "/g/wikisource": "family Wikisource",
    "/g/all": "All wikis",
    "/mine?wiki=hi.wikipedia.org&wiki=lang:bn": "My wikis",
}
SITE = "http://localhost:5000"


def name_feed(place: str) -> str:
    path, mark, query = place.partition("?")
    return f"{path}/feed.atom{mark}{query}"


def read_feed(client: TestClient, place: str) -> ET.Element:
    answer = client.get(name_feed(place))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    return ET.fromstring(answer.content)


def read_entries(client: TestClient, place: str) -> list[dict[str, str]]:
    return [
        {one.tag.removeprefix(ATOM): "".join(one.itertext()) for one in entry}
        for entry in read_feed(client, place).iter(f"{ATOM}entry")
    ]


@pytest.mark.parametrize(("place", "name"), PLACES.items())
def test_a_wiki_a_language_and_a_family_have_a_feed(client: TestClient, place: str, name: str) -> None:
    feed = read_feed(client, place)
    assert name in (feed.findtext(f"{ATOM}title") or "")
    assert feed.findtext(f"{ATOM}id") == f"{SITE}{name_feed(place)}"
    links = {one.get("rel"): one.get("href") for one in feed.findall(f"{ATOM}link")}
    assert links == {"self": f"{SITE}{name_feed(place)}", "alternate": f"{SITE}{place}"}
    entries = list(feed.iter(f"{ATOM}entry"))
    assert 0 < len(entries) <= MOST_ENTRIES
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(set(ids)) == len(ids)
    moments = [entry.findtext(f"{ATOM}updated") or "" for entry in entries]
    assert moments == sorted(moments, reverse=True)
    assert feed.findtext(f"{ATOM}updated") == moments[0]


@pytest.mark.parametrize("place", PLACES)
def test_a_page_names_its_feed_to_readers_and_to_programs(client: TestClient, place: str) -> None:
    page = unescape(client.get(place).text)
    assert f'href="{name_feed(place)}">Atom feed</a>' in page
    assert re.search(rf'rel="alternate" type="application/atom\+xml" [^>]*href="{re.escape(name_feed(place))}"', page)


def test_the_feed_of_my_wikis_is_of_those_that_its_address_names(client: TestClient) -> None:
    titles = [one["title"] for one in read_entries(client, "/mine?wiki=hi.wikipedia.org")]
    assert titles
    assert all(title.startswith("Hindi Wikipedia, ") for title in titles)
    assert "/mine/feed.atom" not in client.get("/mine").text


def test_the_feed_of_my_wikis_names_some_and_not_a_thousand(client: TestClient) -> None:
    assert client.get("/mine/feed.atom").status_code == 404
    assert client.get("/mine/feed.atom?wiki=bangla").status_code == 404
    many = "&".join(f"wiki=x{number}.wikipedia.org" for number in range(1000))
    assert client.get(f"/mine/feed.atom?{many}").status_code == 422


def test_a_month_that_stood_out_is_one_entry_whatever_was_counted(client: TestClient) -> None:
    entries = read_entries(client, HINDI)
    (entry,) = [one for one in entries if one["id"] == f"{SITE}{HINDI}/peaks/2025-03"]
    assert entry["title"].startswith("Hindi Wikipedia, March 2025: ")
    assert entry["title"].endswith("× the expected edits")
    assert entry["updated"] == "2025-04-01T00:00:00Z"
    assert "editors in March 2025" in entry["content"]
    assert entries[0]["updated"] == "2026-10-01T00:00:00Z"


def test_a_note_makes_its_month_new_again_and_one_on_a_calm_month_is_an_entry(
    client: TestClient, engine: Engine
) -> None:
    annotate(engine, "hi.wikipedia.org", SHARED, now=NOW - timedelta(hours=2))
    annotate(engine, "hi.wikipedia.org", date(2022, 1, 1), "A calm <month> & a day", note="Nothing.", now=NOW)
    first, second, *_ = read_entries(client, "/lang/hi")
    assert first["title"] == "Hindi Wikipedia, January 2022: A calm <month> & a day"
    assert first["updated"] == "2026-10-05T12:00:00Z"
    assert "Nothing." in first["content"]
    assert second["title"] == "Hindi Wikipedia, March 2025: Feminism and Folklore"
    assert "A contest in many languages." in second["content"]
    assert "edits in March 2025" in second["content"]


def test_a_note_on_many_wikis_is_one_entry_of_their_feed(client: TestClient, engine: Engine) -> None:
    text = check_text("A contest of all", "In every script.", "https://meta.wikimedia.org/wiki/C", "contest")
    subject = Subject(Scope(ScopeKind.FAMILY, "wikipedia"), date(2022, 1, 3), date(2022, 2, 9))
    note = create_note(engine, subject, text, author=Author("Rewa"), now=NOW)
    for place, first in (("/g/wikipedia", "Every Wikipedia, 3 January 2022 to 9 February 2022: A contest of all"),
                         (HINDI, "Hindi Wikipedia, January 2022: A contest of all")):  # fmt: skip
        entries = read_entries(client, place)
        assert [one["title"] for one in entries if one["title"].endswith("A contest of all")] == [first]
    entry = read_entries(client, "/g/all")[0]
    assert (entry["id"], entry["author"]) == (f"{SITE}/notes/{note.id}", "Rewa")
    assert entry["content"] == "A contest of all. In every script.\n\nhttps://meta.wikimedia.org/wiki/C"
    assert any("× the expected" in one["title"] for one in read_entries(client, "/g/wikipedia"))


def test_what_is_hidden_is_in_no_feed(client: TestClient, engine: Engine) -> None:
    annotate(engine, "hi.wikipedia.org", LAST, "It names a person")
    hide_month_note(
        engine, Metric.EDITS, "hi.wikipedia.org", LAST, reason="It does.", version=1, author="Rewa", now=NOW
    )
    assert "It names a person" not in client.get(f"{HINDI}/feed.atom").text


@pytest.mark.parametrize("place", ["/p/xx.wikipedia.org", "/lang/xx", "/g/xx", "/g/<b>"])
def test_what_is_unknown_has_no_feed(client: TestClient, place: str) -> None:
    assert client.get(f"{place}/feed.atom").status_code == 404


def test_a_feed_that_did_not_change_is_not_sent_again(client: TestClient, engine: Engine) -> None:
    tag = client.get(f"{HINDI}/feed.atom").headers["etag"]
    assert client.get(f"{HINDI}/feed.atom", headers={"If-None-Match": tag}).status_code == 304
    annotate(engine, "hi.wikipedia.org", SHARED)
    assert client.get(f"{HINDI}/feed.atom", headers={"If-None-Match": tag}).status_code == 200
