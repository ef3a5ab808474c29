"""The digest: one notice, once, when a newly published month has been judged."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection, Engine

from wiki_activity.domain.counts import Metric, Series
from wiki_activity.domain.digest import Digest, DigestDecision, decide_on_digest, summarize_month
from wiki_activity.domain.episodes import Telling
from wiki_activity.domain.months import format_month, name_month, parse_month
from wiki_activity.domain.notices import NoticeKind, Phase
from wiki_activity.domain.peaks import Detector
from wiki_activity.domain.sentences import MonthCounts
from wiki_activity.domain.wikis import is_watched
from wiki_activity.monthly.figures import judge_completeness
from wiki_activity.slack.digest_messages import digest_message
from wiki_activity.slack.lines import words
from wiki_activity.slack.message import compose
from wiki_activity.storage.counts import newest_month, read_edit_frames, read_series
from wiki_activity.storage.database import exclusively
from wiki_activity.storage.episodes import read_by_telling, save_episode
from wiki_activity.storage.notices import NO_WEBHOOK, add_notice, find_newest_notice
from wiki_activity.storage.peaks import read_peaks
from wiki_activity.storage.report import read_report
from wiki_activity.storage.wiki_names import resolve_projects
from wiki_activity.storage.wikis import load_wikis

logger = logging.getLogger(__name__)

FIRST_LOAD = "first load"
"""Why a digest is never sent: its month was there when this began."""


def make_digest(
    engine: Engine,
    *,
    detector: Detector,
    watchlist: Sequence[str],
    explorer_url: str,
    sendable: bool,
    now: datetime,
) -> DigestDecision:
    """Make the notice of the newest month if it is newly published; call it after each judging.

    A first load makes none, and neither do months that were restated: what was dealt with is in the outbox.

    Parameters
    ----------
    detector
        The one that speaks.
    watchlist
        Entries as in `is_watched`; empty for the biggest peaks of all wikis.
    explorer_url
        Where the explorer's pages are, without a trailing slash.
    sendable
        Whether there is a webhook.
    now
        UTC.
    """
    month = newest_month(engine, Series.EDITS)
    if month is None:
        return DigestDecision.NOTHING
    completeness = judge_completeness(engine, Series.EDITS, month)
    unread = {
        *completeness.missing,
        *(failure.project for failure in read_report(engine).coverage[Metric.EDITS].failed),
    }
    with exclusively(engine, "digest") as connection:
        last = find_newest_notice(connection, NoticeKind.DIGEST)
        last_month = None if last is None else parse_month(last.subject)
        decision = decide_on_digest(month, last_month, completeness.expected, len(completeness.missing))
        if decision is DigestDecision.MAKE:
            digest = _summarize(engine, month, detector, watchlist, unread)
            _add(connection, engine, digest, explorer_url, sendable=sendable, now=now)
        elif decision is DigestDecision.NOTE:
            _note(connection, month, now)
    if decision is not DigestDecision.NOTHING:
        logger.info("digest of %s: %s", format_month(month), decision)
    return decision


def _summarize(
    engine: Engine, month: date, detector: Detector, watchlist: Sequence[str], unread: Collection[str]
) -> Digest:
    known = set(read_series(engine, Series.EDITS, first=month, last=month).dropna(axis="columns").columns)
    wikis = [wiki for wiki in load_wikis(engine) if not wiki.closed]
    # A list of nothing but unknown names, of which others tell, is none: "your 0 wikis" would look like calm.
    names = resolve_projects(engine, watchlist).names
    watched = [wiki.project for wiki in wikis if is_watched(wiki, names)] if names else None
    peaks = read_peaks(engine, detector=detector, month=month)
    return summarize_month(month, peaks, detector, known=known, unread=unread, watchlist=watched)


def _add(
    connection: Connection, engine: Engine, digest: Digest, explorer_url: str, *, sendable: bool, now: datetime
) -> None:
    """Add the notice, and with it the busy spells that waited for it."""
    late = [episode for episode in read_by_telling(connection, Telling.DIGEST) if episode.closed_at is not None]
    names = {wiki.project: wiki.name for wiki in load_wikis(engine)}
    counts = _read_counts(engine, digest.month, [peak.project for peak in digest.stood_out])
    message = digest_message(digest, names=names, counts=counts, late_spells=late, explorer_url=explorer_url, now=now)
    subject = format_month(digest.month)
    unsendable = None if sendable else NO_WEBHOOK
    add_notice(connection, NoticeKind.DIGEST, subject, Phase.DIGEST, message.to_json(), now=now, unsendable=unsendable)
    for episode in late:
        save_episode(connection, replace(episode, telling=Telling.DIGESTED))


def _note(connection: Connection, month: date, now: datetime) -> None:
    message = compose([words(f"{name_month(month)} came with a first load, of which nobody is told.")])
    subject = format_month(month)
    add_notice(connection, NoticeKind.DIGEST, subject, Phase.DIGEST, message.to_json(), now=now, unsendable=FIRST_LOAD)


def _read_counts(engine: Engine, month: date, projects: Sequence[str]) -> dict[str, MonthCounts]:
    if not projects:
        return {}
    frames = read_edit_frames(engine, projects, month, month)
    editors = read_series(engine, Series.EDITORS, projects, month, month)
    by_series = {series: frame.iloc[0].dropna().to_dict() if len(frame) else {} for series, frame in frames.items()}
    by_series[Series.EDITORS] = editors.iloc[0].dropna().to_dict() if len(editors) else {}

    def read(project: str) -> MonthCounts:
        edits, user, anonymous, editors = (by_series[series].get(project) for series in Series)
        people = None if user is None or anonymous is None else user + anonymous
        return MonthCounts(edits=edits, people_edits=people, anonymous_edits=anonymous, editors=editors)

    return {project: read(project) for project in projects}
