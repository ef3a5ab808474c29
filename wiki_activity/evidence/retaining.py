"""Finding who stayed: one cohort after the other, each window once it has ended."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from sqlalchemy import Engine

from wiki_activity.domain.retention import Retention, Window, add_up, list_usual
from wiki_activity.evidence.asking import GapError, Limited, count_none
from wiki_activity.evidence.cohorts import MOST_REQUESTS, Asking, Wiki
from wiki_activity.storage.database import reading
from wiki_activity.storage.namespace_table import read_content_namespaces, store_content_namespaces
from wiki_activity.storage.renames import names_version
from wiki_activity.storage.retention_table import (
    Cohort,
    open_cohorts,
    read_account_numbers,
    read_cohort,
    store_retention,
)
from wiki_activity.wikimedia.answer_errors import PassingError, WikimediaError

logger = logging.getLogger(__name__)

_MANY: Final = 500
"""So many accounts are on a page of the log."""
_MOST_UNREACHABLE: Final = 3
"""So many cohorts in a row of which nothing could be read: asking for the next one makes little sense."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What is known of a cohort, a window after the other, how many requests were sent, and whether no one answered."""

    cohort: Cohort
    windows: tuple[Retention, ...]
    requests: int
    unanswered: bool = False

    @property
    def gaps(self) -> tuple[str, ...]:
        """What could not be read, and why."""
        return tuple(dict.fromkeys(why for one in self.windows for why in (one.error, one.usual_error) if why))


@dataclass(slots=True)
class Outcome:
    """What came of several cohorts; `left` were not asked about, since nothing answered any more."""

    followed: list[Followed] = field(default_factory=list)
    left: list[Cohort] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Follower:
    """Finds who stayed.

    Parameters
    ----------
    engine
        The database.
    wiki
        The client of wikis' own APIs.
    get_content
        Tells the numbers of a wiki's namespaces of content, asking the wiki.
    clock
        Tells the time, with its time zone.
    limited
        Limits the requests that are really sent, as `PoliteSession.limited` does.
    """

    engine: Engine
    wiki: Wiki
    get_content: Callable[[str], tuple[int, ...]]
    clock: Callable[[], datetime]
    limited: Limited = count_none

    def follow(self, cohort: Cohort) -> Followed:
        """Ask about the windows that have ended and are not known, and store what is found, all at once.

        Whatever ends it before, nothing is stored and the next one asks anew; what is known is never asked again.

        Raises
        ------
        WikisRenamedError
            If a wiki moved meanwhile; nothing was stored.
        StorageError
            If the database is out of reach.
        """
        with reading(self.engine) as connection:
            names = names_version(connection)
        open_cohorts(self.engine, [cohort])
        before = read_cohort(self.engine, cohort)
        now = self.clock()
        unknown = [one.window for one in before if is_unknown(one) and one.known_from <= now.date()]
        if not unknown and not any(one.usual_error for one in before):
            return Followed(cohort, tuple(before), 0)
        asking = Asking(self.wiki, cohort[0])
        with self.limited(MOST_REQUESTS) as meter:
            numbers, found = self._find_stayed(asking, before, unknown)
            found = self._add_usual(asking, found, now)
        # What somebody else was answered meanwhile is not taken away by who is away now.
        meanwhile = {one.window: one for one in read_cohort(self.engine, cohort)}
        found = [meanwhile[one.window] if one.error and meanwhile[one.window].found else one for one in found]
        open_still = any(one.found is None and not one.is_few for one in found)
        store_retention(self.engine, cohort, found, numbers if open_still else (), now=now, names=names)
        return Followed(cohort, tuple(found), max(asking.requests, meter.sent), unanswered=asking.is_unanswered)

    def follow_all(self, cohorts: Iterable[Cohort], *, tell: Callable[[str], None] = logger.info) -> Outcome:
        """Ask about several cohorts; one that cannot be read keeps no other waiting. Raises as :meth:`follow` does."""
        outcome, waiting, unread = Outcome(), list(cohorts), 0
        while waiting and unread < _MOST_UNREACHABLE:
            one = self.follow(waiting.pop(0))
            outcome.followed.append(one)
            unread = unread + 1 if one.unanswered else 0
            project, days = one.cohort
            known = sum(window.found is not None or window.is_few for window in one.windows)
            tell(f"{project} {days.first} to {days.last}: {known} windows known, {one.requests} requests")
        outcome.left = waiting
        return outcome

    def _find_stayed(
        self, asking: Asking, before: Sequence[Retention], unknown: Sequence[Window]
    ) -> tuple[Sequence[int], list[Retention]]:
        cohort, now = (before[0].project, before[0].days), self.clock()
        numbers: Sequence[int] = read_account_numbers(self.engine, cohort)
        found = list(before)
        if not unknown:
            return numbers, found
        try:
            asking.content = self._find_content(asking)
            if not numbers or before[0].accounts is None:
                made = asking.find_made(cohort[1])
                numbers = made.chosen
                found = [replace(one, accounts=made.count, estimated=made.estimated) for one in found]
            counted = [] if found[0].is_few else asking.count(numbers, cohort[1], unknown)
        except (GapError, WikimediaError) as error:
            asking.is_unanswered = isinstance(error, PassingError)
            logger.warning("%s %s to %s: %s", cohort[0], cohort[1].first, cohort[1].last, error)
            return numbers, [
                replace(one, error=str(error), asked_at=now) if one.window in unknown else one for one in found
            ]
        if found[0].is_few:
            return (), [replace(one, error=None, asked_at=now) for one in found]
        by_window = dict(zip(unknown, counted, strict=True))
        return numbers, [
            replace(one, found=by_window[one.window], error=None, asked_at=now) if one.window in by_window else one
            for one in found
        ]

    def _add_usual(self, asking: Asking, found: Sequence[Retention], now: datetime) -> list[Retention]:
        """Find what is usual in all windows at once, where that is not known; not beside figures that are not."""
        first = found[0]
        known = all(one.usual is not None for one in found)
        if known or first.is_few or first.accounts is None or any(one.error for one in found):
            return list(found)
        try:
            asking.content = self._find_content(asking)
            parts = [asking.count_usual(days, many=first.accounts > _MANY) for days in list_usual(first.days)]
        except (GapError, WikimediaError) as error:
            logger.warning("%s, what is usual: %s", first.project, error)
            return [replace(one, usual_error=str(error), asked_at=now) for one in found]
        usual = [add_up(some) for some in zip(*parts, strict=True)]
        return [replace(one, usual=its, usual_error=None) for one, its in zip(found, usual, strict=True)]

    def _find_content(self, asking: Asking) -> tuple[int, ...]:
        known = read_content_namespaces(self.engine).get(asking.project)
        if known is not None:
            return known.numbers
        asking.requests += 1
        numbers = self.get_content(asking.project)
        store_content_namespaces(self.engine, asking.project, numbers, self.clock())
        return numbers


def is_unknown(one: Retention) -> bool:
    """Tell whether figures are lacking that somebody could tell."""
    return one.found is None and not one.is_few
