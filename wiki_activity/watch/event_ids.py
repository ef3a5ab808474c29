"""Which events have come before: the ids of the last minute, within bounds."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final

_KEPT_TURNS: Final = 6
_TURN_AFTER: Final = 20_000
_MOST_IDS: Final = 250_000


class EventIds:
    """Remembers event ids by event time; a repeat has the same time, so that only its second need be searched.

    A second is forgotten when nothing came for it in six turns. :meth:`turn` is called every ten seconds of event time,
    and after 20,000 events, since what comes again comes soon: so it holds, too, where hours of the past are delivered
    before other hours of the past.
    """

    def __init__(self) -> None:
        # In their order, so that those of a second that are not saved are the last ones.
        self._ids: dict[int, dict[str, None]] = {}
        self._saved: dict[int, int] = {}
        self._touched: dict[int, int] = {}
        self._turns = 0
        self._left = _TURN_AFTER

    def __len__(self) -> int:
        return sum(map(len, self._ids.values()))

    def add(self, at: int, event_id: str) -> bool:
        """Remember an id; tell whether it is new."""
        ids = self._ids.get(at)
        if ids is None:
            ids = self._ids[at] = {}
        elif event_id in ids:
            return False
        ids[event_id] = None
        self._touched[at] = self._turns
        self._left -= 1
        if not self._left:
            self.turn()
        return True

    def has(self, at: int, event_id: str) -> bool:
        """Tell whether an id is remembered."""
        return event_id in self._ids.get(at, ())

    def turn(self) -> None:
        """Drop the seconds for which nothing came in six turns, and the stalest of what is too much."""
        self._turns += 1
        self._left = _TURN_AFTER
        oldest = self._turns - _KEPT_TURNS
        for at in [at for at, turn in self._touched.items() if turn < oldest]:
            self._drop(at)
        size = len(self)
        for at in sorted(self._touched, key=self._touched.__getitem__)[:-1] if size > _MOST_IDS else ():
            size -= len(self._ids[at])
            self._drop(at)
            if size <= _MOST_IDS:
                break

    def list_all(self) -> dict[int, list[str]]:
        """List all that are remembered, by event time."""
        return {at: list(ids) for at, ids in self._ids.items()}

    def list_unsaved(self) -> Mapping[int, Sequence[str]]:
        """List what came since the last save and is still remembered, by event time."""
        return {
            at: list(islice(ids, self._saved.get(at, 0), None))
            for at, ids in self._ids.items()
            if len(ids) > self._saved.get(at, 0)
        }

    def forget_saved(self) -> None:
        """Note that all are saved."""
        self._saved = {at: len(ids) for at, ids in self._ids.items()}

    def mark_all_unsaved(self) -> None:
        """Note that none is saved."""
        self._saved = {}

    def restore(self, ids: Mapping[int, Sequence[str]]) -> None:
        """Take saved ids back."""
        self._ids = {at: dict.fromkeys(names) for at, names in ids.items()}
        self._touched = dict.fromkeys(self._ids, self._turns)
        self.forget_saved()

    def _drop(self, at: int) -> None:
        del self._ids[at], self._touched[at]
        self._saved.pop(at, None)
