"""However an address is written, a page is one page: kept once, sent once, and pushed out by nobody's play with it."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.explorer.accounts.people import Role
from wiki_activity_tests.explorer.accounts.conftest import person_of
from wiki_activity_tests.explorer.stored import LAST, annotate

HINDI = "/p/hi.wikipedia.org"
PEAK = f"{HINDI}/peaks/2024-06"
PAGES = [HINDI, PEAK, "/peaks", "/lang/hi", "/", "/about", "/api"]


@pytest.fixture
def reader(plain_reader: TestClient) -> TestClient:
    """Somebody without an account."""
    plain_reader.follow_redirects = False
    return plain_reader


@pytest.mark.parametrize(
    ("asked", "canonical"),
    [
        (f"{HINDI}?x=1", HINDI),
        (f"{HINDI}?x=1&vs=bn.wikipedia.org&utm_source=y&scale=log", f"{HINDI}?vs=bn.wikipedia.org&scale=log"),
        (f"{HINDI}?from=rubbish&x", f"{HINDI}?from=rubbish"),
        (f"{PEAK}?x=1&metric=editors", f"{PEAK}?metric=editors"),
        ("/peaks?x=1", "/peaks"),
        ("/peaks?x=%F0%9F&month=2024-06", "/peaks?month=2024-06"),
        ("/lang/hi?x=1", "/lang/hi"),
        ("/?x=1", "/"),
        ("/about?utm_source=y", "/about"),
        ("/api?x=1", "/api"),
        ("/live?x=1", "/live"),
        ("/live/hi.wikipedia.org?since=1", "/live/hi.wikipedia.org"),
        ("/find?x=1&q=wiki", "/find?q=wiki"),
    ],
)
def test_keys_that_nobody_knows_lead_to_the_address_without_them(
    reader: TestClient, asked: str, canonical: str
) -> None:
    answer = reader.get(asked)
    assert (answer.status_code, answer.headers["location"]) == (302, canonical)
    assert answer.headers["cache-control"] == "no-store"
    assert reader.get(canonical).status_code == 200


NAMES = [
    "HI.wikipedia.org", "hi.wikipedia", "hi.m.wikipedia.org", "www.hi.wikipedia.org", "hi.wikipedia.org.", "hiwiki",
    "hi", "HI",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "path",
    ["/p/{}", "/p/{}/peaks/2024-06?metric=editors", "/live/{}", "/api/v1/projects/{}/series?metric=edits",
     "/api/v1/live/{}", "/api/v1/episodes?project={}&limit=3"],
)  # fmt: skip
def test_a_wiki_is_found_by_its_name_however_it_is_written(reader: TestClient, path: str, name: str) -> None:
    answer = reader.get(path.format(name))
    assert (answer.status_code, answer.headers["location"]) == (301, path.format("hi.wikipedia.org"))
    assert reader.get(answer.headers["location"]).status_code == 200


@pytest.mark.parametrize("path", ["/p/hii.wikipedia", "/live/hii.wikipedia"])
def test_a_name_that_is_nearly_a_wikis_is_asked_back(reader: TestClient, path: str) -> None:
    answer = reader.get(path)
    assert answer.status_code == 404
    assert "Did you mean" in answer.text
    assert "/p/hi.wikipedia.org" in answer.text


@pytest.mark.parametrize(
    "path", ["/api/v1/projects/hii.wikipedia", "/api/v1/live/hii.wikipedia", "/api/v1/episodes?project=hii.wikipedia"]
)
def test_a_program_is_told_which_wikis_may_have_been_meant(reader: TestClient, path: str) -> None:
    answer = reader.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert "hi.wikipedia.org" in answer.json()["did_you_mean"]


SAME = [
    (HINDI, f"{HINDI}?metric=edits&scale=linear&from=&to="),
    (f"{HINDI}?scale=log&metric=editors", f"{HINDI}?metric=editors&scale=linear&scale=log"),
    (f"{HINDI}?vs=bn.wikipedia.org", f"{HINDI}?vs=bn.wikipedia.org&vs=hi.wikipedia.org&vs=bn.wikipedia.org"),
    (PEAK, f"{PEAK}?metric=edits&detector=seasonal"),
    ("/peaks", "/peaks?month=&sort=ratio&family="),
    ("/peaks?month=2024-06&sort=value", "/peaks?sort=value&month=2024-06&kind="),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_state_is_one_page_however_it_is_written(reader: TestClient, one: str, other: str) -> None:
    answers = reader.app.state.answers  # type: ignore[attr-defined]
    first = reader.get(one)
    before = len(answers.lasting), len(answers.passing)
    again = reader.get(other)
    assert again.headers["etag"] == first.headers["etag"]
    assert (len(answers.lasting), len(answers.passing)) == before


def test_nobody_who_plays_with_addresses_pushes_out_what_most_readers_ask_for(reader: TestClient) -> None:
    answers = reader.app.state.answers  # type: ignore[attr-defined]
    for path in (HINDI, "/peaks", "/lang/hi", "/api/v1/projects"):
        assert reader.get(path).status_code == 200
    before = len(answers.lasting)
    # Fewer than one address may ask for in a second.
    for number in range(6):
        month = f"20{10 + number}-01"
        for address in (
            f"{HINDI}?from={month}",
            f"{HINDI}?from=rubbish{number}",
            f"{HINDI}/peaks/{month}",
            f"/peaks?month={month}",
            f"/peaks?times={number}.5",
            f"/api/v1/projects?limit={number + 1}",
            f"/api/v1/projects?q=a{number}",
        ):
            assert reader.get(address).status_code == 200, address
    assert len(answers.lasting) == before
    # What an address gets wrong is remarked upon, and there is no end of such.
    assert len(answers.passing) == 6 * 6


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_has_not_changed_is_not_sent_again(reader: TestClient, page: str, encoding: str) -> None:
    headers = {"Accept-Encoding": encoding}
    first = reader.get(page, headers=headers)
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"
    assert "Cookie" in first.headers["vary"]
    again = reader.get(page, headers={**headers, "If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert again.headers["cache-control"] == "private, no-cache"
    assert "content-security-policy" in again.headers
    assert reader.get(page, headers={**headers, "If-None-Match": '"other"'}).status_code == 200
    assert reader.head(page, headers={"If-None-Match": tag}).status_code == 304


def test_a_page_that_has_changed_is_sent(reader: TestClient, engine: Engine) -> None:
    tag = reader.get(HINDI).headers["etag"]
    annotate(engine, "hi.wikipedia.org", LAST, "Another label")
    answer = reader.get(HINDI, headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert "Another label" in answer.text


def test_a_page_that_names_its_reader_is_kept_by_nobody(reader: TestClient) -> None:
    app = reader.app
    assert isinstance(app, FastAPI)
    tag = reader.get(HINDI).headers["etag"]
    known = person_of(app, Role.EDITOR, cookie="wa")
    known.base_url = reader.base_url  # type: ignore[assignment]
    answer = known.get(HINDI, headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert "Asha" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers


@pytest.mark.parametrize(
    ("earlier", "ours"),
    [("/edit-counts", "/"), ("/editor-counts?x=1", "/peaks?metric=editors"), ("/watchlist", "/mine")],
)
def test_pages_of_the_earlier_program_lead_to_ours(reader: TestClient, earlier: str, ours: str) -> None:
    moved = reader.get(earlier)

    assert (moved.status_code, moved.headers["Location"]) == (301, ours)
    assert reader.get(ours).status_code == 200
