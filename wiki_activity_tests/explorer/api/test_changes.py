"""The change feed, as JSON and as Atom."""

from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, update

from wiki_activity.domain.counts import Metric
from wiki_activity.storage.database import writing
from wiki_activity.storage.schema import note_revisions
from wiki_activity_tests.explorer.api.asking import get
from wiki_activity_tests.explorer.stored import NOW, SHARED, annotate
from wiki_activity_tests.storage.storing import hide_month_note

CHANGES = "/api/v1/annotations"
ATOM = "{http://www.w3.org/2005/Atom}"
LANGUAGES = ("hi", "bn", "ta", "ar")


@pytest.fixture
def changes(engine: Engine) -> None:
    for number, language in enumerate(LANGUAGES):
        now = NOW + timedelta(minutes=number // 2)
        annotate(engine, f"{language}.wikipedia.org", SHARED, f"Label of {language}", now=now)
    annotate(engine, "hi.wikipedia.org", SHARED, "Second of hi", version=1, now=NOW + timedelta(hours=1))


@pytest.mark.parametrize("backend", ["sqlite", "mysql"], indirect=True)
def test_pages_of_changes_follow_each_other_newest_first(client: TestClient, changes: None, engine: Engine) -> None:
    whole = get(client, CHANGES)["items"]
    assert whole[0]["label"] == "Second of hi"
    assert len(whole) == 5
    found: list[Any] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = get(client, CHANGES, **query)
        found += page["items"]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
        if len(found) == 2:
            annotate(engine, "bn.wikisource.org", SHARED, "Came meanwhile", now=NOW + timedelta(hours=2))
    assert found == whole


def test_changes_can_be_asked_for_since_a_moment(client: TestClient, changes: None) -> None:
    since = get(client, CHANGES, since="2026-10-05T12:30:00Z")["items"]
    assert [one["label"] for one in since] == ["Second of hi"]
    assert get(client, CHANGES, since="2026-10-05T18:00:00+05:30")["items"] == since


@pytest.mark.parametrize(
    "since", ["yesterday", "2026-10-05T12:00:00", "1700000000", "-1e30", "0001-01-01T00:00:00+14:00", "2026-13-01"]
)
def test_a_moment_that_is_none_is_not_understood(client: TestClient, since: str) -> None:
    for address in (CHANGES, f"{CHANGES}.atom"):
        answer = client.get(address, params={"since": since})
        assert answer.status_code == 422
        assert [one["field"] for one in answer.json()["errors"]] == ["since"]


def test_hidden_text_is_in_neither_form_though_its_hiding_is(client: TestClient, engine: Engine, changes: None) -> None:
    key = (Metric.EDITS, "bn.wikipedia.org", SHARED)
    hide_month_note(engine, *key, reason="names a person", version=1, author="Ravi", now=NOW + timedelta(hours=3))
    json, atom = client.get(CHANGES), client.get(f"{CHANGES}.atom")
    for answer in (json, atom):
        assert "Label of bn" not in answer.text
        assert "names a person" in answer.text
    of_bn = [one for one in json.json()["items"] if one["project"] == "bn.wikipedia.org"]
    assert [(one["action"], one["label"], one["hidden_now"]) for one in of_bn] == [
        ("hide", None, True),
        ("create", None, True),
    ]


def test_the_feed_is_valid_atom_with_absolute_links(client: TestClient, changes: None) -> None:
    answer = client.get(f"{CHANGES}.atom")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    feed = ET.fromstring(answer.content)
    assert feed.tag == f"{ATOM}feed"
    for part in (feed, *feed.findall(f"{ATOM}entry")):
        assert all(len(part.findall(f"{ATOM}{name}")) == 1 for name in ("id", "title", "updated"))
    entries = feed.findall(f"{ATOM}entry")
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == len(entries) == 5
    assert feed.findtext(f"{ATOM}updated") == entries[0].findtext(f"{ATOM}updated") == "2026-10-05T13:00:00Z"
    assert {entry.findtext(f"{ATOM}author/{ATOM}name") for entry in entries} == {"Asha"}
    links = [link.get("href", "") for link in feed.iter(f"{ATOM}link")]
    assert all(link.startswith(("http://localhost:5000/", "https://meta.wikimedia.org/")) for link in links)
    assert "http://localhost:5000/p/hi.wikipedia.org/peaks/2025-03?metric=edits" in links


def test_what_xml_cannot_hold_does_not_break_the_feed(client: TestClient, engine: Engine, changes: None) -> None:
    with writing(engine) as connection:
        connection.execute(update(note_revisions).values(label="old\x0b\ufffelabel", author_name="\x01"))
    feed = ET.fromstring(client.get(f"{CHANGES}.atom").content)
    assert "old\ufffd\ufffdlabel" in (feed.findtext(f"{ATOM}entry/{ATOM}title") or "")


def test_an_empty_feed_is_valid(empty_client: TestClient) -> None:
    assert get(empty_client, CHANGES) == {"items": [], "next": None}
    feed = ET.fromstring(empty_client.get(f"{CHANGES}.atom").content)
    assert feed.findtext(f"{ATOM}updated") == "1970-01-01T00:00:00Z"
