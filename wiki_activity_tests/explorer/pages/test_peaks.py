import re
from dataclasses import replace
from datetime import date
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.months import list_months
from wiki_activity.domain.peaks import Detector, Peak
from wiki_activity.explorer.api.peak_list import MOST_ROWS
from wiki_activity.storage.peak_table import replace_peaks
from wiki_activity_tests.explorer.pages.reading import see
from wiki_activity_tests.explorer.stored import LAST, NOW, annotate


def test_the_newest_month_is_shown_at_first(client: TestClient) -> None:
    text = see(client, "/peaks")

    assert "Peaks in September 2026" in text
    assert "Hindi Wikipedia" in text
    assert "More people" in text


def test_all_months_are_shown_when_asked_for(client: TestClient) -> None:
    text = see(client, "/peaks?month=all")

    assert "Peaks of all months" in text
    assert "Jun 2024" in text


def test_a_shared_month_is_marked(client: TestClient) -> None:
    text = see(client, "/peaks?month=2025-03")

    assert "busy on many wikis: on more than chance explains" in text


@pytest.mark.parametrize(
    ("asked", "seen", "unseen"),
    [
        ("month=all&family=wiktionary", "Hindi Wiktionary", "Hindi Wikipedia"),
        ("month=all&language=ar", "Arabic Wikipedia", "Hindi Wikipedia"),
        ("month=all&size=small", "Bangla Wikisource", "Hindi Wikipedia"),
        ("month=all&size=big", "Arabic Wikipedia", "Hindi Wikipedia"),
        ("month=all&kind=bot_run", "Wikidata", "Arabic Wikipedia"),
        ("month=all&times=5", "Bangla Wikisource", "Arabic Wikipedia"),
        ("month=all&note=yes", "Feminism and Folklore", "say what happened"),
        ("month=all&note=no", "say what happened", "Feminism and Folklore"),
    ],
)
def test_filters_leave_out_the_others(client: TestClient, engine: Engine, asked: str, seen: str, unseen: str) -> None:
    annotate(engine, "hi.wikipedia.org", LAST)

    text = see(client, f"/peaks?{asked}")

    assert seen in text
    assert unseen not in text


@pytest.mark.parametrize(
    "asked",
    ["month=2024-13", "month=x", "metric=x", "detector=x", "family=x", "language=x", "size=x", "kind=x", "note=x",
     "times=many", "times=nan", "times=-1", "times=1e999", "sort=x"],
)  # fmt: skip
def test_a_bad_value_gives_way_to_its_default_and_a_notice_says_so(client: TestClient, asked: str) -> None:
    text = see(client, f"/peaks?{asked}")

    assert "left out" in text or "shown is the newest month" in text
    assert "Peaks in September 2026" in text
    assert "Hindi Wikipedia" in text


def test_a_cursor_that_is_none_begins_anew(client: TestClient) -> None:
    assert "it begins anew" in see(client, "/peaks?month=all&cursor=nonsense")


def test_unknown_keys_are_let_be(client: TestClient) -> None:
    assert "left out" not in see(client, "/peaks?utm_source=x&x=1")


@pytest.mark.parametrize("month", ["2001-01", "9999-12"])
def test_a_month_at_the_end_of_time_has_no_peaks(client: TestClient, month: str) -> None:
    assert "No peaks fit these choices" in see(client, f"/peaks?month={month}")


