"""The lines of a board: a wiki whose month stood out, how far, what it was made of, and what people wrote of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import quote

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.finding_sentences import describe_briefly
from wiki_activity.domain.months import format_month
from wiki_activity.domain.notes import Note
from wiki_activity.domain.peaks import Detector, Kind
from wiki_activity.domain.rises import BoardPart, Excess, Rise
from wiki_activity.domain.sentences import format_ratio
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.many_wikis import detect_together
from wiki_activity.explorer.month_overview import MonthOverview
from wiki_activity.explorer.pages.peak_filter import LIMITS, Size
from wiki_activity.explorer.pages.small_drawing import SmallDrawing, draw_months
from wiki_activity.explorer.pages.view_state import DEFAULT_METRIC
from wiki_activity.explorer.snapshot import Snapshot

MONTHS_DRAWN: Final = 24
MOST_FOLDED: Final = 50
"""Lines behind one that is folded; the page of all wikis has the others."""
_OF_A_SIZE = 2
_LINES = 6

KINDS: Final[Mapping[Kind | None, str]] = {
    Kind.MORE_PEOPLE: "more people",
    Kind.SAME_PEOPLE: "mostly the same people",
    Kind.LOGGED_OUT_WAVE: "mostly logged-out edits",
    Kind.BOT_RUN: "mostly bot edits",
    None: "of what cannot be told",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """`+38 people`, and `1.9×` where anything was expected."""

    text: str
    times: str


@dataclass(frozen=True, slots=True)
class BoardLine:
    """One line.

    Parameters
    ----------
    rise
        The month.
    wiki
        None of one that the site matrix does not name.
    figures
        What is above expected; one at least.
    kind
        What it was made of, in words.
    note
        What people wrote of the month, whatever was counted; None where nobody did.
    found
        What was found behind it, in some words; empty where nobody was asked or nothing speaks.
    address
        The page of the peak.
    drawing
        The metric in which it is a peak; None in lines that are folded.
    """

    rise: Rise
    wiki: Wiki | None
    figures: tuple[Figure, ...]
    kind: str
    note: Note | None
    found: str
    address: str
    drawing: SmallDrawing | None


def make_lines(snapshot: Snapshot, detector: Detector, rises: Iterable[Rise], *, drawn: bool = True) -> list[BoardLine]:
    """Make the lines of rises, in their order."""
    shown = list(rises)
    if drawn:
        for metric in {rise.metric for rise in shown}:
            detect_together([snapshot.wiki(rise.project) for rise in shown if rise.metric is metric], metric, detector)
    return [_make_line(snapshot, detector, rise, drawn=drawn) for rise in shown]


def list_part(overview: MonthOverview, part: BoardPart) -> list[Rise]:
    """List the rises that a board shows in one place, in their order."""
    return [rise for rise in overview.rises.values() if rise.part is part]


def choose_six(rises: Sequence[Rise], sizes: Mapping[str, int], preferred: Sequence[str]) -> list[Rise]:
    """Choose two large, two medium and two small wikis; where there are too few of a size, others take their places.

    Parameters
    ----------
    rises
        In their order, in which those that are chosen stay.
    sizes
        Edits of each wiki's newest month.
    preferred
        Wikis that come before others of their size, best first.
    """
    places = {project: at for at, project in enumerate(preferred)}
    chosen: list[Rise] = []
    for size in (Size.BIG, Size.MEDIUM, Size.SMALL):
        least, below = LIMITS[size]
        own = [rise for rise in rises if least <= sizes.get(rise.project, 0) < below]
        own.sort(key=lambda rise: places.get(rise.project, len(places)))
        chosen += own[:_OF_A_SIZE]
    chosen += [rise for rise in rises if rise not in chosen][: _LINES - len(chosen)]
    return [rise for rise in rises if rise in chosen]


def list_figures(rise: Rise) -> tuple[Figure, ...]:
    """Say how far a month was above expected, people first; of mostly bot edits the edits alone."""
    figures = []
    if rise.people is not None and rise.people_shown:
        figures.append(_write(rise.people, "person", "people"))
    if rise.edits is not None and (rise.edits_more or not figures):
        figures.append(_write(rise.edits, "edit", "edits"))
    return tuple(figures)


def describe_people(rises: Iterable[Rise]) -> str:
    """Say who is counted as people; nothing where that is all editors of every wiki."""
    registered = {rise.registered for rise in rises if rise.people is not None}
    if registered == {True}:
        return "People are editors who are registered and no bots."
    if True in registered:
        return "People are editors who are registered and no bots; of wikis where these are not known, all editors."
    return ""


def _make_line(snapshot: Snapshot, detector: Detector, rise: Rise, *, drawn: bool) -> BoardLine:
    own = snapshot.wiki(rise.project)
    finding = own.find_first(rise.month)
    months = draw_months(own, rise.metric, detector, rise.month, MONTHS_DRAWN, 120, 32) if drawn else None
    return BoardLine(
        rise=rise,
        wiki=snapshot.catalogue.wikis.get(rise.project),
        figures=list_figures(rise),
        kind=KINDS[rise.kind],
        note=snapshot.notes_of([rise.project], rise.metric).get((rise.project, rise.month)),
        found="" if finding is None else describe_briefly(finding),
        address=_write_address(rise.project, rise.month, rise.metric),
        drawing=None if months is None else months.drawing,
    )


def _write(excess: Excess, singular: str, plural: str) -> Figure:
    more = max(excess.more, 0)
    times = format_ratio(excess.value, excess.expected)
    # Of a big wiki many people may be a small part.
    return Figure(f"+{more:,} {singular if more == 1 else plural}", "" if times in {None, "1×"} else str(times))


def _write_address(project: str, month: date, metric: Metric) -> str:
    query = "" if metric is DEFAULT_METRIC else f"?metric={metric.value}"
    return f"/p/{quote(project)}/peaks/{format_month(month)}{query}"


def describe_month(overview: MonthOverview) -> str:
    """Say how many wikis had a usual month, and how many of the others there are: together they are all."""
    usual, total, rises, unknown = (
        f"{count:,}" for count in (len(overview.usual), overview.total, len(overview.rises), len(overview.unknown))
    )
    wikis = "wiki" if overview.total == 1 else "wikis"
    if overview.rises and overview.unknown:
        return f"{usual} of {total} {wikis} had a usual month, {rises} did not, and of {unknown} it cannot be told."
    if overview.rises:
        return f"{usual} of {total} {wikis} had a usual month, {rises} did not."
    if overview.unknown:
        return f"{usual} of {total} {wikis} had a usual month; of {unknown} it cannot be told."
    return f"{usual} of {total} {wikis} had a usual month."
