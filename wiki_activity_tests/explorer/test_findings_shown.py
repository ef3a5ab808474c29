"""Where the finding that speaks for a month is shown besides the page of its peak."""

import csv
import io
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.domain.finding_sentences import describe_briefly
from wiki_activity.domain.findings import FindingKind, Source, choose_first
from wiki_activity.explorer.pages.evidence_view import KIND_NAMES
from wiki_activity.explorer.peak_board import Found
from wiki_activity.storage.evidence_table import StoredAnswer, store_evidence
from wiki_activity_tests.explorer.api.asking import get
from wiki_activity_tests.explorer.pages.reading import see
from wiki_activity_tests.explorer.stored import NOW, SHARED
from wiki_activity_tests.explorer.test_evidence import HI, NEWS, WPWP, store

BRIEF = "found: #wpwp, about 41 % of the rise"
ATOM = "{http://www.w3.org/2005/Atom}"
ENTRY = f"{ATOM}entry"
REVERTED = replace(WPWP, kind=FindingKind.REVERTED, subject="", parameters={"part": 0.2, "usual": 0.05})


@pytest.mark.parametrize(
    "address", [f"/p/{HI}?from=2024-01&to=2025-04", "/peaks?month=2025-03&metric=any", "/lang/hi?month=2025-03"]
)
def test_it_is_in_lists_of_peaks(client: TestClient, engine: Engine, address: str) -> None:
    assert "found:" not in see(client, address)
    store(engine, WPWP)

    assert BRIEF in see(client, address)


def test_it_is_in_the_report_its_texts_and_the_feed(client: TestClient, engine: Engine) -> None:
    report = f"/report?wiki={HI}&from=2025-03&to=2025-03"
    store(engine, WPWP, NEWS)

    text = see(client, report)
    assert "carried #wpwp" in text
    assert "Found: About 41 % (± 6) of the extra edits without bots carried #wpwp." in text
    feed = client.get(f"/p/{HI}/feed.atom").text
    assert "carried #wpwp" in feed
    assert "\u202e" not in feed
    asked = get(client, "/api/v1/report", wiki=HI, **{"from": "2025-03", "to": "2025-03"})
    assert [one["finding"]["subject"] for one in asked["peaks"]] == ["wpwp"]


def test_readers_of_a_feed_see_that_something_was_found(client: TestClient, engine: Engine) -> None:
    def read() -> tuple[list[str], dict[str, str], str]:
        feed = ET.fromstring(client.get(f"/p/{HI}/feed.atom").content)
        entries = [(one.findtext(f"{ATOM}id") or "", one.findtext(f"{ATOM}updated") or "") for one in feed.iter(ENTRY)]
        return [key for key, _ in entries], dict(entries), feed.findtext(f"{ATOM}updated") or ""

    order, before, _ = read()
    store(engine, replace(WPWP, asked_at=NOW + timedelta(hours=1)))
    order_then, after, updated = read()

    (key,) = (one for one in order if one.endswith("/2025-03"))
    assert (before.pop(key), after.pop(key), updated) == ("2025-04-01T00:00:00Z", *["2026-10-05T13:00:00Z"] * 2)
    assert after == before
    assert order_then == order, "what is found of the past does not drive the newest months out"


def test_only_addresses_of_the_web_are_links(client: TestClient, engine: Engine) -> None:
    odd = ["javascript:alert(1)", "data:text/html,x", "//elsewhere.example/x", "https:///x", "/login", ""]
    store(engine, *(replace(WPWP, subject=f"tag{at}", url=url) for at, url in enumerate(odd)))

    items = get(client, "/api/v1/findings", project=HI)["items"]
    assert [one["url"] for one in items] == [None] * len(odd)
    assert "alert(1)" not in client.get(f"/p/{HI}/peaks/2025-03").text
    assert "javascript:" not in client.get("/api/v1/peaks.csv", params={"metric": "any"}).text


def test_peaks_are_filtered_by_what_was_found(client: TestClient, engine: Engine) -> None:
    def list_wikis(**asked: str) -> set[str]:
        items = get(client, "/api/v1/peaks", month="2025-03", metric="any", **asked)["items"]
        return {one["project"] for one in items}

    every = list_wikis()
    assert len(every) > 1
    assert list_wikis(found="anything") == list_wikis(found="nothing") == set()
    store(engine, WPWP)
    assert list_wikis(found="anything") == list_wikis(found="hashtag") == {HI}
    assert list_wikis(found="tool") == list_wikis(found="nothing") == set()
    assert list_wikis() == every
    store(engine)
    assert list_wikis(found="nothing") == {HI}

    settled = {Source.DAYS: StoredAnswer({}, None, NOW)}
    store_evidence(engine, "ta.wikipedia.org", SHARED, answers=settled, found=(), now=NOW, names=0)
    unread = {source: StoredAnswer(None, "503", NOW) for source in Source}
    store_evidence(engine, "bn.wikipedia.org", SHARED, answers=unread, found=(), now=NOW, names=0)
    assert list_wikis(found="nothing") == {HI}, "who could not be read, or was not asked, may have shown something"

    refused = client.get("/api/v1/peaks", params={"found": "magic"})
    assert refused.status_code == 422
    assert {one["field"] for one in refused.json()["errors"]} == {"found"}
    page = see(client, "/peaks?month=2025-03&metric=any&found=nothing")
    assert "1 peak" in page
    for unknown in ("magic", "reverted"):
        assert "There is no found" in see(client, f"/peaks?found={unknown}")
    assert client.get("/api/v1/peaks?found=reverted").status_code == 422


def test_the_table_of_peaks_has_it(client: TestClient, engine: Engine) -> None:
    store(engine, WPWP)

    text = client.get("/api/v1/peaks.csv", params={"month": "2025-03", "metric": "any"}).text
    rows = {row["project"]: row for row in csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))}
    assert rows[HI]["found"].startswith("About 41 %")
    assert (rows[HI]["found_share"], rows[HI]["found_link"]) == ("0.41", WPWP.url)
    assert {row["found"] for name, row in rows.items() if name != HI} == {""}


def test_neither_reverts_nor_what_was_on_speak_for_a_month(client: TestClient, engine: Engine) -> None:
    programme = replace(NEWS, kind=FindingKind.PROGRAMME, subject="Zqx course")
    store(engine, REVERTED, programme, NEWS)

    assert choose_first([REVERTED, programme, NEWS]) is None
    assert "found:" not in see(client, "/peaks?month=2025-03&metric=any")
    assert choose_first([REVERTED, WPWP]) == WPWP


def test_peaks_are_listed_by_every_kind_but_reverts() -> None:
    assert {*Found} - {Found.ANYTHING, Found.NOTHING} == {*FindingKind} - {FindingKind.REVERTED}


def test_every_kind_has_a_name_and_some_words() -> None:
    for kind in FindingKind:
        assert KIND_NAMES[kind]
        assert describe_briefly(replace(WPWP, kind=kind, subject="Some thing", share=None, margin=None))
