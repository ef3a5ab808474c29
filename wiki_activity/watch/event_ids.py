"""Which events have come before: the ids of the last minute of event time, within bounds."""

from collections.abc import Mapping, Sequence
from typing import Final

KEPT_SECONDS: Final = 60
_MOST_IDS: Final = 250_000


class EventIds:
    """Remembers event ids by event time; a repeat has the same time, so that only its second need be searched."""

    def __init__(self) -> None:
        self._ids: dict[int, set[str]] = {}
        self._unsaved: dict[int, list[str]] = {}
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, at: int, event_id: str) -> bool:
        """Remember an id; tell whether it is new."""
        ids = self._ids.get(at)
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
        return True

    def forget(self, newest: int) -> None:
        """Drop what is over a minute older than `newest`, and the oldest of what is too much."""
        oldest = newest - KEPT_SECONDS
        for at in [at for at in self._ids if at < oldest]:
            self._drop(at)
        while self._size > _MOST_IDS and len(self._ids) > 1:
            self._drop(min(self._ids))

    def list_unsaved(self) -> Mapping[int, Sequence[str]]:
        """List what came since the last save and is still remembered, by event time."""
        return self._unsaved

    def forget_saved(self) -> None:
        """Note that all are saved."""
        self._unsaved = {}

    def restore(self, ids: Mapping[int, Sequence[str]]) -> None:
        """Take saved ids back."""
        self._ids = {at: set(names) for at, names in ids.items()}
        self._size = sum(map(len, self._ids.values()))

    def _drop(self, at: int) -> None:
        self._size -= len(self._ids.pop(at))
        self._unsaved.pop(at, None)
