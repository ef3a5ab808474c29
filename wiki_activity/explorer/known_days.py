"""Days of wikis from both who count them: Wikimedia afterwards, and else the stream where all of a day was seen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import Engine

from wiki_activity.domain.daily_history import DayRange
from wiki_activity.domain.month_so_far import WikiDays
from wiki_activity.domain.sentences import MonthCounts
from wiki_activity.explorer.context import Explorer
from wiki_activity.explorer.day_book import DayBook
from wiki_activity.storage.history_table import WikiHistory, read_history, read_spans

_HOURS: Final = 24


class DaySource(StrEnum):
    """Who counted a day."""

    WIKIMEDIA = "wikimedia"
    """Its metrics API, after the month."""
    STREAM = "stream"
    """The live stream, as it went."""


class HistoryReader:
    """Reads what Wikimedia counted of days; only wikis that were answered anew are read again.

    Parameters
    ----------
    engine
        The database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[str, WikiHistory] = {}

    def read(self) -> Mapping[str, WikiHistory]:
        """Return by project what is known; called by one thread at a time.

        Raises
        ------
        DatabaseUnreachableError
            If the database is out of reach.
        """
        spans, known = read_spans(self._engine), self._known
        changed = [one for one, span in spans.items() if one not in known or known[one].span != span]
        if changed or known.keys() - spans.keys():
            read = {one: history for one in changed if (history := read_history(self._engine, one)) is not None}
            self._known = {one: history for one, history in (known | read).items() if one in spans}
        return self._known


@dataclass(frozen=True, slots=True)
class WikiKnownDays:
    """One wiki's days.

    Parameters
    ----------
    history
        What Wikimedia counted; None where it was not asked.
    stream
        What the stream had; None where nothing is counted.
    """

    history: WikiHistory | None
    stream: WikiDays | None

    def source_of(self, day: date) -> DaySource | None:
        """Tell who counted a day; None where nobody has counted all of it."""
        if self.history is not None and self.history.span.first <= day <= self.history.span.last:
            return DaySource.WIKIMEDIA
        at = self._place(day)
        return None if at is None or self.stream is None or self.stream.hours[at] < _HOURS else DaySource.STREAM

    def read(self, day: date) -> MonthCounts | None:
        """Return the counts of a day, editors unknown; None where it is not known."""
        match self.source_of(day):
            case DaySource.WIKIMEDIA:
                assert self.history is not None
                edits, users, others = self.history.counts[(day - self.history.span.first).days].tolist()
                return MonthCounts(edits, users + others, others)
            case DaySource.STREAM:
                at = self._place(day)
                assert self.stream is not None
                assert at is not None
                stream = self.stream
                users, others = int(stream.user_edits[at]), int(stream.logged_out_edits[at])
                return MonthCounts(users + others + int(stream.bot_edits[at]), users + others, others)
        return None

    def find_known(self) -> DayRange | None:
        """Find the first and the last day that is known; those between may be missing. None where none is."""
        known = [] if self.history is None else [self.history.span.first, self.history.span.last]
        if self.stream is not None:
            whole = (self.stream.hours >= _HOURS).nonzero()[0]
            known += [self.stream.first + timedelta(days=int(at)) for at in (*whole[:1], *whole[-1:])]
        return DayRange(min(known), max(known)) if known else None

    def _place(self, day: date) -> int | None:
        at = -1 if self.stream is None else (day - self.stream.first).days
        return at if self.stream is not None and 0 <= at < len(self.stream.hours) else None


@dataclass(frozen=True, slots=True)
class KnownDays:
    """All that is known of days at one moment."""

    book: DayBook
    histories: Mapping[str, WikiHistory]

    def of(self, project: str) -> WikiKnownDays:
        """Return one wiki's days."""
        return WikiKnownDays(self.histories.get(project), self.book.read(project))

    def version_of(self, projects: Iterable[str]) -> tuple[object, ...]:
        """Return what tells one state of these wikis' days from another."""
        return (self.book.version, *(one.span if (one := self.histories.get(name)) else None for name in projects))


async def look_at_days(explorer: Explorer) -> KnownDays:
    """Return the days as they are now."""
    return KnownDays(await explorer.days.look(), await explorer.histories.look())
