"""Notices for those who keep this program running: nothing is seen, edits are seen again, a run failed."""

from datetime import UTC, datetime

from sqlalchemy import Connection, Engine

from wiki_activity.domain.episodes import Episode, Telling
from wiki_activity.domain.heartbeat import STORE_NAMES
from wiki_activity.domain.notices import BLIND_AFTER, NoticeKind, Phase
from wiki_activity.slack.live_messages import Place
from wiki_activity.slack.message import Message
from wiki_activity.slack.ops_messages import (
    blind_message,
    failed_run_message,
    failing_watcher_message,
    first_load_message,
    recovered_message,
    starting_watcher_message,
    store_message,
)
from wiki_activity.storage.database import exclusively, reading, write
from wiki_activity.storage.episode_table import read_by_telling
from wiki_activity.storage.mutes import is_muted
from wiki_activity.storage.notices import NO_WEBHOOK, add_notice, find_newest_notice
from wiki_activity.storage.wiki_table import load_wikis

_FORM = "%Y-%m-%dT%H:%M:%SZ"
_SUBJECT = "watcher:"
_FAILING = "watcher fails:"


def note_blindness(
    engine: Engine, *, since: datetime, reason: str, now: datetime, sendable: bool, explorer_url: str
) -> bool:
    """Make the one notice of an outage, once it has lasted five minutes; returns whether it was made.

    The watcher calls this when it gets nothing, and whoever watches the watcher when that one is dead: the second
    to do so makes none.

    Parameters
    ----------
    since
        When the last edit was seen, or the watcher last gave a sign of life, wall clock, UTC.
    reason
        What is the matter, and what is done about it, in a sentence: "Wikimedia's stream answers 502; retrying."
    sendable
        Whether there is a webhook for it.
    """
    if now - since < BLIND_AFTER:
        return False
    message = blind_message(since, reason, now, explorer_url)
    with exclusively(engine, "alarms") as connection:
        if _find_blindness(connection) is not None:
            return False
        return _add(connection, f"{_SUBJECT}{since:{_FORM}}", Phase.BLIND, message, now, sendable=sendable)


def note_recovery(
    engine: Engine, *, since: datetime, until: datetime, now: datetime, sendable: bool, explorer_url: str
) -> bool:
    """Make the notice that edits are seen again, with what had come and gone meanwhile; returns whether it was made.

    None is made after a gap of under five minutes of which nobody was told, unless spells came and went in it.

    Parameters
    ----------
    since
        Where the gap began, event time, UTC.
    until
        The newest event, now that what was missed has been caught up.
    """
    names = {wiki.project: wiki.name for wiki in load_wikis(engine)}
    with exclusively(engine, "alarms") as connection:
        blind_since = _find_blindness(connection)
        first = since if blind_since is None else min(blind_since, since)
        episodes = _find_past(connection, first, now)
        if blind_since is None and until - since < BLIND_AFTER and not episodes:
            return False
        meanwhile = [(Place(one.project, names.get(one.project, one.project), explorer_url), one) for one in episodes]
        message = recovered_message(first, max(until, first), meanwhile, now, explorer_url)
        subject = f"{_SUBJECT}{blind_since or since:{_FORM}}"
        return _add(connection, subject, Phase.RECOVERED, message, now, sendable=sendable)


def note_store(
    engine: Engine, name: str, *, since: datetime, problem: str | None, now: datetime, sendable: bool, explorer_url: str
) -> bool:
    """Make the notice that a store keeps counts waiting, or that it is back; returns whether it was made.

    Parameters
    ----------
    name
        One of :data:`wiki_activity.domain.heartbeat.STORE_NAMES`.
    since
        Since when it was away, UTC.
    problem
        What it says; None where it is back.
    """
    message = store_message(STORE_NAMES[name], since, problem, now, explorer_url)
    phase = Phase.RECOVERED if problem is None else Phase.AWAY
    subject = f"{name}:{since:{_FORM}}"
    unsendable = None if sendable else NO_WEBHOOK
    body = message.to_json()
    return write(
        engine,
        lambda connection: add_notice(
            connection, NoticeKind.STORE, subject, phase, body, now=now, unsendable=unsendable
        ),
    )


