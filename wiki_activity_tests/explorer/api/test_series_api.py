"""`/projects/{project}/series` as JSON and CSV."""

import csv
import io

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.domain.months import list_months, shift_month
from wiki_activity_tests.explorer.api.asking import SERIES, get
from wiki_activity_tests.explorer.stored import FIRST, LAST, MISSING, RUN_ID, SHARED, annotate, restate


def test_a_series_has_an_entry_for_each_month(client: TestClient) -> None:
    series = get(client, SERIES)
    assert series["months"] == [f"{month:%Y-%m}" for month in list_months(FIRST, LAST)]
    assert {len(series[name]) for name in ("counts", "bots", "expected", "threshold")} == {len(series["months"])}
    assert (series["project"], series["metric"], series["detector"]) == ("hi.wikipedia.org", "edits", "seasonal")
    assert (series["run_id"], series["as_of"]) == (RUN_ID, "2026-10-05T12:00:00Z")


def test_a_range_a_metric_and_a_detector_can_be_asked_for(client: TestClient) -> None:
    query = {"from": "2025-01", "to": "2025-06", "metric": "editors", "detector": "rolling_mean"}
    series = get(client, SERIES, **query)
    assert (series["months"][0], series["months"][-1]) == ("2025-01", "2025-06")
    assert (series["metric"], series["detector"], series["bots"]) == ("editors", "rolling_mean", None)
    assert {peak["detector"] for peak in series["peaks"]} == {"rolling_mean"}


def test_a_missing_month_is_null_in_json_and_an_empty_cell_in_csv(client: TestClient) -> None:
    address = SERIES.replace("hi.", "ta.")
    series = get(client, address)
    assert series["counts"][series["months"].index(f"{MISSING:%Y-%m}")] is None
    row = _read_csv(client, f"{address}.csv")[f"{MISSING:%Y-%m}"]
    assert (row["edits"], row["bots"], row["expected"], row["alert_line"]) == ("", "", "", "")


def test_the_table_has_the_numbers_of_the_series(client: TestClient, engine: Engine) -> None:
    annotate(engine, "hi.wikipedia.org", SHARED)
    annotate(engine, "hi.wikipedia.org", shift_month(SHARED, 2), "A calm month")
    series, rows = get(client, SERIES), _read_csv(client, f"{SERIES}.csv")
    assert list(rows) == series["months"]
    assert [int(row["edits"]) for row in rows.values()] == series["counts"]
    peaks = {peak["month"]: peak for peak in series["peaks"]}
    assert {month for month, row in rows.items() if row["peak"]} == set(peaks)
    assert rows["2025-03"]["label"] == "Feminism and Folklore"
    assert float(rows["2025-03"]["times"]) == peaks["2025-03"]["times"]
    assert rows["2025-05"]["label"] == "A calm month"


def test_the_file_is_named_after_the_wiki(client: TestClient) -> None:
    answer = client.get(f"{SERIES}.csv", params={"metric": "people_edits"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="hi.wikipedia.org-people_edits.csv"'


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2025-13"}, "from"),
        ({"from": "1999-01"}, "from"),
        ({"to": "2025-1"}, "to"),
        ({"to": "٢٠٢٥-٠١"}, "to"),
        ({"from": "2025-03", "to": "2025-02"}, "to"),
        ({"from": "2001-01", "to": "2051-01"}, "to"),
        ({"metric": "sausages"}, "metric"),
        ({"detector": "mean_gap"}, "detector"),
    ],
)
def test_what_cannot_be_used_is_named(client: TestClient, query: dict[str, str], field: str) -> None:
    for address in (SERIES, f"{SERIES}.csv"):
        answer = client.get(address, params=query)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert [one["field"] for one in answer.json()["errors"]] == [field]


def test_six_hundred_months_may_be_asked_for(client: TestClient) -> None:
    assert get(client, SERIES, **{"from": "2001-01", "to": "2050-12"})["months"][-1] == f"{LAST:%Y-%m}"


@pytest.mark.parametrize("project", ["xx.wikipedia.org", "hi.wikipedia.orgg", "'; drop table wikis; --", "A" * 5000])
def test_an_unknown_wiki_is_not_found(client: TestClient, project: str) -> None:
    answer = client.get(f"/api/v1/projects/{project}/series")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["title"] == "No such wiki"


def _read_csv(client: TestClient, address: str) -> dict[str, dict[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200
    return {row["month"]: row for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))}


def test_a_file_holds_what_one_rule_says_and_names_it(client: TestClient) -> None:
    rules = ("seasonal", "rolling_mean")
    rows = {rule: _read_csv(client, f"{SERIES}.csv?detector={rule}") for rule in rules}
    for rule, months in rows.items():
        peaks = {peak["month"]: peak for peak in get(client, SERIES, detector=rule)["peaks"] if not peak["hollow"]}
        assert {month for month, row in months.items() if row["peak"]} == set(peaks)
        for month, row in months.items():
            assert row["rule"] == rule
            if row["times"]:
                assert float(row["times"]) == pytest.approx(float(row["edits"]) / float(row["expected"]))
                assert row["made_of"] == (peaks[month]["kind"] or "")
            else:
                assert row["made_of"] == row["outcome"] == row["shared"] == ""


def test_a_peak_of_the_rolling_mean_alone_is_in_its_own_file_alone(client: TestClient, engine: Engine) -> None:
    early = shift_month(FIRST, 8)
    restate(engine, "hi.wikipedia.org", {early: 10_000_000})

    key = f"{early:%Y-%m}"
    assert [one["hollow"] for one in get(client, SERIES)["peaks"] if one["month"] == key] == [True]
    seasonal, mean = (_read_csv(client, f"{SERIES}.csv?detector={rule}")[key] for rule in ("seasonal", "rolling_mean"))
    assert (seasonal["peak"], seasonal["times"], seasonal["made_of"], seasonal["expected"]) == ("", "", "", "")
    assert mean["peak"] == "yes"
    assert float(mean["times"]) == pytest.approx(10_000_000 / float(mean["expected"]))
