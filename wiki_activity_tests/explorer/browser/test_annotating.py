"""Saying what happened: by mouse and by keyboard, kept, refused, and met by somebody else's text."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from wiki_activity.storage.note_reading import read_notes
from wiki_activity_tests.explorer.browser.axe import check_axe
from wiki_activity_tests.explorer.browser.looks import DARK, DESK, PHONE, Look, check_width
from wiki_activity_tests.explorer.browser.serving import Site
from wiki_activity_tests.explorer.browser.test_wiki_page import drawn
from wiki_activity_tests.explorer.browser.witness import Witness
from wiki_activity_tests.explorer.stored import annotate

Open = Callable[..., Page]
Keep = Callable[..., None]

PAGE = "/p/hi.wikipedia.org"
JUNE = date(2024, 6, 1)
LABEL = "Edit-a-thon in Delhi"
SOURCE = "https://meta.wikimedia.org/wiki/Event"


@pytest.mark.parametrize("look", [DESK, DARK, PHONE], ids=str)
def test_a_peak_is_chosen_annotated_and_keeps_its_label(own_site: Site, opened: Open, keep: Keep, look: Look) -> None:
    page = drawn(opened(own_site.url + PAGE, look))
    page.get_by_role("button", name="Peak June 2024").click()
    expect(page.get_by_role("dialog", name="What happened in June 2024?")).to_be_visible()
    check_axe(page)
    check_width(page)
    write(page, label=LABEL, note="40 people in one room.", link=SOURCE, kind="event")
    keep(page, f"dialog-{look}")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    peak = page.get_by_role("button", name="Peak June 2024")
    expect(peak).to_be_focused()
    expect(peak).to_have_accessible_name(re.compile(LABEL))
    expect(page.locator('[data-label-of="2024-06"]')).to_have_text(LABEL)
    expect(page.locator("#explain-2024-06")).to_have_text(LABEL)
    keep(page, f"annotated-{look}")
    page.reload()
    expect(drawn(page).locator('[data-label-of="2024-06"]')).to_have_text(LABEL)
    peak.click()
    # To read a note opens a card; whoever wants to change it asks for the form.
    expect(page.get_by_role("dialog")).to_contain_text("40 people in one room.")
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_have_count(0)
    page.get_by_role("button", name="Edit", exact=True).click()
    expect(page.get_by_label("Source")).to_have_value(SOURCE)
    expect(page.get_by_label("Kind")).to_have_value("event")
    expect(page.get_by_label("Note")).to_have_value("40 people in one room.")


def test_a_peak_is_annotated_with_the_keyboard_alone(own_site: Site, opened: Open) -> None:
    page = drawn(opened(own_site.url + PAGE))
    page.get_by_role("button", name="Peak April 2021").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    peak = page.get_by_role("button", name="Peak June 2024")
    expect(peak).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Label")).to_be_focused()
    page.keyboard.type(LABEL)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(peak).to_be_focused()
    expect(page.locator('[data-label-of="2024-06"]')).to_have_text(LABEL)
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(peak).to_be_focused()


def test_the_focus_stays_within_the_form(own_site: Site, opened: Open) -> None:
    page = drawn(opened(own_site.url + PAGE))
    page.get_by_role("button", name="Peak June 2024").click()
    expect(page.get_by_role("textbox", name="Label")).to_be_focused()
    outside = "() => !document.activeElement.matches('body, dialog, dialog *')"
    for _ in range(12):
        page.keyboard.press("Tab")
        # After the last field come the browser's own buttons, and the page has no focus for a moment.
        assert not page.evaluate(outside)


def test_a_label_in_another_direction_stays_within_its_place(own_site: Site, opened: Open, keep: Keep) -> None:
    annotate(own_site.engine, "he.wikipedia.org", date(2023, 10, 1), "אירוע גדול בירושלים", link=None)
    page = drawn(opened(f"{own_site.url}/p/he.wikipedia.org"))
    expect(page.locator('[data-label-of="2023-10"]')).to_have_text("אירוע גדול בירושלים")
    keep(page, "right-to-left")
    check_axe(page)


@pytest.mark.parametrize("where", ["dialog", "peak page"])
def test_a_source_that_is_a_script_is_refused_at_its_field_and_nothing_is_stored(
    own_site: Site, opened: Open, where: str
) -> None:
    page = begin(own_site, opened, where)
    write(page, label=LABEL, link="javascript:alert(1)")
    page.get_by_role("button", name="Save", exact=True).click()
    source = page.get_by_role("textbox", name="Source")
    expect(source).to_have_attribute("aria-invalid", "true")
    expect(source).to_be_focused()
    expect(source).to_have_accessible_description(re.compile("https://"))
    check_axe(page)
    assert stored(own_site) == {}


@pytest.mark.parametrize("where", ["dialog", "peak page"])
def test_what_the_server_refuses_is_said_at_its_field(
    own_site: Site, opened: Open, witness: Witness, where: str
) -> None:
    witness.allow("status of 422")
    page = begin(own_site, opened, where)
    # A character that turns the line round is the server's to find.
    write(page, label="Turned \u202eround")
    page.get_by_role("button", name="Save", exact=True).click()
    label = page.get_by_role("textbox", name="Label")
    expect(label).to_have_attribute("aria-invalid", "true")
    expect(label).to_be_focused()
    assert stored(own_site) == {}


@pytest.mark.parametrize("keeps", ["theirs", "mine"])
def test_who_was_slower_sees_both_texts_side_by_side_and_chooses(
    own_site: Site, opened: Open, witness: Witness, keep: Keep, keeps: str
) -> None:
    witness.allow("status of 409")
    note = annotate(own_site.engine, "hi.wikipedia.org", JUNE, "First text")
    page = drawn(opened(own_site.url + PAGE))
    page.get_by_role("button", name="Peak June 2024").click()
    page.get_by_role("button", name="Edit", exact=True).click()
    write(page, label=LABEL)
    annotate(own_site.engine, "hi.wikipedia.org", JUNE, "Wiki Loves Monuments", version=note.version)
    page.get_by_role("button", name="Save", exact=True).click()
    conflict = page.get_by_role("group", name=re.compile("Somebody else saved"))
    expect(conflict).to_contain_text("Wiki Loves Monuments")
    expect(page.get_by_role("textbox", name="Label")).to_have_value(LABEL)
    keep(page, "conflict")
    check_axe(page)
    page.get_by_role("button", name="Keep theirs" if keeps == "theirs" else "Save mine instead").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    kept = "Wiki Loves Monuments" if keeps == "theirs" else LABEL
    expect(page.locator('[data-label-of="2024-06"]')).to_have_text(kept)
    assert stored(own_site) == {JUNE: kept}


def test_who_was_slower_on_the_peak_page_sees_the_other_text(
    own_site: Site, opened: Open, witness: Witness, keep: Keep
) -> None:
    witness.allow("status of 409")
    note = annotate(own_site.engine, "hi.wikipedia.org", JUNE, "First text")
    page = opened(f"{own_site.url}{PAGE}/peaks/2024-06")
    page.get_by_role("button", name="Change").click()
    write(page, label=LABEL)
    annotate(own_site.engine, "hi.wikipedia.org", JUNE, "Wiki Loves Monuments", version=note.version)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("[data-theirs]")).to_contain_text("Wiki Loves Monuments")
    keep(page, "conflict-on-the-peak-page")
    check_axe(page)
    page.get_by_role("button", name="Save mine instead").click()
    expect(page.locator("#note article")).to_contain_text(LABEL)
    expect(page.locator("#note .history")).to_contain_text("Wiki Loves Monuments")
    assert stored(own_site) == {JUNE: LABEL}


def test_what_was_written_is_still_there_when_the_server_cannot_be_reached(
    own_site: Site, opened: Open, witness: Witness
) -> None:
    witness.allow("INTERNET_DISCONNECTED")
    page = begin(own_site, opened, "dialog")
    write(page, label=LABEL)
    page.context.set_offline(True)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("cannot be reached")
    expect(page.get_by_role("textbox", name="Label")).to_have_value(LABEL)
    page.context.set_offline(False)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert stored(own_site) == {JUNE: LABEL}


def test_a_note_is_hidden_shown_again_and_taken_back_on_the_peak_page(own_site: Site, opened: Open, keep: Keep) -> None:
    first = annotate(own_site.engine, "hi.wikipedia.org", JUNE, "First text")
    annotate(own_site.engine, "hi.wikipedia.org", JUNE, "Second text", version=first.version)
    page = opened(f"{own_site.url}{PAGE}/peaks/2024-06")
    page.get_by_role("button", name="Go back to this text").click()
    expect(page.locator("#note article")).to_contain_text("First text")
    page.get_by_text("Hide it from readers").click()
    page.get_by_role("textbox", name="Reason").fill("Names a person")
    page.get_by_role("button", name="Hide", exact=True).click()
    expect(page.locator("#note article")).to_contain_text("hidden from readers")
    keep(page, "hidden-note", whole=True)
    check_axe(page)
    page.get_by_text("Show it again to readers").click()
    page.get_by_role("textbox", name="Reason").fill("It was public")
    page.get_by_role("button", name="Show again").click()
    expect(page.locator("#note article")).not_to_contain_text("hidden from readers")
    expect(page.locator(".history ol > li")).to_have_count(5)


def begin(site: Site, opened: Open, where: str) -> Page:
    """Open the form for June 2024."""
    if where == "dialog":
        page = drawn(opened(site.url + PAGE))
        page.get_by_role("button", name="Peak June 2024").click()
    else:
        page = opened(f"{site.url}{PAGE}/peaks/2024-06")
        page.get_by_role("button", name="Say what happened").click()
    return page


def write(page: Page, *, label: str, note: str = "", link: str = "", kind: str = "event") -> None:
    """Fill the form."""
    page.get_by_role("textbox", name="Label").fill(label)
    page.get_by_role("combobox", name="Kind").select_option(kind)
    page.get_by_role("textbox", name="Note").fill(note)
    page.get_by_role("textbox", name="Source").fill(link)


def stored(site: Site) -> dict[date, str]:
    """Return the labels that are stored for Hindi Wikipedia."""
    return {
        one.month: one.text.label
        for one in read_notes(site.engine)
        if one.text is not None and one.project == "hi.wikipedia.org"
    }
