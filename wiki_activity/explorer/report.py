"""A report on some wikis in some months, put together from the snapshot: what its page, its texts and the API say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.daily_history import DayRange
from wiki_activity.domain.findings import Finding
from wiki_activity.domain.months import name_days
from wiki_activity.domain.notes import Note, end_of_month
from wiki_activity.domain.peaks import Detector, Peak
from wiki_activity.domain.report import Figure, Line, add_up, find_smallest_rises
from wiki_activity.domain.sentences import MonthCounts, format_count
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.known_days import KnownDays
from wiki_activity.explorer.month_overview import SPEAKING
from wiki_activity.explorer.report_days import find_days
from wiki_activity.explorer.snapshot import Snapshot
from wiki_activity.explorer.stayed import tell_all_within

FIGURES = {
    Figure.EDITS: "Content edits",
    Figure.PEOPLE_EDITS: "Edits without bots",
    Figure.BOT_EDITS: "Edits by bots",
    Figure.LOGGED_OUT_EDITS: "Edits by logged-out people",
    Figure.EDITORS: "Editors in a month",
    Figure.ACTIVE_EDITORS: "Active editors in a month",
    Figure.NEW_USERS: "New accounts",
    Figure.NEW_PAGES: "New content pages",
}
MOST_COHORTS = 30
"""A report tells of so many ranges of days who stayed; all are in the API."""
_LEAST_SHARE = 0.1
MOST_NOTES = 200
"""A report has so many notes, those that begin last; all are in the list of notes."""


@dataclass(frozen=True, slots=True)
class Member:
    """One wiki of a report on several.

    Parameters
    ----------
    edits
        By people, in all months; None where one is missing.
    editors
        Monthly mean, which nobody may add up; None where one is missing.
    """

    wiki: Wiki
    edits: float | None
    editors: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says.

    Parameters
    ----------
    name, period
        Of which wikis, and of when, in words.
    lines
        Figures with their comparisons.
    missing
        Wikis of which not all months are known.
    members
        Each wiki for itself, by edits; empty where there is one.
    peaks, notes
        In it, oldest first.
    found
        What was found behind peaks, by project and month: the findings in the order in which they are told.
    notes_left_out
        Of how many notes more only the list of notes tells.
    own
        What the programme's own numbers are part of, in sentences.
    seen
        What could have been seen, in sentences.
    days
        The days that it is on; None where it is on whole months. `months` are then those that contain them.
    unknown
        Why there are no totals by day, in sentences; empty where there are.
    sources
        Who counted the days, in sentences.
    provisional
        Its months that Wikimedia has published only in part; none of one on days.
    stayed
        Who stayed of the accounts that were made in days of it, in sentences.
    judged
        Whether any of its months is judged, so that it can be said that none was a peak.
    """

    name: str
    period: str
    wikis: Sequence[Wiki]
    months: Sequence[date]
    lines: Sequence[Line]
    missing: Sequence[Wiki]
    members: Sequence[Member]
    peaks: Sequence[Peak]
    notes: Sequence[Note]
    notes_left_out: int
    own: Sequence[str]
    seen: Sequence[str]
    days: DayRange | None = None
    unknown: Sequence[str] = ()
    sources: Sequence[str] = ()
    provisional: Sequence[date] = ()
    found: Mapping[tuple[str, date], Sequence[Finding]] = field(default_factory=dict)
    judged: bool = True
    stayed: Sequence[str] = ()


def make_report(
    snapshot: Snapshot,
    wikis: Sequence[Wiki],
    months: Sequence[date],
    name: str,
    detector: Detector,
    *,
    edits: int | None = None,
    people: int | None = None,
    pages: int | None = None,
    days: DayRange | None = None,
    known_days: KnownDays | None = None,
) -> Report:
    """Put a report together, as everybody may see it.

    Parameters
    ----------
    wikis, months
        What it is about; months without gaps, oldest first.
    name
        Of the wikis together.
    detector
        Which one judges.
    edits, people, pages
        The programme's own numbers, where they are given.
    days
        Those that it is about, where it is about days; `months` are the months that contain them.
    known_days
        What is known of them; given with `days`.
    """
    if days is not None and known_days is not None:
        by_day = find_days({wiki.project: known_days.of(wiki.project) for wiki in wikis}, days)
        known, lines = by_day.counts, by_day.lines
        unknown, sources = by_day.tell_unknown(wikis), by_day.tell_sources()
        first, last = days.first, days.last
    else:
        known = {wiki.project: snapshot.wiki(wiki.project).all_month_counts().get for wiki in wikis}
        lines, unknown, sources = add_up(known, months), [], []
        first, last = months[0], end_of_month(months[-1])
    period = months if days is None else days.list()
    members = [_make_member(wiki, [known[wiki.project](one) for one in period]) for wiki in wikis]
    # What is told of all wikis at once fills a report on many.
    notes = {
        note.id: note
        for wiki in wikis
        for note in snapshot.wiki(wiki.project).notes.written
        if not note.hidden and note.subject.first <= last and note.subject.last >= first
    }
    peaks = [
        peak
        for wiki in wikis
        for peak in snapshot.wiki(wiki.project).peaks(SPEAKING[detector][0], months[0], months[-1])
        if peak.detector is detector
    ]
    return Report(
        name=name,
        period=name_days(first, last),
        wikis=wikis,
        months=months,
        lines=lines,
        missing=[one.wiki for one in members if one.edits is None],
        members=sorted(members, key=lambda one: -(one.edits or 0)) if len(wikis) > 1 and lines else (),
        peaks=sorted(peaks, key=lambda one: (one.month, one.project)),
        notes=sorted(notes.values(), key=lambda one: (one.subject.first, one.id))[-MOST_NOTES:],
        notes_left_out=max(len(notes) - MOST_NOTES, 0),
        own=_tell_own(lines, edits, people, pages),
        seen=_tell_seen(snapshot, wikis[0], months, detector) if len(wikis) == 1 else (),
        days=days,
        unknown=unknown,
        sources=sources,
        provisional=_find_provisional(snapshot, wikis, months) if days is None else (),
        found=_find_found(snapshot, peaks),
        judged=_is_judged(snapshot, wikis, months, detector),
        stayed=_tell_stayed(snapshot, wikis, DayRange(first, last)),
    )


