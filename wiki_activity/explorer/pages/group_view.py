"""What a page of many wikis is made of: their sum, years side by side, some of them on one chart, and each small."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from markupsafe import Markup

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.months import name_month, shift_month
from wiki_activity.domain.peaks import Detector
from wiki_activity.domain.rises import BoardPart, Rise
from wiki_activity.domain.sentences import format_count
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.group_sums import SideBySide, sum_up, whole
from wiki_activity.explorer.many_wikis import detect_together
from wiki_activity.explorer.month_overview import MonthOverview, look_at_month, order_wikis
from wiki_activity.explorer.pages import wording
from wiki_activity.explorer.pages.board_lines import Figure, describe_month, list_figures
from wiki_activity.explorer.pages.group_state import PAGE, GroupState, Measure, MemberSort
from wiki_activity.explorer.pages.line_chart import Line, LineChart, Years, draw_lines, draw_years
from wiki_activity.explorer.pages.small_drawing import draw_months
from wiki_activity.explorer.pages.wiki_view import Link
from wiki_activity.explorer.snapshot import Snapshot

MONTHS_DRAWN: Final = 36
_SHOWN_YEARS = 5
_YEARS_BESIDE = 3
_TOGETHER_AT_FIRST = 5
_NAMED_MONTHS = 4
_WIDE, _NARROW = 1100, 360

_SORTS: Final[Mapping[MemberSort, str]] = {
    MemberSort.STOOD_OUT: "What stood out",
    MemberSort.SIZE: "Size",
    MemberSort.NAME: "Name",
}
_MEASURES: Final[Mapping[Measure, str]] = {
    Measure.INDEX: "100 in a month",
    Measure.SHARE: "Share of all together",
    Measure.COUNT: "Counts",
}


@dataclass(frozen=True, slots=True)
class Member:
    """One wiki, small.

    Parameters
    ----------
    count
        Of the newest complete month; None where it is missing.
    figures, part
        How far it stood out in that month, and where boards show it; nothing where it did not.
    svg
        Its last `MONTHS_DRAWN` months.
    together
        Whether it is on the chart of several.
    """

    wiki: Wiki
    count: float | None
    figures: tuple[Figure, ...]
    part: BoardPart | None
    svg: Markup
    together: bool


@dataclass(frozen=True, slots=True)
class GroupView:
    """All that the templates of `group/` draw.

    Parameters
    ----------
    state, month
        What is shown, and the newest complete month; None where nothing is stored.
    wikis, closed
        How many wikis there are, and how many of them take no more edits.
    overview, sentence
        That month, of these wikis, and how many had a usual one.
    remarks
        What could be taken for something else, in sentences.
    sums, years
        Charts, a wide one and a narrow one; none for editors, which are not summed.
    rows
        Of the table of the months shown, newest first.
    together
        Charts of some wikis; none where there is nothing to compare.
    left_out
        Why wikis that were chosen are not on it, in sentences.
    base
        The month that is 100.
    members
        Of this page.
    pages
        How many pages there are.
    hidden
        What the form of comparing has to keep of the address.
    """

    state: GroupState
    month: date | None
    wikis: int
    closed: int
    overview: MonthOverview
    sentence: str
    unit: str
    remarks: tuple[str, ...]
    sums: tuple[LineChart, ...]
    years: tuple[Years, ...]
    rows: Markup
    together: tuple[LineChart, ...]
    left_out: tuple[str, ...]
    base: date | None
    members: tuple[Member, ...]
    pages: int
    metrics: tuple[Link, ...]
    sorts: tuple[Link, ...]
    measures: tuple[Link, ...]
    ranges: tuple[Link, ...]
    hidden: tuple[tuple[str, str], ...]


def describe_group(snapshot: Snapshot, detector: Detector, state: GroupState, wikis: Sequence[Wiki]) -> GroupView:
    """Return what a page of some wikis, biggest first, shows."""
    overview = look_at_month(snapshot, detector).of(wiki.project for wiki in wikis)
    beside = sum_up(
        [snapshot.wiki(wiki.project) for wiki in wikis],
        state.metric,
        open_ones=[wiki.is_open for wiki in wikis],
    )
    shown = _choose_months(beside, state)
    charts = _Charts(beside, state, wikis, shown)
    page = _cut_page(overview, state, wikis)
    return GroupView(
        state=state,
        month=overview.month,
        wikis=len(wikis),
        closed=sum(not wiki.is_open for wiki in wikis),
        overview=overview,
        sentence=describe_month(overview) if overview.total else "",
        unit=wording.UNITS[state.metric],
        remarks=(*_list_remarks(beside, state, wikis, shown), *_tell_base(beside, state, shown)),
        sums=charts.draw_sums(),
        years=charts.draw_years(),
        rows=charts.list_rows(),
        together=charts.draw_together(),
        left_out=charts.left_out,
        base=charts.base if state.measure is Measure.INDEX else None,
        members=_list_members(snapshot, detector, state, page, overview),
        pages=max(1, -(-len(wikis) // PAGE)),
        metrics=tuple(
            Link(f"metric-{one}", text, state.address(metric=one, page=1), one is state.metric)
            for one, text in wording.METRICS.items()
        ),
        sorts=tuple(
            Link(f"sort-{one}", text, f"{state.address(sort=one, page=1)}#wikis", one is state.sort)
            for one, text in _SORTS.items()
        ),
        measures=tuple(
            Link(f"as-{one}", text, f"{state.address(measure=one)}#together", one is state.measure)
            for one, text in _MEASURES.items()
            if one is not Measure.SHARE or state.metric is not Metric.EDITORS
        ),
        ranges=tuple(_link_ranges(beside, state, shown)),
        hidden=tuple(_list_hidden(state, page)),
    )


class _Charts:
    """The charts over the months that are shown."""

    def __init__(self, beside: SideBySide, state: GroupState, wikis: Sequence[Wiki], shown: range) -> None:
        self._beside, self._state, self._wikis, self._shown = beside, state, wikis, shown
        self._months = [beside.months[at] for at in shown]
        self._unfinished = bool(self._months) and self._months[-1] in beside.provisional
        self.base = state.base if state.base in self._months else next(iter(self._months), None)
        self.left_out: tuple[str, ...] = ()

    def draw_sums(self) -> tuple[LineChart, ...]:
        if not self._months or self._state.metric is Metric.EDITORS:
            return ()
        line = Line("All together", "All", [self._beside.sums[at] for at in self._shown])
        return tuple(
            draw_lines(self._months, [line], width, height, dotted_end=self._unfinished)
            for width, height in ((_WIDE, 240), (_NARROW, 200))
        )

    def draw_years(self) -> tuple[Years, ...]:
        if not self._months or self._state.metric is Metric.EDITORS:
            return ()
        # The last of the months shown says which years; the whole of each is drawn.
        end = self._shown.stop
        months = self._beside.months[:end]
        # A column beside whole months would be taken for one: a month that is published in part has none.
        sums = [
            None if month in self._beside.provisional else total
            for month, total in zip(months, self._beside.sums[:end], strict=True)
        ]
        return tuple(
            draw_years(months, sums, _YEARS_BESIDE, width, height) for width, height in ((_WIDE, 200), (_NARROW, 180))
        )

    def list_rows(self) -> Markup:
        one = self._beside
        rows = (
            f'<tr><th scope="row">{name_month(one.months[at])[:3]} {one.months[at].year}'
            f"{', provisional' if one.months[at] in one.provisional else ''}</th>"
            f'<td class="number">{"no sum" if (total := one.sums[at]) is None else format_count(total)}</td>'
            f'<td class="number">{one.begun[at]:,}</td><td class="number">{one.lacking[at]:,}</td></tr>\n'
            for at in reversed(self._shown)
        )
        # Months and numbers alone: as a loop of the template it takes several times as long.
        return Markup("".join(rows))  # noqa: S704

    def draw_together(self) -> tuple[LineChart, ...]:
        if len(self._wikis) < 2 or not self._months:
            return ()
        chosen = self._choose()
        lines = list(filter(None, map(self._lay_out, chosen)))
        if not lines:
            return ()
        index = self._state.measure is Measure.INDEX
        share = self._state.measure is Measure.SHARE
        return tuple(
            draw_lines(
                self._months,
                lines,
                width,
                height,
                base=self.base if index else None,
                unit=_write_percent if share else format_count,
                dotted_end=self._unfinished,
            )
            for width, height in ((_WIDE, 340), (_NARROW, 300))
        )

    def _choose(self) -> list[int]:
        wanted = set(self._state.together)
        if wanted:
            return [at for at, wiki in enumerate(self._wikis) if wiki.project in wanted]
        known = [at for at, wiki in enumerate(self._wikis) if wiki.is_open and at not in set(self._beside.unknown)]
        return known[:_TOGETHER_AT_FIRST]

    def _lay_out(self, at: int) -> Line | None:
        wiki = self._wikis[at]
        counts = [whole(count) for count in self._beside.counts[at, self._shown.start : self._shown.stop].tolist()]
        values: list[float | None] = list(counts)
        if self._state.measure is Measure.SHARE:
            sums = [self._beside.sums[place] for place in self._shown]
            values = [
                None if count is None or not total else 100 * count / total
                for count, total in zip(counts, sums, strict=True)
            ]
        elif self._state.measure is Measure.INDEX:
            assert self.base is not None
            base = counts[self._months.index(self.base)]
            if not base:
                why = "no count is stored" if base is None else "nothing was counted"
                self.left_out += (f"{wiki.name} is not on the chart: of {name_month(self.base)}, {why} there.",)
                return None
            values = [None if count is None else 100 * count / base for count in counts]
        if all(value is None for value in values):
            self.left_out += (f"{wiki.name} is not on the chart: none of these months is stored.",)
            return None
        return Line(wiki.name, wiki.project.removesuffix(".org").removeprefix("www."), values)


def _choose_months(beside: SideBySide, state: GroupState) -> range:
    if not beside.months:
        return range(0)
    last = state.last or beside.months[-1]
    first = state.first or shift_month(last, 1 - 12 * _SHOWN_YEARS)
    places = [at for at, month in enumerate(beside.months) if first <= month <= last]
    return range(places[0], places[-1] + 1) if places else range(0)


def _list_remarks(beside: SideBySide, state: GroupState, wikis: Sequence[Wiki], shown: range) -> Iterator[str]:
    if state.metric is Metric.EDITORS:
        yield (
            "Editors are not summed over wikis: whoever edits on two would be counted twice. "
            "Each wiki has its own below."
        )
    if beside.unknown and beside.months:
        names = [wikis[at].name for at in beside.unknown]
        of_what = wording.UNITS[state.metric]
        if len(names) == 1:
            yield f"Of {names[0]} no {of_what} are stored: it is in no sum here."
        else:
            yield f"Of {len(names):,} wikis no {of_what} are stored, {names[0]} among them: they are in no sum here."
    if state.metric is not Metric.EDITORS:
        gaps = [beside.months[at] for at in shown if beside.sums[at] is None]
        if gaps:
            yield (
                f"No sum of {_name_months(gaps)}: wikis that had over a hundredth of all {wording.UNITS[state.metric]} "
                "are missing there, and missing is not zero."
            )
        partly = [beside.months[at] for at in shown if beside.lacking[at] and beside.sums[at] is not None]
        if partly:
            yield (
                f"A few counts are missing in {_name_months(partly)}; the table says how many. "
                "The sum is of the others."
            )
    if shown and beside.months[shown[-1]] in beside.provisional:
        yield (
            f"{name_month(beside.months[shown[-1]])} is provisional: Wikimedia has published only a part of it so far. "
            "The way to it is dotted."
        )
    if beside.months and not shown:
        yield (
            f"No months in this range: counts are known from {name_month(beside.months[0])} "
            f"to {name_month(beside.months[-1])}."
        )


def _tell_base(beside: SideBySide, state: GroupState, shown: range) -> Iterator[str]:
    if shown and state.base is not None and state.measure is Measure.INDEX:
        first, last = beside.months[shown[0]], beside.months[shown[-1]]
        if not first <= state.base <= last:
            yield f"{name_month(state.base)} is none of the months shown: {name_month(first)} is 100 instead."


def _name_months(months: Sequence[date]) -> str:
    named = [name_month(month) for month in months[-_NAMED_MONTHS:]]
    if len(months) > _NAMED_MONTHS:
        named.append(f"{len(months) - _NAMED_MONTHS} other months")
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def _cut_page(overview: MonthOverview, state: GroupState, wikis: Sequence[Wiki]) -> Sequence[Wiki]:
    # Those that take no more edits come last, whatever the order.
    ordered = sorted(wikis, key=lambda wiki: not wiki.is_open)
    if state.sort is MemberSort.NAME:
        ordered.sort(key=lambda wiki: wiki.name.casefold())
    elif state.sort is MemberSort.STOOD_OUT:
        ordered = order_wikis(overview, ordered)
    return ordered[(state.page - 1) * PAGE : state.page * PAGE]


def _list_members(
    snapshot: Snapshot, detector: Detector, state: GroupState, page: Sequence[Wiki], overview: MonthOverview
) -> tuple[Member, ...]:
    month = overview.month
    if month is None:
        return ()
    detect_together([snapshot.wiki(wiki.project) for wiki in page], state.metric, detector)
    members = []
    for wiki in page:
        own = snapshot.wiki(wiki.project)
        drawn = draw_months(own, state.metric, detector, month, MONTHS_DRAWN, 184, 40)
        rise: Rise | None = overview.rises.get(wiki.project)
        members.append(
            Member(
                wiki=wiki,
                count=drawn.count,
                figures=() if rise is None else list_figures(rise),
                part=None if rise is None else rise.part,
                svg=drawn.svg,
                together=wiki.project in state.together,
            )
        )
    return tuple(members)


def _link_ranges(beside: SideBySide, state: GroupState, shown: range) -> Iterator[Link]:
    if not beside.months:
        return
    for years in (1, 3, 5, 10):
        if len(beside.months) > 12 * years or years == _SHOWN_YEARS:
            first = None if years == _SHOWN_YEARS else shift_month(beside.months[-1], 1 - 12 * years)
            begin = max(len(beside.months) - 12 * years, 0)
            is_shown = shown == range(begin, len(beside.months))
            yield Link(f"range-{years}", f"{years} y", state.address(first=first, last=None), is_shown)
    everything = state.address(first=beside.months[0], last=None)
    yield Link("range-all", "All", everything, shown == range(len(beside.months)))


def _list_hidden(state: GroupState, page: Sequence[Wiki]) -> Iterator[tuple[str, str]]:
    here = {wiki.project for wiki in page}
    for key, value in state.query("as", "at"):
        if key != "vs" or value not in here:
            yield key, value


def _write_percent(value: float) -> str:
    return f"{value:g} %"
