"""Hashtags in the API and on a wiki's live page: those of the month, summed up, and with a way to their edits."""

from datetime import UTC, date, datetime

from fastapi.testclient import TestClient
from sqlalchemy import Engine, insert

from wiki_activity.storage.database import writing
from wiki_activity.storage.day_schema import hashtag_days
from wiki_activity_tests.explorer.live.hand import ENGLISH, HINDI


def save(engine: Engine, *rows: tuple[date, str, str, int, int]) -> None:
    columns = ("day", "project", "hashtag", "edits", "accounts")
    with writing(engine) as connection:
        connection.execute(insert(hashtag_days), [dict(zip(columns, row, strict=True)) for row in rows])


def test_hashtags_of_a_month_are_summed_up_most_used_first(reader: TestClient, engine: Engine) -> None:
    save(
        engine,
        (date(2026, 6, 30), HINDI, "wpwp", 900, 9),
        (date(2026, 7, 1), HINDI, "wpwp", 10, 4),
        (date(2026, 7, 31), HINDI, "wpwp", 20, 7),
        (date(2026, 7, 2), HINDI, "1lib1ref", 25, 3),
        (date(2026, 7, 2), ENGLISH, "wpwp", 500, 50),
    )
    told = reader.get("/api/v1/hashtags", params={"project": HINDI, "month": "2026-07"}).json()
    assert (told["project"], told["month"]) == (HINDI, "2026-07")
    assert [(one["hashtag"], one["edits"], one["days"], one["most_accounts"]) for one in told["items"]] == [
        ("wpwp", 30, 2, 7),
        ("1lib1ref", 25, 1, 3),
    ]
    assert told["items"][0]["address"] == (
        f"https://hashtags.wmcloud.org/?query=wpwp&project={HINDI}&startdate=2026-07-01&enddate=2026-07-31"
    )


def test_what_is_no_wiki_or_month_is_said(reader: TestClient) -> None:
    assert reader.get("/api/v1/hashtags", params={"project": "no.such.example", "month": "2026-07"}).status_code == 404
    assert reader.get("/api/v1/hashtags", params={"project": HINDI, "month": "2026-13"}).status_code == 422
    assert reader.get("/api/v1/hashtags", params={"project": HINDI}).status_code == 422


def test_the_live_page_has_those_of_the_running_month(reader: TestClient, engine: Engine) -> None:
    address = f"/live/{HINDI}"
    assert "Hashtags in edit summaries" not in reader.get(address).text
    save(engine, (datetime.now(UTC).date(), HINDI, "<b>wp", 1, 3))
    page = reader.get(address).text
    assert "#&lt;b&gt;wp" in page
    assert "<b>wp" not in page
    assert "(1 edit)" in page
