"""Who is on call follows yesterday's message to the spell, writes what it was, and is troubled no more."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

from wiki_activity_tests.explorer.browser.looks import DESK, PHONE, Look
from wiki_activity_tests.explorer.browser.spells import Message, spell_of_yesterday

Open = Callable[..., Page]


@pytest.fixture
def message(filled_file: Path, tmp_path: Path) -> Iterator[Message]:
    """What Slack was told of a spell of English Wikipedia, yesterday."""
    with spell_of_yesterday(filled_file, tmp_path) as told:
        yield told


@pytest.mark.parametrize("look", [DESK, PHONE], ids=str)
def test_the_one_on_call_learns_what_the_message_was_about_and_says_so(
    message: Message, opened: Open, look_at: Callable[..., None], look: Look
) -> None:
    assert message.text.startswith("English Wikipedia is busy")
    page = opened(message.link, look)
    expect(page.get_by_role("heading", level=1)).to_have_text("Busy spell of English Wikipedia")
    facts = page.get_by_role("region", name="It took 10 min")
    expect(facts).to_contain_text("back to its usual pace")
    expect(facts).to_contain_text(re.compile(r"People\s*\d"))
    expect(
        page.get_by_role("region", name="Most edited pages").get_by_role("link", name="Example", exact=True)
    ).to_be_visible()
    look_at(page, f"spell-{look}", whole=True)

    page.get_by_role("link", name="Add a note").click()
    page.get_by_label("Label").fill("The football final")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The football final")
    page.get_by_role("link", name="a busy spell").click()
    expect(page.get_by_role("region", name="Notes")).to_contain_text("The football final")

    page.get_by_role("button", name="Mark as seen").click()
    page.get_by_role("button", name="Mute for me for a day").click()
    expect(page.get_by_role("button", name="Muted for me")).to_have_attribute("aria-pressed", "true")
    look_at(page, f"seen-{look}")

    # On the wiki's live page it is seen; among all wikis it is listed no more, and that is said.
    page.get_by_role("link", name="live now").click()
    spells = page.get_by_role("region", name="Busy spells", exact=True)
    expect(spells.locator("tr.seen")).to_have_count(1)
    page.goto(urljoin(message.link, "/live"))
    expect(spells).to_contain_text("of wikis that you have muted")
    expect(spells.locator("tbody tr")).to_have_count(0)
    look_at(page, f"live-{look}", whole=True)
