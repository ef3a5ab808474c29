from html.parser import HTMLParser

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.explorer.app import create_app
from wiki_activity.explorer.configuration import ExplorerSettings
from wiki_activity.settings import read_settings
from wiki_activity_tests.explorer.stored import NOW, SHARED, annotate

HINDI = "/p/hi.wikipedia.org"
PLACES = {
    HINDI: "Hindi Wikipedia",
    f"{HINDI}?metric=editors&from=2024-01": "Hindi Wikipedia",
    f"{HINDI}/peaks/2025-03": "March 2025, Hindi Wikipedia",
    f"{HINDI}/peaks/2025-03?metric=editors&detector=rolling_mean": "March 2025, Hindi Wikipedia",
    "/lang/hi": "All wikis in हिन्दी",
    "/g/wikipedia": "Wikipedia",
    "/g/all": "All wikis",
    "/mine?wiki=hi.wikipedia.org&wiki=lang:bn": "My wikis",
    "/report?wiki=hi.wikipedia.org&from=2025-03&to=2025-03": "Hindi Wikipedia, March 2025",
    "/report?wiki=hi.wikipedia.org&from=2025-03-05&to=2025-03-06": "Hindi Wikipedia, 5 March 2025 to 6 March 2025",
    "/live": "All wikis live",
    "/live/en.wikipedia.org": "English Wikipedia live",
}


class Head(HTMLParser):
    """What a page says of itself to those who only look at its head."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.said: dict[str, str] = {}
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = dict(attrs)
        name = own.get("property") or own.get("name")
        if tag == "meta" and name:
            self.said[name] = own.get("content") or ""


@pytest.mark.parametrize(("place", "title"), PLACES.items())
def test_a_link_to_a_page_is_previewed_with_title_sentence_and_picture(
    client: TestClient, place: str, title: str
) -> None:
    said = Head(client.get(place).text).said
    path, _, query = place.partition("?")
    assert (said["og:title"], said["twitter:card"]) == (title, "summary_large_image")
    assert said["og:description"] == said["description"]
    assert said["description"].endswith(".")
    assert said["og:url"].startswith(f"http://localhost:5000{path}")
    picture = said["og:image"].removeprefix("http://localhost:5000")
    assert picture.startswith(f"{path}/chart.png")
    assert all(part in picture for part in query.split("&"))
    assert client.get(picture).headers["content-type"] == "image/png"


def test_the_picture_is_at_the_address_that_people_use(
    own_settings: ExplorerSettings, engine: Engine, explorer_app: FastAPI
) -> None:
    settings = read_settings({"WIKI_ACTIVITY_EXPLORER_URL": "https://activity.example.org/"})
    with TestClient(create_app(settings, own_settings, engine, lambda: NOW), base_url="http://localhost") as client:
        said = Head(client.get(HINDI).text).said
        assert said["og:image"] == f"https://activity.example.org{HINDI}/chart.png"
        texts = client.get(f"{HINDI}/chart.svg").text
    assert f"https://activity.example.org{HINDI}<" in texts


def test_the_sentence_counts_the_months_that_stand_out_and_those_with_a_note(
    client: TestClient, engine: Engine
) -> None:
    annotate(engine, "hi.wikipedia.org", SHARED)
    said = Head(client.get(HINDI).text).said["og:description"]
    assert "edits in September 2026; a typical month has " in said
    assert said.endswith("5 months stand out, 1 of them with a note.")
    one = Head(client.get("/p/ta.wikipedia.org").text).said["og:description"]
    assert one.endswith("One month stands out.")
    none = Head(client.get("/p/en.wikipedia.org").text).said["og:description"]
    assert none.endswith("No month stands out.")
