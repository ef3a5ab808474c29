"""Pages of many wikis: a family, all, and those that an address names."""

import re
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient

from wiki_activity_tests.explorer.pages.reading import read_text, see

MINE = "/mine?wiki=hi.wikipedia.org&wiki=ta.wikipedia.org&wiki=hi.wiktionary.org"


def test_a_family_is_shown_with_its_sum_and_each_of_its_wikis(client: TestClient) -> None:
    text = see(client, "/g/wikipedia")

    assert "9 wikis, 1 of them closed." in text
    assert "5 of 8 wikis had a usual month, 2 did not, and of 1 it cannot be told." in text
    assert "Sep 2026 4,050,636 8 0" in text
    assert "हिन्दी · Hindi Wikipedia 93.8K edits" in text
    assert "Hindi Wiktionary" not in text


def test_what_stood_out_comes_first_and_size_and_name_are_other_orders(client: TestClient) -> None:
    def order(address: str) -> list[str]:
        found = re.findall(r'name="vs" value="([a-z.]+)"', client.get(address).text)
        return [project.removesuffix(".wikipedia.org") for project in found]

    assert order("/g/wikipedia")[:3] == ["hi", "bn", "en"]
    assert order("/g/wikipedia?sort=size") == ["en", "fr", "ar", "he", "hi", "bn", "ta", "mos", "aa"]
    assert order("/g/wikipedia?sort=name") == ["aa", "ar", "bn", "en", "fr", "he", "hi", "mos", "ta"]


def test_all_wikis_have_a_page(client: TestClient) -> None:
    text = see(client, "/g/all")

    assert "14 wikis, 1 of them closed." in text
    assert "Wikidata" in text


def test_missing_months_are_said_and_never_zero(client: TestClient) -> None:
    text = see(client, "/mine?wiki=ta.wikipedia.org&wiki=hi.wiktionary.org")

    assert "No sum of July 2024: wikis that had over a hundredth of all edits are missing there" in text
    assert "Jul 2024 no sum 2 1" in text
    assert "A few counts are missing in July 2024" in see(client, "/g/wikipedia")


def test_editors_are_never_summed(client: TestClient) -> None:
    text = see(client, "/g/wikipedia?metric=editors")

    assert "Editors are not summed over wikis: whoever edits on two would be counted twice." in text
    assert "All together" not in text
    assert "Year over year" not in text
    assert "Share of all together" not in text


def test_a_wiki_of_which_a_metric_is_not_known_is_named(client: TestClient) -> None:
    text = see(client, "/g/wikivoyage?metric=people_edits")

    assert "no data for Sep 2026" in text


def test_wikis_are_compared_with_one_month_as_100(client: TestClient) -> None:
    text = see(client, f"{MINE}&vs=hi.wikipedia.org&vs=hi.wiktionary.org&at=2025-03")

    assert "Together on one chart edits, March 2025 is 100" in text
    assert "2 chosen below" in text


def test_a_wiki_that_has_no_count_of_that_month_is_left_out_and_it_is_said(client: TestClient) -> None:
    text = see(client, f"{MINE}&vs=ta.wikipedia.org&vs=hi.wiktionary.org&at=2024-07")

    assert "Tamil Wikipedia is not on the chart: of July 2024, no count is stored there." in text


def test_wikis_are_compared_by_their_share(client: TestClient) -> None:
    html = client.get(f"{MINE}&as=share").text

    assert "percent of all together" in read_text(html)
    assert re.search(r">\d+ %</text>", html)


def test_lines_have_their_names_at_their_ends_and_years_stand_side_by_side(client: TestClient) -> None:
    html = client.get("/g/wikipedia").text

    assert re.search(r'<text class="end c1"[^>]*>English Wikipedia</text>', html)
    assert re.search(r'<text class="end c1"[^>]*>en.wikipedia</text>', html)
    assert all(f"<title>{year}</title>" in html for year in (2024, 2025, 2026))


def test_at_most_twelve_wikis_are_on_one_chart(client: TestClient) -> None:
    query = re.findall(r'name="vs" value="([a-z.]+)"', client.get("/g/all").text)
    text = see(client, f"/g/all?{urlencode({'vs': query[:13]}, doseq=True)}")

    assert len(query) == 14
    assert "At most 12 wikis fit on one chart; the first 12 are shown." in text


