"""Which months are to be explained, and by whom that is asked for."""

from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Engine

from wiki_activity.domain.peaks import Detector
from wiki_activity.storage.evidence_table import list_asked, list_requests
from wiki_activity.storage.peak_table import read_peaks
from wiki_activity.storage.provisional_table import newest_complete_month

_ASKED_AGAIN: Final = timedelta(hours=20)
"""So long a source that could not be read is left alone."""
_GAPS_CLOSED: Final = timedelta(days=40)
"""What nobody could read for so long is not asked for any more, unless somebody wants to know."""


def list_due(engine: Engine, detector: Detector, now: datetime) -> list[tuple[str, date]]:
    """List the months to explain: what somebody asked for, the newest month's peaks, then what could not be read.

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
    asked, month = list_asked(engine), newest_complete_month(engine)
    newest = [] if month is None else read_peaks(engine, detector=detector, month=month, order="score")
    found = dict.fromkeys(list_requests(engine))
    found |= dict.fromkeys((peak.project, peak.month) for peak in newest if (peak.project, peak.month) not in asked)
    if month is not None:
        found |= dict.fromkeys(
            key
            # Those first that wait longest: else the same few would be tried each time that a service is away.
            for key, unread in sorted(asked.items(), key=lambda one: one[1] or now)
            if unread is not None
            and unread < now - _ASKED_AGAIN
            and key[1] >= (now - _GAPS_CLOSED).date().replace(day=1)
        )
    return list(found)


def list_month(engine: Engine, detector: Detector, month: date) -> list[tuple[str, date]]:
    """List a month's peaks of which nobody was asked, or somebody could not be read; the most outstanding first.

    Raises as :func:`list_due` does.
    """
    asked = list_asked(engine)
    keys = dict.fromkeys(
        (one.project, one.month) for one in read_peaks(engine, detector=detector, month=month, order="score")
    )
    return [key for key in keys if key not in asked or asked[key] is not None]
