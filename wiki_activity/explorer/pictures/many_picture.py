"""Many wikis as a picture: each one's last two years with its peaks, the biggest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.months import name_month, shift_month
from wiki_activity.domain.peaks import Detector
from wiki_activity.domain.sentences import format_count
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.pages.drawing import Sparkline, draw_sparkline
from wiki_activity.explorer.pages.summaries import say_language
from wiki_activity.explorer.peak_board import BoardQuery
from wiki_activity.explorer.pictures.sheet import MARGIN, WIDTH, clip, make_sheet
from wiki_activity.explorer.pictures.text_runs import measure
from wiki_activity.explorer.snapshot import Snapshot

_MONTHS = 24
_MOST_PEAKS = 10_000
_GRIDS = ((1, 1), (1, 2), (2, 2), (2, 3), (3, 3), (3, 4))
"""Columns and rows; the smallest is taken that has room for all."""
_TOP, _HEIGHT = 136, 384
_NAME_HEIGHT, _GAP = 20, 40
_NAME_SIZE = 15
MOST_WIKIS = _GRIDS[-1][0] * _GRIDS[-1][1]


@dataclass(frozen=True, slots=True)
class Cell:
    """One wiki: where it is, its name, what it had in the newest month, and its line."""

    x: float
    y: float
    name: str
    count: str
    sparkline: Sparkline


def describe_language(
    snapshot: Snapshot, code: str, wikis: Sequence[Wiki], detector: Detector, address: str
) -> dict[str, object]:
    """Return the values for the picture of a language; `wikis` are all of it, biggest first."""
    is_many = code == "mul" or wikis[0].family == "special"
    languages = next((wiki for wiki in wikis if wiki.family != "special"), wikis[0])
    name = "Wikis for many languages" if is_many else f"All wikis in {_name_language(languages)}"
    native = "" if is_many or languages.autonym in name else languages.autonym
    return describe_many(snapshot, name, wikis, detector, address, native=native)


def describe_many(
    snapshot: Snapshot, name: str, wikis: Sequence[Wiki], detector: Detector, address: str, *, native: str = ""
) -> dict[str, object]:
    """Return the values for the picture of some wikis, biggest first."""
    newest = snapshot.catalogue.newest_month
    peaks = {} if newest is None else _find_peaks(snapshot, wikis, detector, newest)
    cells = [] if newest is None else _lay_out(snapshot, wikis[:MOST_WIKIS], peaks, newest)
    subtitle = "No data yet." if newest is None else f"All edits each month, the two years to {name_month(newest)}."
    sheet = make_sheet(
        name,
        subtitle,
        [("line", "edits"), ("peak", "peak")],
        say_language(len(wikis), len(cells), sum(map(len, peaks.values()))),
        address,
        native=native,
    )
    return {"sheet": sheet, "cells": cells}


def _lay_out(snapshot: Snapshot, wikis: Sequence[Wiki], peaks: Mapping[str, Sequence[int]], newest: date) -> list[Cell]:
    columns, rows = next(grid for grid in _GRIDS if grid[0] * grid[1] >= len(wikis))
    width, height = (WIDTH - 2 * MARGIN + _GAP) // columns, _HEIGHT // rows
    cells = []
    for at, wiki in enumerate(wikis):
        counts = snapshot.wiki(wiki.project).newest(Metric.EDITS, newest, _MONTHS)
        line = draw_sparkline(counts, peaks.get(wiki.project, ()), width - _GAP, height - _NAME_HEIGHT - _GAP // 2)
        count = "no data" if counts[-1] is None else format_count(counts[-1])
        name = clip(wiki.name, width - _GAP - measure(count, _NAME_SIZE) - 10, _NAME_SIZE)
        x, y = MARGIN + at % columns * width, _TOP + at // columns * height
        cells.append(Cell(x, y, name, count, line))
    return cells


def _find_peaks(snapshot: Snapshot, wikis: Sequence[Wiki], detector: Detector, newest: date) -> dict[str, list[int]]:
    first = shift_month(newest, 1 - _MONTHS)
    names = [wiki.project for wiki in wikis]
    query = BoardQuery(Metric.EDITS, detector, first=first, last=newest, projects=names, limit=_MOST_PEAKS)
    found: dict[str, list[int]] = {}
    for item in snapshot.select_peaks(query).items:
        month = item.peak.month
        found.setdefault(item.peak.project, []).append((month.year - first.year) * 12 + month.month - first.month)
    return found


def _name_language(wiki: Wiki) -> str:
    """Name a language in English by one of its wikis: `Hindi Wikipedia` is in Hindi."""
    name, _, family = wiki.name.rpartition(" ")
    return name if name and family.casefold() == wiki.family else wiki.autonym
