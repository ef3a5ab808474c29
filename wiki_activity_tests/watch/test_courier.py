"""The watcher's own delivery, beside another one that sweeps: nothing comes twice, no end before its begin."""

import threading
from collections import Counter
from datetime import UTC, datetime

from sqlalchemy import Engine

from wiki_activity.domain.notices import NoticeKind
from wiki_activity.slack.lines import words
from wiki_activity.slack.message import Message, compose
from wiki_activity.storage.database import writing
from wiki_activity.storage.notices import add_notice, read_notices, read_queue
from wiki_activity.watch.courier import Courier
from wiki_activity.watch.delivery import deliver_due

SUBJECTS = [f"subject-{number}" for number in range(12)]


class Channel:
    """Takes messages, and says when it has so many."""

    def __init__(self, wanted: int) -> None:
        self.texts: list[str] = []
        self.all_there = threading.Event()
        self._wanted = wanted
        self._lock = threading.Lock()

    def post(self, message: Message) -> None:
        with self._lock:
            self.texts.append(message.text)
            if len(self.texts) >= self._wanted:
                self.all_there.set()


def now() -> datetime:
    return datetime.now(UTC)


def add(engine: Engine, subject: str, phase: str) -> None:
    body = compose([words(f"{subject} {phase}")]).to_json()
    with writing(engine) as connection:
        add_notice(connection, NoticeKind.RUN, subject, phase, body, now=now())


def test_two_who_deliver_send_nothing_twice_and_no_end_before_its_begin(engine: Engine) -> None:
    channel = Channel(2 * len(SUBJECTS))
    swept = threading.Event()

    def sweep() -> None:
        while not swept.is_set():
            deliver_due(engine, channel, None, now, explorer_url="http://x")

    sweeper = threading.Thread(target=sweep)
    sweeper.start()
    try:
        with Courier(engine, channel, None, now, "http://x") as courier:
            for subject in SUBJECTS:
                for phase in ("begin", "end"):
                    add(engine, subject, phase)
                    courier.call()
            assert channel.all_there.wait(60)
    finally:
        swept.set()
        sweeper.join()
    assert Counter(channel.texts) == Counter(f"{subject} {phase}" for subject in SUBJECTS for phase in ("begin", "end"))
    for subject in SUBJECTS:
        assert channel.texts.index(f"{subject} begin") < channel.texts.index(f"{subject} end")


def test_what_is_left_at_the_end_is_sent_before_it(engine: Engine) -> None:
    channel = Channel(1)
    with Courier(engine, channel, None, now, "http://x"):
        add(engine, "last", "begin")
    assert channel.texts == ["last begin"]


def test_without_a_webhook_nothing_is_touched(engine: Engine) -> None:
    add(engine, "mine", "begin")
    before = read_notices(engine)
    with Courier(engine, None, None, now, "http://x") as courier:
        courier.call()
    assert read_notices(engine) == before
    queue = read_queue(engine)
    assert (queue.notices, queue.since, queue.error) == (1, before[0].created_at, None)
