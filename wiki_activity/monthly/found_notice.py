"""The notice of what was found behind a month's peaks: once, after the digest, when all of them were asked about."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import Connection, Engine

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.data_annotations import find_faults
from wiki_activity.domain.findings import Finding, choose_first
from wiki_activity.domain.months import format_month
from wiki_activity.domain.notices import NoticeKind, Phase
from wiki_activity.domain.peaks import Detector
from wiki_activity.monthly.digest import FIRST_LOAD
from wiki_activity.slack.found_messages import found_message
from wiki_activity.slack.message import Message
from wiki_activity.storage.calendar_table import read_annotations
from wiki_activity.storage.database import exclusively
from wiki_activity.storage.evidence_table import read_evidence
from wiki_activity.storage.notices import NO_WEBHOOK, add_notice, find_notice, rewrite_waiting, withdraw_notice
from wiki_activity.storage.peak_table import read_peaks
from wiki_activity.storage.provisional_table import newest_complete_month
from wiki_activity.storage.told_months import read_told
from wiki_activity.storage.wiki_table import load_wikis


def tell_found(engine: Engine, *, detector: Detector, explorer_url: str, sendable: bool, now: datetime) -> bool:
    """Add the notice of the newest month if its digest was made and all its peaks were asked about.

    The digest never waits for it. As long as it is not sent its text is that of what is known now, so that a title
    that is not to be told any more goes from it too.

    Parameters
    ----------
    detector
        The one that speaks.
    explorer_url
        Where the explorer's pages are, without a trailing slash.
    sendable
        Whether there is a webhook.
    now
        UTC.

    Returns
    -------
    bool
        Whether it was added.

    Raises
    ------
    StorageError
        If the database is out of reach.
    """
    month = newest_complete_month(engine)
    if month is None:
        return False
    subject = format_month(month)
    # Those that stand out most first, as the digest has them.
    standing = dict.fromkeys(peak.project for peak in read_peaks(engine, detector=detector, month=month, order="score"))
    with exclusively(engine, "digest") as connection:
        digest = find_notice(connection, NoticeKind.DIGEST, subject, Phase.DIGEST)
        if digest is None or digest.error == FIRST_LOAD:
            return False
        message = _make_message(connection, engine, month, standing, explorer_url)
        if message is None:
            withdraw_notice(connection, NoticeKind.DIGEST, subject, Phase.FOUND)
            return False
        body = message.to_json()
        # Whoever was not told of the month is not told what was behind it.
        untold = digest.sent_at is None and digest.next_attempt_at is None
        unsendable = None if sendable and not untold else NO_WEBHOOK
        added = add_notice(connection, NoticeKind.DIGEST, subject, Phase.FOUND, body, now=now, unsendable=unsendable)
        if not added:
            rewrite_waiting(connection, NoticeKind.DIGEST, subject, Phase.FOUND, body)
        return added


def _make_message(
    connection: Connection, engine: Engine, month: date, standing: Collection[str], explorer_url: str
) -> Message | None:
    """Make the message; None where not all were asked about yet, or there is nothing to say."""
    told = read_told(connection, month)
    if told is None:
        return None
    # Those that are none any more are corrected, and nobody was asked about them.
    peaks = {project: one for project in standing if (one := told[0].peaks.get(project)) is not None}
    # That counts are faulty may be known only after the digest: of such a month nobody is told as a peak.
    annotations = read_annotations(connection)
    peaks = {project: one for project, one in peaks.items() if not find_faults(annotations, Metric(one.metric), month)}
    known = read_evidence(connection, list(peaks))
    if any(month not in known.get(project, {}) for project in peaks):
        return None
    seen = {project: known[project][month] for project in peaks}
    first = {project: choose_first(one.findings) for project, one in seen.items()}
    found: dict[str, Finding] = {project: one for project, one in first.items() if one is not None}
    return found_message(
        month,
        found,
        listed=[project for project in peaks if project in told[0].listed],
        nothing=[project for project, one in seen.items() if one.shows_nothing],
        unread=[project for project, one in seen.items() if one.gaps and project not in found],
        metrics={project: Metric(one.metric) for project, one in peaks.items()},
        names={wiki.project: wiki.name for wiki in load_wikis(engine)},
        explorer_url=explorer_url,
    )