def test_what_an_address_names_is_shown_however_it_is_written(client: TestClient) -> None:
    text = see(client, "/mine?wiki=hiwiki&wiki=LANG:bn&wiki=family:wikivoyage&wiki=TA.wikipedia")

    assert "5 wikis." in text
    assert (
        "4 chosen: untick what is to be left out Hindi Wikipedia all in বাংলা all of Wikivoyage Tamil Wikipedia" in text
    )


def test_a_name_that_somebody_typed_is_taken_for_the_likeliest_wiki(client: TestClient) -> None:
    assert "“bangla” was taken for Bangla Wikipedia (bn.wikipedia.org)." in see(client, "/mine?wiki=bangla")


def test_few_names_are_looked_for_among_all_even_if_they_are_found(client: TestClient) -> None:
    hindi = "hind&wiki=hindi&wiki=hindi w&wiki=hindi wi&wiki=hindi wik"
    assert "There is no wiki “tamil”" in see(client, f"/mine?wiki={hindi}&wiki=tamil")
    assert "“tamil” was taken for Tamil Wikipedia" in see(client, "/mine?wiki=tamil")


def test_before_any_wiki_is_kept_the_page_says_how(client: TestClient) -> None:
    text = see(client, "/mine")

    assert "There are none yet." in text
    assert "Add a wiki" in text


@pytest.mark.parametrize(
    ("query", "notice"),
    [
        ("wiki=xyzzy.example.org", "There is no wiki “xyzzy.example.org”."),
        ("wiki=lang:qqq", "There is no wiki “lang:qqq”."),
        ("wiki=<script>alert(1)</script>", "There is no wiki “<script>alert(1)</script>”."),
        (f"{MINE[6:]}&sort=rubbish", "There is no sort “rubbish”"),
        (f"{MINE[6:]}&as=rubbish", "There is no as “rubbish”"),
        (f"{MINE[6:]}&page=2", "There is no page “2”; the last one is 1."),
        (f"{MINE[6:]}&page=²", "There is no page “²”"),
        (f"{MINE[6:]}&from=2026-01&to=2025-01", "The range from 2026-01 to 2025-01 is reversed; it was left out."),
        (f"{MINE[6:]}&from=2031-01", "No months in this range"),
        (f"{MINE[6:]}&at=rubbish", "“rubbish” is no month"),
        (f"{MINE[6:]}&at=2001-05", "May 2001 is none of the months shown: October 2021 is 100 instead."),
        (f"{MINE[6:]}&vs=en.wikipedia.org", "“en.wikipedia.org” is none of these wikis."),
    ],
)
def test_what_cannot_be_used_gives_way_with_a_notice(client: TestClient, query: str, notice: str) -> None:
    html = client.get(f"/mine?{query}").text

    assert notice in read_text(html)
    assert "<script>alert" not in html


def test_a_thousand_wikis_in_one_address_are_cut(client: TestClient) -> None:
    query = urlencode([("wiki", f"x{number}.wikipedia.org") for number in range(1000)])

    assert "One page may name 200 wikis; the first 200 are shown." in see(client, f"/mine?{query}")


def test_a_group_that_does_not_exist_is_not_found_and_others_are_suggested(client: TestClient) -> None:
    html = client.get("/g/wikipedai").text

    assert "There is no group of wikis “wikipedai”." in see(client, "/g/wikipedai", 404)
    assert 'href="/g/wikipedia"' in html
    assert 'href="/lang/hi"' in client.get("/g/hi").text
    assert 'href="/g/all"' in client.get("/g/xyzzy").text


def test_a_family_is_found_in_whatever_case(client: TestClient) -> None:
    answer = client.get("/g/Wikipedia?sort=size", follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (301, "/g/wikipedia?sort=size")


def test_pages_of_an_empty_database_say_so(empty_client: TestClient) -> None:
    assert "No wikis are known yet" in see(empty_client, "/g/wikipedia")
    assert "There is no wiki “hi.wikipedia.org”." in see(empty_client, "/mine?wiki=hi.wikipedia.org")


def test_a_language_has_its_sum_and_its_wikis_side_by_side(client: TestClient) -> None:
    text = see(client, "/lang/hi?as=count")

    assert "All together edits a month" in text
    assert "1 of 2 wikis had a usual month, 1 did not." in text


def test_keys_that_nobody_knows_lead_to_the_address_without_them(client: TestClient) -> None:
    answer = client.get("/mine?x=1&wiki=hi.wikipedia.org&wiki=lang:bn", follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (302, "/mine?wiki=hi.wikipedia.org&wiki=lang%3Abn")
    assert client.get("/g/all?x=1", follow_redirects=False).headers["location"] == "/g/all"
