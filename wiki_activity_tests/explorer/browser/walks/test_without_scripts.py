"""Without JavaScript everything is read, and what is asked by a form is answered."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from wiki_activity.domain.note_text import check_text
from wiki_activity.domain.notes import Author, Scope, Subject
from wiki_activity.storage.notes import create_note
from wiki_activity_tests.explorer.browser.looks import DESK, PHONE, Look, check_width
from wiki_activity_tests.explorer.browser.serving import Site
from wiki_activity_tests.explorer.browser.spells import spell_of_yesterday
from wiki_activity_tests.explorer.browser.walks.organiser import LABEL
from wiki_activity_tests.explorer.browser.witness import Witness
from wiki_activity_tests.explorer.stored import NOW

Open = Callable[..., Page]
EITHER = pytest.mark.parametrize("look", [DESK, PHONE], ids=str)


@pytest.fixture
def noted(town: Site) -> Site:
    """The organiser's note is written already: that takes a script."""
    november = Subject(Scope.of_wiki("bn.wikipedia.org"), date(2025, 11, 1), date(2025, 11, 30))
    create_note(town.engine, november, check_text(LABEL, "", None, "contest"), author=Author("Asha"), now=NOW)
    return town


@EITHER
def test_an_organiser_finds_her_wiki_her_note_and_her_report(noted: Site, opened: Open, look: Look) -> None:
    page = opened(noted.url, look, script=False, stranger=True)
    page.get_by_label("Find a wiki").fill("bengali")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("main").get_by_role("link", name=re.compile("Bangla Wikipedia")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("বাংলা Wikipedia")
    page.get_by_role("link", name=LABEL).click()
    expect(page.get_by_role("main")).to_contain_text(re.compile("Bangla Wikipedia.*November 2025"))
    page.get_by_role("link", name="These months on the chart").click()
    page.get_by_role("link", name="Report").click()
    page.get_by_role("link", name="Other months, days or wikis, and your own numbers").click()
    page.get_by_label("From month").fill("2025-11")
    page.get_by_label("To month").fill("2025-11")
    page.get_by_label("New pages of it").fill("130")
    page.get_by_role("button", name="Report").click()
    expect(page.get_by_role("region", name="In numbers")).to_contain_text("The programme’s 130 new pages are")
    page.get_by_text("As wikitext").click()
    expect(page.get_by_role("region", name="The report as wikitext")).to_contain_text(LABEL)
    check_width(page)


@EITHER
def test_a_steward_reads_the_week_and_adds_a_wiki_to_hers(noted: Site, opened: Open, look: Look) -> None:
    page = opened(f"{noted.url}/week", look, script=False, stranger=True)
    page.get_by_role("main").get_by_role("link", name=re.compile("Mossi Wikipedia")).first.click()
    expect(page.get_by_role("region", name="October so far")).to_be_visible()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="My wikis").click()
    page.get_by_role("searchbox", name="Add a wiki").fill("mossi")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("main")).to_contain_text("Mossi Wikipedia")
    check_width(page)


@EITHER
def test_the_spell_of_a_message_is_read(filled_file: Path, tmp_path: Path, opened: Open, look: Look) -> None:
    with spell_of_yesterday(filled_file, tmp_path) as message:
        page = opened(message.link, look, script=False, stranger=True)
        expect(page.get_by_role("region", name="It took 10 min")).to_contain_text("back to its usual pace")
        page.get_by_text("The minutes as a table").click()
        expect(page.get_by_role("row", name="14:15 220 6")).to_be_visible()
        check_width(page)


@pytest.mark.parametrize(
    ("place", "meant"),
    [
        ("/p/bengali", "Bangla Wikipedia"),
        ("/lang/hindi", "Hindi"),
        ("/g/wikipedai", "Wikipedia"),
        ("/live/bengali", "Bangla Wikipedia"),
    ],
)
def test_an_address_that_leads_nowhere_says_what_may_have_been_meant(
    site: Site, opened: Open, witness: Witness, place: str, meant: str
) -> None:
    witness.allow("status of 404")
    page = opened(site.url + place, script=False, stranger=True)
    expect(page.get_by_role("heading", name="Did you mean")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name=re.compile(meant)).first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("heading", name="Did you mean")).to_have_count(0)
