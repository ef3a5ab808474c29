"""While a refresh runs, counts are stored before the peaks in them are found: no page says two things of one month."""

from datetime import date

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.domain.counts import Series
from wiki_activity.storage.data_version import mark_changed
from wiki_activity.storage.database import writing
from wiki_activity_tests.explorer.api.asking import get
from wiki_activity_tests.explorer.pages.reading import see
from wiki_activity_tests.explorer.stored import NOW, SHARED
from wiki_activity_tests.storage.storing import store_counts

WIKI = "hi.wikipedia.org"
MONTH = f"/p/{WIKI}/peaks/2025-03"
SERIES = f"/api/v1/projects/{WIKI}/series"


def store(engine: Engine, month: date, count: int) -> None:
    """Store a total as a refresh does before it looks for peaks."""
    with writing(engine) as connection:
        store_counts(connection, WIKI, {Series.EDITS: {month: count}}, month, month, seen_at=NOW)
        mark_changed(connection, [WIKI], NOW)


def test_a_month_that_newer_counts_make_usual_is_a_peak_nowhere_on_its_wikis_pages(
    client: TestClient, engine: Engine
) -> None:
    assert "A peak" in see(client, MONTH)
    usual = get(client, SERIES)["counts"][-14]
    store(engine, SHARED, usual)

    page = see(client, MONTH)
    assert "Not a peak" in page
    assert "A peak" not in page
    assert "only the rolling mean" not in page
    assert "Mar 2025" not in client.get(f"/p/{WIKI}").text.split('id="peaks-heading"')[1].split("</section>")[0]
    assert "2025-03" not in [peak["month"] for peak in get(client, SERIES)["peaks"]]


def test_a_peak_has_one_count_one_expected_value_and_one_alert_line(client: TestClient, engine: Engine) -> None:
    series = get(client, SERIES)
    at = series["months"].index("2025-03")
    store(engine, SHARED, series["counts"][at] + 1_000)

    series = get(client, SERIES)
    peak = next(one for one in series["peaks"] if one["month"] == "2025-03")
    assert peak["value"] == series["counts"][at]
    drawn = (series["expected"][at], series["threshold"][at])
    assert (peak["expected"], peak["threshold"]) == pytest.approx(drawn, abs=0.01)
    page = see(client, MONTH)
    assert f"{series['counts'][at]:,} edits" in page
    assert f"{series['counts'][at] - 1_000:,}" not in page
