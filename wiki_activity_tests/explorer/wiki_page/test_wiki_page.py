"""What a reader of a wiki's page is shown."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.months import shift_month
from wiki_activity.domain.sentences import format_ratio
from wiki_activity.explorer.app import create_app
from wiki_activity.explorer.assets import Assets
from wiki_activity.explorer.configuration import Auth, ExplorerSettings
from wiki_activity.explorer.rendering import create_environment
from wiki_activity.settings import Settings
from wiki_activity_tests.explorer.links import open_link
from wiki_activity_tests.explorer.stored import FIRST, MISSING, NOW, SHARED, annotate, restate
from wiki_activity_tests.explorer.wiki_page.reading import read_page
from wiki_activity_tests.storage.storing import hide_month_note

HINDI = "/p/hi.wikipedia.org"


def test_the_page_names_the_wiki_in_its_own_script_and_says_how_new_it_is(client: TestClient) -> None:
    page = read_page(client, HINDI)
    assert page.status == 200
    assert '<bdi lang="hi" dir="ltr">हिन्दी</bdi> Wikipedia' in page.source
    assert "हिन्दी Wikipedia Hindi Wikipedia · hi.wikipedia.org · data to September 2026" in page.words
    assert "<title>हिन्दी Wikipedia – Wiki activity</title>" in page.source


def test_a_name_from_right_to_left_says_so(client: TestClient) -> None:
    assert '<bdi lang="ar" dir="rtl">العربية</bdi> Wikipedia' in read_page(client, "/p/ar.wikipedia.org").source


def test_a_wiki_of_all_languages_is_named_once(client: TestClient) -> None:
    assert "Wikimedia Commons commons.wikimedia.org" in read_page(client, "/p/commons.wikimedia.org").words


def test_the_cards_say_newest_month_typical_month_peaks_and_the_highest(client: TestClient, engine: Engine) -> None:
    annotate(engine, "hi.wikipedia.org", SHARED)
    page = read_page(client, HINDI)
    cards, counts = page.part("cards"), page.data("series")["counts"]
    highest = max(peak["times"] for peak in page.data("series")["peaks"] if not peak["hollow"])
    assert f"Sep 2026 {counts[-1] / 1000:.1f}K {counts[-1] / counts[-13]:.2f}× the count of Sep 2025" in cards
    assert "Typical month 40." in cards
    assert "Peaks 5 1 has a note" in cards
    assert f"Highest peak {format_ratio(highest, 1)} expected, Apr 2021" in cards


def test_cards_and_tables_hold_only_the_months_asked_for(client: TestClient) -> None:
    page = read_page(client, f"{HINDI}?from=2022-01&to=2023-12")
    assert "Dec 2023" in page.part("cards")
    assert "Peaks 1" in page.part("cards")
    assert "Jan 2022 – Dec 2023 · 24 months" in page.part("shown")
    assert "View as table: 24 months" in page.part("months")
    assert page.part("months").count(" 2022 ") == 12
    assert "Apr 2021" not in page.part("peaks")


def test_each_peak_has_its_numbers_a_link_to_its_page_and_what_it_was_made_of(client: TestClient) -> None:
    page = read_page(client, HINDI)
    peak = next(one for one in page.data("series")["peaks"] if one["month"] == "2021-04")
    times = format_ratio(peak["value"], peak["expected"])
    row = f"Apr 2021 {peak['value']:,.0f} {peak['expected']:,.0f} {times} say what happened Mostly bot edits: "
    assert row in page.part("peaks")
    assert page.link("explain-2021-04") == "/p/hi.wikipedia.org/peaks/2021-04?metric=edits"


def test_a_note_is_shown_in_place_of_the_question_and_can_be_filtered_away(client: TestClient, engine: Engine) -> None:
    annotate(engine, "hi.wikipedia.org", SHARED, "Feminism and Folklore")
    page = read_page(client, HINDI)
    assert "Feminism and Folklore" in page.part("peaks")
    assert page.link("only-unnoted") == "/p/hi.wikipedia.org?notes=none"
    filtered = read_page(client, page.link("only-unnoted"))
    assert "Feminism and Folklore" not in filtered.part("peaks")
    assert "Apr 2021" in filtered.part("peaks")
    assert "only-unnoted" in filtered.chosen()


def test_a_saved_note_is_on_the_next_page_though_pages_are_kept(client: TestClient, engine: Engine) -> None:
    assert "Wiki loves rain" not in read_page(client, HINDI).source
    annotate(engine, "hi.wikipedia.org", SHARED, "Wiki loves rain")
    assert "Wiki loves rain" in read_page(client, HINDI).part("peaks")


def test_new_counts_are_on_the_next_page_though_pages_are_kept(client: TestClient, engine: Engine) -> None:
    read_page(client, HINDI)
    restate(engine, "hi.wikipedia.org", {date(2026, 9, 1): 77_777}, NOW.replace(hour=13))
    assert "77.8K" in read_page(client, HINDI).part("cards")


def test_a_note_on_a_month_that_is_no_peak_stays_readable(client: TestClient, engine: Engine) -> None:
    annotate(engine, "hi.wikipedia.org", date(2023, 7, 1), "A quiet month")
    assert "Other notes July 2023: A quiet month" in read_page(client, HINDI).part("peaks")


def test_peaks_of_the_rolling_mean_alone_are_apart(client: TestClient) -> None:
    assert "seen by the rolling mean only" in read_page(client, "/p/mos.wikipedia.org").part("peaks")
    other = read_page(client, "/p/mos.wikipedia.org?detector=rolling_mean")
    assert "seen by the rolling mean only" not in other.part("peaks")
    assert "detector-rolling_mean" in other.chosen()


def test_compared_wikis_are_named_can_be_taken_away_and_stand_in_the_table(client: TestClient) -> None:
    page = read_page(client, f"{HINDI}?vs=bn.wikipedia.org&vs=ar.wikipedia.org&from=2024-01")
    assert page.link("remove-1") == "/p/hi.wikipedia.org?vs=ar.wikipedia.org&from=2024-01"
    assert "বাংলা Wikipedia" in page.part("months")
    assert [one["series"]["project"] for one in page.data("compared")] == ["bn.wikipedia.org", "ar.wikipedia.org"]
    assert '<link rel="canonical" href="/p/hi.wikipedia.org?from=2024-01">' in page.source


def test_the_form_to_compare_keeps_what_is_shown(client: TestClient) -> None:
    form = read_page(client, f"{HINDI}?vs=bn.wikipedia.org&scale=log").source_of("compare")
    assert '<input type="hidden" name="vs" value="bn.wikipedia.org">' in form
    assert '<input type="hidden" name="scale" value="log">' in form
    assert 'method="get"' in form


def test_a_fourth_wiki_cannot_be_added(client: TestClient) -> None:
    three = "&".join(f"vs={one}.wikipedia.org" for one in ("bn", "ar", "fr"))
    assert "compare-with" not in read_page(client, f"{HINDI}?{three}").source


def test_the_choices_are_links_that_leave_defaults_out(client: TestClient) -> None:
    page = read_page(client, f"{HINDI}?metric=editors&scale=log")
    assert page.link("metric-edits") == "/p/hi.wikipedia.org?scale=log"
    assert page.link("scale-linear") == "/p/hi.wikipedia.org?metric=editors"
    assert page.link("range-3") == "/p/hi.wikipedia.org?from=2023-10&scale=log&metric=editors"
    assert {"metric-editors", "scale-log", "range-all"} <= page.chosen()


def test_the_files_hold_the_same_months_metric_and_detector(client: TestClient) -> None:
    source = read_page(client, f"{HINDI}?from=2024-01&metric=editors").source
    for ending in ("", ".csv"):
        address = f"/api/v1/projects/hi.wikipedia.org/series{ending}?from=2024-01&metric=editors&detector=seasonal"
        assert f'href="{address.replace("&", "&amp;")}"' in source
        assert client.get(address).status_code == 200


def test_the_embedded_data_is_what_the_api_answers(client: TestClient) -> None:
    assert (
        read_page(client, HINDI).data("series")
        == client.get("/api/v1/projects/hi.wikipedia.org/series?metric=edits").json()
    )


def test_a_hostile_label_stays_text_in_the_page_and_in_its_data(client: TestClient, engine: Engine) -> None:
    label = """</script><img src=x onerror=alert(1)> "'&"""
    annotate(engine, "hi.wikipedia.org", SHARED, label)
    page = read_page(client, HINDI)
    assert "<img" not in page.source
    assert label in page.part("peaks")
    assert label in {peak["annotation"]["label"] for peak in page.data("series")["peaks"] if peak["annotation"]}


