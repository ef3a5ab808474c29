import pytest
from fastapi.testclient import TestClient

from wiki_activity_tests.explorer.pages.reading import see


@pytest.mark.parametrize(
    "text",
    [
        "mos", "Mossi", "moore", "mos.wikipedia.org", " MOS.wikipedia.org ", "moswiki",
        "mos.m.wikipedia.org", "mos.wikipedia",
        f"https://mos.m.wikipedia.org/wiki/{'Foo' * 40}?action=edit#top",
    ],
)  # fmt: skip
def test_a_single_match_is_gone_to(client: TestClient, text: str) -> None:
    answer = client.get("/find", params={"q": text}, follow_redirects=False)

    assert answer.status_code == 303
    assert answer.headers["location"] == "/p/mos.wikipedia.org"


def test_several_matches_are_listed_biggest_first(client: TestClient) -> None:
    text = see(client, "/find?q=हिन्दी")

    assert "2 wikis that match" in text
    assert text.index("Hindi Wikipedia") < text.index("Hindi Wiktionary")


def test_a_text_that_matches_nothing_shows_the_nearest(client: TestClient) -> None:
    text = see(client, "/find?q=hii.wikipedia.org")

    assert "No wiki matches hii.wikipedia.org" in text
    assert "Did you mean" in text
    assert "Hindi Wikipedia" in text


def test_nothing_asked_for_lists_the_biggest(client: TestClient) -> None:
    assert "biggest wikis" in see(client, "/find")


def test_a_very_long_text_is_answered(client: TestClient) -> None:
    see(client, "/find?q=" + "x" * 5000)


def test_an_empty_database_says_that_no_wikis_are_known(empty_client: TestClient) -> None:
    assert "No wikis are known yet" in see(empty_client, "/find")
