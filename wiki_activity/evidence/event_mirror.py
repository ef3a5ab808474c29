"""Mirroring Event registration: its ids are consecutive, so whoever wants to know them all walks through them."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final, Protocol

from sqlalchemy import Engine

from wiki_activity.domain.community_events import CommunityEvent
from wiki_activity.storage.calendar_table import (
    CalendarSource,
    SourceState,
    list_open_events,
    read_source,
    store_events,
)
from wiki_activity.wikimedia.answer_errors import NotFoundError, WikimediaError
from wiki_activity.wikimedia.event_registrations import OddEventError

logger = logging.getLogger(__name__)

MOST_REQUESTS: Final = 2_000
"""In one run; the next one goes on."""
READ_AGAIN: Final = timedelta(hours=20)
"""So long what was read of an event is taken as still true."""
_MISSES: Final = 30
"""So many ids in a row that nobody has: those after them are not given yet. On the way some fifteen may be skipped."""
_MOST_UNREAD: Final = 3
"""So many in a row that could not be read: the service is away."""
_MOST_ODD: Final = 10
"""So many in a row that lack something: the service answers otherwise than it did, and is not followed."""
_BATCH: Final = 100
_NOBODY_ANSWERED: Final = "no event was found where some are known"


class Events(Protocol):
    """What answers for events."""

    def get_event(self, number: int) -> CommunityEvent | None:
        """Get one; None where it is not to be told of."""


@dataclass(slots=True)
class Mirrored:
    """What came of a run.

    Parameters
    ----------
    kept, gone, left_out, unread
        How many events were stored; are none any more, or tests; lack something; could not be read.
    requests
        Sent.
    finished
        Whether the end of all ids was reached.
    error
        Why some could not be read; None where all could.
    """

    kept: int = 0
    gone: int = 0
    left_out: int = 0
    unread: int = 0
    requests: int = 0
    finished: bool = False
    error: str | None = None


def mirror_events(engine: Engine, events: Events, clock: Callable[[], datetime], most: int = MOST_REQUESTS) -> Mirrored:
    """Read again the events that have not ended, then walk on from the last id that is known.

    What was read is stored every hundred requests, with how far that was: whatever ends a run, the next one goes on.

    Parameters
    ----------
    clock
        Tells the time, UTC.
    most
        Requests.

    Raises
    ------
    StorageError
        If the database is out of reach.
    """
    state = read_source(engine, CalendarSource.EVENTS)
    mirror = _Mirror(engine, events, clock, most, None if state is None else state.read_at)
    position = {} if state is None else state.position
    mirror.last, mirror.unread = int(position.get("last", 0)), set(map(int, position.get("unread", ())))
    again = list(dict.fromkeys([*sorted(mirror.unread), *list_open_events(engine, clock() - READ_AGAIN)]))
    # However many these are, new ones come as well.
    answers = mirror.read_again(again[: most // 2]) and mirror.walk_on()
    mirror.end(answers=answers, expected=bool(again) or not mirror.last)
    return mirror.done


class _Answer(Enum):
    GOOD = auto()
    MISSING = auto()
    ODD = auto()
    UNREAD = auto()


@dataclass(slots=True)
class _Mirror:
    engine: Engine
    events: Events
    clock: Callable[[], datetime]
    most: int
    read_at: datetime | None
    last: int = 0
    unread: set[int] = field(default_factory=set)
    done: Mirrored = field(default_factory=Mirrored)
    error: str | None = None
    is_alive: bool = False
    doubtful: list[tuple[int, _Answer]] = field(default_factory=list)
    waiting: list[CommunityEvent] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)

    def read_again(self, numbers: Sequence[int]) -> bool:
        """Read events that are known, or could not be read before; False where nobody answers."""
        for number in numbers:
            answer = self._ask(number)
            if answer is _Answer.MISSING:
                self.gone.append(number)
            if answer is not _Answer.UNREAD:
                self.unread.discard(number)
            if self._is_away():
                return False
        self._believe()
        return True

    def walk_on(self) -> bool:
        """Walk through the ids after the last one; False where nobody answers."""
        number, misses, self.doubtful = self.last, 0, []
        while misses < _MISSES and self.done.requests < self.most:
            number += 1
            answer = self._ask(number)
            misses = misses + 1 if answer is _Answer.MISSING else 0
            if answer is _Answer.GOOD:
                self._believe()
                self.last = number
            elif self._is_away():
                return False
        self._believe()
        self.done.finished = misses >= _MISSES
        return True

    def end(self, *, answers: bool, expected: bool) -> None:
        """Store the rest; where events were to be `expected` and there was none, nobody is believed to be gone."""
        if not self.is_alive and expected:
            answers, self.error = False, self.error or _NOBODY_ANSWERED
        self.unread = {number for number in self.unread if number <= self.last}
        if not answers or self.unread:
            self.done.error = self.error
        self.done.finished &= self.done.error is None
        self.done.unread = len(self.unread)
        self._store()
        logger.info("events: %s", self.done)

    def _ask(self, number: int) -> _Answer:
        self.done.requests += 1
        if self.done.requests % _BATCH == 0:
            self._store()
        try:
            event = self.events.get_event(number)
        except NotFoundError:
            return _Answer.MISSING
        except OddEventError as error:
            logger.info("left out: %s", error)
            answer, self.error = _Answer.ODD, f"{_MOST_ODD} events in a row lack what is needed; {error}"
        except WikimediaError as error:
            answer, self.error = _Answer.UNREAD, str(error)
        else:
            self.is_alive = True
            if event is None:
                self.gone.append(number)
            else:
                self.waiting.append(event)
                self.done.kept += 1
            return _Answer.GOOD
        self.doubtful.append((number, answer))
        return answer

    def _is_away(self) -> bool:
        answers = [answer for _, answer in self.doubtful]
        return answers.count(_Answer.UNREAD) >= _MOST_UNREAD or answers.count(_Answer.ODD) >= _MOST_ODD

    def _believe(self) -> None:
        """Take the doubtful ones for single cases, since the service answers for others; new ones are known by now."""
        if not self.is_alive:
            return
        for number, answer in self.doubtful:
            if answer is _Answer.UNREAD:
                self.unread.add(number)
            else:
                self.done.left_out += 1
            self.last = max(self.last, number)
        self.doubtful.clear()

    def _store(self) -> None:
        gone = self.gone if self.is_alive else []
        now = self.clock()
        read_at = now if self.done.finished else self.read_at
        position = {"last": self.last, "unread": sorted(self.unread)}
        store_events(self.engine, self.waiting, gone, SourceState(now, read_at, self.done.error, position), now)
        self.done.gone += len(gone)
        self.waiting, self.gone = [], [] if self.is_alive else self.gone
