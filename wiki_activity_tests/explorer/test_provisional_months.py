"""A month that Wikimedia has published only in part, as readers meet it."""

import csv
import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.domain.provisional import ProvisionalMonth
from wiki_activity.explorer.app import create_app
from wiki_activity.explorer.configuration import ExplorerSettings
from wiki_activity.monthly.peak_refresh import refresh_peaks
from wiki_activity.settings import Settings
from wiki_activity.storage.provisional_table import keep_provisional
from wiki_activity_tests.explorer.stored import LAST, NOW
from wiki_activity_tests.explorer.wiki_page.reading import read_page

HINDI = "/p/hi.wikipedia.org"
SERIES = "/api/v1/projects/hi.wikipedia.org/series"


@pytest.fixture
def client(settings: Settings, own_settings: ExplorerSettings, engine: Engine) -> Iterator[TestClient]:
    """A reader while September 2026 is provisional."""
    keep_provisional(engine, ProvisionalMonth(LAST, 400, 1000, 0, NOW, NOW), NOW)
    refresh_peaks(engine, 30, NOW)
    app = create_app(settings, own_settings, engine, lambda: NOW)
    with TestClient(app, base_url="http://localhost") as client:
        yield client


def test_the_page_draws_it_dotted_says_so_and_sums_up_the_months_before(client: TestClient) -> None:
    page = read_page(client, HINDI)
    assert 'class="line tail"' in page.source
    assert "September 2026 is provisional: Wikimedia has published only a part of it so far." in page.part("notices")
    assert "data to August 2026" in page.words
    assert "Aug 2026" in page.part("cards")
    assert "Sep 2026" not in page.part("cards")
    assert "Sep 2026, provisional" in page.part("months")
    assert (page.data("wiki")["unfinished"], page.data("wiki")["unfinished_word"]) == (True, "provisional")


def test_the_api_marks_it_and_gives_no_judgement_of_it(client: TestClient) -> None:
    series = client.get(SERIES).json()
    assert (series["provisional"], series["months"][-1]) == (["2026-09"], "2026-09")
    assert series["counts"][-1] is not None
    assert (series["expected"][-1], series["threshold"][-1]) == (None, None)
    assert series["expected"][-2] is not None
    header, *rows = csv.reader(client.get(f"{SERIES}.csv").content.decode("utf-8-sig").splitlines())
    at = header.index("provisional")
    assert [row[at] for row in rows[-2:]] == ["", "true"]


def test_it_is_no_peak_anywhere_and_not_the_newest_month(client: TestClient) -> None:
    assert client.get("/api/v1/peaks?month=2026-09").json()["items"] == []
    board = client.get("/").text
    assert "to August 2026" in board
    assert "September 2026 is provisional: published only in part so far." in board
    assert "Provisional" in client.get(f"{HINDI}/peaks/2026-09").text


def test_when_it_is_complete_every_page_shows_it_as_any_other(client: TestClient, engine: Engine) -> None:
    read_page(client, HINDI)
    keep_provisional(engine, None, NOW)
    refresh_peaks(engine, 30, NOW)
    page = read_page(client, HINDI)
    assert 'class="line tail"' not in page.source
    assert "Sep 2026" in page.part("cards")
    series = client.get(SERIES).json()
    assert (series["provisional"], series["expected"][-1] is None) == ([], False)


def test_the_list_of_peaks_does_not_say_that_nothing_stood_out_in_it(client: TestClient) -> None:
    page = client.get("/peaks?month=2026-09").text
    assert "That month is not judged yet" in page
    assert "reached its alert line" not in page
    assert "in August 2026 no such wiki reached its alert line" in client.get("/peaks?month=2026-08&language=hi").text


@pytest.mark.parametrize("period", ["from=2026-09", "from=2026-07&to=2026-09"])
def test_a_report_says_that_a_part_of_its_months_is_missing(client: TestClient, period: str) -> None:
    asked = f"wiki=hi.wikipedia.org&{period}"
    sentence = "September 2026 is provisional: Wikimedia has published only a part of it so far."
    page = client.get(f"/report?{asked}").text
    # The page, its text and wikitext, and the link's preview.
    assert page.count(sentence) >= 4
    assert client.get(f"/api/v1/report?{asked}").json()["provisional"] == ["2026-09"]
    rows = list(csv.DictReader(client.get(f"/api/v1/report.csv?{asked}").content.decode("utf-8-sig").splitlines()))
    assert {row["provisional"] for row in rows} == {"2026-09"}
    picture = client.get(f"/report/chart.svg?{asked}").text
    assert "September 2026 is provisional: published only in part<" in picture
    assert "stroke-dasharray" in picture
    assert "provisional:" not in client.get("/report?wiki=hi.wikipedia.org&from=2026-08").text.partition("<footer")[0]


def test_years_side_by_side_have_no_column_of_it_and_the_table_of_sums_marks_it(client: TestClient) -> None:
    html = client.get("/lang/hi").text
    years = {year: path.count("v-") for path, year in re.findall(r'd="([^"]*)"><title>(\d{4})</title>', html)}
    assert years == {"2024": 12, "2025": 12, "2026": 8}
    assert "Sep 2026, provisional</th>" in html


@pytest.mark.parametrize(
    ("asked", "is_judged"),
    [("wiki=hi.wikipedia.org&from=2026-09", False), ("language=hi&from=2026-09", False),
     ("language=hi&from=2026-08&to=2026-09", True), ("wiki=hi.wikipedia.org&from=2018-02", False)],
)  # fmt: skip
def test_a_report_says_of_no_month_that_nobody_judged_that_it_was_no_peak(
    client: TestClient, asked: str, is_judged: bool
) -> None:
    page = client.get(f"/report?{asked}").text
    assert ("No month of these was a peak." in page) is is_judged
    assert ("judged." in page) is not is_judged
