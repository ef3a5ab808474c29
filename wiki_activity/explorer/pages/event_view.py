"""Community events, faults of the figures and yearly contests as pages show them: what was on, never why edits rose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from urllib.parse import quote, urlencode

from wiki_activity.domain.community_events import CommunityEvent
from wiki_activity.domain.contests import ExpectedContest, find_expected
from wiki_activity.domain.counts import Metric
from wiki_activity.domain.data_annotations import DataAnnotation
from wiki_activity.domain.definition_changes import DefinitionChange, list_definition_changes
from wiki_activity.domain.findings import FindingKind
from wiki_activity.domain.months import format_month, name_days, name_month
from wiki_activity.domain.peaks import Detector, Kind
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.calendar import Calendar
from wiki_activity.explorer.snapshot import WikiSnapshot
from wiki_activity.storage.calendar_table import CalendarSource

MOST_EVENTS: Final = 5
"""On the page of a peak; the rest has a page of its own."""
_TYPES: Final = {
    "editing-event": "editing event",
    "media-upload-event": "uploads",
    "backlog-drive": "backlog drive",
    "training-seminar": "training",
    "other": "",
}


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """An event for readers.

    Parameters
    ----------
    name
        As its organisers wrote it.
    url
        Its page; None where that is on a wiki that is not known here.
    days
        When it was, in words, by its own time zone.
    kinds
        What it was, in words; empty where that says nothing.
    wikis
        Which wikis it names, in words; empty for the one whose page it is on alone.
    dashboard
        Its numbers on the Programs & Events Dashboard, if it has any there.
    """

    name: str
    url: str | None
    days: str
    kinds: str
    wikis: str
    dashboard: str | None


@dataclass(frozen=True, slots=True)
class Remark:
    """What is to be known of the figures: when it was, and who says so, in words; a page about it, if there is one."""

    month: date
    title: str
    text: str
    when: str
    source: str
    url: str | None
    is_fault: bool = False


@dataclass(frozen=True, slots=True)
class ShownContest:
    """A yearly contest that this wiki's own past lets one expect."""

    name: str
    url: str
    why: str


@dataclass(frozen=True, slots=True)
class SameTime:
    """What the section *On at the same time* says.

    Parameters
    ----------
    remarks
        On the figures themselves.
    events
        At most five, those first that were on for longest.
    more, more_address
        How many others there are, and where.
    contests
        That are usual here in this month of the year.
    read_at
        When events were read last, UTC.
    is_gap
        Whether some of them could not be read since.
    """

    remarks: tuple[Remark, ...]
    events: tuple[ShownEvent, ...]
    more: int
    more_address: str
    contests: tuple[ShownContest, ...]
    read_at: datetime | None
    is_gap: bool


def show_same_time(  # noqa: PLR0917 - of which month of which wiki
    calendar: Calendar,
    known: WikiSnapshot,
    wiki: Wiki,
    metric: Metric,
    detector: Detector,
    month: date,
    hosts: Mapping[str, Wiki],
    dashboard_url: str,
) -> SameTime | None:
    """Show what was on in a month; None where nothing is known that was.

    Parameters
    ----------
    detector
        Whose peaks tell which months a wiki was busy in.
    hosts
        Wikis by the names of their databases.
    dashboard_url
        Of the Programs & Events Dashboard.
    """
    events = calendar.list_events(wiki, month)
    is_wave = any(peak.kind is Kind.LOGGED_OUT_WAVE for peak in known.peaks_in(month))
    remarks = tuple(list_remarks(calendar, wiki, metric, [month], of_logged_out=is_wave))
    contests = tuple(_show_contest(one) for one in _expect(known, wiki, metric, detector, month))
    if not (events or remarks or contests):
        return None
    state = calendar.sources.get(CalendarSource.EVENTS)
    return SameTime(
        remarks,
        tuple(show_event(one, hosts, dashboard_url, wiki) for one in events[:MOST_EVENTS]),
        max(0, len(events) - MOST_EVENTS),
        write_address(wiki.project, month),
        contests,
        None if state is None else state.read_at,
        state is not None and state.error is not None,
    )


