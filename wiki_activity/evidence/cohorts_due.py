"""Whose staying is to be looked at now: peaks' months, days that somebody noted, and what somebody asked for."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from sqlalchemy import Engine

from wiki_activity.domain.daily_history import DayRange
from wiki_activity.domain.note_text import NoteKind
from wiki_activity.domain.notes import end_of_month
from wiki_activity.domain.peaks import Detector
from wiki_activity.domain.retention import RangeError, Retention, Window, check_days
from wiki_activity.evidence.retaining import is_unknown
from wiki_activity.storage.database import reading
from wiki_activity.storage.evidence_table import read_evidence
from wiki_activity.storage.note_reading import list_noted_days
from wiki_activity.storage.peak_table import read_peaks
from wiki_activity.storage.provisional_table import newest_complete_month
from wiki_activity.storage.retention_table import Cohort, list_wanted

_ASKED_AGAIN: Final = timedelta(hours=20)
"""So long what could not be read is left alone."""
_TELLING: Final = (NoteKind.EVENT, NoteKind.CONTEST, NoteKind.UNKNOWN)
"""Kinds of notes of what may bring people; bots, outages and wrong data do not."""
KEPT_DAYS: Final = Window.THIRD.until + 41
"""So long after the last day a cohort is followed by itself, and its accounts are kept at most; 40 days of them are for
what could not be read."""


def list_due_cohorts(engine: Engine, detector: Detector, now: datetime) -> list[Cohort]:
    """List the cohorts to follow now, those first of which something is wanted already.

    These are cohorts with a window that has ended and is not known, then those that are new: the newest complete month
    of each wiki that had a peak in it about which others were asked, and days of one wiki that a note is about and that
    ended in the last months. New ones have just to be noted where their windows have not ended.

    Parameters
    ----------
    detector
        The one that speaks.
    now
        UTC.

    Raises
    ------
    StorageError
        If the database is out of reach.
    """
    since = now.date() - timedelta(days=KEPT_DAYS)
    wanted = list_wanted(engine, since)
    known = {(one.project, one.days) for one in wanted}
    # Those first that wait longest: else the same few would be tried each time that some cannot be read.
    waiting = sorted(wanted, key=lambda one: one.asked_at or datetime.min.replace(tzinfo=UTC))
    due = dict.fromkeys((one.project, one.days) for one in waiting if _is_due(one, now))
    new = [*_list_peaks(engine, detector), *list_noted_days(engine, _TELLING, since, now.date())]
    due |= dict.fromkeys(one for one in new if one not in known and _may_be_asked(one[1], now.date()))
    return list(due)


def forget_before(now: datetime) -> date:
    """Return the last day before which a cohort's accounts are not needed any more."""
    return now.date() - timedelta(days=KEPT_DAYS)


def _is_due(one: Retention, now: datetime) -> bool:
    lacking = is_unknown(one) or one.usual_error is not None
    failed_just_now = one.asked_at is not None and one.asked_at > now - _ASKED_AGAIN
    return lacking and one.known_from <= now.date() and not (failed_just_now and (one.error or one.usual_error))


def _may_be_asked(days: DayRange, today: date) -> bool:
    try:
        check_days(days, today)
    except RangeError:
        return False
    return True


def _list_peaks(engine: Engine, detector: Detector) -> list[Cohort]:
    month = newest_complete_month(engine)
    if month is None:
        return []
    projects = dict.fromkeys(peak.project for peak in read_peaks(engine, detector=detector, month=month, order="score"))
    with reading(engine) as connection:
        found = read_evidence(connection, list(projects))
    days = DayRange(month, end_of_month(month))
    return [
        (one, days)
        for one in projects
        if (evidence := found.get(one, {}).get(month)) is not None and not evidence.settled
    ]
