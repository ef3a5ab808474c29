"""How long seconds stay open for topics of the stream that are behind."""

from collections.abc import Callable, Collection
from typing import Final

from wiki_activity.domain.frontier import Frontier
from wiki_activity.watch.topics import Topics

HOLD_SECONDS: Final = 5
"""Seconds close so far behind the newest event."""
_MOST_OPEN: Final = 3_000_000


class OpenLimit:
    """Finds the second from which on all stay open, from how far the stream's topics are (:class:`Frontier`).

    Parameters
    ----------
    wall
        Our wall clock, epoch seconds.
    """

    def __init__(self, wall: Callable[[], float]) -> None:
        self.is_patient = False
        """Whether some topic is waited for."""
        self._wall = wall
        self._frontier = Frontier()
        self._topics = Topics()

    def note_piece(self, resume_id: str, monotonic: float) -> None:
        """Learn which topics there are, before the edits of a piece are counted, and when it was read."""
        self._frontier.note_time(monotonic)
        if resume_id:
            self._frontier.note_topics(dict.fromkeys(self._topics.list_names(resume_id)))

    def note_reached(self, resume_id: str, times: Collection[int]) -> None:
        """Learn how far the topics are, after the edits of a piece, at these event times, were counted."""
        if resume_id:
            reached = self._topics.read(resume_id, min(times, default=None), max(times, default=None))
            self._frontier.note_topics(reached)

    def find(self, newest: int | None, open_counts: int) -> float:
        """Return the second, infinite where none has to stay open.

        Parameters
        ----------
        newest
            Newest event time; None before the first edit.
        open_counts
            How many counts of open seconds there are: where they are very many, no topic is waited for.
        """
        if newest is not None:
            self._frontier.note_newest(newest)
        limit = self._frontier.find_limit(self._wall())
        self.is_patient = limit is not None
        return float("inf") if limit is None or open_counts > _MOST_OPEN else limit - HOLD_SECONDS
