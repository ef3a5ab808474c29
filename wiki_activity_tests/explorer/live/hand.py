"""A watcher's hand: writes by the watcher's own store what a test wants to have been counted."""

import time
from collections import defaultdict
from collections.abc import Mapping

from wiki_activity.domain.heartbeat import Heartbeat, StoreState, StreamState
from wiki_activity.redis_store.connection import Keys, connect
from wiki_activity.redis_store.live_state import Changes, Progress, Rate, Totals
from wiki_activity.redis_store.packed_counts import encode_counts
from wiki_activity.redis_store.writing import RedisStore

START = 1_781_524_800
"""2026-06-15 12:00 UTC, event time."""
ENGLISH = "en.wikipedia.org"
HINDI = "hi.wikipedia.org"


class Hand:
    """Counts what it is told and saves it.

    Parameters
    ----------
    url
        Where the live store is.
    start
        Epoch second at which the counted minutes begin.
    """

    def __init__(self, url: str, start: int = START) -> None:
        self._start = start
        self._client = connect(url)
        self._store = RedisStore(self._client)
        self._store.take_over(self._store.read_token() + 1, 120)
        self._minutes: dict[int, dict[str, dict[int, tuple[int, int]]]] = defaultdict(lambda: defaultdict(dict))
        self.finished = 0

    def finish_minutes(self, number: int = 1, **counts: tuple[int, int]) -> None:
        """Let minutes pass in which English Wikipedia, `en`, and others have so many edits, and bots' among them."""
        for _ in range(number):
            minute = self._start // 60 + self.finished
            for code, pair in ({"en": (60, 10)} | counts).items():
                self._minutes[minute // 60][f"{code}.wikipedia.org"][minute % 60] = pair
            self.finished += 1
        self.save()

    def pass_unseen(self, number: int) -> None:
        """Let minutes pass of which nothing is seen."""
        self.finished += number

    @property
    def until(self) -> int:
        """Epoch second up to which all is counted."""
        return self._start + 60 * self.finished

    def save(
        self,
        rates: Mapping[str, Rate] | None = None,
        *,
        connected: bool = True,
        problem: str | None = None,
        warning: str | None = None,
        stores: Mapping[str, StoreState] | None = None,
        ago: float = 0,
    ) -> None:
        """Save all, with a heartbeat of so many seconds ago."""
        minutes = {
            hour: {
                project: encode_counts((place, edits, bots) for place, (edits, bots) in series.items())
                for project, series in wikis.items()
            }
            for hour, wikis in self._minutes.items()
        }
        projects = {project for wikis in self._minutes.values() for project in wikis}
        at = time.time() - ago
        self._store.save(
            Changes(
                progress=Progress(newest=self.until + 5, closed_until=self.until, ticked_from=self._start),
                seconds={},
                minutes=minutes,
                totals={project: Totals(edits=1) for project in projects},
                rates=dict(rates or {ENGLISH: self.rate()}),
                ids={},
                people={},
                detectors={},
            ),
            "",
        )
        stream = StreamState(connected=connected, problem=problem, warning=warning, edits_at=at, newest=self.until + 5)
        self._store.beat(Heartbeat(at, 1, "a test", at, stores=stores or {}, stream=stream))
        if ago:
            self._client.set(Keys().heartbeat_at, at)

    def rate(self, people: int = 100, bots: int = 20, usual: float | None = 0.5, busy: bool = False) -> Rate:
        """Make a rate: so many edits in two minutes, of people and of bots, and what is usual a second."""
        return Rate(
            until=self.until,
            window_seconds=120,
            window_edits=people + bots,
            window_bot_edits=bots,
            window_first=self.until - 120,
            window_last=self.until - 1,
            usual=usual,
            busy=busy,
            started_at=self.until - 60 if busy else None,
        )
