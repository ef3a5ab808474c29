"""What Prometheus is told of all roles, by what the shared stores know: one address to ask, whichever copy answers.

What cannot be read is left out, and `…_readable` says so: no figure here stands for "not known".
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from wiki_activity.domain.heartbeat import WATCHER, Beat, choose_newer
from wiki_activity.domain.months import start_of
from wiki_activity.domain.notices import NoticeKind
from wiki_activity.domain.stream_health import find_stream_health
from wiki_activity.explorer.cache import RenewedValue
from wiki_activity.explorer.context import Explorer
from wiki_activity.redis_store.budget_reading import BudgetUse, read_budget_use
from wiki_activity.redis_store.connection import connect
from wiki_activity.redis_store.reading import Live, read_live
from wiki_activity.redis_store.shared_budget import name_budget
from wiki_activity.redis_store.store_errors import RedisStoreError
from wiki_activity.settings import Settings
from wiki_activity.storage.heartbeats import read_beat
from wiki_activity.storage.notices import Queue, read_queue
from wiki_activity.storage.refreshes import Outcome, Refresh, count_outcomes, find_running
from wiki_activity.storage.storage_errors import StorageError
from wiki_activity.watch.failed_runs import FailedRun, find_failed_run
from wiki_activity.watch.session import NoRedisError, find_live_place

_SECONDS = 5.0
"""So old what is told may be: anybody may ask, and as often as they like."""
_WAYS = {
    "readers": tuple(one for one in NoticeKind if not one.for_ops),
    "ops": tuple(one for one in NoticeKind if one.for_ops),
}
"""Where messages go, and which."""


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the database knows."""

    beat: Beat | None
    queues: dict[str, Queue]
    outcomes: dict[str, int]
    running: Refresh | None
    failed_run: FailedRun | None


class StateMetrics(Collector):
    """Asks both stores when Prometheus does, once in so many seconds at most."""

    def __init__(self, explorer: Explorer, seconds: float = _SECONDS) -> None:
        self._explorer = explorer
        self._stored = RenewedValue(self._read_stored, seconds)
        self._live = RenewedValue(lambda: _read_live(explorer.settings), seconds)

    def collect(self) -> Iterator[Metric]:
        """Yield what can be read."""
        explorer = self._explorer
        # What cannot be read is kept like an answer: a store that hangs is asked seldom.
        (stored,) = self._stored.read()
        live, budget = self._live.read()
        yield _gauge("database_readable", "Whether the database can be read.", stored is not None)
        yield _gauge("live_store_readable", "Whether the live store (Redis) can be read.", live is not None)
        beat = choose_newer(None if live is None else live.beat, None if stored is None else stored.beat)
        # That there is none is known only where both stores say so.
        if beat is not None or (stored is not None and live is not None):
            yield from _tell_watcher(beat, explorer.clock())
        if live is not None:
            yield _tell_stream(live)
        if budget is not None:
            yield from _tell_budget(budget)
        if stored is not None:
            yield from self._tell_stored(stored)
            yield from self._tell_months()
        yield from self._tell_snapshot()

    def _read_stored(self) -> tuple[_Stored | None]:
        engine = self._explorer.engine
        try:
            stored = _Stored(
                beat=read_beat(engine, WATCHER),
                queues={way: read_queue(engine, kinds) for way, kinds in _WAYS.items()},
                outcomes=count_outcomes(engine),
                running=find_running(engine, self._explorer.clock()),
                failed_run=find_failed_run(engine),
            )
        except StorageError:
            return (None,)
        return (stored,)

    def _tell_stored(self, stored: _Stored) -> Iterator[Metric]:
        now = self._explorer.clock()
        waiting = GaugeMetricFamily(
            "wiki_activity_messages_waiting", "Messages that wait to be sent, by whom they are for.", labels=["way"]
        )
        oldest = GaugeMetricFamily(
            "wiki_activity_messages_waiting_seconds", "For how long the oldest of them has waited.", labels=["way"]
        )
        for way, queue in stored.queues.items():
            waiting.add_metric([way], queue.notices)
            # Whoever made it may have a clock that is ahead.
            oldest.add_metric([way], 0 if queue.since is None else max(0.0, (now - queue.since).total_seconds()))
        yield from (waiting, oldest)
        ended = CounterMetricFamily("wiki_activity_refreshes", "Refreshes that have ended, by how.", labels=["outcome"])
        for outcome, number in (dict.fromkeys(Outcome, 0) | stored.outcomes).items():
            ended.add_metric([outcome], number)
        yield ended
        yield _gauge("refresh_running", "Whether a refresh runs and gives signs of life.", stored.running is not None)
        if stored.running is not None:
            yield _holder("refresh", stored.running.holder)
        if stored.failed_run is not None:
            at = stored.failed_run.at.timestamp()
            yield _gauge("failed_run_timestamp_seconds", "When the newest failed run of Dagster was told.", at)

    def _tell_months(self) -> Iterator[Metric]:
        explorer = self._explorer
        with suppress(StorageError):
            freshness = explorer.freshnesses.read()
            if freshness.refreshed_at is not None:
                age = max(0.0, (explorer.clock() - freshness.refreshed_at).total_seconds())
                yield _gauge("data_age_seconds", "Since a refresh last went through its list.", age)
            if freshness.newest_month is not None:
                begin = start_of(freshness.newest_month).replace(tzinfo=UTC).timestamp()
                yield _gauge("newest_month_timestamp_seconds", "When the newest month that is stored began.", begin)

    def _tell_snapshot(self) -> Iterator[Metric]:
        snapshots = self._explorer.snapshots
        with suppress(StorageError):
            snapshot = snapshots.read()
            yield _gauge("snapshot_wikis", "Wikis in this copy’s memory.", len(snapshot.wikis))
            version = snapshot.numbers.fingerprint
            yield _gauge("snapshot_version", "Of the data in memory: alike in copies that show the same.", version)
        age = snapshots.age_seconds
        if age is not None:
            yield _gauge("snapshot_age_seconds", "Since the data in memory were last known to be what is stored.", age)


