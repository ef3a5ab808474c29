"""`/report`: totals that agree with what is stored, and whatever is asked for in vain said in words."""

import csv
import html
import io
import re
from datetime import date

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.domain.counts import ACTIVE_EDITORS, Series
from wiki_activity.domain.note_text import check_text
from wiki_activity.domain.notes import Author, Scope, Subject
from wiki_activity.explorer.report import MOST_NOTES
from wiki_activity.storage.notes import create_note
from wiki_activity_tests.explorer.api.asking import get
from wiki_activity_tests.explorer.pages.reading import see
from wiki_activity_tests.explorer.stored import LAST, NOW, SHARED, WIKIS, annotate, know_people, restate

ONE = "/report?wiki=hi.wikipedia.org&from=2025-03&to=2025-03"


def test_a_report_of_one_wiki_says_its_totals_peaks_notes_and_what_could_have_been_seen(
    client: TestClient, engine: Engine
) -> None:
    annotate(engine, "hi.wikipedia.org", SHARED, "Feminism <b> and Folklore")
    series = get(client, "/api/v1/projects/hi.wikipedia.org/series", **{"from": "2025-03", "to": "2025-03"})
    text = see(client, f"{ONE}&edits=1%2C200&people=3")
    assert "Hindi Wikipedia, March 2025" in text
    assert "The same month a year before" in text
    assert f"{series['counts'][0]:,}" in text
    assert "Feminism <b> and Folklore" in text
    assert "The programme’s 1,200 edits are" in text
    assert "The programme’s 3 people are" in text
    assert "cannot be told from ordinary ups and downs here; that does not mean that it had no effect" in text
    assert "<nowiki>Note on Hindi Wikipedia, March 2025: Feminism &lt;b> and Folklore</nowiki>" in text


def test_the_api_says_the_same_as_the_stored_counts(client: TestClient) -> None:
    report = get(client, "/api/v1/report", wiki="hi.wikipedia.org", **{"from": "2025-02", "to": "2025-03"})
    series = get(client, "/api/v1/projects/hi.wikipedia.org/series", **{"from": "2024-02", "to": "2025-03"})
    counts = dict(zip(series["months"], series["counts"], strict=True))
    line = report["lines"][0]
    assert line["figure"] == "edits"
    assert line["value"] == counts["2025-02"] + counts["2025-03"]
    assert line["year_before"]["before"] == counts["2024-02"] + counts["2024-03"]
    assert line["months_before"]["before"] == counts["2024-12"] + counts["2025-01"]


def test_a_report_has_active_editors_new_accounts_and_new_pages_where_they_are_known(
    client: TestClient, engine: Engine
) -> None:
    people = know_people(engine, "hi.wikipedia.org", 0.5)
    month = date(2025, 3, 1)
    report = get(client, "/api/v1/report", wiki="hi.wikipedia.org", pages=130, **{"from": "2025-03"})
    values = {line["figure"]: line["value"] for line in report["lines"]}
    assert values["active_editors"] == sum(people[series][month] for series in ACTIVE_EDITORS)
    assert values["new_users"] == people[Series.NEW_USERS][month]
    pages = people[Series.NEW_PAGES][month]
    assert values["new_pages"] == pages
    share = f"{130 / pages:.0%}".replace("%", " %")
    assert report["own"] == [f"The programme’s 130 new pages are {share} of all new content pages, {pages:,}."]
    text = see(client, f"{ONE}&pages=130")
    assert report["own"][0] in text
    # In the text to copy, and in its address.
    assert f"* <nowiki>{report['own'][0]}</nowiki>" in text
    assert "&to=2025-03&pages=130 Full report]" in text
    assert "is no number of pages" in see(client, f"{ONE}&pages=many")
    text = see(client, "/report?language=hi&from=2025-03&pages=130")
    assert re.search(rf"New content pages {pages:,} of 1 wikis?", text)
    assert "Active editors in a month" not in text
    assert "Active editors in a month" in see(client, ONE)


def test_a_report_of_a_language_lists_its_wikis_and_adds_up_no_editors(client: TestClient) -> None:
    report = get(client, "/api/v1/report", language="hi", **{"from": "2025-03"})
    assert "editors" not in {line["figure"] for line in report["lines"]}
    assert {one["project"] for one in report["members"]} >= {"hi.wikipedia.org"}
    known = [one["people_edits"] for one in report["members"] if one["people_edits"] is not None]
    assert next(one["value"] for one in report["lines"] if one["figure"] == "people_edits") == sum(known)
    table = client.get("/api/v1/report.csv?language=hi&from=2025-03").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert {row["wiki"] for row in rows} >= {"hi.wikipedia.org"}


