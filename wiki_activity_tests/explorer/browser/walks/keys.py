"""Going through a page with the keyboard alone, seeing at each step where one is."""

from playwright.sync_api import Locator, Page, expect

_MOST_STEPS = 150
_SEEN = """() => {
  const one = document.activeElement;
  // Between the last element and the first is the browser's own; its button within a field of a day it marks itself.
  if (one === document.body || !one.matches(":focus")) return true;
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
  const { top, bottom, left, right, width } = one.getBoundingClientRect();
  const isMarked = (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
  return isMarked && width > 0 && bottom > 0 && top < innerHeight && right > 0 && left < innerWidth;
}"""
_IS_FOCUSED = "(one) => one === document.activeElement"


def tab_to(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """Press Tab until something has the focus; on the way the focus can always be seen."""
    expect(wanted).to_be_visible()
    for _ in range(_MOST_STEPS):
        page.keyboard.press(key)
        assert page.evaluate(_SEEN), page.evaluate("() => document.activeElement.outerHTML.slice(0, 200)")
        if wanted.evaluate(_IS_FOCUSED):
            return
    raise AssertionError(f"{wanted} is not reached by {key}")


def enter(page: Page, wanted: Locator) -> None:
    """Go to something with Tab, and press Enter."""
    tab_to(page, wanted)
    page.keyboard.press("Enter")
