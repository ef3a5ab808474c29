"""Reports from day to day: by whom the days were counted, what they are held against, and what is not known."""

import csv
import io
from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.domain.note_text import check_text
from wiki_activity.domain.notes import Author, Scope, Subject
from wiki_activity.storage.database import writing
from wiki_activity.storage.history_table import Span, store_history
from wiki_activity.storage.notes import create_note
from wiki_activity_tests.explorer.api.asking import get
from wiki_activity_tests.explorer.counted_days import count_some_days, list_days
from wiki_activity_tests.explorer.counted_days import store as store_stream
from wiki_activity_tests.explorer.pages.reading import see
from wiki_activity_tests.explorer.stored import NOW

HI = "hi.wikipedia.org"
FIRST, LAST = date(2025, 3, 5), date(2025, 3, 18)
RANGE = {"from": "2025-03-05", "to": "2025-03-18"}
PAGE = f"/report?wiki={HI}&from=2025-03-05&to=2025-03-18"


def store(engine: Engine, days: Mapping[date, tuple[int, int, int]], first: date, last: date, wiki: str = HI) -> None:
    with writing(engine) as connection:
        store_history(connection, wiki, Span(first, last, NOW), days)


def store_two_years(engine: Engine, wiki: str = HI) -> None:
    """100 edits a day in the period, 50 on the same dates of 2024, 80 in the four weeks before, none on other days."""
    days = dict.fromkeys(list_days(FIRST, LAST), (100, 60, 20))
    days |= dict.fromkeys(list_days(date(2024, 3, 5), date(2024, 3, 18)), (50, 30, 10))
    days |= dict.fromkeys(list_days(date(2025, 2, 5), date(2025, 3, 4)), (80, 40, 20))
    store(engine, days, date(2024, 1, 1), date(2025, 3, 31), wiki)


def read_lines(client: TestClient, **more: object) -> dict[str, dict[str, object]]:
    return {line["figure"]: line for line in get(client, "/api/v1/report", **({"wiki": HI} | RANGE | more))["lines"]}


def test_days_are_added_up_beside_the_same_dates_and_the_four_weeks_before(client: TestClient, engine: Engine) -> None:
    store_two_years(engine)
    lines = read_lines(client)
    assert {name: line["value"] for name, line in lines.items()} == {
        "edits": 1400, "people_edits": 1120, "bot_edits": 280, "logged_out_edits": 280,
    }  # fmt: skip
    edits = lines["edits"]
    assert edits["year_before"] == {"now": 1400, "before": 700, "percent": 100, "wikis": 1}
    assert edits["four_weeks_before"] == {"now": 100, "before": 80, "percent": 25, "wikis": 1}
    assert edits["months_before"] is None


def test_page_text_wikitext_csv_and_api_say_the_same(client: TestClient, engine: Engine) -> None:
    store_two_years(engine)
    text = see(client, f"{PAGE}&edits=280&people=5")
    assert "Hindi Wikipedia, 5 March 2025 to 18 March 2025" in text
    compared = "+100 % beside 700 on the same dates a year before; 100 a day, +25 % beside 80 a day in the four weeks"
    assert f"Content edits: 1,400; {compared} before" in text
    assert "1,400 || 700 (+100 %) || 100, before 80 (+25 %)" in text
    assert "The programme’s 280 edits are 25 % of all edits without bots" in text
    assert "These days are Wikimedia’s own counts." in text
    assert "By month only: editors in a month, active editors in a month, new accounts, new content pages." in text
    table = client.get(f"/api/v1/report.csv?wiki={HI}&from=2025-03-05&to=2025-03-18").content.decode("utf-8-sig")
    row = next(csv.DictReader(io.StringIO(table)))
    names = ("value", "year_before", "a_day", "a_day_before", "a_day_percent")
    assert [float(row[name]) for name in names] == [1400, 700, 100, 80, 25]


def test_days_without_a_row_in_what_was_answered_are_zero(client: TestClient, engine: Engine) -> None:
    store_two_years(engine)
    lines = read_lines(client, **{"from": "2025-03-20", "to": "2025-03-21"})
    assert lines["edits"]["value"] == 0


def test_the_streams_days_do_where_wikimedia_was_not_asked_and_it_is_said(client: TestClient, engine: Engine) -> None:
    count_some_days(engine)
    report = get(client, "/api/v1/report", wiki=HI, **{"from": "2026-09-02", "to": "2026-09-03"})
    assert report["lines"][0]["value"] == 2 * 1600
    assert report["lines"][0]["year_before"] is None
    assert report["lines"][0]["four_weeks_before"]["percent"] == 0
    assert report["sources"] == ["These days are as the live stream had them: edits that were deleted since are in."]


