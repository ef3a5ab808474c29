"""The witness sees what it is there to see, and the policy is in force while tests look."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from wiki_activity_tests.explorer.browser.axe import check_axe
from wiki_activity_tests.explorer.browser.serving import Site
from wiki_activity_tests.explorer.browser.witness import Witness

Open = Callable[..., Page]


@pytest.mark.parametrize(
    ("deed", "event", "trouble"),
    [
        ("() => console.log('hello')", "console", "console log: hello"),
        ("() => { setTimeout(() => { throw new Error('broken') }) }", "weberror", "error: broken"),
        ("() => { fetch('https://example.org/').catch(() => 0) }", "console", "security policy: connect-src"),
        ("() => { document.body.setAttribute('style', 'color: red') }", "console", "security policy: style-src"),
        (
            "() => { try { document.body.innerHTML = '' } catch { /* told */ } }",
            "console",
            "policy: require-trusted-types",
        ),
        ("() => { fetch('/no-such-place') }", "console", r"404 \(Not Found\)"),
    ],
    ids=["message", "error", "other host", "inline style", "markup from a string", "failed request"],
)
def test_what_goes_wrong_in_a_page_is_seen(
    site: Site, opened: Open, witness: Witness, *, deed: str, event: str, trouble: str
) -> None:
    page = opened(f"{site.url}/")
    witness.allow(trouble)
    with page.context.expect_event(event, lambda _: any(re.search(trouble, one) for one in witness.troubles)):
        page.evaluate(deed)
    witness.troubles[:] = [one for one in witness.troubles if re.search(trouble, one)]


def test_axe_finds_a_picture_without_words(site: Site, opened: Open) -> None:
    page = opened(f"{site.url}/")
    page.evaluate("() => { document.querySelector('main').append(document.createElement('img')) }")
    with pytest.raises(AssertionError, match="image-alt"):
        check_axe(page)
