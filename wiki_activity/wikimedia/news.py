"""Whether what a connection brings is new, and where to resume after it."""

import logging
from collections.abc import Sequence
from typing import Final

import msgspec

from wiki_activity.wikimedia.resume_ids import Reached, is_further, merge_places, read_places
from wiki_activity.wikimedia.sse import Message

logger = logging.getLogger(__name__)

_LOOKED_AT: Final = 50
_MOST_REMEMBERED: Final = 1000
_BEHIND_TO_BELIEVE: Final = 200
_LATEST_MILLISECONDS: Final = 4_102_444_800_000
_SHOWN_CHARACTERS: Final = 200


class News:
    """Follows the ids of a stream, and remembers what connections began with.

    An id is taken only if it is well formed and further, in any of its topics, than the one that is known; so an
    error's `[]` is not, nor what comes again. (A server that began to count anew is believed after 200 pieces that only
    ever went on.) Where messages have no such ids, those count as new that no connection began with before.
    """

    def __init__(self) -> None:
        self.resume_id = ""
        """The last one that was taken, in Latin-1, as `http.client` writes headers: the very bytes that came."""
        self._places: dict[str, Reached] = {}
        self._others: dict[str, Reached] = {}
        self._behind = 0
        self._seen: dict[int, None] = {}
        self._is_beginning = True

    def resume_at(self, resume_id: str) -> None:
        """Begin at a saved id, or anew where it is empty."""
        places = read_places(resume_id.encode("latin-1", "replace"))
        if places is None and resume_id:
            logger.warning("no place to resume at, going on without it: %.80r", resume_id)
        self.resume_id, self._places = (resume_id, places) if places else ("", {})

    @property
    def reached_milliseconds(self) -> int | None:
        """When the newest message was received that the ids tell of, epoch milliseconds."""
        return max((one.milliseconds for one in self._places.values() if one.milliseconds is not None), default=None)

    def begin(self) -> None:
        """Note that a connection begins."""
        self._is_beginning = True

    def note(self, events: Sequence[Message]) -> bool:
        """Take the newest id of some messages; tell whether there is anything new among them."""
        place = self._find_place(events)
        further = place is None or self._take(*place)
        if not self._is_beginning:
            return further
        new = self._note_beginning(events) and further
        self._is_beginning = not new
        return new

    def _find_place(self, events: Sequence[Message]) -> tuple[bytes, dict[str, Reached]] | None:
        tried = None
        for event in reversed(events):
            if event.last_event_id is tried:
                continue
            tried = event.last_event_id
            places = read_places(tried)
            if places is not None and all(_is_plausible(one) for one in places.values()):
                return tried, places
        return None

    def _take(self, resume_id: bytes, places: dict[str, Reached]) -> bool:
        if not is_further(places, self._places):
            self._behind = self._behind + 1 if is_further(places, self._others) else 0
            self._others = places
            if self._behind < _BEHIND_TO_BELIEVE:
                return False
            logger.warning("the stream's ids go on from further back, for good: followed from now on")
            self._places = {}
        self._behind, self._others = 0, {}
        self._places = merge_places(self._places, places)
        self.resume_id = resume_id.decode("latin-1")
        return True

    def _note_beginning(self, events: Sequence[Message]) -> bool:
        """Remember the first messages of a connection; tell whether any was not remembered."""
        new = False
        for event in events[:_LOOKED_AT]:
            key = hash(event.data)
            new = new or key not in self._seen
            self._seen.pop(key, None)
            self._seen[key] = None
        while len(self._seen) > _MOST_REMEMBERED:
            del self._seen[next(iter(self._seen))]
        return new


def quote_error(data: bytes) -> str:
    """Quote what a server says in an event of type `error`, JSON with a `message` or whatever it is."""
    text = data.decode("utf-8", "replace")
    try:
        said = msgspec.json.decode(data, type=dict[str, object]).get("message", text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        said = text
    shown = "".join(one if one.isprintable() else " " for one in str(said)[:_SHOWN_CHARACTERS])
    return shown.strip() or "without a word"


def _is_plausible(reached: Reached) -> bool:
    return reached.milliseconds is None or 0 <= reached.milliseconds < _LATEST_MILLISECONDS
