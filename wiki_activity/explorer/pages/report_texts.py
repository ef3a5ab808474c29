"""A report as plain text and as wikitext, to paste into a mail or a page on a wiki."""

from collections.abc import Iterable, Iterator

from wiki_activity.domain.finding_sentences import describe_finding
from wiki_activity.domain.months import name_days, name_month
from wiki_activity.domain.report import Change, Figure, Line
from wiki_activity.domain.sentences import describe_peak, format_count
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.report import FIGURES, Report
from wiki_activity.explorer.scopes import name_scope

_SOURCE = "Source: Wikimedia Analytics API (CC0). Edits of content pages; months are UTC."
_SOURCE_BY_DAY = "Source: Wikimedia Analytics API (CC0) and EventStreams. Edits of content pages; days are UTC."
_MOST_MEMBERS = 50


def write_text(report: Report, catalogue: Catalogue, address: str) -> str:
    """Write a report as plain text, one statement a line."""
    lines = [f"{report.name}, {report.period}", ""]
    for line in report.lines:
        value = "not known" if line.value is None else format_count(line.value)
        of = _tell_wikis(line, len(report.wikis))
        before = _compare(line.months_before, _before(report), line)
        compared = [
            _compare(line.year_before, "on the same dates a year before" if report.days else "a year before", line),
            f"{format_count(line.months_before.now)} a day, {before}" if report.days and line.months_before else before,
        ]
        lines.append(f"{FIGURES[line.figure]}: {value}{of}" + "".join(f"; {one}" for one in compared if one))
    lines += [*_tell(report, catalogue), "", name_source(report), address]
    return "\n".join(lines)


def write_wikitext(report: Report, catalogue: Catalogue, address: str) -> str:
    """Write a report as wikitext: a table, and lists."""
    cells = [list(_cells(line, len(report.wikis), by_day=report.days is not None)) for line in report.lines]
    rows = "".join(f'|-\n! scope="row" | {name}\n| {" || ".join(rest)}\n' for name, *rest in cells)
    heads = " !! ".join(["", *name_columns(report)])
    told = "".join(f"* {_escape(one)}\n" for one in _tell(report, catalogue) if one)
    table = f'{{| class="wikitable"\n! {heads}\n{rows}|}}\n' if rows else ""
    return (
        f"=== {_escape(report.name)}, {report.period} ===\n"
        f"{table}{told}\n<small>{name_source(report)} [{address} Full report]</small>\n"
    )


def name_source(report: Report) -> str:
    """Say where the numbers are from, and in whose time they are."""
    return _SOURCE if report.days is None else _SOURCE_BY_DAY


def name_columns(report: Report) -> tuple[str, str, str]:
    """Name the columns of totals: the period, a year before, and right before."""
    if report.days is not None:
        return report.period, "The same dates a year before", "A day, beside the four weeks before"
    if len(report.months) == 1:
        return report.period, "The same month a year before", "The month before"
    return report.period, "The same months a year before", f"The {len(report.months)} months before"


def say_report(report: Report) -> str:
    """Say in a sentence what a report comes to."""
    line = next((one for one in report.lines if one.value is not None and one.figure is Figure.PEOPLE_EDITS), None)
    if line is None or line.value is None:
        return "Its edits are not known."
    compared = _compare(line.year_before, "a year before", line)
    return f"{FIGURES[line.figure]}: {format_count(line.value)}{f', {compared}' if compared else ''}."


def tell_provisional(report: Report) -> list[str]:
    """Say which of its months are published only in part; nothing where none is."""
    return [
        f"{name_month(month)} is provisional: Wikimedia has published only a part of it so far."
        for month in report.provisional
    ]


def tell_missing(report: Report) -> str:
    """Say that not all of its months are known; for several wikis their names go after it."""
    if len(report.wikis) == 1:
        return "Not all of these months are known of this wiki: what is missing is not zero, and not added up."
    return "Not in all of the totals, since not all of these months are known:"


def tell_fewer(change: Change, line: Line) -> str:
    """Say of how many wikis a comparison is, where it is of fewer than the figure itself."""
    return "" if change.wikis == line.wikis else f", of {change.wikis} {'wiki' if change.wikis == 1 else 'wikis'}"


def describe_means(change: Change) -> str:
    """Say the mean of a day beside another: `412, before 388 (+6 %)`."""
    return f"{format_count(change.now)}, before {format_count(change.before)} ({describe_change(change)})"


def _tell_wikis(line: Line, wikis: int) -> str:
    if line.value is None or line.wikis == wikis:
        return ""
    return f" (of {line.wikis} {'wiki' if line.wikis == 1 else 'wikis'})"


def _cells(line: Line, wikis: int, *, by_day: bool) -> Iterator[str]:
    yield FIGURES[line.figure] + _tell_wikis(line, wikis)
    yield "not known" if line.value is None else format_count(line.value)
    for change, are_means in ((line.year_before, False), (line.months_before, by_day)):
        if change is None:
            yield "–"
        else:
            its = f"{format_count(change.before)} ({describe_change(change)})"
            yield (describe_means(change) if are_means else its) + tell_fewer(change, line)


def _tell(report: Report, catalogue: Catalogue) -> Iterator[str]:
    yield from report.unknown
    yield from report.sources
    if report.missing and report.days is None:
        names = "" if len(report.wikis) == 1 else f" {_list(wiki.name for wiki in report.missing)}."
        yield tell_missing(report) + names
    yield from tell_provisional(report)
    yield from report.own
    for peak in report.peaks:
        wiki = catalogue.wikis.get(peak.project)
        yield f"Peak of {wiki.name if wiki else peak.project} in {name_month(peak.month)}: {describe_peak(peak)}"
        for finding in report.found.get((peak.project, peak.month), ()):
            yield f"Found: {describe_finding(finding)}" + (f" {finding.url}" if finding.url else "")
    yield from report.stayed
    for note in report.notes:
        if note.text is not None:
            days = name_days(note.subject.first, note.subject.last)
            yield f"Note on {name_scope(note.subject.scope, catalogue)}, {days}: {note.text.label}"
    if report.notes_left_out:
        yield f"Notes left out here: {report.notes_left_out:,} that began before these."
    yield from report.seen


def describe_change(change: Change) -> str:
    """Say by how much a total rose or fell: `+12 %`."""
    if change.percent is None:
        return "from none"
    percent = round(change.percent)
    sign = "+" if percent > 0 else "−" if percent < 0 else "±"
    return f"{sign}{abs(percent):,} %"


def _compare(change: Change | None, when: str, line: Line) -> str:
    if change is None:
        return ""
    return f"{describe_change(change)} beside {format_count(change.before)} {when}{tell_fewer(change, line)}"


def _before(report: Report) -> str:
    if report.days is not None:
        return "a day in the four weeks before"
    count = len(report.months)
    return "the month before" if count == 1 else f"in the {count} months before"


def _list(names: Iterable[str]) -> str:
    named = list(names)
    more = f" and {len(named) - _MOST_MEMBERS} more" if len(named) > _MOST_MEMBERS else ""
    return ", ".join(named[:_MOST_MEMBERS]) + more


def _escape(text: str) -> str:
    """Let a wiki show a text as it is: no markup, no links, no templates of it work."""
    return f"<nowiki>{text.replace('&', '&amp;').replace('<', '&lt;')}</nowiki>"
