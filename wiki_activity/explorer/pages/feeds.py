"""`feed.atom` of a wiki, a language, a family, my wikis: months that stood out, and what people say of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import Response

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.finding_sentences import describe_finding
from wiki_activity.domain.months import format_month, name_days, name_month, shift_month
from wiki_activity.domain.notes import Note
from wiki_activity.domain.peaks import Peak
from wiki_activity.domain.sentences import format_ratio
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.answers import answer
from wiki_activity.explorer.api.atom import ATOM, MonthEntry, write_months
from wiki_activity.explorer.api.peak import link_to_page
from wiki_activity.explorer.context import CurrentExplorer, CurrentSnapshot, Explorer, find_wiki
from wiki_activity.explorer.pages import language, wording
from wiki_activity.explorer.pages.group_page import ALL, WikiGroup, find_group, find_mine
from wiki_activity.explorer.peak_board import BoardQuery
from wiki_activity.explorer.rendering import knows_only
from wiki_activity.explorer.scopes import name_scope
from wiki_activity.explorer.snapshot import Snapshot
from wiki_activity.storage.wiki_data import METRICS

router = APIRouter(include_in_schema=False)

MOST_ENTRIES = 60


@dataclass(frozen=True, slots=True)
class Found:
    """One month of one wiki, when there was last something new of it, and what everybody may read of it.

    Without a wiki it is a note on several of the feed's wikis, which is told once.
    """

    updated: datetime
    wiki: Wiki | None
    month: date
    note: Note | None


@router.get("/p/{project}/feed.atom", dependencies=[knows_only()])
async def follow_wiki(request: Request, project: str, explorer: CurrentExplorer, snapshot: CurrentSnapshot) -> Response:
    """Give feed readers the newest months of a wiki that stood out or have a note."""
    wiki = await find_wiki(snapshot, project)
    return await _send(request, explorer, snapshot, WikiGroup(f"/p/{wiki.project}", wiki.name, [wiki]))


@router.get("/lang/{code}/feed.atom", dependencies=[knows_only()])
async def follow_language(
    request: Request, code: str, explorer: CurrentExplorer, snapshot: CurrentSnapshot
) -> Response:
    """Give feed readers the same of all wikis of a language."""
    wikis = await language.find_wikis(snapshot.catalogue, code)
    group = WikiGroup(f"/lang/{quote(code)}", f"Wikis with the language code {code}", wikis)
    return await _send(request, explorer, snapshot, group)


@router.get("/g/{family}/feed.atom", dependencies=[knows_only()])
async def follow_family(
    request: Request, family: str, explorer: CurrentExplorer, snapshot: CurrentSnapshot
) -> Response:
    """Give feed readers the same of all wikis of a family, or of all there are."""
    group = find_group(family, snapshot.catalogue)
    name = group.name if family == ALL else f"All wikis of the family {group.name}"
    return await _send(request, explorer, snapshot, replace(group, name=name))


@router.get("/mine/feed.atom", dependencies=[knows_only("wiki")])
async def follow_mine(request: Request, explorer: CurrentExplorer, snapshot: CurrentSnapshot) -> Response:
    """Give feed readers the same of the wikis that the address names."""
    group = find_mine(request.query_params.getlist("wiki"), snapshot.catalogue)
    return await _send(request, explorer, snapshot, group)


async def _send(request: Request, explorer: Explorer, snapshot: Snapshot, group: WikiGroup) -> Response:
    site = explorer.settings.explorer_url

    def make() -> bytes:
        entries = [_describe(explorer, snapshot, one) for one in _find_newest(explorer, snapshot, group.wikis)]
        title = f"{group.name}: months that stood out, and notes"
        return write_months(site + group.write("feed.atom"), site + group.address, title, entries)

    states = tuple((wiki, snapshot.wiki(wiki.project).version) for wiki in group.wikis)
    version = (group.address, states, snapshot.board.version, snapshot.calendar.version)
    return await answer(request, make, version=version, media_type=ATOM)


def _find_newest(explorer: Explorer, snapshot: Snapshot, wikis: Sequence[Wiki]) -> list[Found]:
    detector, now = explorer.settings.peak_detector, explorer.clock()
    by_name = {wiki.project: wiki for wiki in wikis}
    months: dict[tuple[str, date], Note | None] = {}
    for metric in METRICS:
        query = BoardQuery(metric, detector, projects=by_name, limit=MOST_ENTRIES)
        months |= {
            (one.peak.project, one.peak.month): None
            for one in snapshot.select_peaks(query).items
            if not snapshot.calendar.has_fault(metric, one.peak.month)
        }
    wide: dict[int, Note] = {}
    for name in by_name:
        for month, chosen in snapshot.wiki(name).choose_notes(Metric.EDITS).items():
            # A note on many months is told where it begins, and where there is a peak; on many wikis, once.
            if (name, month) in months:
                months[name, month] = chosen
            elif month == chosen.month and len(by_name) > 1 and chosen.subject.scope.is_wide:
                wide[chosen.id] = chosen
            elif month == chosen.month:
                months[name, month] = chosen
    found = [
        Found(_find_updated(month, note, now), by_name[name], month, note) for (name, month), note in months.items()
    ]
    found += [Found(_find_updated(note.month, note, now), None, note.month, note) for note in wide.values()]
    found.sort(key=lambda one: (one.updated, one.month, one.wiki.project if one.wiki else ""), reverse=True)
    return found[:MOST_ENTRIES]


def _find_updated(month: date, note: Note | None, now: datetime) -> datetime:
    """Find when there was last something new: a month's end, and again when somebody writes about it."""
    ended = datetime.combine(shift_month(month, 1), time(), UTC)
    return ended if note is None else max(note.at, ended) if ended <= now else note.at


