"""Hostile texts come out of JSON, CSV and Atom exactly as they went in, and do nothing there."""

import csv
import io
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.domain.counts import Metric
from wiki_activity_tests.explorer.api.asking import MONTH, NOTE, SERIES, get, put
from wiki_activity_tests.explorer.stored import NOW, SHARED
from wiki_activity_tests.storage.storing import hide_month_note

ATOM = "{http://www.w3.org/2005/Atom}"
FORMULAS = ("=", "+", "-", "@")
CORPUS = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "]]><script>alert(1)</script>",
    "<!-- --!> <b>",
    "&lt;script&gt; &amp; &#x3c;",
    "{{ 7 * 7 }} {% raw %} ${7*7}",
    "javascript:alert(1)",
    '=HYPERLINK("https://example.org")',
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    'a,b;c\td"e"'.replace("\t", " "),
    "'; drop table annotations; --",
    "\\u003cscript\\u003e",
    "हिन्दी में लेख लिखो",
    "تحرير جماعي 👩‍🚒",
]


@pytest.mark.parametrize("backend", ["sqlite", "mysql"], indirect=True)
def test_labels_and_notes_come_out_as_they_went_in(client: TestClient) -> None:
    for version, text in enumerate(CORPUS):
        note = f"{text}\nsecond line of {text}"
        assert put(client, label=text, note=note, version=version).status_code in {200, 201}, text
        annotation = get(client, MONTH)["annotation"]
        assert (annotation["label"], annotation["note"]) == (text, note)
        assert get(client, f"{NOTE}/history")["items"][-1]["label"] == text
        for address in (f"{SERIES}.csv", "/api/v1/peaks.csv"):
            row = next(row for row in _read_rows(client, address) if row["label"])
            for cell, written in ((row["label"], text), (row["note"], note)):
                assert not cell.startswith(FORMULAS)
                assert cell.replace("'", "") == written.replace("'", ""), "only what makes a formula harmless is added"
        entry = ET.fromstring(client.get("/api/v1/annotations.atom").content).find(f"{ATOM}entry")
        assert entry is not None
        assert text in (entry.findtext(f"{ATOM}title") or "")
        assert entry.findtext(f"{ATOM}content") == note


def test_answers_with_hostile_texts_are_no_pages(client: TestClient) -> None:
    put(client, label=CORPUS[0])
    for address in (SERIES, f"{SERIES}.csv", MONTH, "/api/v1/annotations", "/api/v1/annotations.atom", "/api/v1/peaks"):
        answer = client.get(address)
        assert not answer.headers["content-type"].startswith("text/html")
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_hidden_text_is_in_nothing_that_a_file_or_a_feed_holds(client: TestClient, engine: Engine) -> None:
    put(client, label="An unkind sentence", note="About somebody", link="https://example.org/unkind")
    key = (Metric.EDITS, "hi.wikipedia.org", SHARED)
    hide_month_note(engine, *key, reason="not fit to be read", version=1, author="Ravi", now=NOW)
    for address in (
        f"{SERIES}.csv",
        "/api/v1/peaks",
        "/api/v1/peaks.csv",
        "/api/v1/annotations",
        "/api/v1/annotations.atom",
    ):
        text = client.get(address).text
        assert "unkind" not in text.lower()
        assert "somebody" not in text.lower()


HOSTILE_VALUES = [
    "' or '1'='1",
    "1; drop table wikis",
    "%",
    "_",
    "\\",
    "%00",
    "\x00",
    "../../etc/passwd",
    "a" * 10_000,
    "🦆",
]
KEYS = ["q", "family", "language", "kind", "metric", "detector", "sort", "month", "from", "to", "limit", "since",
        "min_times", "min_size", "max_size", "explained", "compact", "cursor"]  # fmt: skip
LISTS = [
    "/api/v1/projects",
    "/api/v1/peaks",
    "/api/v1/peaks.csv",
    "/api/v1/months",
    "/api/v1/annotations",
    SERIES,
    MONTH,
]


@pytest.mark.parametrize("value", [*HOSTILE_VALUES, "nan", "inf", "-1", "1e999", "99999999999999999999999", ""])
def test_no_value_of_any_key_is_a_defect(client: TestClient, value: str) -> None:
    before = get(client, "/api/v1/projects")
    for address, key in _pair():
        answer = client.get(address, params={key: value})
        assert answer.status_code in {200, 422}, (address, key)
        assert "Traceback" not in answer.text
    assert get(client, "/api/v1/projects") == before


@pytest.mark.parametrize("value", HOSTILE_VALUES)
def test_no_wiki_and_no_month_is_a_defect(client: TestClient, value: str) -> None:
    for address in (f"/api/v1/projects/{value}/series", f"/api/v1/projects/hi.wikipedia.org/peaks/{value}"):
        assert client.get(address.replace("\x00", "%00")).status_code in {404, 422}


def _pair() -> Iterator[tuple[str, str]]:
    return ((address, key) for address in LISTS for key in KEYS)


def _read_rows(client: TestClient, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(address).content.decode("utf-8-sig"), newline="")))


def test_the_feed_of_changes_leads_people_to_the_list_of_notes(client: TestClient) -> None:
    feed = ET.fromstring(client.get("/api/v1/annotations.atom").content)
    links = {one.get("rel"): one.get("href") for one in feed.findall(f"{ATOM}link")}
    assert links["alternate"] == "http://localhost:5000/notes"
