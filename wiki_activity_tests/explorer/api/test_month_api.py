"""`/projects/{project}/peaks/{month}`: all that is known about one month."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity_tests.explorer.api.asking import MONTH, get
from wiki_activity_tests.explorer.stored import LAST, NOW, RUN_ID, SHARED, WIKIS, annotate, restate


def test_a_peak_tells_what_it_was_made_of_and_who_else_peaked(client: TestClient) -> None:
    month = get(client, MONTH)
    assert month["wiki"]["project"] == "hi.wikipedia.org"
    assert month["peaks"][0]["detector"] == "seasonal"
    assert "editors" in month["peaks"][0]["sentence"]
    parts = {one["part"]: one for one in month["makeup"]}
    assert parts["edits"]["value"] == month["peaks"][0]["value"]
    assert parts["people_edits"]["share"] > 0.9
    assert parts["bot_edits"]["value"] == parts["edits"]["value"] - parts["people_edits"]["value"]
    assert parts["editors"]["value"] > 2 * parts["editors"]["usual"]
    sharing = {stored.wiki.project for stored in WIKIS for rise in stored.rises if rise.month == SHARED}
    assert {one["project"] for one in month["others"]} == sharing - {"hi.wikipedia.org"}
    assert month["annotation"] is None


def test_a_peak_names_the_run_that_stored_it(client: TestClient) -> None:
    month = get(client, MONTH)
    assert month["run"]["run_id"] == RUN_ID
    assert month["run"]["url"] == f"http://127.0.0.1:3000/runs/{RUN_ID}"
    assert month["run"]["partition_url"].endswith("/assets/edit_counts?view=partitions&partition=2025-03-01")
    assert month["page"] == "http://localhost:5000/p/hi.wikipedia.org/peaks/2025-03?metric=edits"


def test_a_month_without_the_split_has_unknown_parts(client: TestClient) -> None:
    month = get(client, "/api/v1/projects/fr.wikivoyage.org/peaks/2024-11")
    parts = {one["part"]: one for one in month["makeup"]}
    assert parts["edits"]["rise"] > 0
    assert (parts["bot_edits"]["value"], parts["people_edits"]["share"]) == (None, None)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/v1/projects/xx.wikipedia.org/peaks/2025-03", 404),
        ("/api/v1/projects/hi.wikipedia.org/peaks/2025-05", 404),
        ("/api/v1/projects/hi.wikipedia.org/peaks/2025-13", 422),
        ("/api/v1/projects/hi.wikipedia.org/peaks/0000-01", 422),
        ("/api/v1/projects/hi.wikipedia.org/peaks/yesterday", 422),
        ("/api/v1/projects/mos.wikipedia.org/peaks/2026-01", 404),
    ],
)
def test_a_month_that_is_no_peak_is_not_found_and_one_that_is_none_not_understood(
    client: TestClient, address: str, status: int
) -> None:
    for ending in ("", "/annotation/history"):
        answer = client.get(address + ending)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_a_peak_that_vanishes_keeps_its_annotation(client: TestClient, engine: Engine) -> None:
    annotate(engine, "hi.wikipedia.org", SHARED)
    restate(engine, "hi.wikipedia.org", {SHARED: 40_000})
    month = get(client, MONTH)
    assert month["peaks"] == []
    assert month["annotation"]["label"] == "Feminism and Folklore"


def test_the_run_is_the_one_that_stored_this_wikis_counts(client: TestClient, engine: Engine) -> None:
    restate(engine, "bn.wikipedia.org", {LAST: 77_777}, NOW.replace(hour=13))

    assert get(client, MONTH)["run"]["run_id"] == RUN_ID
