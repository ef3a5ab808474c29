"""What pages keep from those who are not logged in: whatever a reviewer has hidden, and all ways to write."""

import re
from html import unescape
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.note_text import check_text
from wiki_activity.domain.notes import Author, Subject
from wiki_activity.explorer.accounts.next_path import local_path
from wiki_activity.storage.notes import create_note
from wiki_activity_tests.explorer.pages.reading import see
from wiki_activity_tests.explorer.stored import LAST, NOW, annotate
from wiki_activity_tests.storage.storing import hide_month_note, unhide_month_note, write_month_note

HINDI = "hi.wikipedia.org"
WIKI = f"/p/{HINDI}"
PEAK = f"{WIKI}/peaks/2026-09"
PAGES = (PEAK, WIKI, f"/p/bn.wikipedia.org?vs={HINDI}", "/", "/peaks?month=2026-09", "/lang/hi")
SECRETS = ("Cruel label", "Cruel lines", "cruel.example", "Earlier label", "earlier.example", "Cruel change")


def write_and_hide(engine: Engine) -> None:
    """Write, change and hide what happened, of everything that is counted."""
    for metric in Metric:
        annotate(engine, HINDI, LAST, "Earlier label", "Earlier lines", "https://earlier.example/", metric=metric)
        annotate(engine, HINDI, LAST, "Cruel label", "Cruel lines", "https://cruel.example/", metric=metric, version=1)
        hide_month_note(engine, metric, HINDI, LAST, reason="It names a person.", version=2, author="Rewa", now=NOW)


@pytest.mark.parametrize("page", PAGES)
def test_a_hidden_text_is_in_no_page(plain_reader: TestClient, engine: Engine, page: str) -> None:
    write_and_hide(engine)

    html = plain_reader.get(page).text

    assert HINDI in html
    for secret in SECRETS:
        assert secret not in html, secret


@pytest.mark.parametrize("page", PAGES)
def test_a_text_is_in_each_page_until_it_is_hidden(plain_reader: TestClient, engine: Engine, page: str) -> None:
    for metric in Metric:
        annotate(engine, HINDI, LAST, "Cruel label", metric=metric)

    assert "Cruel label" in plain_reader.get(page).text


def test_the_peak_page_says_that_a_reviewer_hid_it_and_why(plain_reader: TestClient, engine: Engine) -> None:
    write_and_hide(engine)

    text = see(plain_reader, PEAK)

    assert "A reviewer has hidden what was written here." in text
    assert "Rewa hid it" in text
    assert "Reason: It names a person." in text
    assert text.count("The text is hidden.") == 3


def test_a_reviewer_sees_what_is_hidden(client: TestClient, engine: Engine) -> None:
    write_and_hide(engine)

    assert "Cruel label" in see(client, PEAK)
    assert "hidden from readers" in see(client, WIKI)


def test_a_text_that_replaced_a_hidden_one_is_seen_without_it(plain_reader: TestClient, engine: Engine) -> None:
    write_and_hide(engine)
    key, text = (Metric.EDITS, HINDI, LAST), check_text("A kind label", "Kind lines", None, "event")
    write_month_note(engine, *key, text, version=3, author="Rewa", now=NOW, even_hidden=True)
    unhide_month_note(engine, *key, reason="Written anew.", version=4, author="Rewa", now=NOW)

    for page in (PEAK, WIKI):
        html = plain_reader.get(page).text
        assert "A kind label" in html
        for secret in SECRETS:
            assert secret not in html, (page, secret)


def test_what_is_only_proposed_is_no_note_of_a_month_for_readers(plain_reader: TestClient, engine: Engine) -> None:
    month, text = Subject.of_month(None, HINDI, LAST), check_text("Cruel label", "Cruel lines", None, "event")
    create_note(engine, month, text, author=Author("A newcomer", "99"), now=NOW, proposed=True)

    api = f"/api/v1/projects/{HINDI}/peaks/2026-09"
    for address in (*PAGES, api, "/notes", f"/report?wiki={HINDI}&from=2026-09"):
        html = plain_reader.get(address).text
        for secret in ("Cruel", "A newcomer", "A reviewer has hidden"):
            assert secret not in html, (address, secret)
    assert plain_reader.get(api).json()["annotation"] is None
    assert plain_reader.get(f"{api}/annotation/history").status_code == 404


@pytest.mark.parametrize("page", [PEAK, WIKI])
def test_a_page_offers_a_login_and_no_form(plain_reader: TestClient, page: str) -> None:
    html = plain_reader.get(page).text

    assert 'href="/login?next=' in html
    assert "data-annotate hidden" not in html
    assert 'id="explain-save"' not in html
    assert "data-review" not in html
    assert 'name="csrf-token"' not in html


@pytest.mark.parametrize(
    ("page", "links"),
    [
        (f"{PEAK}?metric=editors", 2),
        (f"{WIKI}?vs=bn.wikipedia.org&from=2022-01", 2),
        (f"/find?q={quote('हिन्दी & more')}", 1),
    ],
)
def test_a_login_leads_back_to_what_was_shown(plain_reader: TestClient, page: str, links: int) -> None:
    html = plain_reader.get(page).text

    found = re.findall(r'href="(/login\?[^"]*)"', html)
    assert [parse_qs(urlsplit(unescape(link)).query)["next"] for link in found] == [[page]] * links
    assert local_path(page) == page


def test_what_the_provider_sent_is_in_no_link(plain_reader: TestClient) -> None:
    answer = plain_reader.get("/oauth/callback?code=secret-code&state=secret-state", headers={"Accept": "text/html"})

    assert 'href="/login?next=/"' in answer.text
    assert "secret-" not in answer.text
