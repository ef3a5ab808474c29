"""What was found behind a peak, in a browser: read on any screen, taken over into a note, and asked for."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.findings import Finding, FindingKind, Source
from wiki_activity.storage.evidence_table import StoredAnswer, list_requests, store_evidence
from wiki_activity.storage.note_reading import read_notes
from wiki_activity_tests.explorer.browser.axe import check_axe
from wiki_activity_tests.explorer.browser.looks import DARK, DESK, PHONE, Look, check_width
from wiki_activity_tests.explorer.browser.serving import Site
from wiki_activity_tests.explorer.stored import NOW, SHARED

Open = Callable[..., Page]
HI, AR = "hi.wikipedia.org", "ar.wikipedia.org"
TITLE = "ပ" * 85
"""As long as a title may be: 255 bytes, and no place to break."""
FOUND = Finding(
    FindingKind.NEWS, TITLE, Metric.PEOPLE_EDITS, 0.62, 0.0, {"edits": 9},
    f"https://{HI}/wiki/{quote(TITLE)}", Source.PAGES, NOW,
)  # fmt: skip


def store(site: Site, project: str = HI) -> None:
    hashtag = replace(FOUND, kind=FindingKind.HASHTAG, subject="w" * 60, share=0.41, margin=0.06)
    tool = replace(hashtag, kind=FindingKind.TOOL, subject="x", parameters={"name": "\u202e<!channel> @here"})
    programme = replace(FOUND, kind=FindingKind.PROGRAMME, subject="ويكيبيديا " * 20, share=None, margin=None)
    answers = {Source.EDITORS: StoredAnswer(None, "503", NOW)}
    found = (FOUND, hashtag, tool, programme)
    store_evidence(site.engine, project, SHARED, answers=answers, found=found, now=NOW, names=0)


@pytest.mark.parametrize("look", [DARK, PHONE], ids=str)
@pytest.mark.parametrize("project", [HI, AR])
def test_findings_fit_any_screen(own_site: Site, opened: Open, look: Look, project: str) -> None:
    store(own_site, project)
    page = opened(f"{own_site.url}/p/{project}/peaks/2025-03", look)

    expect(page.get_by_role("heading", name="What we found")).to_be_visible()
    expect(page.locator("#found li")).to_have_count(4)
    check_axe(page)
    check_width(page)
    for address in (f"/report?wiki={project}&from=2025-03&to=2025-03", "/peaks?month=2025-03&metric=any"):
        page.goto(own_site.url + address)
        expect(page.locator("main")).to_contain_text("ပပပ")
        check_width(page)


def test_findings_are_read_without_scripts_and_nothing_is_offered(own_site: Site, opened: Open) -> None:
    store(own_site)
    page = opened(f"{own_site.url}/p/{HI}/peaks/2025-03", script=False)

    expect(page.locator("#found")).to_contain_text("62 %")
    expect(page.locator("#found button:visible")).to_have_count(0)


def test_a_finding_becomes_a_note_by_the_keyboard(own_site: Site, opened: Open) -> None:
    store(own_site)
    page = opened(f"{own_site.url}/p/{HI}/peaks/2025-03", DESK)
    use = page.locator("#found").get_by_role("button", name="Use this").first
    use.focus()
    page.keyboard.press("Enter")

    expect(page.get_by_label("Label")).to_be_focused()
    expect(page.get_by_label("Note", exact=False).locator("visible=true").first).not_to_be_empty()
    page.keyboard.type("A storm")
    page.keyboard.press("Enter")
    expect(page.get_by_text("A storm").first).to_be_visible()
    page.wait_for_load_state()
    (note,) = [one for one in read_notes(own_site.engine) if one.text.label == "A storm"]
    assert "62 %" in note.text.note
    assert note.text.link == f"https://{HI}/wiki/{TITLE}"


def test_what_could_not_be_read_is_asked_for_again(own_site: Site, opened: Open) -> None:
    store(own_site)
    page = opened(f"{own_site.url}/p/{HI}/peaks/2025-03")
    page.get_by_role("button", name="Ask again").click()

    expect(page.locator("[data-ask] [role=status]")).to_contain_text("Asked for")
    assert list_requests(own_site.engine) == [(HI, SHARED)]


def test_the_button_asks_once(own_site: Site, opened: Open) -> None:
    page = opened(f"{own_site.url}/p/{HI}/peaks/2025-03")
    button = page.get_by_role("button", name="Ask what was behind it")
    button.focus()
    page.keyboard.press("Enter")

    expect(page.locator("[data-ask] [role=status]")).to_contain_text("Asked for")
    expect(button).to_be_disabled()
    assert list_requests(own_site.engine) == [(HI, SHARED)]
