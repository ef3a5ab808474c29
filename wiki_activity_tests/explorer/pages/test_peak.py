import math
import re
from datetime import date, timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, delete, update

from wiki_activity.domain.counts import Metric
from wiki_activity.storage.database import writing
from wiki_activity.storage.schema import community_alerts, refreshes
from wiki_activity_tests.explorer.links import open_link
from wiki_activity_tests.explorer.pages.reading import see
from wiki_activity_tests.explorer.stored import LAST, NOW, RUN_ID, SHARED, annotate
from wiki_activity_tests.storage.storing import hide_month_note

PEAK = "/p/hi.wikipedia.org/peaks/2024-06"


def test_a_peak_is_told_in_numbers_and_words(client: TestClient) -> None:
    text = see(client, PEAK)

    assert "June 2024:" in text
    for word in (
        "expected",
        "alert line",
        "the expected",
        "A peak",
        "Made of More people",
        "Back to usual the month after",
    ):
        assert word in text, word
    assert "edits in June 2024: 2.5× the" in text or "edits in June 2024: 2.4× the" in text


def test_what_it_was_made_of_is_held_against_the_last_year(client: TestClient) -> None:
    text = see(client, "/p/hi.wikipedia.org/peaks/2021-04")

    assert "Made of Mostly bot edits" in text
    assert "Bots " in text
    assert "median of the 12 months before" in text


def test_both_rules_say_what_they_see(client: TestClient) -> None:
    text = see(client, PEAK)

    assert "Unusual for this wiki and season" in text
    assert "30 % over its 3-year average (rolling mean)" in text
    assert text.count(" peak") >= 2


def test_a_shared_month_names_other_wikis(client: TestClient) -> None:
    text = see(client, f"/p/hi.wikipedia.org/peaks/{SHARED:%Y-%m}")

    assert "busy on many wikis" in text
    assert "wikis peaked in this month" in text
    assert "Bangla Wikisource" in text


def test_the_wiki_itself_is_no_other_wiki(client: TestClient) -> None:
    peaked = client.get("/api/v1/peaks", params={"month": f"{SHARED:%Y-%m}"}).json()["items"]

    assert "Other wikis no other wiki" in see(client, PEAK)
    own = see(client, f"/p/hi.wikipedia.org/peaks/{SHARED:%Y-%m}")
    assert f"Other wikis {len(peaked) - 1} other wikis peaked in this month" in own


def test_other_peaks_of_the_wiki_are_linked(client: TestClient) -> None:
    html = client.get(PEAK).text

    assert 'rel="prev" href="/p/hi.wikipedia.org/peaks/2022-09"' in html
    assert f'rel="next" href="/p/hi.wikipedia.org/peaks/{SHARED:%Y-%m}"' in html


def test_a_number_leads_to_the_run_and_the_partition_that_made_it(client: TestClient) -> None:
    html = client.get(PEAK).text

    assert f"http://127.0.0.1:3000/runs/{RUN_ID}" in html
    assert "http://127.0.0.1:3000/assets/edit_counts?view=partitions&amp;partition=2024-06-01" in html


def test_a_month_that_is_no_peak_still_says_its_numbers(client: TestClient) -> None:
    text = see(client, "/p/hi.wikipedia.org/peaks/2024-08")

    assert "Not a peak" in text
    assert "below the alert line of" in text
    assert "No note yet. Do you know what happened?" in text


def test_a_missing_month_is_said_to_be_missing(client: TestClient) -> None:
    text = see(client, "/p/ta.wikipedia.org/peaks/2024-07")

    assert "No data: the count of July 2024 is not stored" in text
    assert "Missing is not zero" in text
    assert "July 2024: 0" not in text


def test_a_month_before_the_first_stored_one_has_no_data(client: TestClient) -> None:
    assert "the first that is stored is January 2018" in see(client, "/p/hi.wikipedia.org/peaks/2010-01")


def test_a_new_wiki_is_not_judged(client: TestClient) -> None:
    text = see(client, f"/p/mos.wikipedia.org/peaks/{LAST:%Y-%m}")

    assert "Not judged; only the rolling mean sees one" in text
    assert "Unusual for this wiki and season – – – not judged" in text


@pytest.mark.parametrize("month", ["2024-13", "1999-01", "x", "2099-01", "2024-06-15", "%00", "9" * 300])
def test_an_impossible_month_is_not_found(client: TestClient, month: str) -> None:
    assert "No such month" in see(client, f"/p/hi.wikipedia.org/peaks/{month}", 404)


def test_an_unknown_wiki_is_not_found_and_the_nearest_are_named(client: TestClient) -> None:
    text = see(client, "/p/hii.wikipedia.org/peaks/2024-06", 404)

    assert "No such wiki" in text
    assert "Hindi Wikipedia" in text


@pytest.mark.parametrize("asked", ["metric=bad", "detector=bad"])
def test_a_bad_choice_gives_way_to_its_default(client: TestClient, asked: str) -> None:
    text = see(client, f"{PEAK}?{asked}")

    assert "it can be" in text
    assert "A peak" in text


