"""The pipeline of the earlier program, written from its description, as the measure that the new one is held against.

One process parses and sorts, holding events for five seconds; each gap between two article edits of English Wikipedia
is a Redis key that lives for 120 s; the mean is taken of what KEYS and MGET give, every ten seconds of event time, as
often as the new one judges. It gets slower until its first keys die, which no run here lasts long enough to see.
"""

import heapq
import json
from collections.abc import Iterator
from typing import Any

import redis
import requests

_HOLD_SECONDS = 5
_LIFE_SECONDS = 120
_JUDGE_SECONDS = 10


class PlainPipeline:
    """Parses, sorts, stores gaps, and reads their mean.

    Parameters
    ----------
    client
        Where the gaps are kept.
    judges
        Whether the mean is read; without, only the half of the work that does not grow is done.
    prefix
        Of the keys.
    """

    def __init__(self, client: redis.Redis, *, judges: bool = True, prefix: str = "gap:") -> None:
        self._client = client
        self._prefix = prefix
        self._judges = judges
        self._judged = 0
        self._heap: list[tuple[int, str]] = []
        self._newest = 0
        self._last: int | None = None

    def run(self, url: str) -> int:
        """Read the stream to its end; return how many events it had."""
        events = 0
        for event in _read_events(url):
            events += 1
            if (
                event.get("server_name") == "en.wikipedia.org"
                and event.get("namespace") == 0
                and event.get("type") in {"edit", "new"}
            ):
                heapq.heappush(self._heap, (event["timestamp"], event["meta"]["id"]))
                self._newest = max(self._newest, event["timestamp"])
                self._store_ordered()
        return events

    def read_mean_gap(self) -> float | None:
        """Return the mean of the gaps of the last 120 s."""
        keys = self._client.keys(f"{self._prefix}*")
        gaps = [float(gap) for gap in self._client.mget(keys) if gap is not None] if keys else []
        return sum(gaps) / len(gaps) if gaps else None

    def _store_ordered(self) -> None:
        while self._heap and self._heap[0][0] < self._newest - _HOLD_SECONDS:
            at, id_ = heapq.heappop(self._heap)
            if self._last is not None:
                self._client.set(f"{self._prefix}{id_}", at - self._last, ex=_LIFE_SECONDS)
            self._last = at
            if self._judges and at // _JUDGE_SECONDS > self._judged:
                self._judged = at // _JUDGE_SECONDS
                self.read_mean_gap()


def _read_events(url: str) -> Iterator[dict[str, Any]]:
    headers = {"Accept": "text/event-stream", "User-Agent": "plain"}
    with requests.get(url, headers=headers, stream=True, timeout=30) as answer:
        for line in answer.iter_lines():
            if line.startswith(b"data: "):
                event = json.loads(line[6:])
                if event["meta"]["domain"] != "canary":
                    yield event