def note_failed_run(
    engine: Engine, *, job: str, run_id: str, error: str, address: str | None, now: datetime, sendable: bool
) -> bool:
    """Make the notice of a failed run, once a run; returns whether it was made.

    Parameters
    ----------
    error
        Its first line is told.
    address
        Of the run's page.
    """
    message = failed_run_message(job, run_id, error, address)

    def work(connection: Connection) -> bool:
        unsendable = None if sendable else NO_WEBHOOK
        body = message.to_json()
        return add_notice(
            connection, NoticeKind.RUN, f"run:{run_id}", Phase.FAILED, body, now=now, unsendable=unsendable
        )

    return write(engine, work)


def note_first_load(engine: Engine, error: str, *, now: datetime, sendable: bool) -> bool:
    """Make the notice that the first load cannot begin, once a day; returns whether it was made.

    Parameters
    ----------
    error
        Its first line is told.
    """
    body = first_load_message(error).to_json()
    subject, unsendable = f"run:first-load:{now:%Y-%m-%d}", None if sendable else NO_WEBHOOK
    return write(
        engine,
        lambda connection: add_notice(
            connection, NoticeKind.RUN, subject, Phase.FAILED, body, now=now, unsendable=unsendable
        ),
    )


def note_failing_watcher(
    engine: Engine, *, run_id: str, error: str, address: str | None, now: datetime, sendable: bool
) -> bool:
    """Make the one notice that the watcher fails at each start; returns whether it was made.

    Parameters
    ----------
    run_id
        Of the newest run that failed.
    error
        Its first line is told.
    address
        Of the run's page.
    """
    message = failing_watcher_message(run_id, error, address)
    with exclusively(engine, "alarms") as connection:
        if _find_failing(connection) is not None:
            return False
        unsendable = None if sendable else NO_WEBHOOK
        subject, body = f"{_FAILING}{run_id}", message.to_json()
        return add_notice(
            connection, NoticeKind.RUN, subject, Phase.FAILED, body, now=now, unsendable=unsendable
        )  # fmt: skip


def note_starting_watcher(engine: Engine, *, now: datetime, sendable: bool) -> bool:
    """Make the notice that the watcher starts again, if people were told that it fails; returns whether it was made."""
    with reading(engine) as connection:
        if _find_failing(connection) is None:
            return False
    with exclusively(engine, "alarms") as connection:
        subject = _find_failing(connection)
        if subject is None:
            return False
        unsendable = None if sendable else NO_WEBHOOK
        body = starting_watcher_message().to_json()
        return add_notice(
            connection, NoticeKind.RUN, subject, Phase.RECOVERED, body, now=now, unsendable=unsendable
        )  # fmt: skip


def _find_failing(connection: Connection) -> str | None:
    newest = find_newest_notice(connection, NoticeKind.RUN, subject_begins=_FAILING)
    return None if newest is None or newest.phase != Phase.FAILED else newest.subject


def _find_blindness(connection: Connection) -> datetime | None:
    newest = find_newest_notice(connection, NoticeKind.WATCHER)
    if newest is None or newest.phase != Phase.BLIND:
        return None
    return datetime.strptime(newest.subject.removeprefix(_SUBJECT), _FORM).replace(tzinfo=UTC)


def _find_past(connection: Connection, since: datetime, now: datetime) -> list[Episode]:
    past = read_by_telling(connection, Telling.RECOVERY, closed_from=since)
    return [one for one in past if not is_muted(connection, one.project, now)]


def _add(
    connection: Connection, subject: str, phase: Phase, message: Message, now: datetime, *, sendable: bool
) -> bool:
    unsendable = None if sendable else NO_WEBHOOK
    return add_notice(connection, NoticeKind.WATCHER, subject, phase, message.to_json(), now=now, unsendable=unsendable)
