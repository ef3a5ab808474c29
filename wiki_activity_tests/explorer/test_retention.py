"""Who stayed of new accounts: on the page of a peak, in a report, and in the API."""

import csv
import io
from datetime import date

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.domain.daily_history import DayRange
from wiki_activity.domain.retention import Retention, Stayed, Window
from wiki_activity.storage.retention_table import store_retention
from wiki_activity_tests.explorer.api.asking import get
from wiki_activity_tests.explorer.pages.reading import see
from wiki_activity_tests.explorer.stored import NOW

HI = "hi.wikipedia.org"
MARCH = DayRange(date(2025, 3, 1), date(2025, 3, 31))
FEW_DAYS = DayRange(date(2025, 3, 7), date(2025, 3, 9))
KNOWN = Retention(
    HI, MARCH, Window.FIRST, accounts=212, found=Stayed(212, 31, 12), usual=Stayed(300, 27, 9), asked_at=NOW
)
SENTENCE = "31 of 212 accounts made here in March 2025 still edited 7 to 30 days after (15 %)"


def store(engine: Engine, *found: Retention) -> None:
    store_retention(engine, (HI, found[0].days), found, [7001, 7002], now=NOW, names=0)


@pytest.mark.parametrize("backend", ["sqlite", "mysql"], indirect=True)
def test_who_stayed_is_on_the_page_of_the_month_and_in_reports(client: TestClient, engine: Engine) -> None:
    page, report = f"/p/{HI}/peaks/2025-03", f"/report?wiki={HI}&from=2025-01&to=2025-03"
    assert "Who stayed" not in see(client, page)
    assert "Who stayed" not in see(client, report)
    unread = Retention(HI, MARCH, Window.SECOND, accounts=212, error="https://hi.example.org: 503", asked_at=NOW)
    store(engine, KNOWN, unread, Retention(HI, MARCH, Window.THIRD, accounts=212))

    for address in (page, report):
        text = see(client, address)
        assert "Who stayed" in text
        assert SENTENCE in text
        assert "30 to 60 days after: could not be read." in text
        assert "60 to 90 days after: asked for from 30 June 2025 on." in text
        assert "503" not in text
    assert client.get(report).text.count(SENTENCE) == 3, "also in what is copied as text and as wikitext"
    assert "Who stayed" not in see(client, f"/report?wiki={HI}&from=2025-01&to=2025-02")
    assert "Who stayed" not in see(client, f"/p/{HI}/peaks/2025-04")
    of_two = see(client, f"/report?wiki={HI}&wiki=bn.wikipedia.org&from=2025-03&to=2025-03")
    assert f"Hindi Wikipedia: {SENTENCE}" in of_two


def test_the_api_has_what_is_known_and_no_figures_of_few(client: TestClient, engine: Engine) -> None:
    assert get(client, "/api/v1/retention") == {"items": [], "more": False}
    store(engine, KNOWN)
    few = Retention(HI, FEW_DAYS, Window.FIRST, accounts=3, usual=Stayed(9, 3, 1), asked_at=NOW)
    store(engine, few)

    found, of_few = get(client, "/api/v1/retention", project=HI)["items"]
    assert (found["first"], found["last"], found["days_after"]) == ("2025-03-01", "2025-03-31", "7-30")
    assert found["found"] == {"asked": 212, "editing": 31, "active": 12}
    assert found["share"] == pytest.approx(31 / 212)
    assert (found["margin"], found["known_from"], found["unread"]) == (0, "2025-05-01", False)
    assert (of_few["accounts"], of_few["few"], of_few["found"], of_few["usual"]) == (None, True, None, None)
    assert of_few["sentence"].startswith("Fewer than ten accounts")
    chosen = get(client, "/api/v1/retention", first="2025-03-05", last="2025-03-31")["items"]
    assert [one["first"] for one in chosen] == ["2025-03-07"]
    assert get(client, "/api/v1/retention", project="bn.wikipedia.org")["items"] == []
    assert client.get("/api/v1/retention", params={"project": "xx.example.org"}).status_code == 404
    assert client.get("/api/v1/retention", params={"first": "2025-02-30"}).status_code == 422
    assert "7001" not in client.get("/api/v1/retention").text, "numbers of accounts are told to nobody"


def test_the_table_has_a_row_for_each_window(client: TestClient, engine: Engine) -> None:
    store(engine, KNOWN, Retention(HI, MARCH, Window.SECOND, accounts=212))

    answered = client.get("/api/v1/retention.csv", params={"project": HI})
    rows = list(csv.DictReader(io.StringIO(answered.text.removeprefix("\ufeff"))))
    assert [(one["days_after"], one["editing"], one["usual_asked"]) for one in rows] == [
        ("7-30", "31", "300"),
        ("30-60", "", ""),
    ]
    assert {one["project"] for one in rows} == {HI}
    assert rows[0]["sentence"].startswith(SENTENCE)
