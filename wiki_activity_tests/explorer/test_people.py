"""Registered and active editors, new accounts and new pages, wherever a reader meets them."""

import csv
import gzip
import re
from io import StringIO

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.domain.counts import Series
from wiki_activity_tests.explorer.stored import LAST, know_people
from wiki_activity_tests.explorer.wiki_page.reading import read_page

HI = "hi.wikipedia.org"
NEW_PAGES, NEW_USERS = Series.NEW_PAGES, Series.NEW_USERS


def read_lines(client: TestClient) -> dict[str, dict[str, object]]:
    return {line["project"]: line for line in client.get("/api/v1/board").json()["stood_out"]}


def count_people(client: TestClient, project: str) -> int:
    match = re.fullmatch(r"\+([\d,]+) people", str(read_lines(client)[project]["figures"][0]["text"]))  # type: ignore[index]
    assert match
    return int(match[1].replace(",", ""))


def test_people_of_a_line_are_those_that_more_people_is_told_by(client: TestClient, engine: Engine) -> None:
    before = count_people(client, HI)
    assert "People are" not in client.get("/").text

    know_people(engine, HI, 0.5)

    line = read_lines(client)[HI]
    assert (line["registered"], line["kind"]) == (True, "more_people")
    assert count_people(client, HI) == pytest.approx(before / 2, rel=0.02)
    assert "registered and no bots; of wikis where these are not known, all editors." in client.get("/").text
    own = client.get(f"/api/v1/board?wiki={HI}").json()
    assert own["people"] == "People are editors who are registered and no bots."
    assert not client.get("/api/v1/board?wiki=bn.wikipedia.org").json()["people"]


def test_a_peak_says_of_whom_it_speaks(client: TestClient, engine: Engine) -> None:
    people = know_people(engine, HI, 0.5)

    page = client.get(f"/p/{HI}/peaks/{LAST:%Y-%m}?metric=people_edits").text

    count = f"{people[Series.USER_EDITORS][LAST]:,}"
    assert f"More people than usual: {count} editors who are registered and no bots" in page
    assert "Registered editors, no bots" in page


def test_a_wikis_page_has_active_editors_new_accounts_and_pages(client: TestClient, engine: Engine) -> None:
    assert "Active editors" not in read_page(client, f"/p/{HI}").words

    people = know_people(engine, HI, 0.5)

    words = read_page(client, f"/p/{HI}").words
    levels = (Series.EDITORS_5_24, Series.EDITORS_25_99, Series.EDITORS_100)
    assert f"Active editors Sep 2026 {sum(people[one][LAST] for one in levels):,}" in words
    assert f"New accounts Sep 2026 {people[NEW_USERS][LAST]:,}" in words
    assert f"New content pages Sep 2026 {people[NEW_PAGES][LAST]:,}" in words
    assert "no bots, and made five or more content edits" in words


@pytest.mark.parametrize("backend", ["sqlite", pytest.param("mysql", marks=pytest.mark.mysql)], indirect=True)
def test_the_api_and_the_files_have_them_and_missing_is_not_zero(client: TestClient, engine: Engine) -> None:
    people = know_people(engine, HI, 0.5)
    month = f"{LAST:%Y-%m}"
    metrics = ["active_editors", "new_users", "new_pages", "user_editors"]

    query = {"project": [HI, "bn.wikipedia.org"], "metric": metrics, "from": month, "to": month}
    items = client.get("/api/v1/series", params=query).json()["items"]
    dump = csv.DictReader(StringIO(gzip.decompress(client.get("/api/v1/dump.csv.gz").content).decode()))
    rows = {row["project"]: row for row in dump if row["month"] == month}
    own = csv.DictReader(StringIO(client.get(f"/api/v1/projects/{HI}/series.csv").content.decode("utf-8-sig")))
    [last] = [row for row in own if row["month"] == month]

    counts = {(one["project"], one["metric"]): one["counts"] for one in items}
    assert counts[HI, "new_pages"] == [people[NEW_PAGES][LAST]]
    assert counts["bn.wikipedia.org", "new_pages"] == [None]
    for metric in metrics:
        assert rows[HI][metric] == last[metric] == str(counts[HI, metric][0])
        assert rows["bn.wikipedia.org"][metric] == ""