def test_a_hidden_note_is_not_in_the_page_of_a_reader(
    settings: Settings, own_settings: ExplorerSettings, engine: Engine
) -> None:
    version = annotate(engine, "hi.wikipedia.org", SHARED, "Somebody's secret").version
    hide_month_note(
        engine, Metric.EDITS, "hi.wikipedia.org", SHARED, version=version, author="R", now=NOW, reason="private"
    )
    with TestClient(_with_login(settings, own_settings, engine), base_url=settings.explorer_url) as reader:
        page = read_page(reader, HINDI)
    assert page.status == 200
    assert "secret" not in page.source
    local = create_app(settings, own_settings, engine, lambda: NOW)
    with TestClient(local, base_url="http://localhost") as reviewer:
        page = read_page(open_link(reviewer, local), HINDI)
        assert "Somebody's secret hidden from readers" in page.part("peaks")


def test_a_reader_without_a_session_is_told_to_log_in_and_finds_no_form_to_fill(
    settings: Settings, own_settings: ExplorerSettings, engine: Engine
) -> None:
    with TestClient(_with_login(settings, own_settings, engine), base_url=settings.explorer_url) as reader:
        page = read_page(reader, HINDI)
    assert "Log in with your Wikimedia account to write a note." in page.words
    assert 'id="explain-form"' not in page.source
    assert 'id="explain-save"' not in page.source


