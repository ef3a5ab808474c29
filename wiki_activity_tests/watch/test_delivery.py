"""Delivery against the simulated Slack, with faults, deaths and rivals."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import Engine, event

from wiki_activity.domain.notices import NoticeKind
from wiki_activity.domain.outbox import HOUR, LEASE
from wiki_activity.simulator.faults import Faults
from wiki_activity.simulator.server import SimulatorSettings, running_simulator
from wiki_activity.slack.client import RejectedError, RetryLaterError, SlackError, SlackWebhook
from wiki_activity.slack.lines import words
from wiki_activity.slack.message import Message, compose
from wiki_activity.storage.database import writing
from wiki_activity.storage.notices import NO_WEBHOOK, Notice, add_notice, read_notices
from wiki_activity.storage.storage_errors import DatabaseUnreachableError
from wiki_activity.watch.delivery import DeliveryReport, deliver_due

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
EPISODE, RUN, WATCHER, DIGEST = NoticeKind.EPISODE, NoticeKind.RUN, NoticeKind.WATCHER, NoticeKind.DIGEST


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC) + MINUTE

    def __call__(self) -> datetime:
        return self.now


class Channel:
    """A channel in memory: takes messages, or raises what it was told to."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.troubles: list[SlackError | None] = []

    def post(self, message: Message) -> None:
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble is not None:
            raise trouble
        self.texts.append(message.text)


class Simulated:
    """The simulated Slack."""

    def __init__(self, base: str) -> None:
        self._base = base
        self.address = f"{base}/slack/T1/B1/secret"

    def set_fault(self, fault: str) -> None:
        faults = {"slack": fault, "slack_retry_after": 7}
        requests.post(f"{self._base}/simulator/settings", json={"faults": faults}, timeout=5).raise_for_status()

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in requests.get(f"{self._base}/slack.json", timeout=5).json()]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def slack() -> Iterator[Simulated]:
    with running_simulator(SimulatorSettings(wikis=5, faults=Faults(hang_seconds=30))) as base:
        yield Simulated(base)


def add(
    engine: Engine, subject: str, phase: str = "begin", kind: NoticeKind = EPISODE, body: str | None = None
) -> None:
    message = compose([words(f"{subject} {phase}")])
    with writing(engine) as connection:
        add_notice(connection, kind, subject, phase, body or message.to_json(), now=datetime.now(UTC))


def deliver(engine: Engine, slack: Any, clock: Clock, ops: Any = None) -> DeliveryReport:
    return deliver_due(engine, slack, ops, clock, explorer_url="http://x")


def read(engine: Engine) -> list[Notice]:
    return read_notices(engine)[::-1]


def test_due_notices_arrive_in_order_and_once(engine: Engine, clock: Clock) -> None:
    for phase in ("begin", "end"):
        add(engine, "a", phase)
    channel = Channel()
    assert deliver(engine, channel, clock) == DeliveryReport(messages=2, notices=2)
    assert deliver(engine, channel, clock) == DeliveryReport()
    assert channel.texts == ["a begin", "a end"]
    assert [(one.attempts, one.error, one.sent_at is not None) for one in read(engine)] == [(1, None, True)] * 2


def test_those_who_keep_it_running_have_a_channel_of_their_own(engine: Engine, clock: Clock) -> None:
    for kind in NoticeKind:
        add(engine, kind.value, kind=kind)
    main, ops = Channel(), Channel()
    deliver(engine, main, clock, ops)
    assert (main.texts, ops.texts) == (["episode begin", "digest begin"], ["watcher begin", "run begin", "store begin"])


def test_without_a_channel_of_their_own_theirs_is_the_first(engine: Engine, clock: Clock) -> None:
    for kind in NoticeKind:
        add(engine, kind.value, kind=kind)
    channel = Channel()
    deliver(engine, channel, clock)
    assert len(channel.texts) == len(NoticeKind)


def test_a_watcher_without_a_webhook_touches_nobodys_messages(engine: Engine, clock: Clock) -> None:
    add(engine, "a")
    before = read(engine)
    report = deliver_due(engine, None, None, clock, explorer_url="http://x", gives_up=False)
    assert report == DeliveryReport()
    assert read(engine) == before


