"""A report's picture: its period marked, its totals under it, and where it is from."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity_tests.explorer.counted_days import count_some_days
from wiki_activity_tests.explorer.pages.test_report_by_day import store_two_years
from wiki_activity_tests.explorer.pictures.reading import SVG, count_colours, read_size, read_svg, read_texts

MONTHS = "wiki=hi.wikipedia.org&from=2025-03&to=2025-04"
DAYS = "wiki=hi.wikipedia.org&from=2025-03-05&to=2025-03-18"


@pytest.mark.parametrize("query", [MONTHS, DAYS, "language=hi&from=2025-03", "wiki=hi&from=2026-09-02&to=2026-10-20"])
def test_a_report_has_a_picture_as_svg_and_png_linked_from_its_page(client: TestClient, query: str) -> None:
    assert read_svg(client, f"/report/chart.svg?{query}").get("width") == "1200"
    answer = client.get(f"/report/chart.png?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert read_size(answer.content) == (1200, 630)
    assert count_colours(answer.content) > 50
    page = client.get(f"/report?{query}").text
    for ending in ("svg", "png"):
        start = page.index(f'href="/report/chart.{ending}?')
        linked = page[start + 6 : page.index('"', start + 6)].replace("&amp;", "&")
        assert client.get(linked).status_code == 200


def test_the_picture_of_months_says_its_totals_source_and_address(client: TestClient) -> None:
    texts = read_texts(read_svg(client, f"/report/chart.svg?{MONTHS}"))
    assert texts[0] == "Hindi Wikipedia, March 2025 to April 2025"
    assert {"Content edits", "Edits without bots", "Edits by bots", "Edits by logged-out people"} <= set(texts)
    assert sum(text.endswith("beside a year before") for text in texts) == 4
    assert any("Wikimedia Analytics API, CC0" in text for text in texts)
    assert texts[-1] == f"http://localhost:5000/report?{MONTHS}"


def test_the_picture_of_days_marks_them_among_the_days_around(client: TestClient, engine: Engine) -> None:
    store_two_years(engine)
    root = read_svg(client, f"/report/chart.svg?{DAYS}")
    texts = read_texts(root)
    assert texts[0] == "Hindi Wikipedia, 5 March 2025 to 18 March 2025"
    assert "1,120" in texts
    assert {"5 Feb", "5 Mar"} & set(texts)
    assert any("EventStreams" in text for text in texts)
    [line] = [one for one in root.iter(f"{SVG}path") if one.get("stroke-width") == "2.25"]
    # Four weeks before, two weeks in it, and those after it to the end of the month.
    assert line.get("d", "").count("L") == 28 + 14 + 13 - 1


def test_days_that_are_not_known_leave_gaps_and_it_is_said(client: TestClient, engine: Engine) -> None:
    count_some_days(engine)
    root = read_svg(client, "/report/chart.svg?wiki=hi.wikipedia.org&from=2026-10-01&to=2026-10-03")
    assert any("Not all of these days are known of Hindi Wikipedia" in text for text in read_texts(root))
    [line] = [one for one in root.iter(f"{SVG}path") if one.get("stroke-width") == "2.25"]
    assert line.get("d", "").count("M") == 2


@pytest.mark.parametrize(
    "query", ["wiki=hi&from=9999-12-30&to=9999-12-31", "wiki=hi&from=9999-12", "wiki=hi&from=2001-01-01"]
)
def test_the_ends_of_time_have_a_picture(client: TestClient, query: str) -> None:
    assert client.get(f"/report/chart.svg?{query}").status_code == 200


def test_a_report_on_nothing_has_no_picture(client: TestClient) -> None:
    assert client.get("/report/chart.svg").status_code == 404
    assert client.get("/report/chart.png?wiki=nonesuch").status_code == 404