def _read_live(settings: Settings) -> tuple[Live | None, BudgetUse | None]:
    try:
        place = find_live_place(settings)
        with connect(place.url) as client:
            return read_live(client, place.keys), read_budget_use(client, name_budget(settings))
    except (RedisStoreError, NoRedisError):
        return None, None


def _tell_watcher(beat: Beat | None, now: datetime) -> Iterator[Metric]:
    health = find_stream_health(beat, now)
    yield _gauge("edits_seen", "Whether a watcher lives and edits come.", health.sees)
    if beat is None:
        return
    yield _gauge("watcher_silent_seconds", "Since the watcher’s last sign of life.", abs(beat.silent_seconds))
    if not beat.is_alive:
        return
    yield _holder("watcher", beat.heartbeat.holder)
    if beat.heartbeat.lag_seconds is not None:
        lag = beat.heartbeat.lag_seconds
        yield _gauge("stream_lag_seconds", "From the newest edit that was read to the clock.", lag)


def _tell_stream(live: Live) -> Metric:
    told = CounterMetricFamily(
        "wiki_activity_stream_messages", "Article edits from the stream, by what became of them.", labels=["outcome"]
    )
    totals = live.totals.values()
    told.add_metric(["counted"], sum(one.edits for one in totals))
    told.add_metric(["late"], sum(one.late for one in totals))
    told.add_metric(["repeated"], sum(one.repeats for one in totals))
    told.add_metric(["unusable"], sum(one.broken for one in totals))
    return told


def _tell_budget(budget: BudgetUse) -> Iterator[Metric]:
    asked = CounterMetricFamily(
        "wiki_activity_wikimedia_requests", "Requests to Wikimedia, by the status of the answer.", labels=["status"]
    )
    for status, number in budget.answers.items():
        asked.add_metric([status], number)
    yield asked
    yield CounterMetricFamily(
        "wiki_activity_wikimedia_wait_seconds", "Waited for a turn in the budget.", budget.waited_seconds
    )


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(f"wiki_activity_{name}", says, float(value))


def _holder(role: str, holder: str) -> Metric:
    family = GaugeMetricFamily("wiki_activity_lease_holder", "1, with who holds a lease.", labels=["role", "holder"])
    family.add_metric([role, holder], 1)
    return family