def test_the_page_its_texts_and_addresses_have_the_programmes_new_pages_too(client: TestClient, engine: Engine) -> None:
    pages = know_people(engine, "hi.wikipedia.org", 0.5)[Series.NEW_PAGES][date(2025, 3, 1)]
    text = see(client, f"{ONE}&pages={2 * pages}")
    assert text.count(f"The programme’s {2 * pages:,} new pages are more than all new content pages, {pages:,}") == 3
    assert f'value="{2 * pages}"' in client.get(f"{ONE}&pages={2 * pages}").text
    assert f"pages={2 * pages}" in text


def test_a_comparison_of_fewer_wikis_says_of_how_many_wherever_it_is(client: TestClient) -> None:
    asked = "wiki=ta.wikipedia.org&wiki=hi.wikipedia.org&from=2025-07"
    line = client.get(f"/api/v1/report?{asked}").json()["lines"][0]
    assert (line["wikis"], line["year_before"]["wikis"], line["months_before"]["wikis"]) == (2, 1, 2)
    text = see(client, f"/report?{asked}")
    before = f"{line['year_before']['before']:,.0f}"
    assert re.search(rf"{before} [+−±]\d+ %, of 1 wiki\b", text), text
    assert re.search(rf"beside {before} a year before, of 1 wiki;", text)
    assert re.search(rf"{before} \([+−±]\d+ %\), of 1 wiki \|\| [\d,]+ \([+−±]\d+ %\) \|-", text)
    assert "a year before, of 1 wiki." in client.get(f"/report?{asked}").text
    assert "beside a year before, of 1 wiki<" in client.get(f"/report/chart.svg?{asked}").text
    row = next(csv.DictReader(io.StringIO(client.get(f"/api/v1/report.csv?{asked}").content.decode("utf-8-sig"))))
    assert (row["wikis"], row["year_wikis"], row["before_wikis"]) == ("2", "1", "2")


def test_a_wiki_in_some_of_the_totals_is_not_said_to_be_in_none(client: TestClient) -> None:
    total_only = next(one.wiki.project for one in WIKIS if not one.split)
    asked = f"wiki={total_only}&wiki=hi.wikipedia.org&from=2025-07"
    assert [one["wikis"] for one in client.get(f"/api/v1/report?{asked}").json()["lines"][:2]] == [2, 1]
    assert (
        see(client, f"/report?{asked}").count("Not in all of the totals, since not all of these months are known:") == 3
    )


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        (5, "The programme’s 5 edits are more than all edits without bots, 0: one counts other things."),
        (
            0,
            "What part of all edits without bots was the programme’s cannot be told: there were none, and it had none.",
        ),
    ],
)
def test_a_month_without_edits_is_known_and_not_unknown(client: TestClient, edits: int, words: str) -> None:
    asked = {"wiki": "mos.wikipedia.org", "from": "2026-03", "edits": edits}
    report = get(client, "/api/v1/report", **asked)
    assert next(one["value"] for one in report["lines"] if one["figure"] == "people_edits") == 0
    assert report["own"] == [words]


def test_a_languages_code_means_its_wikipedia_whichever_of_its_wikis_is_bigger(
    client: TestClient, engine: Engine
) -> None:
    restate(engine, "hi.wiktionary.org", {LAST: 9_999_999})
    assert "Hindi Wikipedia, March 2025" in see(client, "/report?wiki=hi&from=2025-03")


def test_few_names_are_looked_for_among_all(client: TestClient) -> None:
    strange = "".join(f"&wiki=zqx{at}" for at in range(5))
    assert "Hindi Wikipedia, March 2025" in see(client, "/report?wiki=zqx&wiki=hindi&from=2025-03")
    assert "There is no wiki “hindi”" in see(client, f"/report?from=2025-03{strange}&wiki=hindi")
    assert "Hindi Wikipedia, March 2025" in see(client, f"/report?from=2025-03{strange}&wiki=hiwiki")
    assert "Hindi Wikipedia, March 2025" in see(client, f"/report?from=2025-03{strange}&wiki=hi")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "or all of a family"),
        ("wiki=nonesuch", "There is no wiki “nonesuch”"),
        ("wiki=hi.wikipedia.org&from=2025-05&to=2025-03", "is backwards; it was turned round"),
        ("wiki=hi.wikipedia.org&from=9999-12", "Hindi Wikipedia, December 9999"),
        ("wiki=hi.wikipedia.org&from=soon", "“soon” is no month"),
        ("wiki=hi.wikipedia.org&edits=many", "“many” is no number of edits"),
        ("wiki=hi.wikipedia.org&from=2025-03&edits=0", "The programme’s 0 edits are 0 % of all edits without bots"),
        ("wiki=hi.wikipedia.org&from=2025-03&edits=1", "The programme’s 1 edit is less than 0.1 % of all edits"),
        ("family=%3Cb%3E", "There is no family “<b>”"),
        ("wiki=hi.wikipedia.org&from=2001-01&to=2026-09", "on 120 months at most"),
        ("wiki=hi.wikipedia.org&from=2003-01", "Not all of these months are known of this wiki"),
        ("wiki=hi.wikipedia.org&from=2025-03-09&to=2025-03-22", "Hindi Wikipedia, 9 March 2025 to 22 March 2025"),
        ("wiki=hi.wikipedia.org&from=2025-03-09&to=2025-03-22", "Days of Hindi Wikipedia are not known"),
        ("wiki=hi.wikipedia.org&from=2025-03-22&to=2025-03-09", "from 2025-03-22 to 2025-03-09 is backwards"),
        ("wiki=hi.wikipedia.org&from=2025-02-30", "“2025-02-30” is no day"),
        ("wiki=hi.wikipedia.org&from=2023-01-01&to=2025-03-09", "by day is on 366 days at most"),
        ("wiki=hi.wikipedia.org&from=9999-12-30&to=9999-12-31", "Days of Hindi Wikipedia are not known"),
    ],
)
def test_whatever_is_asked_for_is_answered_in_words(client: TestClient, query: str, words: str) -> None:
    answer = client.get(f"/report?{query}")
    assert answer.status_code == 200
    assert words in see(client, f"/report?{query}")


