"""What people know, put on the chart though no rule saw a peak: by mouse, by keyboard, on a phone, and kept unsaved."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from wiki_activity.domain.note_text import check_text
from wiki_activity.domain.notes import Author, Scope, ScopeKind, Subject
from wiki_activity.storage.note_reading import read_notes
from wiki_activity.storage.notes import create_note
from wiki_activity_tests.explorer.browser.axe import check_axe
from wiki_activity_tests.explorer.browser.looks import DESK, PHONE, Look, check_width
from wiki_activity_tests.explorer.browser.serving import Site
from wiki_activity_tests.explorer.browser.test_wiki_page import drawn
from wiki_activity_tests.explorer.browser.witness import Witness
from wiki_activity_tests.explorer.stored import LAST, NOW, SHARED, know_people

Open = Callable[..., Page]
Keep = Callable[..., None]

HINDI = "hi.wikipedia.org"
PAGE = "/p/bn.wikipedia.org"
LABEL = "Women in Red, Dhaka"


@pytest.mark.parametrize("look", [DESK, PHONE], ids=str)
def test_a_campaign_of_some_days_is_put_on_the_chart_with_the_keyboard_alone(
    own_site: Site, opened: Open, keep: Keep, look: Look
) -> None:
    page = drawn(opened(own_site.url + PAGE, look))
    page.get_by_role("link", name="Add a note").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    label = dialog.get_by_role("textbox", name="Label")
    expect(label).to_be_focused()
    page.keyboard.type(LABEL)
    dialog.get_by_label("First day").fill("2025-10-20")
    dialog.get_by_label("Last day").fill("2025-11-09")
    expect(dialog.get_by_role("heading")).to_have_text("What happened in 20 October 2025 to 9 November 2025?")
    check_axe(page)
    check_width(page)
    keep(page, f"note-form-{look}")
    label.press("Enter")
    expect(dialog).to_be_hidden()
    mark = page.get_by_role("button", name=f"Note on 20 October 2025 to 9 November 2025: {LABEL}")
    mark.focus()
    # The dot is in the middle of its ring, and nothing of a card is about it.
    style = "mark => { const its = getComputedStyle(mark); return [its.borderLeftWidth, its.paddingLeft] }"
    assert mark.evaluate(style) == ["0px", "0px"]
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text(LABEL)
    expect(dialog.get_by_role("textbox")).to_have_count(0)
    check_axe(page)
    keep(page, f"note-card-{look}")
    page.keyboard.press("Escape")
    [note] = read_notes(own_site.engine)
    assert (str(note.subject.first), str(note.subject.last), note.metric) == ("2025-10-20", "2025-11-09", None)


def test_months_are_dragged_over_and_one_is_clicked(own_site: Site, opened: Open) -> None:
    page = drawn(opened(f"{own_site.url}{PAGE}?from=2025-01&to=2025-12"))
    plot = page.locator("#plot .u-over")
    box = plot.bounding_box()
    assert box is not None
    month = box["width"] / 12
    y = box["y"] + box["height"] - 12
    page.mouse.move(box["x"] + 1.5 * month, y)
    page.mouse.down()
    page.mouse.move(box["x"] + 3.5 * month, y, steps=4)
    page.mouse.up()
    dialog = page.get_by_role("dialog", name="What happened in February 2025 to April 2025?")
    expect(dialog.get_by_label("Last day")).to_have_value("2025-04-30")
    dialog.get_by_role("button", name="Cancel").click()
    page.mouse.click(box["x"] + 7.5 * month, y)
    expect(page.get_by_role("dialog", name="What happened in August 2025?")).to_be_visible()


def test_unsaved_text_survives_escape_and_a_reload_and_can_be_dropped(own_site: Site, opened: Open) -> None:
    page = drawn(opened(own_site.url + PAGE))

    def begin() -> None:
        page.get_by_role("link", name="Add a note").click()

    begin()
    page.get_by_role("textbox", name="Label").fill(LABEL)
    page.keyboard.press("Escape")
    begin()
    expect(page.get_by_role("textbox", name="Label")).to_have_value(LABEL)
    drawn(page).reload()
    drawn(page)
    begin()
    expect(page.get_by_role("textbox", name="Label")).to_have_value(LABEL)
    page.get_by_label("First day").fill("2026-09-20")
    expect(page.get_by_role("dialog", name="What happened in 20 September 2026")).to_be_visible()
    page.get_by_role("button", name="Begin anew").click()
    expect(page.get_by_role("dialog", name="What happened in September 2026?")).to_be_visible()
    expect(page.get_by_role("textbox", name="Label")).to_have_value("")
    page.keyboard.press("Escape")
    begin()
    expect(page.get_by_role("textbox", name="Label")).to_have_value("")


@pytest.mark.parametrize("look", [DESK, PHONE], ids=str)
def test_notes_are_listed_searched_read_and_changed_on_their_own_pages(
    own_site: Site, opened: Open, keep: Keep, look: Look
) -> None:
    text = check_text("Temporary accounts begin", "Logged-out people get one.", "https://www.mediawiki.org/wiki/X",
                      "definition-change")  # fmt: skip
    family = Subject(Scope(ScopeKind.FAMILY, "wikipedia"), LAST, LAST)
    note = create_note(own_site.engine, family, text, author=Author("Rewa", "7"), now=NOW)
    page = opened(f"{own_site.url}/notes", look)
    page.get_by_label("Words").fill("temporary")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="1 note")).to_be_visible()
    check_axe(page)
    check_width(page)
    keep(page, f"notes-{look}")
    page.get_by_role("link", name="Temporary accounts begin").click()
    expect(page).to_have_url(f"{own_site.url}/notes/{note.id}")
    expect(page.locator("#note article")).to_contain_text("every Wikipedia")
    page.get_by_role("button", name="Change").click()
    page.get_by_role("textbox", name="Label").fill("Temporary accounts came")
    check_axe(page)
    check_width(page)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#note article")).to_contain_text("Temporary accounts came")
    expect(page.locator(".history ol > li")).to_have_count(2)
    keep(page, f"note-{look}", whole=True)
    page.goto(own_site.url + PAGE)
    expect(drawn(page).get_by_role("button", name=re.compile("Temporary accounts came"))).to_be_visible()


def test_a_peak_and_notes_of_one_month_have_one_button_that_opens_them_all(own_site: Site, opened: Open) -> None:
    text = check_text("Everywhere in Hindi", "", None, "event")
    for last in (date(2025, 3, 16), date(2025, 5, 2)):
        wide = Subject(Scope(ScopeKind.LANGUAGE, "hi"), date(2025, 3, 3), last)
        create_note(own_site.engine, wide, text, author=Author("Rewa", "7"), now=NOW)
    create_note(own_site.engine, Subject.of_month(None, HINDI, SHARED), replace(text, label="Of March alone"),
                author=Author("Asha", "8"), now=NOW)  # fmt: skip
    page = drawn(opened(f"{own_site.url}/p/{HINDI}"))
    mark = page.locator(".marker[data-month='2025-03']:visible")
    expect(mark).to_have_accessible_name(re.compile("Peak March 2025.*Of March alone.*Everywhere in Hindi"))
    check_axe(page)
    mark.press("Enter")
    expect(page.get_by_role("dialog").get_by_text("Everywhere in Hindi")).to_have_count(2)


@pytest.mark.parametrize("place", ["/", "/notes", "/notes/1", "/report?wiki=hi.wikipedia.org&from=2025-03"])
def test_words_without_a_place_to_break_make_no_page_wider_than_a_phone(
    own_site: Site, opened: Open, place: str
) -> None:
    text = check_text("W" * 80, "x" * 500, f"https://example.org/{'y' * 480}", "definition-change")
    create_note(own_site.engine, Subject.of_month(None, HINDI, SHARED), text, author=Author("A" * 255, "7"), now=NOW)
    check_width(opened(own_site.url + place, PHONE))


@pytest.mark.parametrize("look", [DESK, PHONE], ids=str)
def test_an_organiser_finds_her_wiki_and_makes_a_report_to_print(
    own_site: Site, opened: Open, keep: Keep, look: Look
) -> None:
    page = opened(f"{own_site.url}/find?q=bangla", look)
    page.get_by_role("main").get_by_role("link", name=re.compile("Bangla Wikipedia")).first.click()
    drawn(page).get_by_role("link", name="Report").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bangla Wikipedia")
    page.get_by_label("Edits of the programme").fill("1200")
    page.get_by_role("button", name="Report").click()
    expect(page.get_by_role("listitem").filter(has_text="The programme’s 1,200 edits are")).to_be_visible()
    check_axe(page)
    check_width(page)
    keep(page, f"report-{look}", whole=True)
    page.get_by_text("As wikitext").click()
    expect(page.locator("#as-wikitext pre")).to_contain_text('{| class="wikitable"')
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="Take it away")).to_be_hidden()
    keep(page, f"report-print-{look}", whole=True)


def test_a_reviewer_names_the_wikis_of_a_note_one_by_one(own_site: Site, opened: Open, witness: Witness) -> None:
    witness.allow("status of 422")
    page = drawn(opened(own_site.url + PAGE))
    page.get_by_role("link", name="Add a note").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Label").fill(LABEL)
    expect(dialog.get_by_label("Which")).to_be_hidden()
    dialog.get_by_label("Wikis", exact=True).select_option(label="a list of wikis")
    dialog.get_by_label("Which").fill("bengali, nonesuch")
    check_axe(page)
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog).to_contain_text("there is no one wiki 'nonesuch'")
    dialog.get_by_label("Which").fill("bengali, hi")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog).to_be_hidden()
    [note] = read_notes(own_site.engine)
    assert note.subject.scope == Scope(ScopeKind.LIST, "bn.wikipedia.org hi.wikipedia.org")


def test_notes_people_and_feed_are_those_of_the_wiki_that_the_page_went_on_to(own_site: Site, opened: Open) -> None:
    know_people(own_site.engine, "bn.wikipedia.org", 0.5)
    page = drawn(opened(own_site.url + PAGE))
    expect(page.get_by_text("Click a month of the chart")).to_be_visible()
    people = page.get_by_role("region", name="People and pages", exact=True)
    expect(people).to_be_visible()
    check_axe(page)
    page.keyboard.press("/")
    page.keyboard.type("tamil")
    page.get_by_role("option", name=re.compile("Tamil Wikipedia")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("தமிழ் Wikipedia")
    expect(people).to_have_count(0)
    for link in ("alternate", "canonical"):
        expect(page.locator(f"link[rel={link}]")).to_have_attribute("href", re.compile("/p/ta.wikipedia.org"))
    expect(page.locator("link[rel=alternate]")).to_have_attribute("title", re.compile("^Tamil Wikipedia"))
    page.get_by_role("link", name="Add a note").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Wikis", exact=True).locator("option").first).to_have_text("Tamil Wikipedia")
    dialog.get_by_role("textbox", name="Label").fill(LABEL)
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog).to_be_hidden()
    [note] = read_notes(own_site.engine)
    assert note.subject.scope == Scope.of_wiki("ta.wikipedia.org")


def test_wikis_that_were_chosen_for_a_note_that_was_given_up_are_not_those_of_the_next(
    own_site: Site, opened: Open
) -> None:
    page = drawn(opened(own_site.url + PAGE))
    wikis = page.get_by_role("dialog").get_by_label("Wikis", exact=True)
    page.get_by_role("link", name="Add a note").click()
    wikis.select_option(label="all wikis")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("link", name="Add a note").click()
    expect(wikis).to_have_value("wiki:bn.wikipedia.org")