def test_without_a_webhook_what_waits_is_given_up(engine: Engine, clock: Clock) -> None:
    add(engine, "a")
    add(engine, "b", kind=RUN)
    ops = Channel()
    assert deliver(engine, None, clock, ops) == DeliveryReport(messages=1, notices=1, unsendable=1)
    assert [(one.subject, one.error) for one in read(engine)] == [("a", NO_WEBHOOK), ("b", None)]
    channel = Channel()
    clock.now += HOUR
    deliver(engine, channel, clock)
    assert channel.texts == []


def test_slack_says_how_long_to_wait_and_nothing_is_posted_before(engine: Engine, clock: Clock) -> None:
    add(engine, "a")
    add(engine, "b")
    channel = Channel()
    channel.troubles = [RetryLaterError("Slack answered 429", timedelta(seconds=30))]
    report = deliver(engine, channel, clock)
    assert (report.failed, report.errors) == (1, ["Slack answered 429"])
    add(engine, "c")
    clock.now += 28 * SECOND
    assert deliver(engine, channel, clock) == DeliveryReport()
    clock.now += 2 * SECOND
    assert deliver(engine, channel, clock).messages == 3
    assert channel.texts == ["a begin", "b begin", "c begin"]


def test_what_slack_refuses_is_shown_and_tried_again_hourly_and_others_go_on(engine: Engine, clock: Clock) -> None:
    add(engine, "a")
    add(engine, "a", "end")
    add(engine, "b")
    channel = Channel()
    channel.troubles = [RejectedError("Slack answered 404: no_service")]
    deliver(engine, channel, clock)
    assert channel.texts == ["b begin"]
    assert next((one.error, one.refused) for one in read(engine)) == ("Slack answered 404: no_service", True)
    clock.now += HOUR - 2 * SECOND
    assert deliver(engine, channel, clock) == DeliveryReport()
    clock.now += 2 * SECOND
    deliver(engine, channel, clock)
    assert channel.texts == ["b begin", "a begin", "a end"]


def test_a_notice_that_cannot_be_read_keeps_nothing_else_back(engine: Engine, clock: Clock) -> None:
    add(engine, "a", body="{}")
    add(engine, "b")
    channel = Channel()
    report = deliver(engine, channel, clock)
    assert (channel.texts, report.failed) == (["b begin"], 1)


def test_six_messages_an_hour_and_the_rest_in_one(engine: Engine, clock: Clock) -> None:
    for number in range(8):
        add(engine, f"wiki{number}")
    add(engine, "wiki7", "end")
    add(engine, "2026-10", "digest", DIGEST)
    channel = Channel()
    assert deliver(engine, channel, clock) == DeliveryReport(messages=7, notices=10)
    assert channel.texts[:5] == [f"wiki{number} begin" for number in range(5)]
    assert channel.texts[5] == (
        "3 busy spells in one message, since you get no more than six an hour:\n"
        "• wiki5 begin\n• wiki6 begin\n• wiki7 end"
    )
    add(engine, "wiki8")
    add(engine, "wiki9")
    clock.now += 59 * MINUTE
    assert deliver(engine, channel, clock) == DeliveryReport()
    clock.now += 2 * MINUTE
    assert deliver(engine, channel, clock).messages == 2


def test_it_stops_when_its_time_is_over(engine: Engine) -> None:
    for number in range(5):
        add(engine, str(number), kind=RUN)
    moments = iter(datetime.now(UTC) + at * SECOND for at in range(1000))
    report = deliver_due(
        engine, Channel(), None, lambda: next(moments), explorer_url="http://x", longest=timedelta(seconds=6)
    )
    assert 0 < report.messages < 5


