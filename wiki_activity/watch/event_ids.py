"""Which events have come before: the ids of the last minute, within bounds."""

from collections.abc import Mapping, Sequence
from typing import Final

KEPT_SECONDS: Final = 60
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
        self._ids: dict[int, set[str]] = {}
        self._unsaved: dict[int, list[str]] = {}
        self._touched: dict[int, int] = {}
        self._turns = 0
        self._size = 0
        self._turn_at = _TURN_AFTER
        self._added = 0

    def __len__(self) -> int:
        return self._size

    def add(self, at: int, event_id: str) -> bool:
        """Remember an id; tell whether it is new."""
        ids = self._ids.get(at)
        self._touched[at] = self._turns
        if ids is None:
            self._ids[at] = {event_id}
            self._unsaved[at] = [event_id]
        elif event_id in ids:
            return False
        else:
            ids.add(event_id)
            unsaved = self._unsaved.get(at)
            if unsaved is None:
                self._unsaved[at] = [event_id]
            else:
                unsaved.append(event_id)
        self._size += 1
        self._added += 1
        if self._added >= self._turn_at:
            self.turn()
        return True

    def turn(self) -> None:
        """Drop the seconds for which nothing came in six turns, and the stalest of what is too much."""
        self._turns += 1
        self._turn_at = self._added + _TURN_AFTER
        oldest = self._turns - _KEPT_TURNS
        for at in [at for at, turn in self._touched.items() if turn < oldest]:
            self._drop(at)
        if self._size > _MOST_IDS:
            for at in sorted(self._touched, key=self._touched.__getitem__)[:-1]:
                self._drop(at)
                if self._size <= _MOST_IDS:
                    break

    def list_unsaved(self) -> Mapping[int, Sequence[str]]:
        """List what came since the last save and is still remembered, by event time."""
        return self._unsaved

    def forget_saved(self) -> None:
        """Note that all are saved."""
        self._unsaved = {}

    def mark_all_unsaved(self) -> None:
        """Note that none is saved."""
        self._unsaved = {at: list(ids) for at, ids in self._ids.items()}

    def restore(self, ids: Mapping[int, Sequence[str]]) -> None:
        """Take saved ids back."""
        self._ids = {at: set(names) for at, names in ids.items()}
        self._touched = dict.fromkeys(self._ids, self._turns)
        self._size = sum(map(len, self._ids.values()))

    def _drop(self, at: int) -> None:
        self._size -= len(self._ids.pop(at))
        del self._touched[at]
        self._unsaved.pop(at, None)
