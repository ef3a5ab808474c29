"""Counts of days equal what was sent, whatever dies, is emptied or put back between two writes."""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, delete, insert

from wiki_activity.domain.heartbeat import WATCHER
from wiki_activity.redis_store.live_state import Changes
from wiki_activity.redis_store.store_errors import ReplacedError
from wiki_activity.redis_store.writing import RedisStore
from wiki_activity.storage.database import writing
from wiki_activity.storage.day_schema import daily_counts, stream_hours, stream_position
from wiki_activity.storage.day_table import KEPT, read_days, read_hours, read_position
from wiki_activity.storage.schema import wiki_names
from wiki_activity.storage.storage_errors import DatabaseUnreachableError
from wiki_activity.watch.coverage import list_hours
from wiki_activity.watch.day_counts import DayCounts
from wiki_activity.watch.day_keeper import DayKeeper
from wiki_activity.watch.live_detection import LiveDetectors
from wiki_activity.watch.title import Title
from wiki_activity.watch.vitals import Vitals
from wiki_activity.watch.watcher import Watcher
from wiki_activity.watch.window import Window
from wiki_activity.wikimedia.stream import Batch
from wiki_activity_tests.redis_store.live_server import Server, lend_live_server
from wiki_activity_tests.watch.edits import START, WIKIS
from wiki_activity_tests.watch.watching import EveryTenth, FakeStream

DAY = 86_400
MIDNIGHT = START - START % DAY + DAY
"""The one after `START`."""
USERS = ("Anna", "Beetle 2", "203.0.113.7", "2001:DB8:0:0:0:0:0:1", "~2026-12345-67", "Cafe", "1.2.3", None)
FILES = 6

Table = dict[tuple[int, str], tuple[int, int, int]]


@pytest.fixture
def server() -> Iterator[Server]:
    with lend_live_server() as server:
        yield server