@pytest.mark.parametrize("project", ["nonesuch.wikipedia.org", "hi.wikipedia.orgx"])
def test_an_unknown_wiki_is_a_404_with_the_nearest_names(client: TestClient, project: str) -> None:
    page = read_page(client, f"/p/{project}")
    assert page.status == 404
    assert "No such wiki" in page.words


def test_before_the_first_load_the_page_says_that_there_is_no_data_yet(empty_client: TestClient) -> None:
    page = read_page(empty_client, HINDI)
    assert page.status == 503
    assert "No data yet" in page.words


def test_a_closed_wiki_says_so_with_its_last_month(client: TestClient) -> None:
    assert "This wiki is closed: it takes no more edits. The last month that is known is March 2020." in read_page(
        client, "/p/aa.wikipedia.org"
    ).part("notices")


def test_a_missing_month_is_no_data_and_not_zero(client: TestClient) -> None:
    page = read_page(client, "/p/ta.wikipedia.org")
    assert "No data for July 2024: the line has a gap there." in page.part("notices")
    assert "Jul 2024 no data no data – –" in page.part("months")
    assert 'class="gap"' in page.source_of("overview")
    series = page.data("series")
    assert series["counts"][series["months"].index(f"{MISSING:%Y-%m}")] is None


def test_a_young_wiki_is_told_apart_from_a_calm_one(client: TestClient) -> None:
    page = read_page(client, "/p/mos.wikipedia.org")
    assert "This wiki’s first edits are 4 months old" in page.part("notices")
    assert "no month of it could be judged" in page.part("peaks")


def test_a_calm_range_says_that_it_is_calm(client: TestClient) -> None:
    assert "No peaks in this range: every month stayed below its alert line." in read_page(
        client, f"{HINDI}?from=2023-01&to=2023-12"
    ).part("peaks")


def test_a_range_whose_first_year_has_no_alert_line_does_not_say_that_every_month_stayed_below_it(
    client: TestClient,
) -> None:
    first, last = f"{FIRST:%Y-%m}", f"{shift_month(FIRST, 13):%Y-%m}"
    said = read_page(client, f"{HINDI}?from={first}&to={last}").part("peaks")
    assert "every month that has an alert line stayed below it; 12 have none" in said


def test_people_s_edits_that_are_not_known_are_not_shown_as_none(client: TestClient) -> None:
    page = read_page(client, "/p/fr.wikivoyage.org?metric=people_edits")
    assert "not known here" in page.part("notices") or "No edits without bots of this wiki are stored" in page.part(
        "notices"
    )
    assert "Typical month – no data" in page.part("cards")


def test_a_month_that_has_not_ended_is_called_unfinished(
    settings: Settings, own_settings: ExplorerSettings, engine: Engine
) -> None:
    app = create_app(settings, own_settings, engine, lambda: datetime(2026, 9, 20, tzinfo=UTC))
    with TestClient(app, base_url="http://localhost") as client:
        page = read_page(client, HINDI)
    assert "September 2026 is not finished" in page.part("notices")
    assert "Sep 2026, not finished" in page.part("cards")
    assert page.data("wiki")["unfinished"] is True


def test_without_uplot_the_page_says_what_is_missing_and_shows_all_else(
    settings: Settings, own_settings: ExplorerSettings, engine: Engine
) -> None:
    app = create_app(settings, own_settings, engine, lambda: NOW)
    hashes = app.state.templates.globals["assets"].hashes
    own = {path: one for path, one in hashes.items() if not path.startswith("vendor/")}
    sentence = "Charts are missing: they are drawn by uPlot 1, which could not be fetched at set-up."
    app.state.templates = create_environment(Assets(version=None, problem=sentence, hashes=own))
    with TestClient(app, base_url="http://localhost") as client:
        page = read_page(client, HINDI)
    assert sentence in page.words
    assert "uPlot.iife" not in page.source
    assert '<path class="line" d="M' in page.source_of("drawing")
    assert "Apr 2021" in page.part("peaks")


def test_the_drawing_without_scripts_has_words(client: TestClient) -> None:
    drawing = read_page(client, HINDI).part("drawing")
    assert "All edits each month of Hindi Wikipedia from January 2018 to September 2026: 5 peaks" in drawing


def _with_login(settings: Settings, own_settings: ExplorerSettings, engine: Engine) -> FastAPI:
    own = replace(
        own_settings,
        auth=Auth.MEDIAWIKI,
        secret_keys=("k" * 32,),
        oauth_client_id="id",
        oauth_client_secret="secret",
    )
    return create_app(settings, own, engine, lambda: NOW)
