"""Changes of who is counted as an editor: steps in the figures that are nobody's doing on the wikis.

Only what is verified has a day or a month; of what is not, the text says so.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

_ABOUT: Final = "https://www.mediawiki.org/wiki/Trust_and_Safety_Product/Temporary_Accounts"
_FIRST_KNOWN: Final = {
    "en.wikipedia.org": date(2025, 11, 4),
}
_IN_JUNE_2025: Final = frozenset({
    "de.wikipedia.org", "fr.wikipedia.org", "ja.wikipedia.org", "zh.wikipedia.org", "www.mediawiki.org",
})  # fmt: skip
_EFFECT: Final = (
    "Since then one browser is one logged-out editor, where an address was one before: numbers of editors before and "
    "after are not comparable, numbers of edits are."
)


@dataclass(frozen=True, slots=True)
class DefinitionChange:
    """A change that a wiki's figures went through.

    Parameters
    ----------
    month
        When, or about when.
    day
        The day, where that is known.
    title, text
        For readers.
    url
        A page about it.
    """

    month: date
    day: date | None
    title: str
    text: str
    url: str


def list_definition_changes(project: str) -> tuple[DefinitionChange, ...]:
    """List those of one wiki, oldest first."""
    return (_switch(project), _TIGHTENED)


def _switch(project: str) -> DefinitionChange:
    title = "Temporary accounts"
    day = _FIRST_KNOWN.get(project)
    if day is not None:
        return DefinitionChange(day.replace(day=1), day, title, f"Switched on here on this day. {_EFFECT}", _ABOUT)
    if project in _IN_JUNE_2025:
        text = f"Switched on here in the second half of June 2025. {_EFFECT}"
        return DefinitionChange(date(2025, 6, 1), None, title, text, _ABOUT)
    text = (
        "Switched on here between October 2024 and November 2025, on most wikis in autumn 2025; the day is not known "
        f"to us. {_EFFECT}"
    )
    return DefinitionChange(date(2025, 10, 1), None, title, text, _ABOUT)


_TIGHTENED: Final = DefinitionChange(
    date(2025, 12, 1),
    None,
    "Fewer temporary accounts from one address",
    "About this time, on nearly all wikis: six a day became two a day and six a month, and people were asked to "
    "register. Fewer logged-out edits and more new accounts may come of that alone; the day is not known to us.",
    _ABOUT,
)
