"""A report as a picture: edits without bots around its days or months, which are marked, and its totals."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from wiki_activity.domain.daily_history import DayRange
from wiki_activity.domain.months import list_months, name_month, shift_month
from wiki_activity.domain.report import CountsOf
from wiki_activity.domain.report import Line as FigureLine
from wiki_activity.domain.sentences import format_count
from wiki_activity.explorer.known_days import KnownDays
from wiki_activity.explorer.pages.drawing import Tick
from wiki_activity.explorer.pages.line_chart import Line, LineChart, draw_lines
from wiki_activity.explorer.pages.report_texts import describe_change, say_report, tell_fewer
from wiki_activity.explorer.pictures.sheet import MARGIN, SOURCE, WIDTH, clip, find_native_name, make_sheet
from wiki_activity.explorer.rendering import SHORT_MONTHS
from wiki_activity.explorer.report import FIGURES, Report
from wiki_activity.explorer.snapshot import Snapshot

_WIDTH, _HEIGHT = 1120, 300
_MOST_TICKS: Final = 10
_MOST_TOTALS: Final = 4
_DAYS_BEFORE, _DAYS_AFTER = 28, 14
_MONTHS_BEFORE, _MONTHS_AFTER = 12, 2
_SOURCE_BY_DAY: Final = SOURCE.replace(
    "Wikimedia Analytics API, CC0 1.0", "Wikimedia Analytics API and EventStreams, CC0 1.0"
)


@dataclass(frozen=True, slots=True)
class Total:
    """One figure under the chart: where it is, what it is, how much, and what a year before was beside it."""

    x: float
    name: str
    value: str
    change: str


@dataclass(frozen=True, slots=True)
class Stripe:
    """Where the period is."""

    x: float
    width: float


def describe_report(
    report: Report, snapshot: Snapshot, known_days: KnownDays | None, address: str
) -> dict[str, object]:
    """Return the values for the picture of a report.

    Parameters
    ----------
    report
        What it says.
    snapshot, known_days
        Where the months and days around it are; `known_days` is given where it is about days.
    address
        Of its page, whole.
    """
    if report.days is None or known_days is None:
        chart, stripe = _draw_months(report, snapshot)
        each, source = "each month", SOURCE
    else:
        chart, stripe = _draw_days(report, report.days, known_days)
        each, source = "each day", _SOURCE_BY_DAY
    legend = [("line", "Edits without bots"), ("spell", report.period)]
    legend += [
        ("dotted", f"{name_month(month)} is provisional: published only in part") for month in report.provisional
    ]
    sheet = make_sheet(
        f"{report.name[:1].upper()}{report.name[1:]}, {report.period}",
        f"Edits without bots {each}, non-content pages left out."
        + (f" {report.wikis[0].project}" if len(report.wikis) == 1 else ""),
        legend,
        say_report(report) if report.lines else " ".join(report.unknown),
        address,
        native=find_native_name(report.wikis[0]) if len(report.wikis) == 1 else "",
        source=source,
    )
    return {"sheet": sheet, "chart": chart, "stripe": stripe, "totals": _list_totals(report)}


def _draw_months(report: Report, snapshot: Snapshot) -> tuple[LineChart, Stripe]:
    first, last = report.months[0], report.months[-1]
    newest = snapshot.catalogue.newest_month or last
    until = last if newest <= last else min(newest, shift_month(last, _MONTHS_AFTER))
    shown = list_months(shift_month(first, -_MONTHS_BEFORE), until)
    counts = {wiki.project: snapshot.wiki(wiki.project).all_month_counts().get for wiki in report.wikis}
    return _draw(report, shown, counts, shown.index(first), shown.index(last), _name_month)


def _draw_days(report: Report, days: DayRange, known_days: KnownDays) -> tuple[LineChart, Stripe]:
    known = (known_days.of(wiki.project).find_known() for wiki in report.wikis)
    newest = max((one.last for one in known if one is not None), default=days.last)
    until = days.last if newest <= days.last else min(newest, days.last + timedelta(days=_DAYS_AFTER))
    shown = DayRange(days.first - timedelta(days=_DAYS_BEFORE), until).list()
    counts = {wiki.project: known_days.of(wiki.project).read for wiki in report.wikis}
    return _draw(report, shown, counts, shown.index(days.first), shown.index(days.last), _name_day)


def _draw(  # noqa: PLR0917 - what is drawn, then how
    report: Report, shown: Sequence[date], counts: Mapping[str, CountsOf], begin: int, end: int,
    name: Callable[[date], str],
) -> tuple[LineChart, Stripe]:  # fmt: skip
    # A wiki that is in no total is in no line either; where one of the others is not known, there is a gap.
    missing = {wiki.project for wiki in report.missing}
    used = [one for project, one in counts.items() if project not in missing] or list(counts.values())
    values = [_add_up(used, at) for at in shown]
    lines = [Line("Edits without bots", "Edits without bots", values)]
    chart = draw_lines(shown, lines, _WIDTH, _HEIGHT, dotted_end=shown[-1] in report.provisional)
    step = (chart.right - chart.left) / max(len(shown) - 1, 1)
    every = math.ceil(len(shown) / _MOST_TICKS)
    ticks = tuple(Tick(round(chart.left + at * step, 1), name(shown[at])) for at in range(0, len(shown), every))
    left = max(chart.left + (begin - 0.5) * step, chart.left)
    right = min(chart.left + (end + 0.5) * step, chart.right)
    return replace(chart, x_marks=ticks), Stripe(round(left, 1), round(right - left, 1))


def _add_up(counts: Sequence[CountsOf], at: date) -> float | None:
    known = [one.people_edits for read in counts if (one := read(at)) is not None and one.people_edits is not None]
    return sum(known) if len(known) == len(counts) else None


def _list_totals(report: Report) -> list[Total]:
    room = (WIDTH - 2 * MARGIN) / _MOST_TOTALS
    return [
        Total(
            MARGIN + at * room,
            clip(FIGURES[line.figure], room - 20, 15),
            "not known" if line.value is None else format_count(line.value),
            clip(_tell_year(line), room - 20, 14),
        )
        for at, line in enumerate(report.lines[:_MOST_TOTALS])
    ]


def _tell_year(line: FigureLine) -> str:
    before = line.year_before
    return "" if before is None else f"{describe_change(before)} beside a year before{tell_fewer(before, line)}"


def _name_month(month: date) -> str:
    return f"{SHORT_MONTHS[month.month - 1]} {month.year}"


def _name_day(day: date) -> str:
    return f"{day.day} {SHORT_MONTHS[day.month - 1]}"