def list_remarks(
    calendar: Calendar, wiki: Wiki, metric: Metric, months: Sequence[date], *, of_logged_out: bool = False
) -> list[Remark]:
    """List what is to be known of a wiki's figures in some months, oldest first.

    Changes of who is counted as an editor are told of editors, and where a rise is `of_logged_out` people.
    """
    found = [(one.day, _remark(one)) for one in calendar.list_annotations(metric, months)]
    changes = [
        one
        for one in list_definition_changes(wiki.project)
        if one.month in months and (metric is Metric.EDITORS or of_logged_out)
    ]
    found += [(one.day or one.month, _remark_change(one)) for one in changes]
    return [remark for _, remark in sorted(found, key=lambda one: one[0])]


def show_event(
    event: CommunityEvent, hosts: Mapping[str, Wiki], dashboard_url: str, own: Wiki | None = None
) -> ShownEvent:
    """Show one event; on the page of a wiki this is its `own`."""
    host = hosts.get(event.page_dbname)
    page = quote(event.page.replace(" ", "_"), safe="/:()")
    kinds = (_TYPES.get(one, one.replace("-", " ")) for one in event.types)
    slug = event.dashboard_slug
    return ShownEvent(
        name=event.name,
        url=None if host is None else f"https://{host.project}/wiki/{page}",
        days=name_days(event.first, event.last),
        kinds=", ".join(filter(None, kinds)),
        wikis=_name_wikis(event, hosts, own),
        dashboard=None if slug is None else f"{dashboard_url}/courses/{quote(slug, safe='/()')}",
    )


def write_address(project: str | None, month: date | None) -> str:
    """Write the address of the page of events."""
    said = {"project": project, "month": None if month is None else format_month(month)}
    query = urlencode({name: value for name, value in said.items() if value})
    return f"/events?{query}" if query else "/events"


def _name_wikis(event: CommunityEvent, hosts: Mapping[str, Wiki], own: Wiki | None) -> str:
    if event.is_everywhere:
        return "all wikis"
    if own is not None:
        others = len(event.dbnames) - 1
        return f"this wiki and {others:,} {'other' if others == 1 else 'others'}" if others else ""
    named = [hosts[one].name for one in event.dbnames if one in hosts]
    if len(named) == len(event.dbnames) <= 2:
        return " and ".join(named)
    return f"{len(event.dbnames):,} {'wiki' if len(event.dbnames) == 1 else 'wikis'}"


def _remark(one: DataAnnotation) -> Remark:
    when = f"{one.day.day} {name_month(one.day)}"
    return Remark(one.month, one.title, one.note, when, "by Wikistats", None, one.is_fault)


def _remark_change(one: DefinitionChange) -> Remark:
    when = f"about {name_month(one.month)}" if one.day is None else f"{one.day.day} {name_month(one.day)}"
    return Remark(one.month, one.title, one.text, when, "", one.url)


def _expect(
    known: WikiSnapshot, wiki: Wiki, metric: Metric, detector: Detector, month: date
) -> Sequence[ExpectedContest]:
    peaks = {peak.month for peak in known.peaks(metric) if peak.detector is detector}
    if month not in peaks:
        return ()
    hashtags = {
        at: {one.subject.casefold() for one in evidence.findings if one.kind is FindingKind.HASHTAG}
        for at, evidence in known.data.evidence.items()
    }
    return find_expected(wiki.project, month, hashtags, peaks)


def _show_contest(one: ExpectedContest) -> ShownContest:
    months = ", ".join(map(name_month, one.before[-3:]))
    seen = f"its hashtag was on edits here in {months}" if one.tagged else f"this wiki was busy in {months} as well"
    return ShownContest(one.contest.name, one.contest.url, f"usually in this month of the year; {seen}")
