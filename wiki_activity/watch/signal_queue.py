"""Signals that wait for whoever keeps episodes: in the order of event time, none of them lost while a store is away."""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from wiki_activity.domain.heartbeat import DATABASE, REDIS
from wiki_activity.domain.live import Signal, Tick
from wiki_activity.storage.storage_errors import DatabaseUnreachableError
from wiki_activity.watch.outage_log import Trouble
from wiki_activity.watch.signals import EpisodeContext, OnSignal
from wiki_activity.watch.vitals import Vitals


class _Waiting(NamedTuple):
    project: str
    tick: Tick
    signal: Signal


class SignalQueue:
    """Hands signals on, oldest first, and keeps those that the database does not take.

    Parameters
    ----------
    on_signal
        Told of each.
    context_of
        Who edits a wiki, and what.
    vitals
        Where is noted how the database does.
    trouble
        Where is said that it is away.
    """

    def __init__(
        self, on_signal: OnSignal, context_of: Callable[[str], EpisodeContext], vitals: Vitals, trouble: Trouble
    ) -> None:
        self._on_signal = on_signal
        self._context_of = context_of
        self._vitals = vitals
        self._trouble = trouble
        self._waiting: deque[_Waiting] = deque()

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @property
    def oldest(self) -> int | None:
        """Event time of the tick that has waited longest; None where none waits."""
        return self._waiting[0].tick.at if self._waiting else None

    def put(self, project: str, tick: Tick, signal: Signal) -> None:
        """Let a signal wait for its turn."""
        self._waiting.append(_Waiting(project, tick, signal))

    def hand_on_at_once(self) -> None:
        """Hand on what waits, unless a store is away: while all that somebody may want to look at is still kept."""
        if self._waiting and not (self._vitals.is_away(REDIS) or self._vitals.is_away(DATABASE)):
            self.hand_on()

    def hand_on(self) -> bool:
        """Hand on what waits; tell whether the database took all."""
        while self._waiting:
            project, tick, signal = self._waiting[0]
            try:
                with self._vitals.asking(DATABASE):
                    self._on_signal(project, tick, signal, self._context_of(project))
            except DatabaseUnreachableError as error:
                self._trouble.note(str(error))
                return False
            self._waiting.popleft()
        return True
