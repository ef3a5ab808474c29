"""Which scripts of the wikis' names this machine cannot paint: asked of the very library that paints."""

from collections.abc import Iterable, Mapping
from typing import Final

from wiki_activity.explorer.pictures.painter_process import paint

LETTERS: Final[Mapping[str, str]] = {
    "Arabic": "ع", "Armenian": "Հ", "Bengali": "ব", "Burmese": "မ", "Canadian Aboriginal": "ᐃ", "Cherokee": "Ꮳ",
    "Chinese": "中", "Cyrillic": "Ж", "Devanagari": "ह", "Ethiopic": "አ", "Georgian": "ქ", "Gothic": "𐌲", "Greek": "Ω",
    "Gujarati": "ગ", "Gurmukhi": "ਪ", "Hebrew": "ע", "Japanese": "か", "Kannada": "ಕ", "Khmer": "ខ", "Korean": "한",
    "Lao": "ລ", "Latin": "A", "Malayalam": "മ", "Meitei": "ꯃ", "N’Ko": "ߒ", "Odia": "ଓ", "Ol Chiki": "ᱥ",
    "Sinhala": "ස", "Syriac": "ܐ", "Tamil": "த", "Telugu": "త", "Thaana": "ދ", "Thai": "ท",
    "Tibetan": "བ", "Tifinagh": "ⵜ",
}  # fmt: skip
"""A letter of each script in which a wiki is called in its own language."""
_NOBODYS = "\u0378"
"""No font has it: it stands for what is painted where a letter is missing."""


def find_unpaintable(scripts: Iterable[str] = LETTERS) -> list[str]:
    """Find the scripts of which no font has letters."""
    missing = _paint(_NOBODYS)
    return [script for script in scripts if _paint(LETTERS[script]) == missing]


def _paint(letter: str) -> bytes:
    return paint(
        '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">'
        f'<text y="30" font-family="Noto Sans, sans-serif" font-size="24">{letter}</text></svg>'
    )
