"""`/peaks` and `/months`: filters, orders, pages, the table."""

import csv
import io
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.peaks import Detector
from wiki_activity.storage.peak_table import read_peaks
from wiki_activity_tests.explorer.api.asking import get
from wiki_activity_tests.explorer.stored import LAST, SHARED, annotate

PEAKS = "/api/v1/peaks"

pytestmark = pytest.mark.parametrize("backend", ["sqlite", "mysql"], indirect=True)


def test_filters_choose_peaks(client: TestClient, engine: Engine) -> None:
    annotate(engine, "hi.wikipedia.org", SHARED)
    every = _list(client)
    assert {(one["project"], one["month"]) for one in every} == {
        (peak.project, f"{peak.month:%Y-%m}")
        for peak in read_peaks(engine, metric=Metric.EDITS, detector=Detector.SEASONAL)
    }
    shared = _list(client, month="2025-03")
    assert all(one["month"] == "2025-03" and one["shared"] for one in shared)
    assert _list(client, **{"from": "2025-03", "to": "2025-03"}) == shared
    assert {one["project"] for one in _list(client, language="hi")} == {"hi.wikipedia.org", "hi.wiktionary.org"}
    assert {one["family"] for one in _list(client, family="special")} == {"special"}
    assert _list(client, language="no such language") == []
    assert {one["kind"] for one in _list(client, kind="bot_run")} == {"bot_run"}
    assert all(one["times"] >= 2.9 for one in _list(client, min_times=2.9))
    assert _list(client, min_times=2.9)
    assert {one["project"] for one in _list(client, min_size=1_000_000)} == {
        "www.wikidata.org",
        "commons.wikimedia.org",
    }
    small = _list(client, max_size=1_600)
    assert {one["project"] for one in small} == {"bn.wikisource.org", "fr.wikivoyage.org"}
    explained = _list(client, explained="yes")
    assert [one["annotation"]["label"] for one in explained] == ["Feminism and Folklore"]
    assert len(_list(client, explained="no")) == len(every) - 1


@pytest.mark.parametrize("sort", ["month", "ratio", "excess", "value", "score", "project"])
def test_pages_follow_each_other_in_every_order(client: TestClient, sort: str) -> None:
    whole = _list(client, sort=sort)
    found: list[Any] = []
    query: dict[str, Any] = {"sort": sort, "limit": 7}
    while True:
        page = get(client, PEAKS, **query)
        found += page["items"]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert found == whole
    if sort == "ratio":
        assert [one["times"] for one in whole] == sorted((one["times"] for one in whole), reverse=True)


def test_the_table_holds_the_same_peaks(client: TestClient) -> None:
    answer = client.get(f"{PEAKS}.csv", params={"month": "2025-03"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="peaks-edits.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    items = _list(client, month="2025-03")
    assert [(row["project"], float(row["value"]), row["made_of"]) for row in rows] == [
        (one["project"], one["value"], one["kind"]) for one in items
    ]


def test_a_part_of_the_table_names_the_next_one(client: TestClient) -> None:
    first = client.get(f"{PEAKS}.csv", params={"limit": 5})
    following = client.get(first.links["next"]["url"])
    rows = [line.split(",")[0:6] for part in (first, following) for line in part.text.splitlines()[1:]]
    assert len(rows) == len({tuple(row) for row in rows}) == 10


def test_months_say_how_many_wikis_peaked(client: TestClient) -> None:
    months = get(client, "/api/v1/months")["items"]
    assert [one["month"] for one in months] == sorted((one["month"] for one in months), reverse=True)
    by_month = {one["month"]: one for one in months}
    assert by_month[f"{SHARED:%Y-%m}"]["shared"] is True
    assert by_month[f"{SHARED:%Y-%m}"]["peaks"] == len(_list(client, month="2025-03"))
    assert by_month[f"{LAST:%Y-%m}"]["peaks"] == 3


def _list(client: TestClient, **query: Any) -> list[Any]:
    page = get(client, PEAKS, limit=500, **query)
    assert page["next"] is None
    items: list[Any] = page["items"]
    return items


def test_peaks_of_one_wiki_are_asked_for_by_its_name_however_it_is_written(client: TestClient) -> None:
    own = _list(client, project="hi.wikipedia.org")
    assert own == [one for one in _list(client) if one["project"] == "hi.wikipedia.org"]
    assert _list(client, project="hi.wikipedia.org", family="wiktionary") == []
    answer = client.get(PEAKS, params={"project": "hi.m.wikipedia.org", "month": "2025-03"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (301, f"{PEAKS}?project=hi.wikipedia.org&month=2025-03")
    unknown = client.get(PEAKS, params={"project": "hii.wikipedia.org"})
    assert unknown.status_code == 404
    assert "hi.wikipedia.org" in unknown.json()["did_you_mean"]


@pytest.mark.parametrize("sort", ["month", "ratio", "excess", "value", "score", "project"])
@pytest.mark.parametrize("asked", [{}, {"kind": "more_people"}, {"min_times": 3}])
def test_any_count_has_each_month_of_a_wiki_once_by_what_stood_out_most(
    client: TestClient, sort: str, asked: dict[str, Any]
) -> None:
    each = [one for metric in Metric for one in _list(client, metric=metric.value, **asked)]
    best: dict[tuple[str, str], float] = {}
    for one in each:
        key = (one["project"], one["month"])
        best[key] = max(best.get(key, 0), one["times"])
    found: list[Any] = []
    query: dict[str, Any] = {"metric": "any", "sort": sort, "limit": 7, **asked}
    while True:
        page = get(client, PEAKS, **query)
        found += page["items"]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert len(found) == len(best) < len(each)
    assert {(one["project"], one["month"]): one["times"] for one in found} == best