class Sent:
    """A random stream around midnight, and what an independent count makes of it."""

    def __init__(self, seed: int, count: int = 1500, per_second: float = 2.0) -> None:
        rng = random.Random(seed)
        self.messages: list[bytes] = []
        self.table: Table = {}
        begin = MIDNIGHT - int(count / per_second / 2)
        kinds: Counter[tuple[int, str, int]] = Counter()
        for number in range(count):
            late = rng.choice([0, 0, 0, 1, 3, 5, 9, 40])
            at = begin + int(number / per_second) - late
            wiki, user, bot = rng.choice(WIKIS), rng.choice(USERS), rng.random() < 0.3
            namespace = rng.choice([0, 0, 1, FILES])
            kind = rng.choice(["edit", "edit", "new", "log"])
            message = json.dumps(
                {
                    "meta": {"id": f"{seed}-{number}", "dt": _write(begin + int(number / per_second) + 1)},
                    "type": kind,
                    "namespace": namespace,
                    "title": "A page",
                    "timestamp": at,
                    "user": user,
                    "bot": bot,
                    "server_name": wiki,
                }
            ).encode()
            self.messages.append(message)
            if rng.random() < 0.1:
                self.messages.append(rng.choice(self.messages[-20:]))
            is_content = namespace == 0 or (namespace == FILES and wiki.startswith("commons"))
            if kind != "log" and is_content:
                out = user in {"203.0.113.7", "2001:DB8:0:0:0:0:0:1", "~2026-12345-67"}
                kinds[at // DAY, wiki, 1 if bot else 2 if out else 0] += 1
        for day, wiki, _ in kinds:
            self.table[day, wiki] = (kinds[day, wiki, 0], kinds[day, wiki, 1], kinds[day, wiki, 2])


class Overlapping(FakeStream):
    """A stream that sends some of what it has sent again to whoever comes back."""

    def __init__(self, messages: list[bytes], overlap: int, per_read: int) -> None:
        super().__init__(messages, per_read=per_read, seconds_per_read=4.0)
        self._overlap = overlap

    def read(self, wait_seconds: float) -> Batch:
        again = self.messages[max(self.place - self._overlap, 0) : self.place]
        self._overlap = 0
        batch = super().read(wait_seconds)
        return Batch([*again, *batch.messages], batch.last_event_id)


class Killed(BaseException):
    """As by SIGKILL: nobody gets to clean up."""


class Fate:
    """Kills at some write, before or after it was done."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self.left = rng.randint(1, 16)

    def step(self) -> None:
        self.left -= 1
        if self.left <= 0:
            raise Killed


class MortalStore(RedisStore):
    def __init__(self, store: RedisStore, fate: Fate) -> None:
        super().__init__(store._client, store._keys)
        self._fate = fate

    def save(self, changes: Changes, resume_id: str) -> None:
        self._fate.step()
        super().save(changes, resume_id)
        self._fate.step()


class MortalKeeper(DayKeeper):
    def __init__(self, fate: Fate, engine: Engine, title: Title, clock: Callable[[], datetime]) -> None:
        super().__init__(engine, title, clock)
        self._fate = fate

    def store(self, window: Window, judges: LiveDetectors, resume_id: str) -> None:
        self._fate.step()
        super().store(window, judges, resume_id)
        self._fate.step()


class Trial:
    """One database, one Redis, one stream, and watchers that come and go."""

    def __init__(self, engine: Engine, server: Server, sent: Sent) -> None:
        self.engine = engine
        self.server = server
        self.sent = sent
        self.watchers = 0

    def watch(
        self,
        until: Callable[[FakeStream], bool],
        *,
        fate: Fate | None = None,
        overlap: int = 0,
        per_read: int = 40,
        keeper: Callable[[Title, Callable[[], datetime]], DayKeeper] | None = None,
    ) -> None:
        self.watchers += 1
        stream = Overlapping(self.sent.messages, overlap, per_read)
        title = Title(self.engine, f"watcher {self.watchers}")

        def clock() -> datetime:
            return datetime.fromtimestamp(MIDNIGHT + stream.now, UTC)

        store = self.server.make_store()
        days = keeper(title, clock) if keeper else DayKeeper(self.engine, title, clock)
        if fate is not None:
            store, days = MortalStore(store, fate), MortalKeeper(fate, self.engine, title, clock)
        watcher = Watcher(
            stream,
            store,
            title,
            Vitals("a test", clock=lambda: MIDNIGHT + stream.now, monotonic=lambda: stream.now),
            judged={WIKIS[0]},
            make_detector=EveryTenth,
            on_signal=lambda *_: None,
            days=days,
            clock=lambda: MIDNIGHT + stream.now,
            monotonic=lambda: stream.now,
            pause=stream.pause,
        )
        watcher.know_content({"commons.wikimedia.org": (0, FILES)})
        watcher.run(lambda: until(stream))

    def watch_all(self) -> None:
        self.watch(lambda stream: stream.place >= len(stream.messages))

    def empty_redis(self) -> None:
        for key in list(self.server.client.scan_iter(f"{self.server.keys.prefix}*")):
            self.server.client.delete(key)

    def copy_redis(self) -> dict[bytes, bytes]:
        client = self.server.client
        keys = list(client.scan_iter(f"{self.server.keys.prefix}*"))
        return {key: value for key in keys if (value := client.dump(key)) is not None}

    def put_redis_back(self, copy: dict[bytes, bytes]) -> None:
        self.empty_redis()
        for key, value in copy.items():
            self.server.client.restore(key, 0, value)

    def read(self) -> Table:
        return {
            (day, project): (users, bots, logged_out)
            for day, *columns in read_days(self.engine)
            for project, users, bots, logged_out in zip(*columns, strict=True)
        }


def _write(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def test_what_was_sent_is_what_is_stored(engine: Engine, server: Server) -> None:
    trial = Trial(engine, server, Sent(1))
    trial.watch_all()
    assert trial.read() == trial.sent.table
    position = read_position(engine, WATCHER)
    assert position is not None
    assert position.resume_id == str(len(trial.sent.messages))


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_any_write_with_a_redis_emptied_or_put_back_counts_stay_exact(
    engine: Engine, server: Server, seed: int
) -> None:
    rng = random.Random(seed)
    trial = Trial(engine, server, Sent(seed, per_second=rng.choice([2.0, 8.0, 20.0])))
    copies = [trial.copy_redis()]
    done = len(trial.sent.messages)

    def is_done(stream: FakeStream) -> bool:
        return stream.place >= done

    kills = 0
    for _ in range(400):
        try:
            trial.watch(is_done, fate=Fate(rng), overlap=rng.choice([0, 0, 15]), per_read=rng.randint(10, 60))
        except Killed:
            kills += 1
        else:
            break
        draw = rng.random()
        if draw < 0.2:
            trial.empty_redis()
        elif draw < 0.3:
            trial.put_redis_back(rng.choice(copies))
        elif draw < 0.6:
            copies = [*copies[-2:], trial.copy_redis()]
    assert kills > 3
    trial.watch_all()
    assert trial.read() == trial.sent.table


def test_between_two_saves_the_database_alone_is_enough_to_go_on(engine: Engine, server: Server) -> None:
    trial = Trial(engine, server, Sent(3))
    for place in (300, 700, 1100):
        trial.watch(lambda stream, place=place: stream.place >= place)  # type: ignore[misc]
        trial.empty_redis()
    trial.watch_all()
    assert trial.read() == trial.sent.table


def test_a_redis_that_was_emptied_is_whole_again_as_soon_as_a_watcher_goes_on(engine: Engine, server: Server) -> None:
    trial = Trial(engine, server, Sent(8, per_second=20.0))
    trial.watch(lambda stream: stream.place >= 300)
    trial.empty_redis()
    trial.watch(lambda stream: stream.place >= 500)
    # What comes again came before Redis was emptied.
    trial.watch(lambda stream: stream.place >= len(stream.messages), overlap=400)
    assert trial.read() == trial.sent.table


def test_a_redis_that_lacks_one_wiki_of_a_day_is_not_believed(engine: Engine, server: Server) -> None:
    trial = Trial(engine, server, Sent(4))
    trial.watch(lambda stream: stream.place >= 900)
    key = next(iter(server.client.scan_iter(f"{server.keys.prefix}days:*")))
    server.client.hdel(key, WIKIS[0])
    trial.watch_all()
    assert trial.read() == trial.sent.table


def test_a_watcher_that_was_replaced_stores_no_counts(engine: Engine, server: Server) -> None:
    trial = Trial(engine, server, Sent(5))
    trial.watch(lambda stream: stream.place >= 400)
    before = read_position(engine, WATCHER)

    def replace(stream: FakeStream) -> bool:
        if stream.place > 800:
            Title(engine, "another").claim()
        return stream.place > 800

    with pytest.raises(ReplacedError):
        trial.watch(replace)
    assert read_position(engine, WATCHER) == before


def test_while_the_database_takes_nothing_counting_goes_on(engine: Engine, server: Server) -> None:
    trial = Trial(engine, server, Sent(6))
    calls = 0

    class Away(DayKeeper):
        def store(self, window: Window, judges: LiveDetectors, resume_id: str) -> None:
            nonlocal calls
            calls += 1
            if calls < 4:
                msg = "nowhere"
                raise DatabaseUnreachableError(msg, "it is away")
            super().store(window, judges, resume_id)

    trial.watch(
        lambda stream: stream.place >= len(stream.messages), keeper=lambda title, clock: Away(engine, title, clock)
    )
    assert calls >= 4
    assert trial.read() == trial.sent.table


def test_after_an_update_counting_begins_where_the_earlier_program_was(engine: Engine, server: Server) -> None:
    trial = Trial(engine, server, Sent(8))
    trial.watch(lambda stream: stream.place >= 700)
    before = trial.read()
    # What a program that knew nothing of days would have left.
    with writing(engine) as connection:
        for table in (daily_counts, stream_hours, stream_position):
            connection.execute(delete(table))
    client, keys = server.client, server.keys
    progress = json.loads(client.get(keys.progress) or b"")
    del progress["days"]
    client.set(keys.progress, json.dumps(progress))
    for key in list(client.scan_iter(f"{keys.prefix}days:*")):
        client.delete(key)
    trial.watch_all()
    after = trial.read()
    assert after != trial.sent.table
    both = {
        key: tuple(map(sum, zip(before.get(key, (0, 0, 0)), after.get(key, (0, 0, 0)), strict=True)))
        for key in before.keys() | after.keys()
    }
    # A day that was over by then is not begun again by edits that come late.
    late = {key for key in both if key[0] < min(day for day, _ in after)}
    assert {key: its for key, its in both.items() if key not in late} == {
        key: its for key, its in trial.sent.table.items() if key not in late
    }


def test_a_database_that_was_put_back_is_filled_from_redis(engine: Engine, server: Server) -> None:
    trial = Trial(engine, server, Sent(9))
    trial.watch(lambda stream: stream.place >= 900)
    with writing(engine) as connection:
        connection.execute(delete(daily_counts))
        connection.execute(delete(stream_position))
    trial.watch_all()
    assert trial.read() == trial.sent.table


def test_while_a_wiki_moves_nothing_is_stored_under_its_old_name(engine: Engine, server: Server) -> None:
    trial = Trial(engine, server, Sent(10))
    with writing(engine) as connection:
        connection.execute(insert(wiki_names).values(project="old.example.org", dbname="x", since=datetime.now(UTC)))
    trial.watch_all()
    assert trial.read() == {}
    with writing(engine) as connection:
        connection.execute(delete(wiki_names))
    trial.watch_all()
    assert trial.read() == trial.sent.table


def test_a_clock_that_went_wrong_leaves_no_days_to_come() -> None:
    days = DayCounts()
    for at in (MIDNIGHT + 100, MIDNIGHT + 200, MIDNIGHT + DAY + 5, MIDNIGHT + 3 * DAY):
        days.count(at, WIKIS[0], False, False)
        days.coverage.note(at)
    days.doubt(MIDNIGHT + 300, MIDNIGHT + 3 * DAY)
    assert [(day, its) for day, _, its in days.list_unstored()] == [(MIDNIGHT // DAY, (2, 0, 0))]
    for at in range(MIDNIGHT + 300, MIDNIGHT + 2 * DAY, 60):
        days.coverage.note(at)
    whole = {hour for hour, is_whole in list_hours(days.coverage.days) if is_whole}
    # Of the day on which it went wrong no hour is vouched for; the next is seen as ever.
    assert whole == set(range(MIDNIGHT // 3600 + 24, MIDNIGHT // 3600 + 47))


def test_days_over_400_days_old_are_forgotten(engine: Engine, server: Server) -> None:
    trial = Trial(engine, server, Sent(7))
    trial.watch_all()
    assert len({day for day, _ in trial.read()}) == 2
    sent, day = trial.sent, MIDNIGHT // DAY
    moved = []
    for message in sent.messages:
        one = json.loads(message)
        one["timestamp"] += KEPT.days * DAY
        one["meta"] |= {"id": f"later {one['meta']['id']}", "dt": _write(one["timestamp"] + 1)}
        moved.append(json.dumps(one).encode())
    later = Trial(engine, server, sent)
    later.sent.messages = [*sent.messages, *moved]

    def clock() -> datetime:
        return datetime.fromtimestamp(MIDNIGHT + KEPT.days * DAY + 3600, UTC)

    later.watch(
        lambda stream: stream.place >= len(stream.messages), keeper=lambda title, _: DayKeeper(engine, title, clock)
    )
    assert {found for found, _ in later.read()} == {day, day + KEPT.days - 1, day + KEPT.days}
    assert min(hour for hour, _ in read_hours(engine)) == 24 * day
