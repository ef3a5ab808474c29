"""The simulated live edits: the events of any second are made anew from the seed, so that every replay is exact.

A second here is the one in which the messages are received; the edits in it were saved some seconds earlier.
"""

import json
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wiki_activity.simulator.bursts import DAY_SECONDS, BurstPlan, PlantedBurst
from wiki_activity.simulator.wiki_catalogue import SimulatedWiki

MONTH_SECONDS: Final = 2_630_000.0
ARTICLE_SHARE: Final = 0.42
"""Share of the events that are edits to articles."""
KINDS: Final = (
    # up to this share of the events: type, namespace
    (0.39, "edit", 0),
    (ARTICLE_SHARE, "new", 0),
    (0.60, "edit", 3),
    (0.63, "new", 14),
    (0.84, "categorize", 14),
    (0.99, "log", -1),
    (1.00, "external", 0),
)
DAILY_SWING: Final = 0.27
"""Amplitude of the day's cosine: the busiest hour has 1.75 times the edits of the calmest."""
RESTLESSNESS: Final = 0.03
"""Variance of the rate from minute to minute, relative to its square."""
CANARY_SECONDS: Final = 600
SCHEMA: Final = "/mediawiki/recentchange/1.0.0"
STREAM: Final = "mediawiki.recentchange"
WORDS: Final = (
    "Album", "Battle", "Beetle", "Bridge", "Castle", "Church", "Comet", "Election", "Harbour", "Island",
    "Lake", "Mountain", "Museum", "Opera", "Orchid", "Painter", "River", "School", "Season", "Station",
)  # fmt: skip
AWKWARD_TITLES: Final = (
    'R&B <live> in "Concert"',
    "C++ & C#",
    "ʻOumuamua",
    "حديقة الأزبكية",
    "Zürich | Ost *B*",
    "100 % `Wolf`",
)


class Event(NamedTuple):
    """One message of the stream.

    Parameters
    ----------
    received_ms
        Epoch milliseconds at which the stream received it; messages are sent in this order.
    frame
        As it goes over the wire.
    """

    received_ms: int
    frame: bytes


class EventSource:
    """Makes the events of one second after another.

    Parameters
    ----------
    wikis
        Those with a size take part.
    seed
        Same seed and bursts, same events.
    bursts
        Spells in which a wiki's articles are edited faster.
    events_per_second
        On average, bursts left out; by default what the wikis' sizes come to.
    """

    def __init__(
        self, wikis: Sequence[SimulatedWiki], seed: int, bursts: BurstPlan, events_per_second: float | None = None
    ) -> None:
        self._wikis = [wiki for wiki in wikis if wiki.size > 0]
        self._places = {wiki.host: place for place, wiki in enumerate(self._wikis)}
        self._seed = seed
        self.bursts = bursts
        self._usual = np.array([wiki.size for wiki in self._wikis]) / MONTH_SECONDS / ARTICLE_SHARE
        if events_per_second is not None:
            self._usual *= events_per_second / self._usual.sum()
        self._busiest = np.random.default_rng([seed, 14]).integers(0, DAY_SECONDS, len(self._wikis))
        self._minute: tuple[int, NDArray[np.float64]] = (-1, self._usual)
        self._made: dict[int, list[Event]] = {}

    def list_events(self, second: int) -> list[Event]:
        """List the events received in an epoch second, in the order in which they are sent."""
        if second not in self._made:
            if len(self._made) >= 8:
                del self._made[next(iter(self._made))]
            self._made[second] = self._make_events(second)
        return self._made[second]

    def measure_rates(self, second: int) -> NDArray[np.float64]:
        """Return the mean events a second of each wiki without bursts, by day and by mood of the minute."""
        minute = second // 60
        if self._minute[0] != minute:
            daily = 1 + DAILY_SWING * np.cos(2 * np.pi * (minute * 60 - self._busiest) / DAY_SECONDS)
            mood = np.random.default_rng([self._seed, 15, minute]).gamma(1 / RESTLESSNESS, RESTLESSNESS, len(daily))
            self._minute = (minute, np.cumsum(self._usual * daily * mood))
        return np.diff(self._minute[1], prepend=0.0)

    def _make_events(self, second: int) -> list[Event]:
        rng = np.random.default_rng([self._seed, 16, second])
        rates = self.measure_rates(second)
        heights = self._minute[1]
        count = rng.poisson(heights[-1])
        places = np.searchsorted(heights, rng.random(count) * heights[-1]).tolist()
        authors: list[PlantedBurst | None] = [None] * count
        for burst in self.bursts.list_between(second, second + 1):
            place = self._places.get(burst.project)
            if place is not None:
                more = int(rng.poisson(rates[place] * ARTICLE_SHARE * (burst.factor - 1)))
                places += [place] * more
                authors += [burst] * more
        count = len(places)
        order = rng.permutation(count).tolist()
        moments = np.sort(rng.integers(0, 1000, count)).tolist()
        draws = rng.random((count, 6)).tolist()
        digits = rng.bytes(16 * count).hex()
        events = [
            self._make_event(
                self._wikis[places[order[i]]],
                authors[order[i]],
                second * 1000 + moments[i],
                digits[32 * i : 32 * i + 32],
                draws[i],
            )
            for i in range(count)
        ]
        if second % CANARY_SECONDS == 0:
            events += make_canaries(second)
            events.sort(key=lambda event: event.received_ms)
        return events

    def _make_event(
        self, wiki: SimulatedWiki, burst: PlantedBurst | None, received_ms: int, digits: str, draws: list[float]
    ) -> Event:
        kind, namespace = ("edit", 0) if burst else _choose_kind(draws[0])
        if wiki.code == "commons" and namespace == 0:
            namespace = 6
        title = (burst.page if burst else "") or _choose_title(draws[1], namespace)
        saved = int(received_ms / 1000 - 0.2 + 0.9 * math.log1p(-draws[2]))
        bot = burst is None and draws[3] < (0.5 if wiki.code == "wikidata" else 0.15)
        url = f"https://{wiki.host}"
        data: dict[str, Any] = {
            "$schema": SCHEMA,
            "meta": _describe_meta(f"{url}/wiki/{title.replace(' ', '_')}", digits, wiki.host, received_ms),
            "id": received_ms % 10**10,
            "type": kind,
            "namespace": namespace,
            "title": title,
            "title_url": f"{url}/wiki/{title.replace(' ', '_')}",
            "comment": f"/* {title} */ simulated",
            "timestamp": saved,
            "user": _choose_user(draws[4], burst, wiki, bot=bot),
            "bot": bot,
            "server_url": url,
            "server_name": wiki.host,
            "server_script_path": "/w",
            "wiki": wiki.dbname,
            "parsedcomment": f'<span class="autocomment">{len(title)}</span> simulated',
        }
        if draws[5] < 0.01:
            del data["user"]
        if kind in {"edit", "new"}:
            data |= _describe_change(kind, received_ms, draws[5], url)
        elif kind == "log":
            data |= {
                "log_id": received_ms % 10**9,
                "log_type": "patrol",
                "log_action": "patrol",
                "log_params": {"auto": 1},
            }
        return Event(received_ms, write_frame(data, {"codfw": received_ms}))


