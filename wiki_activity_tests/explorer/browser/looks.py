"""The windows through which tests look: a desk's, a tablet's, a wide one's and a phone's, in the dark and on paper."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page

VARIABLE = "WIKI_ACTIVITY_TEST_SCREENSHOTS"


@dataclass(frozen=True, slots=True)
class Look:
    """A window: its name in pictures, its size in CSS pixels, how it is lit, and whether it is paper."""

    name: str
    width: int
    height: int
    scheme: Literal["light", "dark"] = "light"
    phone: bool = False
    media: Literal["screen", "print"] = "screen"

    def __str__(self) -> str:
        return self.name


DESK = Look("desk", 1280, 900)
DARK = Look("dark", 1280, 900, "dark")
PHONE = Look("phone", 390, 844, phone=True)
PHONE_DARK = Look("phone-dark", 390, 844, "dark", phone=True)
TABLET = Look("tablet", 768, 1024)
WIDE = Look("wide", 1920, 1080)
PAPER = Look("print", 718, 1000, media="print")
"""What is left of A4 between the margins."""
EVERY_LOOK = pytest.mark.parametrize("look", [DESK, DARK, PHONE], ids=str)


def picture(page: Page, name: str, folder: Path, *, whole: bool = False) -> None:
    """Keep a picture, where the environment says or in `folder`, named by what it shows."""
    kept = Path(os.environ.get(VARIABLE) or folder)
    kept.mkdir(parents=True, exist_ok=True)
    page.screenshot(
        path=kept / f"{name}.png", full_page=whole, scale="css" if whole else "device", animations="disabled"
    )


def check_width(page: Page) -> None:
    """Fail if the page can be scrolled sideways."""
    wide = page.evaluate("() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide[0] <= wide[1], f"{page.url} is {wide[0]} px wide in a window of {wide[1]} px"


def look_through(page: Page, look: Look) -> None:
    """Show a page that is open through another window."""
    page.set_viewport_size({"width": look.width, "height": look.height})
    page.emulate_media(color_scheme=look.scheme, media=look.media)
