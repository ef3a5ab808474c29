"""`/projects/{project}/days` as JSON and CSV."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.storage.database import writing
from wiki_activity.storage.history_table import Span, store_history
from wiki_activity.storage.namespace_table import store_content_namespaces
from wiki_activity_tests.explorer.api.asking import get
from wiki_activity_tests.explorer.counted_days import list_days, store
from wiki_activity_tests.explorer.stored import NOW

DAYS = "/api/v1/projects/hi.wikipedia.org/days"
HI = "hi.wikipedia.org"
FIRST = date(2026, 7, 1)
LOST = date(2026, 9, 10)
"""A day of which nothing was seen."""


def fill(engine: Engine, until: datetime = NOW) -> None:
    days = list_days(FIRST, until.date())
    counts = {day: (100, 20, 40) for day in days if day != LOST} | {days[-1]: (50, 10, 20)}
    # A day without any edit has no row.
    del counts[date(2026, 9, 12)]
    hours = [datetime(2026, 9, 10, hour, tzinfo=UTC) for hour in range(24)]
    store(engine, {HI: counts, "www.wikidata.org": {FIRST: (1, 2, 3)}}, FIRST, until, missing=hours)


@pytest.mark.parametrize("backend", ["sqlite", "mysql"], indirect=True)
def test_days_are_given_with_what_was_seen_of_them(client: TestClient, engine: Engine) -> None:
    fill(engine)
    days = get(client, DAYS)
    assert (days["project"], days["unit"], days["until"]) == (HI, "edits", "2026-10-05T12:00:00Z")
    assert (days["namespaces"], days["namespaces_known"]) == ([0], False)
    assert (days["days"][0], days["days"][-1], len(days["days"])) == ("2026-07-01", "2026-10-05", 97)
    at = {day: place for place, day in enumerate(days["days"])}
    assert [days[name][at["2026-09-11"]] for name in ("user_edits", "bot_edits", "logged_out_edits", "hours_seen")] == [
        100, 20, 40, 24
    ]  # fmt: skip
    assert [days[name][at["2026-09-10"]] for name in ("user_edits", "bot_edits", "hours_seen")] == [None, None, 0]
    assert [days[name][at["2026-09-12"]] for name in ("user_edits", "bot_edits", "hours_seen")] == [0, 0, 24]
    assert days["hours_seen"][-1] == 12
    so_far = days["month_so_far"]
    assert (so_far["month"], so_far["edits"], so_far["bot_edits"], so_far["logged_out_edits"]) == (
        "2026-10", 4 * 140 + 70, 90, 180
    )  # fmt: skip
    assert (so_far["hours"], so_far["hours_missing"], so_far["months_counted"]) == (108, 0, 3)
    assert so_far["usual_from"] == "days"
    assert so_far["times"] == pytest.approx(1.0, abs=0.05)


def test_while_nothing_is_counted_there_are_no_days(client: TestClient) -> None:
    days = get(client, DAYS)
    assert (days["days"], days["until"], days["month_so_far"]) == ([], None, None)


def test_a_month_that_wikimedia_has_counted_is_not_running_though_nobody_has_watched_since(
    client: TestClient, engine: Engine
) -> None:
    fill(engine, datetime(2026, 9, 20, 12, tzinfo=UTC))
    days = get(client, DAYS)
    assert (days["until"], days["month_so_far"]) == ("2026-09-20T12:00:00Z", None)
    assert "September so far" not in client.get(f"/p/{HI}").text


def test_a_wiki_without_edits_has_zeros_where_the_stream_was_seen(client: TestClient, engine: Engine) -> None:
    fill(engine)
    days = get(client, "/api/v1/projects/bn.wikipedia.org/days", **{"from": "2026-09-10", "to": "2026-09-11"})
    assert (days["days"], days["user_edits"]) == (["2026-09-10", "2026-09-11"], [None, 0])


def test_a_minute_later_the_new_counts_are_given(client: TestClient, engine: Engine) -> None:
    fill(engine)
    before = get(client, DAYS)
    fill(engine, NOW + timedelta(days=2))
    after = get(client, DAYS)
    assert after["days"][-1] == "2026-10-07"
    assert after["days"][:90] == before["days"][:90]
    assert after["user_edits"][:90] == before["user_edits"][:90]
    assert after["user_edits"][96] == 100


def test_what_a_wiki_calls_content_is_told(client: TestClient, engine: Engine) -> None:
    store_content_namespaces(engine, HI, (0, 104), NOW)
    fill(engine)
    days = get(client, DAYS)
    assert (days["namespaces"], days["namespaces_known"]) == ([0, 104], True)


def test_the_table_has_the_same_numbers(client: TestClient, engine: Engine) -> None:
    fill(engine)
    days = get(client, DAYS)
    answer = client.get(f"{DAYS}.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="hi.wikipedia.org-days.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["day"] for row in rows] == days["days"]
    assert [int(row["user_edits"]) if row["user_edits"] else None for row in rows] == days["user_edits"]
    assert [int(row["hours_seen"]) for row in rows] == days["hours_seen"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2026-02-30"}, "from"),
        ({"from": "2026-2-3"}, "from"),
        ({"to": "yesterday"}, "to"),
        ({"from": "2026-09-02", "to": "2026-09-01"}, "to"),
    ],
)
def test_what_cannot_be_used_is_named(client: TestClient, query: dict[str, str], field: str) -> None:
    for address in (DAYS, f"{DAYS}.csv"):
        answer = client.get(address, params=query)
        assert answer.status_code == 422
        assert [one["field"] for one in answer.json()["errors"]] == [field]


def test_a_range_outside_of_what_is_kept_is_empty(client: TestClient, engine: Engine) -> None:
    fill(engine)
    assert get(client, DAYS, **{"from": "2030-01-01"})["days"] == []
    assert get(client, DAYS, to="2020-01-01")["days"] == []


def test_an_unknown_wiki_is_not_found(client: TestClient) -> None:
    assert client.get("/api/v1/projects/xx.example.org/days").status_code == 404


def test_wikimedias_days_are_given_beside_the_streams_which_stay_as_they_are(
    client: TestClient, engine: Engine
) -> None:
    fill(engine)
    before = get(client, DAYS)
    with writing(engine) as connection:
        span = Span(date(2026, 8, 1), date(2026, 8, 31), NOW)
        store_history(connection, HI, span, {date(2026, 8, 3): (9, 5, 1)})
    assert get(client, DAYS) == before
    days = get(client, DAYS, source="wikimedia", **{"from": "2026-08-02", "to": "2026-08-04"})
    assert days["source"] == "Wikimedia Analytics API, edits/aggregate, daily"
    assert days["days"] == ["2026-08-02", "2026-08-03", "2026-08-04"]
    assert (days["user_edits"], days["bot_edits"], days["logged_out_edits"]) == ([0, 5, 0], [0, 3, 0], [0, 1, 0])
    assert len(get(client, DAYS, source="wikimedia")["days"]) == 31
    assert get(client, DAYS, source="wikimedia", to="2020-01-01")["days"] == []
    assert get(client, "/api/v1/projects/bn.wikipedia.org/days", source="wikimedia")["days"] == []
    table = client.get(f"{DAYS}.csv?source=wikimedia&from=2026-08-03&to=2026-08-03").content.decode("utf-8-sig")
    assert table.splitlines()[1] == '"2026-08-03",5,3,1,24'
    assert client.get(f"{DAYS}?source=hearsay").status_code == 422