def _tell_stayed(snapshot: Snapshot, wikis: Sequence[Wiki], days: DayRange) -> list[str]:
    told = [
        line
        for wiki in wikis
        for line in tell_all_within(
            snapshot.wiki(wiki.project).data.retention, days, wiki.name if len(wikis) > 1 else ""
        )
    ]
    return told[:MOST_COHORTS]


def _is_judged(snapshot: Snapshot, wikis: Sequence[Wiki], months: Sequence[date], detector: Detector) -> bool:
    if len(wikis) > 1:
        # To judge all wikis of a family takes a while; what nobody judges of any of them is known without.
        return len(_find_provisional(snapshot, wikis, months)) < len(months)
    own, metric = snapshot.wiki(wikis[0].project), SPEAKING[detector][0]
    return bool(find_smallest_rises(own.detect(metric, detector), own.months(metric), months))


def _find_found(snapshot: Snapshot, peaks: Sequence[Peak]) -> dict[tuple[str, date], Sequence[Finding]]:
    known = {(one.project, one.month): snapshot.wiki(one.project).data.evidence.get(one.month) for one in peaks}
    return {key: one.findings for key, one in known.items() if one is not None and one.findings}


def _find_provisional(snapshot: Snapshot, wikis: Sequence[Wiki], months: Sequence[date]) -> list[date]:
    provisional = {month for wiki in wikis for month in snapshot.wiki(wiki.project).data.provisional}
    return [month for month in months if month in provisional]


def _make_member(wiki: Wiki, counts: Sequence[MonthCounts | None]) -> Member:
    edits = [one.people_edits for one in counts if one is not None and one.people_edits is not None]
    editors = [one.editors for one in counts if one is not None and one.editors is not None]
    return Member(
        wiki,
        sum(edits) if len(edits) == len(counts) else None,
        sum(editors) / len(editors) if len(editors) == len(counts) else None,
    )


def _tell_own(lines: Sequence[Line], edits: int | None, people: int | None, pages: int | None) -> list[str]:
    values = {line.figure: line.value for line in lines}
    told = []
    if edits is not None:
        what = "1 edit is" if edits == 1 else f"{edits:,} edits are"
        told.append(_tell_share(what, edits, values.get(Figure.PEOPLE_EDITS), "all edits without bots"))
    if people is not None:
        what = "1 person is" if people == 1 else f"{people:,} people are"
        told.append(_tell_share(what, people, values.get(Figure.EDITORS), "the editors of a month"))
    if pages is not None:
        what = "1 new page is" if pages == 1 else f"{pages:,} new pages are"
        told.append(_tell_share(what, pages, values.get(Figure.NEW_PAGES), "all new content pages"))
    return told


def _tell_share(what: str, part: int, whole: float | None, of_what: str) -> str:
    if whole is None:
        return f"What part of {of_what} was the programme’s cannot be told: that number is not known."
    if part > whole:
        return f"The programme’s {what} more than {of_what}, {format_count(whole)}: one counts other things."
    if not whole:
        return f"What part of {of_what} was the programme’s cannot be told: there were none, and it had none."
    share = 100 * part / whole
    if 0 < share < _LEAST_SHARE:
        shown = f"less than {_LEAST_SHARE}"
    else:
        shown = f"{share:.1f}" if 0 < share < 1 else f"{share:.0f}"
    return f"The programme’s {what} {shown} % of {of_what}, {format_count(whole)}."


def _tell_seen(snapshot: Snapshot, wiki: Wiki, months: Sequence[date], detector: Detector) -> list[str]:
    own = snapshot.wiki(wiki.project)
    told = []
    for metric, of_what in ((Metric.PEOPLE_EDITS, "edits without bots"), (Metric.EDITORS, "editors")):
        rises = find_smallest_rises(own.detect(metric, detector), own.months(metric), months).values()
        if not rises:
            told.append(f"Whether a rise in {of_what} could have been seen is not known: these months are not judged.")
            continue
        low, high = round(min(rises)), round(max(rises))
        span = f"{low} %" if low == high else f"{low} to {high} %"
        told.append(
            f"A month’s rise in {of_what} under {span} cannot be told from ordinary ups and downs here; "
            "that does not mean that it had no effect."
        )
    return told