def test_parts_that_are_not_known_are_not_shown_as_zero(client: TestClient) -> None:
    text = see(client, "/p/fr.wikivoyage.org/peaks/2024-11")

    assert "Bots not known" in text
    assert "Made of Cannot be told" in text


def test_what_people_wrote_and_its_history_are_shown(client: TestClient, engine: Engine) -> None:
    month = date(2024, 6, 1)
    annotate(engine, "hi.wikipedia.org", month, "First words")
    annotate(engine, "hi.wikipedia.org", month, "Better words", version=1, author="Rewa", now=NOW + timedelta(hours=1))

    html = client.get(PEAK).text
    text = see(client, PEAK)

    assert "Better words Contest" in text
    assert "Rewa changed it, 5 Oct 2026, 13:00 UTC" in text
    assert "Label: First words Better words" in text
    assert "Asha wrote this, 5 Oct 2026, 12:00 UTC" in text
    assert 'rel="noopener nofollow ugc"' in html


def test_a_note_stays_where_a_peak_vanished(client: TestClient, engine: Engine) -> None:
    annotate(engine, "hi.wikipedia.org", date(2024, 8, 1), "A quiet month after all")
    with writing(engine) as connection:
        connection.execute(delete(community_alerts).where(community_alerts.c.timestamp == date(2024, 8, 1)))

    text = see(client, "/p/hi.wikipedia.org/peaks/2024-08")

    assert "no longer a peak" in text
    assert "A quiet month after all" in text


def test_a_reviewer_sees_a_hidden_text_and_why_it_is_hidden(engine: Engine, explorer_app: FastAPI) -> None:
    month = date(2024, 6, 1)
    annotate(engine, "hi.wikipedia.org", month, "Secret words")
    hide_month_note(
        engine, Metric.EDITS, "hi.wikipedia.org", month, version=1, author="Rewa", reason="A private name", now=NOW
    )

    reviewer = see(open_link(TestClient(explorer_app, base_url="http://localhost"), explorer_app), PEAK)

    assert "Secret words" in reviewer
    assert "hidden from readers" in reviewer
    assert "Reason: A private name" in reviewer


def test_whoever_may_write_finds_a_form_that_scripts_open(client: TestClient) -> None:
    html = client.get(PEAK).text

    assert 'value="wiki:hi.wikipedia.org"' in html
    assert 'value="2024-06-30"' in html
    assert 'data-version="0"' in html
    assert "<form data-annotate hidden" in html
    assert "Writing needs JavaScript; reading does not." in html


def test_what_was_told_of_another_count_is_linked(client: TestClient, engine: Engine) -> None:
    note = annotate(engine, "hi.wikipedia.org", SHARED, "Feminism and Folklore", metric=Metric.PEOPLE_EDITS)

    page = client.get(f"/p/hi.wikipedia.org/peaks/{SHARED:%Y-%m}").text

    assert 'data-version="0"' in page
    assert f'href="/notes/{note.id}"' in page
    # Not that there is no note, above one that there is.
    assert "No note yet" not in page
    assert "There are notes on these days already. Do you know more?" in page


def test_a_command_that_stored_the_counts_has_no_page_of_dagster(client: TestClient, engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(update(refreshes).values(run_id="cli-20261005"))

    html = client.get(PEAK).text

    assert "cli-20261005" not in html
    assert "assets/edit_counts?view=partitions" in html


def test_an_alert_line_is_one_number_wherever_it_stands(client: TestClient) -> None:
    """The lowest whole count that is a peak: rounded in one place and up in another, it was two."""
    series = client.get("/api/v1/projects/hi.wikipedia.org/series").json()
    at = series["months"].index("2025-03")
    line = f"{math.ceil(series['threshold'][at]):,}"
    page = see(client, "/p/hi.wikipedia.org/peaks/2025-03")
    assert f"{line} alert line" in page
    assert f"months here normally stay below {line}" in page
    rules = page.split("What each rule says")[1]
    assert line in rules
    row = client.get("/p/hi.wikipedia.org?from=2025-03&to=2025-03").text.split('<th scope="row">Mar 2025</th>')[1]
    assert f"<td>{line}</td>" in row.split("</tr>")[0]


def test_a_card_says_how_many_times_the_expected_it_was_in_words_that_go_together(client: TestClient) -> None:
    page = see(client, "/p/hi.wikipedia.org/peaks/2025-03")
    assert re.search(r"\d× the expected", page)
    assert "× times expected" not in page


def test_the_arrows_and_the_way_to_all_months_keep_what_is_counted_and_the_rule(client: TestClient) -> None:
    html = client.get(f"{PEAK}?metric=people_edits&detector=rolling_mean").text
    around = html.split('aria-label="Other peaks of this wiki"')[1].split("</nav>")[0]
    links = re.findall(r'href="([^"]+)"', around)

    assert len(links) >= 2
    assert all(link.endswith("?metric=people_edits&amp;detector=rolling_mean") for link in links)
