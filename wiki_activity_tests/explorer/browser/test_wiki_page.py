"""One wiki's page: found, moved through, compared, shared, and gone back to."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from wiki_activity_tests.explorer.browser.axe import check_axe
from wiki_activity_tests.explorer.browser.looks import DARK, DESK, PHONE, Look, check_width
from wiki_activity_tests.explorer.browser.serving import Site
from wiki_activity_tests.explorer.browser.witness import Witness

Open = Callable[..., Page]
Keep = Callable[..., None]

HINDI = "/p/hi.wikipedia.org"


@pytest.mark.parametrize(
    ("typed", "project", "heading", "look"),
    [
        ("हिन्दी", "hi.wikipedia.org", "हिन्दी Wikipedia", DESK),
        ("https://hi.m.wikipedia.org/wiki/Foo?x", "hi.wikipedia.org", "हिन्दी Wikipedia", DESK),
        ("עברית", "he.wikipedia.org", "עברית Wikipedia", DARK),
        ("العربية", "ar.wikipedia.org", "العربية Wikipedia", PHONE),
    ],
    ids=["hindi", "address", "hebrew", "arabic"],
)
def test_a_wiki_is_found_by_its_own_name_and_opened_with_the_keyboard_alone(
    site: Site, opened: Open, keep: Keep, *, typed: str, project: str, heading: str, look: Look
) -> None:
    page = opened(f"{site.url}/", look)
    search = page.get_by_role("combobox", name="Find a wiki")
    search.wait_for()
    page.keyboard.press("/")
    page.keyboard.insert_text(typed)
    first = page.get_by_role("option").first
    expect(first).to_contain_text(project)
    expect(first).to_have_attribute("aria-selected", "true")
    expect(search).to_have_attribute("aria-expanded", "true")
    assert search.get_attribute("aria-activedescendant") == first.get_attribute("id")
    keep(page, f"search-{project}")
    check_axe(page)
    check_width(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    assert urlsplit(page.url).path == f"/p/{project}"


def test_the_list_is_walked_by_arrows_and_closed_by_escape(site: Site, opened: Open) -> None:
    page = opened(site.url + HINDI)
    search = page.get_by_role("combobox", name="Find a wiki")
    search.wait_for()
    page.keyboard.press("/")
    page.keyboard.type("bangla")
    options = page.get_by_role("option")
    expect(options).to_have_count(2)
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    expect(options.nth(0)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(search).to_be_focused()
    expect(search).to_have_attribute("aria-expanded", "false")


def test_an_answer_that_comes_after_an_arrow_leaves_the_mark_where_it_led(site: Site, opened: Open) -> None:
    page = opened(site.url + HINDI)
    page.get_by_role("combobox", name="Find a wiki").wait_for()
    late: list[Route] = []
    page.route(re.compile("q=bangla&"), lambda route, _request: late.append(route))
    page.keyboard.press("/")
    page.keyboard.type("bangl")
    options = page.get_by_role("option")
    expect(options).to_have_count(2)
    page.keyboard.type("a")
    page.keyboard.press("ArrowDown")
    second = options.nth(1)
    expect(second).to_have_attribute("aria-selected", "true")
    with page.expect_response(lambda response: "q=bangla&" in response.url):
        late[0].continue_()
    expect(second).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    expect(options.nth(0)).to_have_attribute("aria-selected", "true")


def test_shift_and_enter_compare_with_the_wiki_that_is_marked(site: Site, opened: Open) -> None:
    page = opened(site.url + HINDI)
    page.get_by_role("combobox", name="Find a wiki").wait_for()
    page.keyboard.press("/")
    page.keyboard.type("bn.wikipedia")
    expect(page.get_by_role("option").first).to_contain_text("bn.wikipedia.org")
    page.keyboard.press("Shift+Enter")
    expect(page.get_by_role("list", name="Compared wikis")).to_contain_text("বাংলা Wikipedia")
    assert query(page) == {"vs": ["bn.wikipedia.org"]}


def test_the_brush_moves_by_keyboard_and_the_address_follows(site: Site, opened: Open) -> None:
    page = drawn(opened(site.url + HINDI))
    first, last = page.get_by_role("slider", name="First month"), page.get_by_role("slider", name="Last month")
    first.focus()
    page.keyboard.press("ArrowRight")
    expect(first).to_have_attribute("aria-valuetext", "February 2018")
    assert query(page) == {"from": ["2018-02"]}
    page.keyboard.press("PageUp")
    expect(first).to_have_attribute("aria-valuetext", "February 2019")
    last.focus()
    page.keyboard.press("PageDown")
    expect(last).to_have_attribute("aria-valuetext", "September 2025")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#shown")).to_have_text("Feb 2019 – Aug 2025 · 79 months")
    assert query(page) == {"from": ["2019-02"], "to": ["2025-08"]}
    # The numbers follow once the brush rests, and the focus stays where it was.
    expect(page.get_by_role("heading", name="Peaks (4)")).to_be_visible()
    expect(last).to_be_focused()


def test_the_window_of_the_brush_is_dragged_with_the_mouse(site: Site, opened: Open, keep: Keep) -> None:
    page = drawn(opened(f"{site.url}{HINDI}?from=2023-01&to=2024-12"))
    box = page.locator("[data-window]").bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + 4)
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] - box["width"], middle[1], steps=5)
    page.mouse.up()
    expect(page.locator("#shown")).to_contain_text("· 24 months")
    moved = query(page)
    assert "2020-12" <= moved["from"][0] <= "2021-03"
    expect(page.get_by_role("button", name="Peak April 2021")).to_be_visible()
    expect(page.get_by_role("heading", name="Peaks (2)")).to_be_visible()
    keep(page, "brush-moved")


def test_the_brush_moves_by_touch(site: Site, opened: Open) -> None:
    page = drawn(opened(site.url + HINDI, PHONE))
    overview = page.locator("#overview")
    overview.scroll_into_view_if_needed()
    box = overview.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)
    for kind, x in (("touchStart", 1.0), ("touchMove", 0.8), ("touchMove", 0.5), ("touchEnd", None)):
        points = [] if x is None else [{"x": box["x"] + x * box["width"], "y": y}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    expect(page.get_by_role("slider", name="Last month")).to_have_attribute("aria-valuetext", re.compile("202[12]"))
    expect(page.locator("#shown")).to_contain_text(re.compile("Jan 2018 – .* 202[12]"))
    check_width(page)


def test_metric_rule_and_scale_are_chosen_and_the_address_holds_them(site: Site, opened: Open, keep: Keep) -> None:
    page = drawn(opened(site.url + HINDI))
    choose(page, "What is counted", "Edits without bots")
    expect(page.get_by_role("heading", level=2, name="Edits without bots each month")).to_be_visible()
    choose(page, "Alert line", re.compile("rolling mean"))
    choose(page, "Scale", "Log")
    keep(page, "people-rolling-mean-log")
    assert query(page) == {"metric": ["people_edits"], "detector": ["rolling_mean"], "scale": ["log"]}
    choose(page, "What is counted", "Editors")
    choose(page, "Alert line", re.compile("this wiki and season"))
    choose(page, "Scale", "Linear")
    assert query(page) == {"metric": ["editors"]}


def test_peaks_that_only_the_rolling_mean_sees_are_hollow(site: Site, opened: Open) -> None:
    page = drawn(opened(f"{site.url}/p/www.wikidata.org"))
    hollow = page.get_by_role("button", name=re.compile("seen by the rolling mean only"))
    listed = page.locator("#earlier-peaks li")
    assert hollow.count() == listed.count()


def test_two_more_wikis_are_compared_and_one_is_taken_out(site: Site, opened: Open, keep: Keep) -> None:
    page = drawn(opened(site.url + HINDI))
    compare(page, "বাংলা", "bn.wikipedia.org")
    compare(page, "tamil", "ta.wikipedia.org")
    chips = page.get_by_role("list", name="Compared wikis").get_by_role("listitem")
    expect(chips).to_have_count(2)
    assert query(page) == {"vs": ["bn.wikipedia.org", "ta.wikipedia.org"]}
    keep(page, "compared")
    page.get_by_role("link", name="Stop comparing with Bangla Wikipedia").click()
    expect(chips).to_have_count(1)
    assert query(page) == {"vs": ["ta.wikipedia.org"]}


@pytest.mark.parametrize("look", [DESK, PHONE], ids=str)
def test_a_shared_address_shows_the_same_to_somebody_else(site: Site, opened: Open, look: Look) -> None:
    address = (
        f"{site.url}{HINDI}?vs=bn.wikipedia.org&from=2021-01&to=2025-06"
        "&scale=log&metric=people_edits&detector=rolling_mean"
    )
    mine = drawn(opened(site.url + HINDI, look))
    compare(mine, "বাংলা", "bn.wikipedia.org")
    choose(mine, "What is counted", "Edits without bots")
    choose(mine, "Alert line", re.compile("rolling mean"))
    choose(mine, "Scale", "Log")
    move(mine, "First month", "PageUp", 3)
    move(mine, "Last month", "PageDown", 1)
    move(mine, "Last month", "ArrowLeft", 3)
    assert query(mine) == parse_qs(urlsplit(address).query)
    expect(mine.locator("#shown")).to_have_text("Jan 2021 – Jun 2025 · 54 months")
    theirs = drawn(opened(address, look))
    settle(mine, state_of(theirs))
    assert state_of(theirs)["shown"] == "Jan 2021 – Jun 2025 · 54 months"


def test_back_and_forward_restore_what_was_shown(site: Site, opened: Open) -> None:
    page = drawn(opened(f"{site.url}{HINDI}?from=2020-01"))
    states = [state_of(page)]
    choose(page, "What is counted", "Editors")
    expect(page.locator("#chart-heading")).to_contain_text("Editors")
    states.append(state_of(page))
    search = page.get_by_role("combobox", name="Find a wiki")
    search.fill("hebrew")
    expect(page.get_by_role("option").first).to_contain_text("he.wikipedia.org")
    search.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("עברית Wikipedia")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("हिन्दी Wikipedia")
    settle(page, states[1])
    page.go_back()
    settle(page, states[0])
    page.go_forward()
    settle(page, states[1])
    page.go_forward()
    expect(page.get_by_role("heading", level=1)).to_have_text("עברית Wikipedia")
    assert query(page) == {"from": ["2020-01"], "metric": ["editors"]}


def test_only_peaks_without_a_note_are_listed_when_asked_for(site: Site, opened: Open) -> None:
    page = drawn(opened(site.url + HINDI))
    rows = page.locator("#peaks tr[data-peak]")
    expect(rows).to_have_count(5)
    page.get_by_role("link", name="only those without a note").click()
    expect(rows).to_have_count(4)
    expect(page.locator("#peaks")).not_to_contain_text("Feminism and Folklore")
    assert query(page) == {"notes": ["none"]}


@pytest.mark.parametrize("fault", ["error", "offline"])
def test_what_cannot_be_loaded_is_said_in_place_and_tried_again(
    site: Site, opened: Open, witness: Witness, keep: Keep, fault: str
) -> None:
    page = drawn(opened(site.url + HINDI))

    def fail(route: Route) -> None:
        if fault == "offline":
            route.abort("internetdisconnected")
        else:
            route.fulfill(status=500, content_type="text/html", body="<h1>Something went wrong here</h1>")

    witness.allow(r"INTERNET_DISCONNECTED" if fault == "offline" else "status of 500")
    page.route(re.compile(r"metric=editors"), fail)
    page.get_by_role("group", name="What is counted").get_by_role("link", name="Editors").click()
    problem = page.get_by_role("alert")
    expect(problem).to_contain_text("cannot be reached" if fault == "offline" else "Something went wrong here")
    expect(problem).to_contain_text("what was there before")
    keep(page, f"not-loaded-{fault}")
    check_axe(page)
    page.unroute_all()
    page.get_by_role("button", name="Retry").click()
    expect(problem).to_be_hidden()
    expect(page.locator("#chart-heading")).to_contain_text("Editors")


def test_without_scripts_numbers_tables_and_a_drawing_are_there(site: Site, opened: Open) -> None:
    page = opened(site.url + HINDI, script=False)
    expect(page.get_by_role("img", name=re.compile("5 peaks"))).to_be_visible()
    expect(page.locator("#cards")).to_contain_text("93.8K")
    expect(page.locator("#peaks tr[data-peak]")).to_have_count(5)
    page.get_by_text("View as table: 105 months").click()
    expect(page.locator("#months tbody tr")).to_have_count(105)
    page.get_by_role("link", name="Edits without bots").click()
    expect(page.locator("#chart-heading")).to_have_text("Edits without bots each month")
    page.get_by_role("link", name="Sep 2022").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("September 2022")


def test_where_uplot_does_not_come_the_drawing_and_the_tables_stay(site: Site, opened: Open, witness: Witness) -> None:
    # The library is refused on its way; the server's own word of a missing one is tested without a browser.
    witness.allow(r"uPlot\.iife\.min\.js")
    page = opened(site.url + HINDI, prepare=lambda page: page.route("**/uPlot.iife*", lambda route: route.abort()))
    expect(page.get_by_role("img", name=re.compile("5 peaks"))).to_be_visible()
    expect(page.locator("#peaks tr[data-peak]")).to_have_count(5)
    choose(page, "What is counted", "Editors")
    expect(page.locator("#chart-heading")).to_contain_text("Editors")


def drawn(page: Page) -> Page:
    """Wait until the chart stands."""
    page.locator("#chart.drawn").wait_for()
    return page


def query(page: Page) -> dict[str, list[str]]:
    """Return what the address holds after its question mark."""
    return parse_qs(urlsplit(page.url).query)


def choose(page: Page, group: str, name: str | re.Pattern[str]) -> None:
    """Press one of the choices of a group, and wait until it is the chosen one."""
    link = page.get_by_role("group", name=group).get_by_role("link", name=name)
    link.click()
    expect(link).to_have_attribute("aria-current", "true")


def compare(page: Page, typed: str, project: str) -> None:
    """Compare with one more wiki by the field made for it."""
    field = page.get_by_role("combobox", name="Compare with")
    field.click()
    field.fill(typed)
    option: Locator = page.get_by_role("option").filter(has_text=project)
    expect(option).to_be_visible()
    option.click()
    expect(page.get_by_role("list", name="Compared wikis").locator(f'a[href="/p/{project}"]')).to_be_visible()


def move(page: Page, slider: str, key: str, times: int) -> None:
    """Press a key so many times on one end of the brush."""
    page.get_by_role("slider", name=slider).focus()
    for _ in range(times):
        page.keyboard.press(key)


def state_of(page: Page) -> dict[str, object]:
    """Return what a reader sees of the state."""
    return {
        "heading": page.locator("h1").inner_text(),
        "shown": page.locator("#shown").inner_text(),
        "chosen": page.locator(".choices [aria-current=true]").all_inner_texts(),
        "compared": page.locator(".chips li").all_inner_texts(),
        "peaks": page.locator(".marker:visible").evaluate_all("(all) => all.map((one) => one.ariaLabel)"),
    }


def settle(page: Page, state: dict[str, object]) -> None:
    """Wait until a page shows a state again."""
    expect(page.locator("#shown")).to_have_text(str(state["shown"]))
    chosen = state["chosen"]
    assert isinstance(chosen, list)
    expect(page.locator(".choices [aria-current=true]")).to_have_text(chosen)
    assert state_of(page) == state