def test_a_database_that_is_away_when_slack_has_answered_makes_nothing_come_twice(engine: Engine, clock: Clock) -> None:
    failures = [DatabaseUnreachableError("here", "gone")] * 2

    def fail(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if failures and statement.startswith("UPDATE notices") and "sent_at=" in statement:
            raise failures.pop()

    event.listen(engine, "before_cursor_execute", fail)
    add(engine, "a")
    channel = Channel()
    assert deliver(engine, channel, clock).notices == 1
    clock.now += HOUR
    deliver(engine, channel, clock)
    assert (channel.texts, failures) == (["a begin"], [])


@pytest.mark.parametrize("fault", ["rate_limited", "error", "gone", "hang"])
def test_whatever_slack_does_each_notice_arrives_once_and_in_order(
    engine: Engine, slack: Simulated, clock: Clock, fault: str
) -> None:
    webhook = SlackWebhook(slack.address, timeout_seconds=1)
    for subject in "ab":
        add(engine, subject)
        add(engine, subject, "end")
    slack.set_fault(fault)
    assert deliver(engine, webhook, clock).messages == 0
    clock.now += 20 * SECOND
    assert deliver(engine, webhook, clock).messages == 0
    assert all(one.sent_at is None for one in read(engine))
    slack.set_fault("")
    clock.now += 2 * HOUR
    deliver(engine, webhook, clock)
    texts = slack.texts
    assert sorted(texts) == ["a begin", "a end", "b begin", "b end"]
    assert texts.index("a begin") < texts.index("a end")
    assert texts.index("b begin") < texts.index("b end")


@pytest.mark.parametrize(("when", "post"), [("before", 1), ("before", 3), ("after", 1), ("after", 3), ("after", 4)])
def test_killed_at_any_point_each_arrives_and_again_only_if_slack_had_it(  # noqa: PLR0917
    url: str, engine: Engine, slack: Simulated, clock: Clock, when: str, post: int
) -> None:
    for subject in "ab":
        add(engine, subject)
        add(engine, subject, "end")
    assert run(url, slack, 0, when, post) == -9
    assert len(slack.texts) == (post - 1 if when == "before" else post)
    assert run(url, slack, 0) == 0
    assert run(url, slack, LEASE.total_seconds() + 2) == 0
    counts = Counter(slack.texts)
    expected = ["a begin", "a end", "b begin", "b end"]
    twice = [expected[post - 1]] if when == "after" else []
    assert counts == Counter(expected + twice)
    for subject in "ab":
        texts = slack.texts
        assert texts.index(f"{subject} begin") < texts.index(f"{subject} end")


def test_deliverers_side_by_side_double_nothing(url: str, engine: Engine, slack: Simulated) -> None:
    for number in range(12):
        add(engine, str(number), kind=RUN)
    for number in range(5):
        add(engine, f"wiki{number}", kind=EPISODE)
    deliverers = [start(url, slack, 0) for _ in range(4)]
    assert [one.wait(60) for one in deliverers] == [0] * 4
    assert sorted(slack.texts) == sorted(f"{number} begin" for number in [*range(12), *(f"wiki{n}" for n in range(5))])


def test_killed_again_and_again_everything_arrives(url: str, engine: Engine, slack: Simulated) -> None:
    expected = [f"{number} begin" for number in range(20)]
    for number in range(20):
        add(engine, str(number), kind=RUN)
    kills = 0
    for attempt in range(40):
        process = start(url, slack, attempt * (LEASE.total_seconds() + 1))
        before = len(slack.texts)
        deadline = time.monotonic() + 20
        while process.poll() is None and len(slack.texts) < before + 3 and time.monotonic() < deadline:
            time.sleep(0.01)
        process.kill()
        kills += process.wait(10) != 0
        if len(set(slack.texts)) == 20 and process.returncode == 0:
            break
    counts = Counter(slack.texts)
    assert set(counts) == set(expected)
    assert kills > 0
    assert sum(counts.values()) - 20 <= kills


def start(url: str, slack: Simulated, ahead: float, *death: object) -> "subprocess.Popen[bytes]":
    module = "wiki_activity_tests.watch.deliverer"
    return subprocess.Popen([sys.executable, "-m", module, url, slack.address, str(ahead), *map(str, death)])


def run(url: str, slack: Simulated, ahead: float, *death: object) -> int:
    return start(url, slack, ahead, *death).wait(60)