def _describe_wide(explorer: Explorer, snapshot: Snapshot, note: Note, updated: datetime) -> MonthEntry:
    page, subject, text = f"{explorer.settings.explorer_url}/notes/{note.id}", note.subject, note.text
    whose = f"{name_scope(subject.scope, snapshot.catalogue)}, {name_days(subject.first, subject.last)}"
    said = [] if text is None else [f"{text.label}. {text.note}".strip(), *filter(None, [text.link])]
    return MonthEntry(
        page=page,
        key=page,
        title=f"{whose[:1].upper()}{whose[1:]}: {'' if text is None else text.label}",
        content="\n\n".join(said),
        updated=updated,
        author=note.author,
        category="" if text is None else text.kind,
    )


def _describe(explorer: Explorer, snapshot: Snapshot, found: Found) -> MonthEntry:
    wiki, month, note = found.wiki, found.month, found.note
    if wiki is None:
        assert note is not None
        return _describe_wide(explorer, snapshot, note, found.updated)
    known = snapshot.wiki(wiki.project)
    every = sorted(known.peaks_in(month), key=lambda peak: METRICS.index(peak.metric))
    peaks = [
        peak
        for peak in every
        if peak.detector is explorer.settings.peak_detector
        and peak.value > 0
        and not snapshot.calendar.has_fault(peak.metric, month)
    ]
    text = None if note is None else note.text
    metric = peaks[0].metric if peaks else (note.metric if note is not None else None) or Metric.EDITS
    evidence = known.data.evidence.get(month) if peaks else None
    findings = () if evidence is None else evidence.findings
    said = known.describe(peaks)
    said += [] if text is None else [f"{text.label}. {text.note}".strip()]
    said += [] if text is None or text.link is None else [text.link]
    if findings:
        said.append("\n".join(["Found:", *map(describe_finding, findings)]))
    return MonthEntry(
        page=link_to_page(explorer, wiki.project, month, metric),
        key=f"{explorer.settings.explorer_url}/p/{wiki.project}/peaks/{format_month(month)}",
        title=f"{wiki.name}, {name_month(month)}: {_say(peaks, text.label if text is not None else '')}",
        content="\n\n".join(said),
        # Readers look again at what is newer. It does not come before others for that: asking about years of the past
        # would drive the newest months out of the feed.
        updated=max([found.updated, *(one.asked_at for one in findings)]),
        author="" if note is None else note.author,
        category="" if text is None else text.kind,
    )


def _say(peaks: Sequence[Peak], label: str) -> str:
    if label or not peaks:
        return label
    first = peaks[0]
    times, unit = format_ratio(first.value, first.expected), wording.UNITS[first.metric]
    return f"{times} the expected {unit}" if times else f"{unit} where none were expected"
