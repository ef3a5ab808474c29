"""Says once that a store is away, and once that everything is saved again."""

import logging
from collections.abc import Callable

logger = logging.getLogger(__name__)


class Trouble:
    """Tells the log of trouble with the stores: of its begin and its end.

    Parameters
    ----------
    monotonic
        Seconds that only go up.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._since: float | None = None

    def note(self, problem: str) -> None:
        """Note that something could not be saved."""
        if self._since is None:
            self._since = self._monotonic()
            logger.warning("%s; nothing is lost: what comes is kept, or fetched later", problem)

    def note_over(self) -> None:
        """Note that all is saved."""
        if self._since is not None:
            logger.warning("reached again after %.0f s; everything is saved", self._monotonic() - self._since)
            self._since = None
