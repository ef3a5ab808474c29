"""What an organiser of Bangla Wikipedia comes for, whatever she holds in her hand."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from wiki_activity.storage.note_reading import read_notes
from wiki_activity_tests.explorer.browser.looks import PAPER, check_width, look_through
from wiki_activity_tests.explorer.browser.serving import Site
from wiki_activity_tests.explorer.pictures.reading import read_size

Look = Callable[..., None]

LABEL = "Wiki Asian Month"
NOVEMBER = "November 2025"
A4 = b"/MediaBox [0 0 595.91998 842.88]"


def see_her_note(page: Page, site: Site) -> None:
    """See the note on the chart and in the list, and that it is of the month that she meant."""
    expect(page.locator(".mark-label", has_text=LABEL)).to_be_visible()
    expect(page.get_by_role("button", name=f"Note on {NOVEMBER}: {LABEL}")).to_be_visible()
    expect(page.get_by_role("link", name=f"{NOVEMBER}: {LABEL}")).to_be_visible()
    [note] = [one for one in read_notes(site.engine) if one.text is not None and one.text.label == LABEL]
    assert (str(note.subject.first), str(note.subject.last)) == ("2025-11-01", "2025-11-30")


def read_her_report(page: Page) -> None:
    """Read the report: the numbers, the programme's part, what could have been seen, her note, and the picture."""
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Bangla Wikipedia, {NOVEMBER}")
    expect(page.get_by_role("region", name="In numbers")).to_contain_text("The programme’s 130 new pages are")
    expect(page.get_by_role("region", name="What stood out")).to_contain_text("A month’s rise in edits without bots")
    expect(page.get_by_role("region", name="What people know")).to_contain_text(LABEL)
    chart = page.get_by_role("img", name=f"Chart of Bangla Wikipedia around {NOVEMBER}")
    assert chart.evaluate("async (img) => { await img.decode(); return img.naturalWidth }") == 1200


def print_her_report(page: Page) -> None:
    """Print it: no control is on the paper, nothing is cut, and it takes two pages of A4 at most."""
    size = page.viewport_size
    look_through(page, PAPER)
    check_width(page)
    expect(page.get_by_role("heading", name="In numbers")).to_be_visible()
    expect(page.get_by_role("img", name="Chart of Bangla Wikipedia")).to_be_visible()
    for control in (*page.get_by_role("button").all(), *page.get_by_role("textbox").all()):
        expect(control).to_be_hidden()
    paper = page.pdf(format="A4")
    assert paper.count(b"/MediaBox") == paper.count(A4) <= 2
    assert size is not None
    page.set_viewport_size(size)
    page.emulate_media(media="screen")


def check_copied(page: Page) -> None:
    """Look at what is on the clipboard: the report as a page on a wiki takes it."""
    text = page.evaluate("() => navigator.clipboard.readText()")
    assert text.startswith(f"=== <nowiki>Bangla Wikipedia</nowiki>, {NOVEMBER} ===")
    assert "The programme’s 130 new pages are" in text
    assert f"{NOVEMBER}: {LABEL}" in text
    assert "&to=2025-11&pages=130 Full report]" in text


def check_picture(path: Path) -> None:
    """Look at the picture that was taken."""
    assert read_size(path.read_bytes()) == (1200, 630)
