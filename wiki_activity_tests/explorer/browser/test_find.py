"""The search field asks the server as one types, and an Enter that is quicker than the answer waits for it."""

from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from wiki_activity_tests.explorer.browser.serving import Site

Open = Callable[..., Page]


def search(page: Page, text: str) -> None:
    page.get_by_role("combobox", name="Find a wiki").wait_for()
    page.keyboard.press("/")
    page.keyboard.type(text)


def test_an_enter_before_the_list_has_come_opens_the_wiki_that_was_typed(site: Site, opened: Open) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page = opened(f"{site.url}/peaks", prepare=lambda one: one.route("**/api/v1/projects?*", hold))
    search(page, "wiktionary hindi")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.url}/peaks")
    for route in held[:-1]:
        route.abort()
    held[-1].continue_()
    page.wait_for_url("**/p/hi.wiktionary.org")


def test_a_misspelt_language_is_found_as_one_types_and_nothing_old_is_opened(site: Site, opened: Open) -> None:
    page = opened(f"{site.url}/peaks")
    search(page, "hindi")
    expect(page.get_by_role("listbox").get_by_role("option").first).to_contain_text("hi.wikipedia.org")
    page.keyboard.press("Control+A")
    page.keyboard.type("bengalli")
    page.keyboard.press("Enter")
    page.wait_for_url("**/p/bn.wikipedia.org")


def test_what_nothing_fits_leads_to_the_servers_page(site: Site, opened: Open) -> None:
    page = opened(f"{site.url}/peaks")
    search(page, "xyzzy")
    expect(page.get_by_role("listbox").get_by_role("option")).to_contain_text(
        "No wiki has this language, name or address."
    )
    page.keyboard.press("Enter")
    page.wait_for_url("**/find?q=xyzzy")
