"""A report as plain text and as wikitext, to paste into a mail or a page on a wiki."""

from collections.abc import Iterable, Iterator
from datetime import date

from wiki_activity.domain.months import name_days, name_month
from wiki_activity.domain.report import Change, Line
from wiki_activity.domain.sentences import describe_peak, format_count
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.report import FIGURES, Report
from wiki_activity.explorer.scopes import name_scope

SOURCE = "Source: Wikimedia Analytics API (CC0). Edits of content pages; months are UTC."
_HEADINGS = ("", "These months", "A year before", "The months before")
_MOST_MEMBERS = 50


def write_text(report: Report, catalogue: Catalogue, address: str) -> str:
    """Write a report as plain text, one statement a line."""
    lines = [f"{report.name}, {report.period}", ""]
    for line in report.lines:
        value = "not known" if line.value is None else format_count(line.value)
        compared = [_compare(line.year_before, "a year before"), _compare(line.months_before, _before(report.months))]
        lines.append(f"{FIGURES[line.figure]}: {value}" + "".join(f"; {one}" for one in compared if one))
    lines += [*_tell(report, catalogue), "", SOURCE, address]
    return "\n".join(lines)


def write_wikitext(report: Report, catalogue: Catalogue, address: str) -> str:
    """Write a report as wikitext: a table, and lists."""
    cells = [list(_cells(line)) for line in report.lines]
    rows = "".join(f'|-\n! scope="row" | {name}\n| {" || ".join(rest)}\n' for name, *rest in cells)
    heads = " !! ".join(_HEADINGS)
    told = "".join(f"* {_escape(one)}\n" for one in _tell(report, catalogue) if one)
    return (
        f"=== {_escape(report.name)}, {report.period} ===\n"
        f'{{| class="wikitable"\n! {heads}\n{rows}|}}\n{told}\n<small>{SOURCE} [{address} Full report]</small>\n'
    )


def _cells(line: Line) -> Iterator[str]:
    yield FIGURES[line.figure]
    yield "not known" if line.value is None else format_count(line.value)
    for change in (line.year_before, line.months_before):
        yield "–" if change is None else f"{format_count(change.before)} ({describe_change(change)})"


def _tell(report: Report, catalogue: Catalogue) -> Iterator[str]:
    if report.missing:
        yield f"Left out, since months are missing: {_list(wiki.name for wiki in report.missing)}."
    yield from report.own
    for peak in report.peaks:
        wiki = catalogue.wikis.get(peak.project)
        yield f"Peak of {wiki.name if wiki else peak.project} in {name_month(peak.month)}: {describe_peak(peak)}"
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


def _compare(change: Change | None, when: str) -> str:
    return "" if change is None else f"{describe_change(change)} beside {format_count(change.before)} {when}"


def _before(months: Iterable[date]) -> str:
    count = len(list(months))
    return "the month before" if count == 1 else f"in the {count} months before"


def _list(names: Iterable[str]) -> str:
    named = list(names)
    more = f" and {len(named) - _MOST_MEMBERS} more" if len(named) > _MOST_MEMBERS else ""
    return ", ".join(named[:_MOST_MEMBERS]) + more


def _escape(text: str) -> str:
    """Let a wiki show a text as it is: no markup, no links, no templates of it work."""
    return f"<nowiki>{text.replace('&', '&amp;').replace('<', '&lt;')}</nowiki>"
