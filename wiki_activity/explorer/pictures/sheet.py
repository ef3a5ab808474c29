"""What every picture has besides its drawing: title, legend, source, licence and the address that it is of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.pictures.text_runs import cut, measure
from wiki_activity.explorer.search import fold
from wiki_activity.explorer.xml_text import clean

WIDTH, HEIGHT = 1200, 630
"""As link previews have them; an SVG goes to any size."""
MARGIN = 40
_ROOM = WIDTH - 2 * MARGIN
_TITLE_SIZE, _TEXT_SIZE, _LEGEND_SIZE = 34, 17, 15
_KEY_WIDTH, _KEY_GAP = 30, 22

COLOURS: Final[Mapping[str, str]] = {
    "text": "#202122",
    "subtle": "#54595d",
    "page": "#f8f9fa",
    "card": "#fff",
    "line": "#c8ccd1",
    "edits": "#3366cc",
    "alert": "#a66200",
    "peak": "#a66200",
    "peak_fill": "#f0a830",
    "ok": "#177860",
    "vs1": "#7a4bcb",
    "vs2": "#0a7ea4",
    "vs3": "#b5487b",
}
"""Those of `base.css` by day: a picture goes to paper and white pages, whatever its first reader's screen is like."""

SOURCE: Final = "Data: Wikimedia Analytics API, CC0 1.0. This picture and its notes: CC0 1.0."


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of a legend: what stands for what, and where it is."""

    symbol: str
    text: str
    x: float = 0.0


@dataclass(frozen=True, slots=True)
class Sheet:
    """A picture without its drawing; texts as they are drawn, cut to the room they have.

    Parameters
    ----------
    title, subtitle
        What it is of.
    native
        Its own name, where that is another; nothing where it is not.
    legend
        What stands for what.
    sentence
        What it comes to, for those who only read; also the picture's description.
    address
        Where it is from, whole.
    full_title
        For those who hear it.
    """

    title: str
    native: str
    subtitle: str
    legend: tuple[Key, ...]
    sentence: str
    address: str
    full_title: str
    source: str


def make_sheet(
    title: str,
    subtitle: str,
    legend: Sequence[tuple[str, str]],
    sentence: str,
    address: str,
    *,
    native: str = "",
    source: str = SOURCE,
) -> Sheet:
    """Make a sheet; `legend` has a symbol's name and its text each."""
    native = clip(native, _ROOM / 2, _TITLE_SIZE)
    keys, x = [], float(MARGIN)
    for symbol, text in legend:
        shown = clip(text, 420, _LEGEND_SIZE)
        keys.append(Key(symbol, shown, x))
        x += _KEY_WIDTH + measure(shown, _LEGEND_SIZE) + _KEY_GAP
    return Sheet(
        title=clip(title, _ROOM - measure(native, _TITLE_SIZE) - MARGIN * bool(native), _TITLE_SIZE),
        native=native,
        subtitle=clip(subtitle, _ROOM, _TEXT_SIZE),
        legend=tuple(keys),
        sentence=clip(sentence, _ROOM, _TEXT_SIZE),
        address=clip(address, _ROOM, _LEGEND_SIZE),
        full_title=clean(f"{title}: {subtitle}"),
        source=source,
    )


def find_native_name(wiki: Wiki) -> str:
    """Return a wiki's name in its own language; nothing where its name for everybody says the same."""
    return "" if fold(wiki.autonym) in fold(wiki.name) else wiki.autonym


def clip(text: str, width: float, size: float) -> str:
    """Cut a text to a width, and take out of it what XML cannot hold and line breaks."""
    return cut(clean(" ".join(text.split())), width, size)
