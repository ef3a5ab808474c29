"""The budget of requests to Wikimedia: what whoever asks has to know of it, and how a refusal slows it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, Protocol

PENALTY_SECONDS: Final = 600.0
"""So long after the last 429 the learned pace holds."""
SMALLEST_LIMIT: Final = 9
"""Requests a minute: Wikimedia has no lower limit than one more."""
SLOWEST_PACE: Final = 1.0
"""Requests a minute, however often one is refused: nobody waits past the penalty."""
CAUGHT_UP_SECONDS: Final = 0.1
"""Whoever waits wakes late: so much of the time that is lost by it is made up for."""


class StoppedError(BaseException):
    """The budget was stopped while a request waited for its turn; not an error of Wikimedia's."""


class NoTurnError(Exception):
    """No turn came within the limit that the caller had set."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to send one request, until it is given back.

    Parameters
    ----------
    at
        When it came, seconds by the budget's own clock.
    alone
        Whether it came from what a process may send while it is cut off from a shared budget.
    """

    at: float
    alone: bool = False


@dataclass(slots=True)
class BudgetFigures:
    """What one process has used since it started.

    Parameters
    ----------
    sent
        Turns that were given.
    waited_seconds
        What all threads have waited for them, added up.
    answers
        How many requests ended with each status; 0 stands for no answer.
    """

    sent: int = 0
    waited_seconds: float = 0.0
    answers: Counter[int] = field(default_factory=Counter)


class RequestBudget(Protocol):
    """Requests a minute and requests in flight, for all who share them; safe to share between threads."""

    @property
    def figures(self) -> BudgetFigures:
        """What this process has used."""

    @property
    def per_minute(self) -> float:
        """The pace of the moment, of all who share it."""

    def acquire(self, limit_seconds: float | None = None) -> Turn:
        """Wait for a turn.

        Parameters
        ----------
        limit_seconds
            The longest wait; None for as long as it takes.

        Raises
        ------
        NoTurnError
            If none came within the limit.
        StoppedError
            If the budget was stopped meanwhile.
        """

    def release(self, turn: Turn, status: int = 0, retry_after_seconds: float | None = None) -> None:
        """Give a turn back, once its answer is read or did not come.

        Parameters
        ----------
        status
            Of the answer; 0 for none.
        retry_after_seconds
            Of a 429: nobody sends before it is over, and all go on more slowly. None for any other answer.
        """

    def lower_to(self, per_minute: float) -> None:
        """Ask at most so often from now on, where that is less than until now."""

    def stop(self) -> None:
        """Let every waiting request end with :class:`StoppedError`, and give up all that is held."""


def slow_down(pace: float, full_pace: float, served: int) -> float:
    """Return the pace after a 429, requests a minute.

    It is 95 % of what had been answered in the minute before, where that was enough to tell, and at most three quarters
    of the former pace.

    Parameters
    ----------
    pace, full_pace
        The former pace, and that without any refusal.
    served
        Requests answered within the minute before. Hardly any tell nothing of the limit: others had used it up.
    """
    learned = 0.95 * served if served >= SMALLEST_LIMIT else 0.5 * pace
    slower = min(max(learned, SMALLEST_LIMIT), 0.75 * pace)
    return max(slower, min(SLOWEST_PACE, full_pace))


def gap_seconds(pace: float) -> float:
    """Return the time between two requests, so that no minute has too many, what was caught up with included."""
    return (60 + CAUGHT_UP_SECONDS) / pace
