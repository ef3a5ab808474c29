"""The digest: one notice, once, when a newly published month has been judged."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection, Engine

from wiki_activity.domain.corrections import Correction, find_correction, note_told
from wiki_activity.domain.counts import COUNT_SERIES, Metric, Series
from wiki_activity.domain.daily_history import DayRange
from wiki_activity.domain.digest import Digest, DigestDecision, decide_on_digest, summarize_month, withhold_faulty
from wiki_activity.domain.episodes import Telling
from wiki_activity.domain.months import format_month, name_month, parse_month, shift_month
from wiki_activity.domain.notes import end_of_month
from wiki_activity.domain.notices import NoticeKind, Phase
from wiki_activity.domain.peaks import Detector
from wiki_activity.domain.registered import find_registered
from wiki_activity.domain.retention import Window, describe_retention
from wiki_activity.domain.sentences import MonthCounts
from wiki_activity.domain.wikis import is_watched
from wiki_activity.monthly.figures import judge_completeness
from wiki_activity.slack.correction_messages import correction_message
from wiki_activity.slack.digest_messages import digest_message
from wiki_activity.slack.lines import words
from wiki_activity.slack.message import compose
from wiki_activity.storage.calendar_table import read_annotations
from wiki_activity.storage.completeness import read_completeness
from wiki_activity.storage.database import exclusively, reading
from wiki_activity.storage.episode_table import read_by_telling, save_episode
from wiki_activity.storage.frames import read_series
from wiki_activity.storage.notices import NO_WEBHOOK, add_notice, find_newest_notice, find_notice
from wiki_activity.storage.peak_table import read_peaks
from wiki_activity.storage.provisional_table import newest_complete_month
from wiki_activity.storage.retention_table import read_retention
from wiki_activity.storage.told_months import read_told, save_told
from wiki_activity.storage.wiki_names import resolve_projects
from wiki_activity.storage.wiki_table import load_wikis

logger = logging.getLogger(__name__)

_MONTHS_TO_STAY = 3
"""The last window in which accounts of a month are looked at ends with the third month after it."""
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

    A first load makes none. A month that was told is told again, once for each time that it has changed materially;
    older ones that were restated are not: what was dealt with is in the outbox. A provisional month is no news yet.

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
    month = newest_complete_month(engine)
    if month is None:
        return DigestDecision.NOTHING
    completeness = judge_completeness(engine, Series.EDITS, month)
    unread = {
        *completeness.missing,
        *(failure.project for failure in read_completeness(engine).coverage[Metric.EDITS].failed),
    }
    with exclusively(engine, "digest") as connection:
        last = find_newest_notice(connection, NoticeKind.DIGEST, Phase.DIGEST)
        last_month = None if last is None else parse_month(last.subject)
        decision = decide_on_digest(month, last_month, completeness.expected, len(completeness.missing))
        if decision is DigestDecision.MAKE:
            digest, watched = _summarize(engine, month, detector, watchlist, unread)
            _add(connection, engine, digest, explorer_url, sendable=sendable, now=now)
            save_told(connection, note_told(digest, watched), 0, now)
        elif decision is DigestDecision.NOTE:
            _note(connection, month, now)
        elif month == last_month and (known := read_told(connection, month)) is not None:
            digest, watched = _summarize(engine, month, detector, watchlist, unread)
            correction = find_correction(known[0], digest, watched)
            # Of a month whose counts are faulty by now, what was told is neither taken back nor told again.
            if correction and not digest.faults:
                decision = DigestDecision.CORRECT
                number = known[1] + 1
                _add_correction(connection, engine, correction, number, explorer_url, sendable=sendable, now=now)
                save_told(connection, note_told(digest, watched), number, now)
    if decision is not DigestDecision.NOTHING:
        logger.info("digest of %s: %s", format_month(month), decision)
    return decision


def _summarize(
    engine: Engine, month: date, detector: Detector, watchlist: Sequence[str], unread: Collection[str]
) -> tuple[Digest, list[str] | None]:
    """Sum the month up; return with it the projects of the watchlist, None where there is none."""
    known = set(read_series(engine, Series.EDITS, first=month, last=month).dropna(axis="columns").columns)
    wikis = [wiki for wiki in load_wikis(engine) if wiki.is_open]
    # A list of nothing but unknown names, of which others tell, is none: "your 0 wikis" would look like calm.
    names = resolve_projects(engine, watchlist).names
    watched = [wiki.project for wiki in wikis if is_watched(wiki, names)] if names else None
    peaks = read_peaks(engine, detector=detector, month=month)

    def summarize(metrics: Collection[Metric]) -> Digest:
        told = [peak for peak in peaks if peak.metric in metrics]
        return summarize_month(month, told, detector, known=known, unread=unread, watchlist=watched)

    with reading(engine) as connection:
        annotations = read_annotations(connection)
    return withhold_faulty(summarize(tuple(Metric)), annotations, summarize), watched


def _add(
    connection: Connection, engine: Engine, digest: Digest, explorer_url: str, *, sendable: bool, now: datetime
) -> None:
    """Add the notice, and with it the busy spells that waited for it."""
    late = [episode for episode in read_by_telling(connection, Telling.DIGEST) if episode.closed_at is not None]
    names = {wiki.project: wiki.name for wiki in load_wikis(engine)}
    counts = _read_counts(engine, digest.month, [peak.project for peak in digest.stood_out])
    message = digest_message(
        digest,
        names=names,
        counts=counts,
        late_episodes=late,
        explorer_url=explorer_url,
        now=now,
        stayed=_tell_stayed(connection, shift_month(digest.month, -_MONTHS_TO_STAY)),
    )
    subject = format_month(digest.month)
    unsendable = None if sendable else NO_WEBHOOK
    add_notice(connection, NoticeKind.DIGEST, subject, Phase.DIGEST, message.to_json(), now=now, unsendable=unsendable)
    for episode in late:
        save_episode(connection, replace(episode, telling=Telling.DIGESTED))


def _tell_stayed(connection: Connection, month: date) -> dict[str, str]:
    """Say who stayed of the accounts that were made where readers were told of a month: by now all of it is known."""
    told = read_told(connection, month)
    if told is None:
        return {}
    known = read_retention(connection, sorted(told[0].listed))
    days = DayRange(month, end_of_month(month))
    return {
        project: describe_retention(one)
        for project, windows in known.items()
        for one in windows
        if one.days == days and one.window is Window.THIRD and one.found is not None and not one.is_few
    }


def _add_correction(
    connection: Connection,
    engine: Engine,
    correction: Correction,
    number: int,
    explorer_url: str,
    *,
    sendable: bool,
    now: datetime,
) -> None:
    names = {wiki.project: wiki.name for wiki in load_wikis(engine)}
    peaks = [*correction.appeared, *(peak for peak, _ in correction.changed)]
    counts = _read_counts(engine, correction.month, [peak.project for peak in peaks])
    message = correction_message(correction, names=names, counts=counts, explorer_url=explorer_url)
    subject = format_month(correction.month)
    told = find_notice(connection, NoticeKind.DIGEST, subject, Phase.DIGEST)
    # Whoever was not told of the month is not told of its correction.
    untold = told is not None and told.sent_at is None and told.next_attempt_at is None
    unsendable = None if sendable and not untold else NO_WEBHOOK
    phase = Phase.CORRECTION if number == 1 else f"{Phase.CORRECTION}-{number}"
    add_notice(connection, NoticeKind.DIGEST, subject, phase, message.to_json(), now=now, unsendable=unsendable)


def _note(connection: Connection, month: date, now: datetime) -> None:
    message = compose([words(f"{name_month(month)} came with a first load, of which nobody is told.")])
    subject = format_month(month)
    add_notice(connection, NoticeKind.DIGEST, subject, Phase.DIGEST, message.to_json(), now=now, unsendable=FIRST_LOAD)


def _read_counts(engine: Engine, month: date, projects: Sequence[str]) -> dict[str, MonthCounts]:
    if not projects:
        return {}
    wanted = (*COUNT_SERIES, Series.USER_EDITORS)
    year = {series: read_series(engine, series, projects, shift_month(month, -12), month) for series in wanted}
    editors, user_editors = year[Series.EDITORS], year[Series.USER_EDITORS].reindex_like(year[Series.EDITORS])
    told_by_registered = find_registered(editors.to_numpy().T, user_editors.to_numpy().T)[:, -1:]
    registered = {project for project, told in zip(editors, told_by_registered, strict=True) if told}
    newest = {series: frame.iloc[-1].dropna().to_dict() if len(frame) else {} for series, frame in year.items()}

    def read(project: str) -> MonthCounts:
        edits, user, anonymous, all_editors, users = (newest[series].get(project) for series in wanted)
        return MonthCounts(
            edits=edits,
            people_edits=None if user is None or anonymous is None else user + anonymous,
            anonymous_edits=anonymous,
            editors=all_editors,
            user_editors=users,
            registered=project in registered,
        )

    return {project: read(project) for project in projects}