def test_days_of_both_are_held_against_each_other_with_a_remark(client: TestClient, engine: Engine) -> None:
    count_some_days(engine)
    store(engine, {}, date(2026, 8, 1), date(2026, 8, 31))
    report = get(client, "/api/v1/report", wiki=HI, **{"from": "2026-08-31", "to": "2026-09-01"})
    assert report["lines"][0]["value"] == 1600
    assert "Some of these days are Wikimedia’s own counts" in report["sources"][0]
    report = get(client, "/api/v1/report", wiki=HI, **{"from": "2026-09-20", "to": "2026-09-21"})
    assert "may differ by some percent" in report["sources"][1]


@pytest.mark.parametrize(("first", "last"), [("2026-10-01", "2026-10-02"), ("2026-10-04", "2026-10-05")])
def test_a_day_with_an_hour_that_was_not_seen_or_that_has_not_ended_is_not_known(
    client: TestClient, engine: Engine, first: str, last: str
) -> None:
    count_some_days(engine)
    report = get(client, "/api/v1/report", wiki=HI, **{"from": first, "to": last})
    assert report["lines"] == []
    assert "its days are known from 1 July 2026 to 4 October 2026" in report["unknown"][0]
    text = see(client, f"/report?wiki={HI}&from={first}&to={last}")
    assert "its days are known from 1 July 2026 to 4 October 2026" in text
    page = client.get(f"/report?wiki={HI}&from={first}&to={last}").text
    assert f'href="/report?wiki={HI}&amp;from=2026-10&amp;to=2026-10"' in page


def test_one_wiki_without_days_leaves_all_without_totals(client: TestClient, engine: Engine) -> None:
    store_two_years(engine)
    report = get(client, "/api/v1/report", wiki=[HI, "bn.wikipedia.org"], **RANGE)
    assert report["lines"] == report["members"] == []
    assert [one[:26] for one in report["unknown"]] == ["Days of Bangla Wikipedia a"]


def test_several_wikis_are_added_up_and_listed(client: TestClient, engine: Engine) -> None:
    store_two_years(engine)
    store_two_years(engine, "bn.wikipedia.org")
    report = get(client, "/api/v1/report", wiki=[HI, "bn.wikipedia.org"], **RANGE)
    assert report["lines"][0]["value"] == 2800
    assert {(one["project"], one["people_edits"], one["editors"]) for one in report["members"]} == {
        (HI, 1120, None), ("bn.wikipedia.org", 1120, None),
    }  # fmt: skip


def test_notes_are_those_of_the_days_and_peaks_those_of_their_months(client: TestClient, engine: Engine) -> None:
    store_two_years(engine)
    for day in (4, 5, 18, 19):
        subject = Subject(Scope.of_wiki(HI), date(2025, 3, day), date(2025, 3, day))
        create_note(engine, subject, check_text(f"Day {day}", "", None, "event"), author=Author("A"), now=NOW)
    report = get(client, "/api/v1/report", wiki=HI, **RANGE)
    assert [one["label"] for one in report["notes"]] == ["Day 5", "Day 18"]
    assert [one["month"] for one in report["peaks"]] == ["2025-03"]


def test_new_days_are_seen_at_once(client: TestClient, engine: Engine) -> None:
    assert "Days of Hindi Wikipedia are not known" in see(client, PAGE)
    store_two_years(engine)
    assert "1,400" in see(client, PAGE)


def test_the_forms_days_go_before_its_months_and_one_day_is_a_range(client: TestClient, engine: Engine) -> None:
    store_two_years(engine)
    text = see(client, f"/report?wiki={HI}&from=2025-01&to=2025-02&from_day=2025-03-05&to_day=")
    assert "Hindi Wikipedia, 5 March 2025" in text
    mixed = see(client, f"/report?wiki={HI}&from=2025-02&to=2025-03-05")
    assert "Hindi Wikipedia, 1 February 2025 to 5 March 2025" in mixed


def test_a_leap_day_is_held_against_the_day_before_it_a_year_ago(client: TestClient, engine: Engine) -> None:
    days = {date(2024, 2, 29): (100, 50, 0), date(2023, 2, 28): (40, 20, 0)}
    store(engine, days, date(2023, 1, 1), date(2024, 3, 31))
    lines = read_lines(client, **{"from": "2024-02-29", "to": "2024-02-29"})
    assert lines["edits"]["year_before"] == {"now": 100, "before": 40, "percent": 150, "wikis": 1}


def test_where_nothing_of_a_day_was_edited_in_the_stream_it_is_zero(client: TestClient, engine: Engine) -> None:
    store_stream(engine, {}, date(2026, 9, 1), datetime(2026, 9, 4, tzinfo=UTC))
    assert read_lines(client, **{"from": "2026-09-02", "to": "2026-09-03"})["edits"]["value"] == 0
