"""What the board is made of: the lines of the newest complete month, those behind one that is folded, and how many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from wiki_activity.domain.names import EVERY, ResolvedNames, resolve_names
from wiki_activity.domain.peaks import Detector
from wiki_activity.domain.rises import BoardPart, Rise
from wiki_activity.domain.wikis import is_watched
from wiki_activity.explorer.month_overview import MonthOverview, look_at_month
from wiki_activity.explorer.pages.board_lines import (
    MOST_FOLDED,
    BoardLine,
    choose_six,
    describe_month,
    describe_people,
    list_part,
    make_lines,
)
from wiki_activity.explorer.pages.group_state import GroupState
from wiki_activity.explorer.snapshot import Snapshot

_OF_INSTALLATION: Final = 8
_FOLDS: Final[Mapping[BoardPart, tuple[str, str]]] = {
    BoardPart.STOOD_OUT: ("{} more stood out", "{} more stood out"),
    BoardPart.SMALL_RISE: ("{} smaller rise", "{} smaller rises"),
    BoardPart.MANY_WIKIS: ("{} busy on many wikis", "{} busy on many wikis"),
    BoardPart.MOSTLY_BOTS: ("{} mostly bot edits", "{} mostly bot edits"),
}


@dataclass(frozen=True, slots=True)
class Fold:
    """Lines behind one: how many there are, in words, and the first of them."""

    words: str
    lines: tuple[BoardLine, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Installation:
    """The wikis of this installation, which WATCHLIST names.

    Parameters
    ----------
    names
        What is written there, names that are no known wiki's among it.
    lines, more
        Those that stood out, and how many others did.
    sentence
        How many of them had a usual month.
    address
        The page that shows them side by side.
    """

    names: ResolvedNames
    lines: tuple[BoardLine, ...]
    more: int
    sentence: str
    address: str


@dataclass(frozen=True, slots=True)
class BoardChoice:
    """Which month, and which of its rises have lines of their own."""

    overview: MonthOverview
    chosen: tuple[Rise, ...]
    is_default: bool

    @property
    def month(self) -> date | None:
        """The newest complete month; None where nothing is stored."""
        return self.overview.month


@dataclass(frozen=True, slots=True)
class BoardView:
    """All that the template draws; no line is in two places of it."""

    month: date
    sentence: str
    people: str
    lines: tuple[BoardLine, ...]
    folds: tuple[Fold, ...]
    installation: Installation | None


def choose_board(snapshot: Snapshot, detector: Detector, languages: Sequence[str]) -> BoardChoice:
    """Choose the lines of the board; wikis of the languages that a browser asks for come first."""
    overview = look_at_month(snapshot, detector)
    rises = list_part(overview, BoardPart.STOOD_OUT)
    places = {language: at for at, language in enumerate(languages)}
    wikis = snapshot.catalogue.wikis
    wanted = [
        (places[wikis[rise.project].language], at, rise.project)
        for at, rise in enumerate(rises)
        if rise.project in wikis and wikis[rise.project].language in places
    ]
    preferred = [project for *_, project in sorted(wanted)]
    usual = choose_six(rises, snapshot.catalogue.sizes, ())
    chosen = choose_six(rises, snapshot.catalogue.sizes, preferred)
    return BoardChoice(overview, tuple(chosen), chosen == usual)


def find_installation(snapshot: Snapshot, watchlist: Sequence[str]) -> tuple[ResolvedNames, list[str]]:
    """Find the wikis of this installation: what WATCHLIST names, and the projects that it means."""
    catalogue = snapshot.catalogue
    names = resolve_names(watchlist, catalogue.wikis, catalogue.former)
    every = EVERY in names.names
    return names, [wiki.project for wiki in catalogue.wikis.values() if every or is_watched(wiki, names.names)]


def describe_board(
    snapshot: Snapshot, detector: Detector, choice: BoardChoice, watchlist: Sequence[str]
) -> BoardView | None:
    """Return what the board shows; None where nothing is stored."""
    overview = choice.overview
    if overview.month is None:
        return None
    chosen = {rise.project for rise in choice.chosen}
    folds = []
    for part, (one, many) in _FOLDS.items():
        rises = [rise for rise in list_part(overview, part) if rise.project not in chosen]
        if rises:
            lines = make_lines(snapshot, detector, rises[:MOST_FOLDED], drawn=False)
            words = (one if len(rises) == 1 else many).format(f"{len(rises):,}")
            folds.append(Fold(words, tuple(lines), len(rises)))
    return BoardView(
        month=overview.month,
        sentence=describe_month(overview),
        people=describe_people(overview.rises.values()),
        lines=tuple(make_lines(snapshot, detector, choice.chosen)),
        folds=tuple(folds),
        installation=_describe_installation(snapshot, detector, overview, watchlist) if watchlist else None,
    )


def _describe_installation(
    snapshot: Snapshot, detector: Detector, overview: MonthOverview, watchlist: Sequence[str]
) -> Installation:
    names, own = find_installation(snapshot, watchlist)
    part = overview.of(own)
    rises = list_part(part, BoardPart.STOOD_OUT)
    named = tuple(name for name in names.names if name != EVERY)
    address = GroupState("/mine", named).address() if EVERY not in names.names else "/g/all"
    return Installation(
        names=names,
        lines=tuple(make_lines(snapshot, detector, rises[:_OF_INSTALLATION])),
        more=max(len(rises) - _OF_INSTALLATION, 0),
        sentence=describe_month(part) if part.total else "It names no wiki that is known.",
        address=address,
    )
