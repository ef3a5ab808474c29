"""Where the labels of notes go over a chart, so that none covers another or a mark: as `markers.js` lays them."""

from collections.abc import Sequence
from dataclasses import dataclass

from wiki_activity.explorer.pictures.sheet import clip
from wiki_activity.explorer.pictures.text_runs import measure

SIZE = 13
STEP = 22
WIDEST = 190
_PADDING = 7
_GAP = 4
_MARK = 9
_ABOVE = 36
_HIGHEST = -8


@dataclass(frozen=True, slots=True)
class Label:
    """A label with its box, and the line down to its mark; places are of the plot."""

    text: str
    left: float
    top: float
    width: float
    x: float
    y: float

    @property
    def stem(self) -> str:
        """Path of the line from the box to its mark."""
        return f"M{self.x:g} {self.top + STEP - 1:g}V{max(self.y - 7, self.top + STEP - 1):g}"


def place_labels(
    marks: Sequence[tuple[float, float]], texts: Sequence[str | None], width: float, height: float
) -> list[Label]:
    """Lay out the labels of marks in a plot; those without room are left out, and None has none.

    Parameters
    ----------
    marks
        Where all marks are, in the order of months.
    texts
        What each of them says.
    width, height
        Of the plot.
    """
    taken = [(x - _MARK, x + _MARK, y - _MARK, y + _MARK) for x, y in marks]
    labels = []
    for (x, y), text in zip(marks, texts, strict=True):
        if not text:
            continue
        shown = clip(text, WIDEST - 2 * _PADDING, SIZE)
        own = round(measure(shown, SIZE) + 2 * _PADDING, 1)
        left = round(max(0.0, min(width - own, x - own / 2)), 1)
        top = _find_room(taken, left, own, min(y - _ABOVE, height - STEP))
        if top is not None:
            labels.append(Label(shown, left, round(top, 1), own, x, y))
            taken.append((left - _GAP, left + own + _GAP, top, top + STEP))
    return labels


def _find_room(
    taken: Sequence[tuple[float, float, float, float]], left: float, width: float, start: float
) -> float | None:
    top = max(start, _HIGHEST)
    while top >= _HIGHEST:
        if not any(
            one_left < left + width and one_right > left and one_top < top + STEP and one_bottom > top
            for one_left, one_right, one_top, one_bottom in taken
        ):
            return top
        top -= STEP
    return None
