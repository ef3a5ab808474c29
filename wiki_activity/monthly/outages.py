"""Outages: wiki after wiki meets no answer, or has no counts any more, so that asking on makes little sense."""

from wiki_activity.monthly.answer_checks import CheckedAnswers
from wiki_activity.monthly.fetching import WikiAnswers
from wiki_activity.monthly.refresh_errors import HopelessError
from wiki_activity.storage.fetches import FetchStatus

_IN_A_ROW = 10
_BARREN_FROM_THE_START = 20
_FEWEST = 3
"""Fewer wikis than this that all have no counts any more say nothing about Wikimedia."""


class OutageWatch:
    """Looks at the wikis of one refresh as they come.

    Parameters
    ----------
    first_load
        Whether no earlier attempt has answered anything of this refresh.
    """

    def __init__(self, *, first_load: bool) -> None:
        self._first_load = first_load
        self._unreachable = self._gone = self._barren = 0
        self._any_data = False
        self._how = ""
        self._error = ""

    @property
    def hopeless(self) -> bool:
        """Whether the last wikis met no answer at all."""
        return self._unreachable >= _IN_A_ROW

    def see_answers(self, answers: WikiAnswers) -> None:
        """Look at a wiki as it was answered."""
        if not answers.unreachable:
            self._unreachable = 0
            return
        self._unreachable += 1
        series, error = next((series, one.error) for series, one in answers.results.items() if one.error)
        self._error = f"{series}: {error}"

    def see_stored(self, held: CheckedAnswers) -> None:
        """Look at a wiki once it was held against what is stored."""
        if held.gone is not None:
            self._gone += 1
            self._how = held.gone
        elif held.answers.counts and not held.barren:
            self._gone = 0
            self._any_data = True
        elif held.barren and not _fails(held):
            self._barren += 1

    def check(self, *, at_end: bool = False) -> None:
        """Give up where there is no hope.

        Raises
        ------
        HopelessError
            Saying what is out of order.
        """
        if self.hopeless:
            msg = f"{self._unreachable} wikis in a row met no answer; the last: {self._error}"
            raise HopelessError(msg)
        if self._gone >= _IN_A_ROW or (at_end and self._gone >= _FEWEST and not self._any_data):
            msg = (
                f"Wikimedia's metrics {self._how} for {self._gone} of {self._gone} wikis in a row that had counts: "
                "its address may have moved. What was stored stays"
            )
            raise HopelessError(msg)
        if self._first_load and not self._any_data and self._barren >= _BARREN_FROM_THE_START:
            msg = f"Wikimedia's metrics know nothing of the first {self._barren} wikis: its address may have moved"
            raise HopelessError(msg)


def _fails(held: CheckedAnswers) -> bool:
    return any(result.status is FetchStatus.FAILED for result in held.answers.results.values())
