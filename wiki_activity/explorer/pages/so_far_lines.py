"""The running month of some wikis in a list, each held against what is usual for it by now; none is judged."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from wiki_activity.domain.months import name_month
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.day_book import DayBook
from wiki_activity.explorer.month_so_far import find_month_so_far
from wiki_activity.explorer.pages.so_far import draw_so_far, format_times
from wiki_activity.explorer.snapshot import Snapshot

WIDTH: Final = 120
HEIGHT: Final = 32
_MARGIN: Final = 4
_MOST_LOOKED_AT: Final = 200
_MOST_LINES: Final = 12


@dataclass(frozen=True, slots=True)
class SoFarLine:
    """One wiki.

    Parameters
    ----------
    project, wiki
        Which; the latter None of one that the site matrix does not name.
    edits
        Without bots; at least so many where hours are missing.
    times
        How many times the usual by now; None where that cannot be said.
    words
        Both in words.
    line, usual
        Paths in a box of `WIDTH` × `HEIGHT` from the month's begin to now: edits so far, to be drawn dotted, and the
        usual way; empty where it is not known.
    """

    project: str
    wiki: Wiki | None
    edits: int
    times: float | None
    words: str
    line: str
    usual: str


@dataclass(frozen=True, slots=True)
class SoFarList:
    """Lines, most times the usual first, then most edits; and in one sentence what they come to."""

    sentence: str
    lines: tuple[SoFarLine, ...]


def list_so_far(book: DayBook, snapshot: Snapshot, projects: Iterable[str]) -> SoFarList | None:
    """List the running month of some wikis, of the biggest where there are many; None while nothing of it was seen."""
    asked = set(projects)
    ordered = [*(project for project in snapshot.catalogue.wikis if project in asked)][:_MOST_LOOKED_AT]
    found = [
        (project, so_far)
        for project in ordered
        if (so_far := find_month_so_far(book, snapshot.wiki(project))) is not None
    ]
    if not found:
        return None
    found.sort(key=lambda one: (-(one[1].times or 0), -one[1].edits, one[0]))
    lines = []
    for project, so_far in found[:_MOST_LINES]:
        line, usual = draw_so_far(so_far, WIDTH, HEIGHT, _MARGIN)
        least = "at least " if so_far.hours_missing else ""
        words = f"{least}{so_far.edits:,} {'edit' if so_far.edits == 1 else 'edits'} without bots"
        if so_far.times is not None:
            words = f"{format_times(so_far.times)}× the usual, {words}"
        wiki = snapshot.catalogue.wikis.get(project)
        lines.append(SoFarLine(project, wiki, so_far.edits, so_far.times, words, line, usual))
    _, first = found[0]
    return SoFarList(_write_sentence(name_month(first.month).split()[0], first.until.day, lines[0]), tuple(lines))


def _write_sentence(month: str, day: int, first: SoFarLine) -> str:
    if first.times is None:
        return f"{month} so far, to day {day}: what is usual by this day is not known yet."
    name = first.project if first.wiki is None else first.wiki.name
    return f"{month} so far, to day {day}: {name} is furthest, at {format_times(first.times)}× its usual by this day."