@pytest.mark.parametrize(
    "query",
    [
        "wiki=hi&from=2025-02-30",
        "wiki=hi&from=2025-03-09&to=2025-03-08",
        "wiki=hi&from=2023-01-01&to=2025-03-09",
        "wiki=hi&from=2000-01-01",
        "wiki=hi&from=2025-13",
        "",
        "wiki=nonesuch",
        "family=nonesuch",
        "wiki=hi.wikipedia.org&from=2001-01&to=2026-09",
        "wiki=hi&edits=-1",
    ],
)
def test_the_api_refuses_what_it_cannot_use(client: TestClient, query: str) -> None:
    assert client.get(f"/api/v1/report?{query}").status_code == 422


def test_a_thousand_wikis_are_refused_by_the_api_and_cut_on_the_page(client: TestClient) -> None:
    many = "&".join(["wiki=hi.wikipedia.org"] * 1000)
    assert client.get(f"/api/v1/report?{many}").status_code == 422
    assert "the first 200 are in it" in see(client, f"/report?{many}")


def test_a_report_has_two_hundred_notes_and_says_how_many_more_there_are(client: TestClient, engine: Engine) -> None:
    text = check_text("One of very many", "", None, "event")
    subject = Subject(Scope.of_wiki("hi.wikipedia.org"), date(2025, 3, 2), date(2025, 3, 2))
    for _ in range(MOST_NOTES + 3):
        create_note(engine, subject, text, author=Author("A"), now=NOW)
    page = client.get(ONE).text
    assert page.count('<article class="note"') == MOST_NOTES
    assert "And 3 that began before these" in see(client, ONE)
    report = get(client, "/api/v1/report", wiki="hi.wikipedia.org", **{"from": "2025-03"})
    assert (len(report["notes"]), report["notes_left_out"]) == (MOST_NOTES, 3)


def test_very_many_notes_make_no_page_endless(client: TestClient, engine: Engine) -> None:
    text = check_text("One of very many", "x" * 400, None, "event")
    for day in range(1, 29):
        subject = Subject(Scope.of_wiki("hi.wikipedia.org"), date(2025, 3, day), date(2025, 3, day))
        for _ in range(10):
            create_note(engine, subject, text, author=Author("A"), now=NOW)
    series = get(client, "/api/v1/projects/hi.wikipedia.org/series")
    assert len(series["notes"]) == 200
    assert series["notes"][-1]["annotation"]["first"] == "2025-03-28"
    assert client.get("/p/hi.wikipedia.org/peaks/2025-03").text.count('<bdi class="label">') < 60


@pytest.mark.parametrize("query", ["?wiki=hi.wikipedia.org&from=2025-03", "?language=hi&from=2025-01&to=2025-03"])
def test_a_report_shows_its_own_picture_and_says_in_words_what_is_on_it(client: TestClient, query: str) -> None:
    [(source, words)] = re.findall('<img src="([^"]+)" .* alt="([^"]+)"', client.get(f"/report{query}").text)
    assert client.get(html.unescape(source)).headers["Content-Type"] == "image/svg+xml"
    assert "Edits without bots: " in words
    assert "<img" not in client.get("/report").text
    # An empty picture says nothing: of days that are not known, and of months of which there is no count.
    for asked in ("from=2025-03-02&to=2025-03-09", "from=2003-01"):
        assert "<img" not in client.get(f"/report?wiki=hi.wikipedia.org&{asked}").text
