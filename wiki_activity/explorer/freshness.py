"""How old the stored counts are, and how far a load is that runs now."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine, func, select

from wiki_activity.domain.counts import Series
from wiki_activity.domain.months import shift_month, start_of
from wiki_activity.domain.provisional import ProvisionalMonth
from wiki_activity.storage.database import reading
from wiki_activity.storage.database_clock import in_database_time
from wiki_activity.storage.provisional_table import list_provisional, newest_complete_month
from wiki_activity.storage.refreshes import asks_for, last_refresh
from wiki_activity.storage.schema import fetches, refreshes

STALE_AFTER = timedelta(days=14)
"""The counts are asked for every week; twice as long without an answer is worth saying."""
_PUBLISHED_AFTER = timedelta(days=31)
"""By then a month is published, and the next one not yet."""
_ALIVE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Loading:
    """A refresh that runs now.

    Parameters
    ----------
    done, total
        Wikis that were asked for, and those that are to be.
    started_at
        UTC.
    """

    done: int
    total: int
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old the stored counts are.

    Parameters
    ----------
    newest_month
        Newest month of which any count is stored, provisional ones left out; None in an empty database.
    provisional
        The newest month, while Wikimedia has published it only in part.
    refreshed_at
        When a refresh last went through its whole list, UTC; None where none did.
    loading
        The refresh that runs now; None where none does.
    """

    newest_month: date | None
    refreshed_at: datetime | None
    loading: Loading | None
    provisional: ProvisionalMonth | None = None

    def rounded(self) -> "Freshness":
        """Return the same with a load's progress in tenths, so that what shows it holds for more than a moment."""
        if self.loading is None:
            return self
        tenth = max(1, self.loading.total // 10)
        return replace(self, loading=replace(self.loading, done=self.loading.done // tenth * tenth))

    def stale_days(self, now: datetime) -> int | None:
        """Return for how many days nothing was refreshed, if that is too long; else None.

        Counts that no refresh of ours has stored are as old as the end of their newest month.
        """
        since = self.refreshed_at
        if since is None and self.newest_month is not None:
            since = start_of(shift_month(self.newest_month, 1)).replace(tzinfo=UTC) + _PUBLISHED_AFTER
        return None if since is None or now - since < STALE_AFTER else (now - since).days


def read_freshness(engine: Engine, now: datetime) -> Freshness:
    """Read how old the counts are.

    Parameters
    ----------
    now
        By this machine's clock, UTC: what lives now is told by the database's.
    """
    newest = newest_complete_month(engine)
    provisional = next(iter(list_provisional(engine)), None)
    running = last_refresh(engine, Series.EDITS)
    with reading(engine) as connection:
        refreshed_at = connection.execute(
            select(func.max(refreshes.c.finished_at)).where(asks_for(Series.EDITS))
        ).scalar()
        loading = None
        at = in_database_time(connection, now)
        if running is not None and running.outcome is None and at - running.heartbeat < _ALIVE:
            asked = select(func.count(fetches.c.project.distinct())).where(fetches.c.refresh == running.id)
            loading = Loading(connection.execute(asked).scalar_one(), len(running.projects), running.started_at)
    return Freshness(newest, refreshed_at, loading, provisional)
