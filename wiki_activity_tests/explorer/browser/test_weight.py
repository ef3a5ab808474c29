"""How much a first visit to a wiki's page brings over the wire."""

from playwright.sync_api import Browser

from wiki_activity_tests.explorer.browser.serving import Site

MOST_BYTES = 100_000


def test_the_first_visit_to_a_wiki_brings_less_than_100_kb(chromium: Browser, site: Site) -> None:
    with chromium.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        session = context.new_cdp_session(page)
        addresses: dict[str, str] = {}
        sizes: dict[str, int] = {}
        session.on(
            "Network.responseReceived", lambda told: addresses.update({told["requestId"]: told["response"]["url"]})
        )
        session.on(
            "Network.loadingFinished", lambda told: sizes.update({told["requestId"]: int(told["encodedDataLength"])})
        )
        session.send("Network.enable")
        page.goto(f"{site.url}/p/hi.wikipedia.org", wait_until="networkidle")
        page.locator("#chart.drawn").wait_for()
    listed = sorted(((sizes[number], addresses.get(number, "?")) for number in sizes), reverse=True)
    assert any("uPlot.iife" in address for _, address in listed)
    assert sum(size for size, _ in listed) < MOST_BYTES, listed