def make_canaries(second: int) -> list[Event]:
    """Make the two artificial events that show that the stream is alive, one a data centre; one has hardly a field."""
    events = []
    for centre, moment in (("eqiad", 400), ("codfw", 600)):
        received_ms = second * 1000 + moment
        meta = _describe_meta("https://canary/", f"{received_ms:032x}", "canary", received_ms, centre)
        data: dict[str, Any] = {"$schema": SCHEMA, "meta": meta}
        if centre == "eqiad":
            data |= {
                "type": "edit",
                "namespace": 0,
                "title": "canary",
                "timestamp": second,
                "bot": False,
                "wiki": "canary",
            }
        seen = {"eqiad": received_ms} if centre == "eqiad" else {"eqiad": received_ms - 200, "codfw": received_ms}
        events.append(Event(received_ms, write_frame(data, seen)))
    return events


def write_frame(data: dict[str, Any], seen: dict[str, int]) -> bytes:
    """Write a server-sent event.

    Parameters
    ----------
    data
        The message.
    seen
        Epoch milliseconds of the newest message of each data centre that has sent one.
    """
    places: list[dict[str, Any]] = [
        {"topic": f"{centre}.{STREAM}", "partition": 0}
        | ({"timestamp": seen[centre]} if centre in seen else {"offset": -1})
        for centre in ("eqiad", "codfw")
    ]
    place = json.dumps(places, separators=(",", ":"))
    body = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return f"event: message\nid: {place}\ndata: {body}\n\n".encode()


def _describe_meta(uri: str, digits: str, domain: str, received_ms: int, centre: str = "codfw") -> dict[str, Any]:
    seconds, milliseconds = divmod(received_ms, 1000)
    return {
        "uri": uri,
        "request_id": _write_uuid(digits[::-1]),
        "id": _write_uuid(digits),
        "domain": domain,
        "stream": STREAM,
        "dt": f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{milliseconds:03d}Z",
        "topic": f"{centre}.{STREAM}",
        "partition": 0,
        "offset": received_ms // 10,
    }


def _describe_change(kind: str, received_ms: int, draw: float, url: str) -> dict[str, Any]:
    old, new = int(draw * 40_000), int(draw * 40_300)
    revision = received_ms // 100
    change: dict[str, Any] = {
        "minor": draw < 0.2,
        "patrolled": draw > 0.5,
        "length": {"old": old, "new": new},
        "revision": {"old": revision - 7, "new": revision},
        "notify_url": f"{url}/w/index.php?diff={revision}&oldid={revision - 7}",
    }
    if kind == "new":
        del change["length"]["old"], change["revision"]["old"]
    return change


def _choose_kind(draw: float) -> tuple[str, int]:
    return next((kind, namespace) for share, kind, namespace in KINDS if draw < share)


def _choose_title(draw: float, namespace: int) -> str:
    number = int(draw * 4_000_000)
    if number % 97 == 0:
        return AWKWARD_TITLES[number // 97 % len(AWKWARD_TITLES)]
    prefix = {0: "", 3: "User talk:", 6: "File:", 14: "Category:", -1: "Special:Log/"}[namespace]
    return f"{prefix}{WORDS[number % 20]} of {WORDS[number // 20 % 20]} {number // 400}"


def _choose_user(draw: float, burst: PlantedBurst | None, wiki: SimulatedWiki, *, bot: bool) -> str:
    if burst:
        return f"Burst editor {int(draw * burst.people) + 1}"
    if bot:
        return f"Simulated bot {int(draw * 12) + 1}"
    if draw < 0.1:
        return f"~2026-{int(draw * 900_000) + 10_000}"
    # A few people make most of the edits.
    return f"Simulated editor {int((draw**4) * (20 + wiki.size**0.7)) + 1}"


def _write_uuid(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
