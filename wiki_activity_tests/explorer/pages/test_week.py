"""`/week`, and the month so far on a wiki's page."""

import re
from datetime import UTC, date, datetime

from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.storage.namespace_table import store_content_namespaces
from wiki_activity_tests.explorer.counted_days import list_days, store
from wiki_activity_tests.explorer.pages.reading import read_text, see
from wiki_activity_tests.explorer.stored import NOW

FIRST = date(2026, 7, 1)
YESTERDAY = date(2026, 10, 4)
HI, MOS = "hi.wikipedia.org", "mos.wikipedia.org"


def fill(engine: Engine, first: date = FIRST, **more: object) -> None:
    days = list_days(first, NOW.date())
    steady = dict.fromkeys(days, (100, 20, 40))
    counts = {
        HI: steady | {YESTERDAY: (100, 20, 400)},
        MOS: dict.fromkeys(days, (1, 0, 1)) | {YESTERDAY: (1, 0, 25)},
        "bn.wikipedia.org": steady,
        "not.in.the.matrix.example": dict.fromkeys(days, (1, 0, 0)) | {YESTERDAY: (0, 0, 30)},
    }
    store(engine, counts, first, NOW, **more)  # type: ignore[arg-type]


def test_the_week_lists_rises_small_wikis_first_with_their_recent_changes(client: TestClient, engine: Engine) -> None:
    fill(engine)
    answer = client.get("/week")
    text = read_text(answer.text)
    assert "On 4 Oct 2026" in text
    places = [text.index(name) for name in ("not.in.the.matrix.example", "Mossi", "Hindi")]
    assert places == sorted(places)
    assert "Bangla" not in text
    links = re.findall(r'href="(https://[^"]*RecentChanges[^"]*)"', answer.text)
    assert (
        "https://mos.wikipedia.org/wiki/Special:RecentChanges?hidebots=1&amp;hideliu=1&amp;days=1&amp;limit=500"
        in links
    )
    assert (
        "https://hi.wikipedia.org/wiki/Special:RecentChanges?hidebots=1&amp;hideliu=1&amp;days=7&amp;limit=500" in links
    )


def test_the_week_says_when_nothing_is_known_yet(client: TestClient, engine: Engine) -> None:
    assert "Nothing is known yet: no day of the stream was counted" in see(client, "/week")
    fill(engine, date(2026, 9, 28))
    text = see(client, "/week")
    assert "it takes 14 whole days of the stream to compare with, and 6 are there" in text
    assert "it takes three whole weeks of the stream to compare with, and none are there" in text


def test_hours_that_were_not_seen_are_said(client: TestClient, engine: Engine) -> None:
    fill(engine, missing=[datetime(2026, 10, 4, hour, tzinfo=UTC) for hour in (3, 4)])
    text = see(client, "/week")
    assert "2 of these 24 hours were not seen whole" in text
    assert "2 of these 168 hours were not seen whole" in text
    assert "October so far: at least 1,060 edits without bots by day 5, about" in see(client, f"/p/{HI}")


def test_the_week_is_reached_from_every_page(client: TestClient) -> None:
    assert '<a href="/week"' in client.get("/about").text


def test_a_wiki_shows_its_month_so_far(client: TestClient, engine: Engine) -> None:
    store_content_namespaces(engine, HI, (0,), NOW)
    fill(engine)
    text = see(client, f"/p/{HI}")
    assert "October so far: 1,060 edits without bots by day 5, about 1.7× the usual by this day." in text
    assert "Counted from the live stream up to 5 Oct 2026, 12:00 UTC. It is not judged as a month" in text
    assert "Articles alone are counted" not in text
    assert "Articles alone are counted" in see(client, f"/p/{MOS}")


def test_a_wiki_of_a_stream_that_is_young_says_so(client: TestClient, engine: Engine) -> None:
    fill(engine, date(2026, 9, 28))
    text = see(client, f"/p/{HI}")
    assert "October so far: 1,060 edits without bots by day 5." in text
    assert "What is usual by this day is not known yet" in text


def test_one_month_counted_by_both_lends_the_usual(client: TestClient, engine: Engine) -> None:
    fill(engine, date(2026, 8, 31))
    text = see(client, f"/p/{HI}")
    assert re.search(r"about [\d.,]+× the usual by this day", text)
    assert re.search(r"of which the stream had \d+ % in a month that both counted", text)


def test_a_wiki_of_which_the_stream_told_nothing_shows_no_month_so_far(client: TestClient) -> None:
    assert "so far" not in see(client, f"/p/{HI}")
