"""A reader keeps wikis on this device, sees them first on the board, and passes their page on."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from wiki_activity_tests.explorer.browser.axe import check_axe
from wiki_activity_tests.explorer.browser.looks import DESK, PHONE, Look, check_width
from wiki_activity_tests.explorer.browser.serving import Site
from wiki_activity_tests.explorer.stored import LAST
from wiki_activity_tests.explorer.test_evidence import WPWP, store

Open = Callable[..., Page]
MOST_BYTES = 120_000


def keep_mine(*names: str) -> Callable[[Page], None]:
    """What an earlier visit left on the device."""
    listed = ", ".join(f'"{name}"' for name in names)
    return lambda page: page.add_init_script(
        f"localStorage.getItem('wiki-activity.mine') ?? localStorage.setItem('wiki-activity.mine', '[{listed}]')"
    )


def test_a_wiki_and_a_language_are_kept_shown_first_on_the_board_and_passed_on_by_address(
    site: Site, opened: Open, keep: Callable[..., None]
) -> None:
    page = opened(f"{site.url}/p/hi.wikipedia.org")
    star = page.get_by_role("button", name="Keep in my wikis")
    expect(star).to_have_attribute("aria-pressed", "false")
    star.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="In my wikis", exact=True)).to_have_attribute("aria-pressed", "true")
    page.goto(f"{site.url}/lang/bn")
    page.get_by_role("button", name="Keep in my wikis").click()

    page.goto(site.url)
    mine = page.get_by_role("region", name="My wikis")
    expect(mine.get_by_role("listitem")).to_have_count(2)
    expect(mine).to_contain_text("Hindi Wikipedia+2,162 people 2.4×+56,565 edits 2.9×more people · no note yet")
    expect(mine).to_contain_text("1 of 3 wikis had a usual month, 2 did not.")
    so_far = mine.get_by_text("October so far, to day 5: Hindi Wikipedia is furthest, at 1.4× its usual by this day.")
    so_far.click()
    expect(mine).to_contain_text("Hindi Wikipedia1.4× the usual, at least 9,000 edits without bots")
    assert mine.locator("path.s").first.evaluate("(one) => getComputedStyle(one).strokeDasharray") == "1px, 3px"
    keep(page, "board-with-my-wikis", whole=True)
    check_axe(page)

    page.get_by_role("navigation", name="Main").get_by_role("link", name="My wikis").click()
    expect(page).to_have_url(f"{site.url}/mine?wiki=hi.wikipedia.org&wiki=lang:bn")
    expect(page.locator(".multiples > li")).to_have_count(3)

    # Without a script the same address is the same page.
    other = opened(page.url, script=False)
    expect(other.locator(".multiples > li")).to_have_count(3)
    expect(other.locator("[data-star]")).to_have_count(0)


def test_the_address_is_filled_from_the_device_and_what_is_left_out_is_dropped_there(site: Site, opened: Open) -> None:
    page = opened(f"{site.url}/mine", prepare=keep_mine("hi.wikipedia.org", "ta.wikipedia.org"))
    expect(page).to_have_url(f"{site.url}/mine?wiki=hi.wikipedia.org&wiki=ta.wikipedia.org")
    page.get_by_role("checkbox", name="Tamil Wikipedia", exact=True).uncheck()
    page.get_by_role("button", name="Show these").click()
    expect(page).to_have_url(f"{site.url}/mine?wiki=hi.wikipedia.org")
    assert page.evaluate("() => localStorage.getItem('wiki-activity.mine')") == '["hi.wikipedia.org"]'
    page.get_by_role("combobox", name="Add a wiki").fill("bn.wikisource")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.url}/mine?wiki=hi.wikipedia.org&wiki=bn.wikisource.org")
    assert (
        page.evaluate("() => localStorage.getItem('wiki-activity.mine')") == '["hi.wikipedia.org","bn.wikisource.org"]'
    )


def test_somebody_elses_link_changes_nothing_until_it_is_taken_over(site: Site, opened: Open) -> None:
    page = opened(f"{site.url}/mine?wiki=lang:bn", prepare=keep_mine("hi.wikipedia.org"))
    expect(page.locator("#mine-notices")).to_contain_text("This address names other wikis than those that you keep")
    assert page.evaluate("() => localStorage.getItem('wiki-activity.mine')") == '["hi.wikipedia.org"]'
    page.get_by_role("button", name="Keep these as my wikis").click()
    assert page.evaluate("() => localStorage.getItem('wiki-activity.mine')") == '["lang:bn"]'


def test_a_star_follows_the_wiki_that_the_page_goes_on_to(site: Site, opened: Open) -> None:
    page = opened(f"{site.url}/p/hi.wikipedia.org", prepare=keep_mine("hi.wikipedia.org"))
    expect(page.locator("#star")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("/")
    page.keyboard.insert_text("bangla")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("বাংলা")
    expect(page.locator("#star")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#star")).to_be_visible()


def test_a_star_is_unseen_without_a_script(site: Site, opened: Open) -> None:
    page = opened(f"{site.url}/g/wikipedia", script=False)
    expect(page.locator("#star")).to_be_hidden()


def test_rubbish_on_the_device_is_no_wiki(site: Site, opened: Open) -> None:
    page = opened(f"{site.url}/", prepare=keep_mine("<b>", "javascript:alert(1)"))
    page.get_by_role("combobox").first.wait_for()
    expect(page.locator("#mine")).to_be_hidden()


@pytest.mark.parametrize("look", [Look("laptop", 1280, 800), PHONE], ids=str)
def test_what_a_first_visit_is_told_lies_above_the_fold(site: Site, opened: Open, look: Look) -> None:
    page = opened(site.url, look)
    last = page.locator(".folds")
    box = last.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= look.height
    check_width(page)


@pytest.mark.parametrize("look", [DESK, PHONE], ids=str)
def test_nothing_moves_when_ones_own_wikis_come(own_site: Site, opened: Open, look: Look) -> None:
    store(own_site.engine, WPWP, month=LAST)
    page = opened(own_site.url, look, prepare=keep_mine("hi.wikipedia.org", "lang:bn", "ta.wikipedia.org"))
    expect(page.locator("[data-mine-lines]")).to_contain_text("found: #wpwp, about 41 %")
    check_width(page)
    for _ in range(2):
        expect(page.locator("[data-mine-sentence]")).to_contain_text("had a usual month")
        shifts = page.evaluate(
            """() => new Promise((tell) => new PerformanceObserver((list) =>
              tell(list.getEntries().filter((one) => !one.hadRecentInput).reduce((sum, one) => sum + one.value, 0))
            ).observe({ type: "layout-shift", buffered: true }) ?? setTimeout(() => tell(0), 300))"""
        )
        assert shifts < 0.05
        page.reload()


def test_one_wiki_of_ones_own_keeps_no_room_for_six(site: Site, opened: Open) -> None:
    page = opened(site.url, prepare=keep_mine("mos.wikipedia.org"))
    expect(page.locator("[data-mine-sentence]")).to_contain_text("had a usual month")
    box = page.locator("[data-mine-lines]").bounding_box()
    assert box is not None
    assert box["height"] < 60


@pytest.mark.parametrize("address", ["/", "/mine?wiki=family:wikipedia&wiki=lang:bn", "/g/all"])
def test_the_first_visit_brings_less_than_120_kb(chromium: Browser, site: Site, address: str) -> None:
    with chromium.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        session = context.new_cdp_session(page)
        sizes: list[int] = []
        session.on("Network.loadingFinished", lambda told: sizes.append(int(told["encodedDataLength"])))
        session.send("Network.enable")
        page.goto(site.url + address, wait_until="networkidle")
    assert 5_000 < sum(sizes) < MOST_BYTES


def test_wikis_are_compared_by_keyboard_and_without_a_script(site: Site, opened: Open) -> None:
    page = opened(f"{site.url}/g/wikipedia", script=False)
    for name in ("Hindi Wikipedia", "Tamil Wikipedia"):
        page.get_by_role("checkbox", name=re.compile(name)).focus()
        page.keyboard.press("Space")
    page.get_by_role("button", name="Draw").press("Enter")
    expect(page).to_have_url(re.compile("vs=hi.wikipedia.org"))
    expect(page.locator("svg.together.wide-only").last.locator("text.end")).to_have_text(
        ["Hindi Wikipedia", "Tamil Wikipedia"]
    )


def test_what_is_kept_with_the_account_comes_to_the_device_and_what_is_kept_here_goes_there(
    site: Site, opened: Open
) -> None:
    page = opened(f"{site.url}/p/ta.wikipedia.org", prepare=keep_mine("hi.wikipedia.org"))
    kept = ["lang:bn"]
    log_in(page, kept)
    mine = "() => localStorage.getItem('wiki-activity.mine')"
    page.wait_for_function("() => localStorage.getItem('wiki-activity.mine-synced')")
    assert page.evaluate(mine) == '["lang:bn","hi.wikipedia.org"]'
    assert kept == ["lang:bn", "hi.wikipedia.org"]
    with page.expect_request(lambda request: request.method == "PUT"):
        page.get_by_role("button", name="Keep in my wikis").click()
    page.wait_for_function("() => localStorage.getItem('wiki-activity.mine-synced').includes('ta.wikipedia.org')")
    assert kept == ["lang:bn", "hi.wikipedia.org", "ta.wikipedia.org"]


def test_a_star_is_sent_before_the_logout_which_leaves_nothing_of_the_account_here(site: Site, opened: Open) -> None:
    page = opened(f"{site.url}/p/ta.wikipedia.org")
    kept = ["lang:bn"]
    log_in(page, kept)
    page.wait_for_function("() => localStorage.getItem('wiki-activity.mine-synced')")
    page.get_by_role("button", name="Keep in my wikis").click()
    page.evaluate("() => localStorage.setItem('wiki-activity.mine-lines', '[\"lang:bn\", 1]')")
    page.evaluate("() => localStorage.setItem('note:new', '{}')")
    page.evaluate("() => window.account.sendRest().then(window.account.forgetAccount)")
    assert kept == ["lang:bn", "ta.wikipedia.org"]
    assert page.evaluate("() => Object.keys(localStorage)") == []


def test_what_another_account_left_on_the_device_is_not_given_to_the_next(site: Site, opened: Open) -> None:
    left = """{"account": "17", "names": ["hi.wikipedia.org", "lang:bn"]}"""
    page = opened(f"{site.url}/", prepare=keep_mine("hi.wikipedia.org", "lang:bn", "ta.wikipedia.org"))
    page.evaluate("(left) => localStorage.setItem('wiki-activity.mine-synced', left)", left)
    kept = ["lang:fr"]
    log_in(page, kept)
    page.wait_for_function("() => localStorage.getItem('wiki-activity.mine-synced').includes('4711')")
    assert kept == ["lang:fr", "ta.wikipedia.org"]
    assert page.evaluate("() => localStorage.getItem('wiki-activity.mine')") == '["lang:fr","ta.wikipedia.org"]'


def log_in(page: Page, kept: list[str]) -> None:
    """Let the page do as that of somebody with an account does, with whom `kept` is kept."""

    def answer(route: Route) -> None:
        if route.request.method == "PUT":
            kept[:] = route.request.post_data_json["names"]
        route.fulfill(json={"names": kept, "unknown_names": []})

    page.route("**/api/v1/mine**", answer)
    page.route("**/api/v1/mine/names", answer)
    page.evaluate(
        """async () => {
          document.querySelector(".person").dataset.account = "4711";
          window.account = await import(
            new URL("mine_account.js", document.querySelector("script[src$='page.js']").src).href
          );
        }"""
    )
