"""What was seen to be clipped, cut, hidden or too wide: with big numbers, long labels, small windows and on paper."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from wiki_activity_tests.explorer.browser.looks import DARK, DESK, PHONE, Look, check_width
from wiki_activity_tests.explorer.browser.serving import Site
from wiki_activity_tests.explorer.browser.witness import Witness
from wiki_activity_tests.explorer.stored import LAST, SHARED, annotate, restate

Open = Callable[..., Page]
Keep = Callable[..., None]

HINDI = "/p/hi.wikipedia.org"
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"

CLIPPED = """() => [...document.querySelectorAll("svg text")].filter((one) => {
  const box = one.getBBox();
  const all = one.ownerSVGElement.viewBox.baseVal.width;
  return one.getBoundingClientRect().width && (box.x < 0 || box.x + box.width > all + 1);
}).map((one) => one.textContent)"""
BANDS = """() => [...document.querySelectorAll(".card > h2:first-child")].map((one) =>
  one.getBoundingClientRect().top - one.parentElement.getBoundingClientRect().top)"""


@pytest.fixture
def big_site(own_site: Site) -> Site:
    """A site with a month of twenty million edits, about which somebody wrote a label without a blank."""
    restate(own_site.engine, "hi.wikipedia.org", {SHARED: 19_876_543})
    annotate(own_site.engine, "hi.wikipedia.org", SHARED, LONG[:80], LONG * 3)
    annotate(own_site.engine, "hi.wikipedia.org", LAST, "A week of edits")
    return own_site


def test_nothing_is_wider_than_a_phone_or_clipped(big_site: Site, opened: Open, keep: Keep) -> None:
    places = {
        "peak": f"{HINDI}/peaks/2025-03",
        "wiki": HINDI,
        "compared": f"{HINDI}?vs=mos.wikipedia.org&vs=bn.wikipedia.org",
        "peaks": "/peaks?month=2025-03&metric=any",
        "peaks-of-all": "/peaks?month=all",
        "language": "/lang/hi",
        "board": "/",
        "group": "/g/wikipedia",
        "mine": "/mine?wiki=hi.wikipedia.org&wiki=mos.wikipedia.org",
        "week": "/week",
        "notes": "/notes",
        "report": "/report?wiki=hi.wikipedia.org&from=2025-01&to=2025-06",
    }
    for look in (PHONE, Look("narrow phone", 320, 640, phone=True), DESK):
        page = opened(f"{big_site.url}/about", look)
        for name, place in places.items():
            page.get_by_role("combobox").first.wait_for()
            page.goto(big_site.url + place)
            page.get_by_role("combobox").first.wait_for()
            check_width(page)
            clipped = page.evaluate(CLIPPED)
            assert clipped == [], (place, look)
            # No card has a band above its heading that is more than its padding.
            bands = page.evaluate(BANDS)
            assert all(band <= 22 for band in bands), (place, look, bands)
            keep(page, f"layout-{name}-{look.name.replace(' ', '-')}", whole=True)


def test_a_peak_in_the_list_is_read_on_a_phone_without_scrolling_sideways(big_site: Site, opened: Open) -> None:
    page = opened(f"{big_site.url}/peaks?month=2025-03", PHONE)
    table = page.get_by_role("region", name="Table of peaks")
    assert table.evaluate("(box) => box.scrollWidth <= box.clientWidth")
    row = table.locator("tbody tr").filter(has_text="Hindi Wikipedia")
    for text in ("19,876,543", "×", LONG[:20]):
        expect(row.get_by_text(text).first).to_be_visible()
        box = row.get_by_text(text).first.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= PHONE.width


@pytest.mark.parametrize("look", [DESK, PHONE], ids=str)
def test_legend_and_labels_are_there_at_every_width_and_name_the_compared_wikis(
    big_site: Site, opened: Open, look: Look
) -> None:
    page = opened(f"{big_site.url}{HINDI}?vs=mos.wikipedia.org&vs=bn.wikipedia.org", look)
    page.locator("#chart.drawn").wait_for()
    legend = page.get_by_role("list", name="Legend")
    for name in ("हिन्दी Wikipedia", "moore Wikipedia", "বাংলা Wikipedia", "expected to alert line"):
        expect(legend.get_by_text(name)).to_be_visible()
    expect(page.locator(".mark-label").filter(has_text="A week of edits")).to_be_visible()


def test_a_big_and_a_small_wiki_are_drawn_on_a_scale_on_which_both_can_be_read(big_site: Site, opened: Open) -> None:
    page = opened(f"{big_site.url}{HINDI}?vs=mos.wikipedia.org")
    scale = page.get_by_role("group", name="Scale")
    expect(scale.get_by_role("link", name="Log")).to_have_attribute("aria-current", "true")
    expect(page.get_by_text("the scale is logarithmic")).to_be_visible()
    scale.get_by_role("link", name="Linear").click()
    expect(scale.get_by_role("link", name="Linear")).to_have_attribute("aria-current", "true")
    expect(page).to_have_url(f"{big_site.url}{HINDI}?vs=mos.wikipedia.org&scale=linear")
    expect(page.get_by_text("looks flat on this scale")).to_be_visible()


def test_paper_has_the_whole_chart_dark_on_white(big_site: Site, opened: Open, keep: Keep) -> None:
    page = opened(f"{big_site.url}{HINDI}?vs=bn.wikipedia.org", DARK)
    page.locator("#chart.drawn").wait_for()
    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size({"width": 700, "height": 1000})
    keep(page, "print-wiki", whole=True)
    check_width(page)
    expect(page.locator("#plot")).to_be_hidden()
    drawing = page.locator(".first-paint svg").bounding_box()
    assert drawing is not None
    assert drawing["width"] > 500
    assert drawing["x"] + drawing["width"] <= 700
    for one in page.locator("h1, h2, td, .button[aria-current]").all():
        if one.is_visible():
            assert is_dark(one.evaluate("(one) => getComputedStyle(one).color")), one.inner_text()
    assert not is_dark(page.evaluate("() => getComputedStyle(document.body).backgroundColor"))


def test_the_address_says_what_is_shown_while_the_server_cannot_be_reached(
    big_site: Site, opened: Open, witness: Witness
) -> None:
    witness.allow(r"ERR_INTERNET_DISCONNECTED")
    page = opened(f"{big_site.url}{HINDI}?from=2024-01")
    page.locator("#chart.drawn").wait_for()
    shown = page.locator("#shown").inner_text()
    page.context.set_offline(True)
    page.get_by_role("group", name="What is counted").get_by_role("link", name="Editors").click()
    problem = page.locator("#problem")
    expect(problem).to_contain_text("cannot be reached")
    expect(page).to_have_url(f"{big_site.url}{HINDI}?from=2024-01")
    page.get_by_role("slider", name="First month shown").focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(f"{big_site.url}{HINDI}?from=2024-01")
    expect(page.locator("#shown")).to_have_text(shown)
    page.context.set_offline(False)
    page.get_by_role("group", name="What is counted").get_by_role("link", name="Editors").click()
    expect(page).to_have_url(f"{big_site.url}{HINDI}?from=2024-01&metric=editors")
    expect(problem).to_be_hidden()


def is_dark(colour: str) -> bool:
    """Tell whether a computed colour is nearer to black than to white."""
    parts = [float(part) for part in colour.split("(")[1].rstrip(")").split(",")[:3]]
    return sum(parts) < 3 * 128
