import csv
import io
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.explorer.api.many_series import MOST_WIKIS
from wiki_activity_tests.explorer.stored import LAST, MISSING, WIKIS, restate

MANY = "/api/v1/series"
NAMES = [one.wiki.project for one in WIKIS]


def ask(client: TestClient, **query: Any) -> dict[str, Any]:
    answer = client.get(MANY, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def read_rows(client: TestClient, **query: Any) -> list[dict[str, str]]:
    answer = client.get(f"{MANY}.csv", params=query)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("backend", ["sqlite", pytest.param("mysql", marks=pytest.mark.mysql)], indirect=True)
def test_many_wikis_have_the_counts_that_each_of_them_has_alone(client: TestClient) -> None:
    metrics = ["edits", "people_edits", "editors"]
    found = ask(client, project=NAMES, metric=metrics)
    assert [(one["project"], one["metric"]) for one in found["items"]] == [(a, b) for a in NAMES for b in metrics]
    for item in found["items"]:
        query = {"metric": item["metric"], "from": found["months"][0]}
        alone = client.get(f"/api/v1/projects/{item['project']}/series", params=query).json()
        assert len(item["counts"]) == len(found["months"])
        known = dict(zip(alone["months"], alone["counts"], strict=True))
        assert item["counts"] == [known.get(month) for month in found["months"]]


def test_the_table_has_the_same_with_a_column_for_wiki_and_metric(client: TestClient) -> None:
    query = {"project": ["ta.wikipedia.org", "hi.wikipedia.org"], "metric": ["editors", "edits"], "from": "2024-01"}
    found, rows = ask(client, **query), read_rows(client, **query)
    assert list(rows[0]) == ["month", "project", "metric", "count", "provisional"]
    told = [(row["project"], row["metric"], row["month"], row["count"]) for row in rows]
    assert told == [
        (item["project"], item["metric"], month, "" if count is None else str(count))
        for item in found["items"]
        for month, count in zip(found["months"], item["counts"], strict=True)
    ]


def test_a_missing_month_is_null_and_an_empty_cell(client: TestClient) -> None:
    query = {"project": ["hi.wikipedia.org", "ta.wikipedia.org"], "from": "2024-07", "to": "2024-07"}
    found = ask(client, **query)
    assert found["months"] == [f"{MISSING:%Y-%m}"]
    assert [item["counts"] for item in found["items"]][1] == [None]
    assert [row["count"] == "" for row in read_rows(client, **query)] == [False, True]


def test_wikis_of_other_times_share_the_months(client: TestClient) -> None:
    found = ask(client, project=["aa.wikipedia.org", "mos.wikipedia.org"])
    assert (found["months"][0], found["months"][-1]) == ("2018-01", f"{LAST:%Y-%m}")
    closed, young = (item["counts"] for item in found["items"])
    assert closed[-1] is None
    assert young[-1] is not None
    assert ask(client, project="aa.wikipedia.org", **{"from": "2025-01"})["months"] == []


def test_a_wiki_that_is_named_twice_is_given_once(client: TestClient) -> None:
    found = ask(client, project=["hi.wikipedia.org", "hi.wikipedia.org"], metric=["edits", "edits"])
    assert len(found["items"]) == 1


def test_each_request_has_its_own_answer(client: TestClient) -> None:
    one = ask(client, project=["bn.wikipedia.org", "hi.wikipedia.org"])
    other = ask(client, project=["ta.wikipedia.org", "hi.wikipedia.org"])
    assert [item["project"] for item in one["items"]] != [item["project"] for item in other["items"]]


def test_an_answer_is_kept_until_a_count_changes(client: TestClient, engine: Engine) -> None:
    query = {"project": ["bn.wikipedia.org", "hi.wikipedia.org"]}
    tag = client.get(MANY, params=query).headers["etag"]
    assert client.get(MANY, params=query, headers={"If-None-Match": tag}).status_code == 304
    restate(engine, "bn.wikipedia.org", {LAST: 7})
    assert ask(client, **query)["items"][0]["counts"][-1] == 7


@pytest.mark.parametrize("address", [MANY, f"{MANY}.csv"])
@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ({}, 422, "project"),
        ({"project": [f"x{at}.wikipedia.org" for at in range(MOST_WIKIS + 1)]}, 422, "project"),
        ({"project": [f"x{at}.wikipedia.org" for at in range(1000)]}, 422, "project"),
        ({"project": "hi.wikipedia.org", "metric": "sausages"}, 422, "metric.0"),
        ({"project": "hi.wikipedia.org", "from": "2025-03", "to": "2025-02"}, 422, "to"),
        ({"project": ["hi.wikipedia.org", "xx.wikipedia.org"]}, 404, None),
        ({"project": "A" * 5000}, 404, None),
    ],
)
def test_what_cannot_be_used_is_named(
    client: TestClient, address: str, query: dict[str, Any], status: int, field: str | None
) -> None:
    answer = client.get(address, params=query)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert [one["field"] for one in answer.json().get("errors", [])] == ([] if field is None else [field])


def test_too_many_wikis_are_refused_with_a_sentence(client: TestClient) -> None:
    answer = client.get(MANY, params={"project": [f"x{at}.wikipedia.org" for at in range(1000)]})
    assert answer.json()["errors"][0]["message"] == "at most 200 wikis can be asked for at once; these are 1,000"


def test_another_name_of_a_wiki_leads_to_its_own(client: TestClient) -> None:
    query = {"project": ["hiwiki", "bn.wikipedia.org"], "metric": "editors"}
    answer = client.get(MANY, params=query, follow_redirects=False)
    assert answer.status_code == 301
    assert answer.headers["location"] == f"{MANY}?project=hi.wikipedia.org&project=bn.wikipedia.org&metric=editors"
