"""What follows when counts were stored: peaks are found anew, and the digest of a new month is made."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from wiki_activity.domain.digest import DigestDecision
from wiki_activity.monthly.digest import make_digest
from wiki_activity.monthly.found_notice import tell_found
from wiki_activity.monthly.peak_refresh import refresh_peaks
from wiki_activity.monthly.rounds import LOOKED_BACK, find_round
from wiki_activity.settings import Settings
from wiki_activity.storage.database_clock import database_time
from wiki_activity.storage.peak_table import PeakChanges
from wiki_activity.storage.refreshes import Refresh, list_refreshes


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of it.

    Parameters
    ----------
    since
        UTC, when the first refresh began whose counts were judged.
    changes
        Of the peaks.
    digest
        What was decided on it.
    """

    since: datetime
    changes: PeakChanges
    digest: DigestDecision


def judge(engine: Engine, settings: Settings, clock: Callable[[], datetime], since: datetime) -> Judged:
    """Find the peaks over all that is stored, and make the digest if its month was newly published."""
    changes = refresh_peaks(engine, settings.peak_percent, clock())
    return Judged(since, changes, decide_digest(engine, settings, clock()))


def judge_round(
    engine: Engine,
    settings: Settings,
    clock: Callable[[], datetime],
    *,
    refresh: Refresh,
    everybody: Collection[str],
) -> Judged | None:
    """Do so after a part of all wikis; None while other parts are to come, or under way.

    Parameters
    ----------
    refresh
        Of the part that has ended.
    everybody
        The projects of all parts together.
    """
    refreshes, at = list_refreshes(engine, LOOKED_BACK), database_time(engine, clock())
    since = find_round(refreshes, refresh.series, refresh.last, everybody, at)
    return None if since is None else judge(engine, settings, clock, since)


def decide_digest(engine: Engine, settings: Settings, now: datetime) -> DigestDecision:
    """Make the digest as the settings want it, if there is one to be made."""
    return make_digest(
        engine,
        detector=settings.peak_detector,
        watchlist=settings.watchlist,
        explorer_url=settings.explorer_url,
        sendable=settings.slack_webhook_url is not None,
        now=now,
    )


def tell_what_was_found(engine: Engine, settings: Settings, now: datetime) -> bool:
    """Make the notice of what was found behind the newest month's peaks, if it is to be made; whether it was."""
    return tell_found(
        engine,
        detector=settings.peak_detector,
        explorer_url=settings.explorer_url,
        sendable=settings.slack_webhook_url is not None,
        now=now,
    )
