"""The wikis that somebody calls their own are kept with the account, and are nobody else's."""

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from wiki_activity.explorer.accounts.people import Role
from wiki_activity_tests.explorer.accounts.conftest import PUBLIC, person_of, reader_of, token_of

MINE = "/api/v1/mine"


def keep(reader: TestClient, *names: str) -> httpx2.Response:
    headers = {"X-CSRF-Token": token_of(reader), "Origin": PUBLIC}
    return reader.put(f"{MINE}/names", json={"names": names}, headers=headers)


def test_they_are_kept_with_the_account_in_their_order_and_nobody_else_sees_them(public_app: FastAPI) -> None:
    asha, other = person_of(public_app, Role.VIEWER), person_of(public_app, Role.VIEWER)
    assert asha.get(MINE).json()["names"] is None

    assert keep(asha, "ta.wikipedia.org", "lang:bn").status_code == 200
    assert keep(asha, "family:wikisource", "hi.wikipedia.org", "hi.wikipedia.org").status_code == 200

    answer = asha.get(MINE)
    assert answer.json()["names"] == ["family:wikisource", "hi.wikipedia.org"]
    assert answer.headers["cache-control"] == "no-store"
    assert other.get(MINE).json()["names"] is None
    assert reader_of(public_app).get(MINE).json()["names"] is None
    assert keep(asha).json()["names"] == []


def test_a_wiki_is_kept_by_its_address_of_now_and_what_is_no_wiki_is_named_and_not_kept(public_app: FastAPI) -> None:
    asha = person_of(public_app, Role.VIEWER)

    answer = keep(asha, "hi.m.wikipedia.org", "xyzzy.example.org", "lang:qqq").json()

    assert answer == {"names": ["hi.wikipedia.org"], "unknown_names": ["xyzzy.example.org", "lang:qqq"]}


@pytest.mark.parametrize("names", [["<b>"], ["javascript:alert(1)"], ["hi.wikipedia.org"] * 201, [1], "hi"])
def test_what_can_be_no_wikis_is_refused_and_what_was_kept_stays(public_app: FastAPI, names: object) -> None:
    asha = person_of(public_app, Role.VIEWER)
    keep(asha, "hi.wikipedia.org")
    headers = {"X-CSRF-Token": token_of(asha), "Origin": PUBLIC}

    assert asha.put(f"{MINE}/names", json={"names": names}, headers=headers).status_code == 422
    assert asha.get(MINE).json()["names"] == ["hi.wikipedia.org"]


def test_without_a_session_nothing_is_kept(public: TestClient) -> None:
    assert public.put(f"{MINE}/names", json={"names": []}, headers={"Origin": PUBLIC}).status_code == 401