def test_pages_repeat_nothing_and_leave_out_nothing(client: TestClient, engine: Engine) -> None:
    months = list_months(date(2010, 1, 1), date(2020, 12, 1))
    peaks = [_make_peak(month, 100 + at // 3) for at, month in enumerate(months)]
    replace_peaks(engine, peaks, found_at=NOW, pairs=[(Metric.EDITS, Detector.ROLLING_MEAN)])
    found: list[str] = []
    address = "/peaks?month=all&detector=rolling_mean"
    for _ in range(4):
        html = client.get(address).text
        rows = html.split("<tbody>")[1].split("</tbody>")[0]
        found += [part.split('"')[0] for part in rows.split('class="times" href="')[1:]]
        if 'rel="next" href="' not in html:
            break
        address = unescape(html.split('rel="next" href="')[1].split('"')[0])

    assert "First page" in html
    assert len(found) == len(set(found)) == len(months)


def _make_peak(month: date, value: float) -> Peak:
    return Peak(
        metric=Metric.EDITS,
        project="hi.wikipedia.org",
        month=month,
        detector=Detector.ROLLING_MEAN,
        value=value,
        expected=50,
        threshold=65,
        score=1,
        kind=None,
        outcome=None,
        shared=False,
        starts_episode=True,
    )


def test_headers_sort_and_say_how_it_is_sorted(client: TestClient) -> None:
    html = client.get("/peaks?month=all").text
    link = unescape(html.split('">Edits</a>')[0].rsplit('href="', 1)[1])

    assert 'aria-sort="descending"' in html
    assert parse_qs(urlsplit(link).query) == {"month": ["all"], "sort": ["value"]}
    assert "Edits ▼" in see(client, link)


def test_what_is_on_the_page_can_be_had_as_csv(client: TestClient) -> None:
    html = client.get("/peaks?month=all&language=hi&times=2&metric=people_edits").text
    link = unescape(html.split('href="/api/v1/peaks.csv')[1].split('"')[0])

    assert parse_qs(link.removeprefix("?")) == {
        "metric": ["people_edits"],
        "detector": ["seasonal"],
        "language": ["hi"],
        "min_times": ["2"],
        "sort": ["ratio"],
    }


@pytest.mark.parametrize(("more", "button"), [(0, "CSV"), (1, "CSV (first 10,000)")])
def test_the_button_says_how_much_the_file_holds(client: TestClient, engine: Engine, more: int, button: str) -> None:
    months = list_months(date(2010, 1, 1), date(2020, 4, 1))[:100]
    peaks = [
        replace(_make_peak(month, 100), project=f"w{wiki}.wikipedia.org")
        for month in months
        for wiki in range(MOST_ROWS // 100)
    ]
    extra = [_make_peak(months[0], 100)] * more
    replace_peaks(engine, peaks + extra, found_at=NOW, pairs=[(Metric.EDITS, Detector.ROLLING_MEAN)])

    html = client.get("/peaks?month=all&detector=rolling_mean").text

    assert f" download>{button}</a>" in html


def test_what_only_the_rolling_mean_sees_is_hollow(client: TestClient) -> None:
    assert 'class="diamond hollow' in client.get("/peaks?month=all&detector=rolling_mean").text
    assert 'class="diamond hollow' not in client.get("/peaks?month=all").text


def test_links_to_a_peak_keep_metric_and_rule(client: TestClient) -> None:
    html = client.get(f"/peaks?metric={Metric.EDITORS}&detector=rolling_mean").text

    assert "/p/hi.wikipedia.org/peaks/2026-09?metric=editors&amp;detector=rolling_mean" in html


def test_an_empty_database_says_so(empty_client: TestClient) -> None:
    assert "No data yet" in see(empty_client, "/peaks")
    assert "No data yet" in see(empty_client, "/peaks?month=2024-05")


COLUMN = re.compile(r'<a href="(/peaks\?[^"]*)" aria-label="(\w+ \d{4}): (\d+) wikis?')


def test_the_columns_are_of_the_peaks_that_are_chosen_and_lead_to_them(client: TestClient) -> None:
    html = client.get("/peaks?month=2025-03&language=hi&kind=bot_run").text
    columns = {unescape(address): int(number) for address, _, number in COLUMN.findall(html)}

    assert columns
    for address, number in columns.items():
        asked = parse_qs(urlsplit(address).query)
        assert (asked["language"], asked["kind"]) == (["hi"], ["bot_run"])
        found = client.get(
            "/api/v1/peaks", params={"month": asked["month"][0], "language": "hi", "kind": "bot_run"}
        ).json()["items"]
        assert number == len({one["project"] for one in found}), address
    assert sum(columns.values()) > 0


def test_the_arrows_keep_the_filter(client: TestClient) -> None:
    html = client.get("/peaks?month=2025-03&metric=any&project=hi.wikipedia.org&size=big&times=2&sort=value").text
    arrows = {
        direction: parse_qs(urlsplit(unescape(address)).query)
        for direction, address in re.findall(r'rel="(prev|next)" href="([^"]*)"', html)
    }

    kept = {"metric": ["any"], "project": ["hi.wikipedia.org"], "size": ["big"], "times": ["2"], "sort": ["value"]}
    assert arrows == {"prev": kept | {"month": ["2025-02"]}, "next": kept | {"month": ["2025-04"]}}


@pytest.mark.parametrize("name", ["hi.wikipedia.org", "hi", "hiwiki", "https://hi.m.wikipedia.org/"])
def test_peaks_of_one_wiki_are_shown_when_asked_for(client: TestClient, name: str) -> None:
    text = see(client, f"/peaks?{urlencode({'month': 'all', 'project': name})}")

    assert "Only peaks of" in text
    assert "Hindi Wikipedia" in text
    assert "Arabic Wikipedia" not in text
    html = client.get("/peaks", params={"month": "all", "project": name}).text
    assert 'name="project" value="hi.wikipedia.org"' in html
    assert "project=hi.wikipedia.org" in html.split("/api/v1/peaks.csv?")[1].split('"')[0]


def test_any_count_shows_a_wave_once_and_says_what_was_counted(client: TestClient) -> None:
    html = client.get("/peaks?month=2025-03&metric=any").text
    rows = html.split("<tbody>")[1].split("</tbody>")[0].split("<tr>")[1:]
    wikis = [re.search(r'href="(/p/[^"]+)"', row)[1] for row in rows]  # type: ignore[index]

    assert len(wikis) == len(set(wikis)) > 3
    assert all(any(f">{name}<" in row for name in ("All edits", "Edits without bots", "Editors")) for row in rows)


def test_a_month_long_ago_is_among_the_columns_of_every_width(client: TestClient) -> None:
    for drawing in client.get("/peaks?month=2023-01").text.split('<svg class="columns')[1:]:
        assert "month=2023-01" in drawing
