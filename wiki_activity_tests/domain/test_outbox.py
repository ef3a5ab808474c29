from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wiki_activity.domain.outbox import (
    HOUR,
    LEASE,
    LIVE_MESSAGES_AN_HOUR,
    REFUSED_WAIT,
    Plan,
    Waiting,
    find_wait,
    plan_next,
)

NOW = datetime(2026, 10, 3, 14, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def due(number: int, topic: str | None = None, *, live: bool = True) -> Waiting:
    return Waiting(
        id=number, topic=topic or f"t{number}", live=live, attempts=0, due_at=NOW, failed=False, refused=False
    )


def sent(*minutes_ago: int) -> list[datetime]:
    return [NOW - timedelta(minutes=ago) for ago in minutes_ago]


def test_nothing_waits() -> None:
    assert plan_next([], [], NOW) == Plan()


def test_notices_go_out_in_the_order_in_which_they_were_made() -> None:
    assert plan_next([due(1), due(2)], [], NOW).send == (1,)
    assert plan_next([replace(due(1), due_at=NOW + HOUR), due(2)], [], NOW).send == (2,)


def test_an_end_waits_for_its_begin() -> None:
    under_way = replace(due(1, "a"), attempts=1, due_at=NOW + LEASE)
    assert plan_next([under_way, due(2, "a")], [], NOW) == Plan()
    assert plan_next([under_way, due(2, "a"), due(3, "b")], [], NOW).send == (3,)


def test_a_begin_of_which_the_poster_died_is_tried_again_before_its_end() -> None:
    left_over = replace(due(1, "a"), attempts=1, due_at=NOW)
    assert plan_next([left_over, due(2, "a")], [], NOW).send == (1,)


def test_a_refused_notice_keeps_back_its_own_topic_alone() -> None:
    refused = replace(due(1, "a"), attempts=1, due_at=NOW + REFUSED_WAIT, failed=True, refused=True)
    plan = plan_next([refused, due(2, "a"), due(3, "b")], [], NOW)
    assert plan == Plan((3,), {2: NOW + REFUSED_WAIT})


def test_a_webhook_that_asked_for_patience_is_left_alone() -> None:
    waits = replace(due(1, "a"), attempts=1, due_at=NOW + 30 * SECOND, failed=True)
    assert plan_next([waits, due(2), due(3, live=False)], [], NOW) == Plan((), dict.fromkeys([2, 3], waits.due_at))
    assert plan_next([replace(waits, due_at=NOW), due(2)], [], NOW).send == (1,)


def test_the_last_message_of_the_hour_carries_all_that_is_left() -> None:
    waiting = [due(1), due(2), due(3)]
    assert plan_next(waiting, sent(50, 40, 30, 20), NOW).send == (1,)
    assert plan_next(waiting, sent(50, 40, 30, 20, 10), NOW).send == (1, 2, 3)


def test_after_six_messages_the_rest_waits_until_the_first_is_an_hour_old() -> None:
    plan = plan_next([due(1), due(2), due(3, live=False)], sent(50, 40, 30, 20, 10, 5), NOW)
    assert plan == Plan((3,), dict.fromkeys([1, 2], NOW + timedelta(minutes=10)))
    assert plan_next([due(1), due(2)], sent(60, 40, 30, 20, 10, 5), NOW).send == (1, 2)


def test_messages_under_way_count_too() -> None:
    under_way = [replace(due(number), attempts=1, due_at=NOW + LEASE) for number in range(1, 7)]
    assert plan_next([*under_way, due(7)], [], NOW) == Plan((), {7: NOW + LEASE})
    assert plan_next([*under_way[:5], due(7), due(8)], [], NOW).send == (7, 8)


def test_a_message_that_is_not_live_is_never_mixed_with_others() -> None:
    assert plan_next([due(1, live=False), due(2), due(3)], sent(5, 4, 3, 2, 1), NOW).send == (1,)


@pytest.mark.parametrize(
    ("attempts", "asked", "seconds"),
    [(1, None, 5), (2, None, 10), (4, None, 40), (7, None, 300), (60, None, 300), (1, 30, 30), (9, 0, 1),
     (1, 86400, 3600)],
)  # fmt: skip
def test_waits_double_up_to_five_minutes_unless_slack_says_how_long(
    attempts: int, asked: int | None, seconds: int
) -> None:
    assert find_wait(attempts, None if asked is None else timedelta(seconds=asked)) == timedelta(seconds=seconds)


@dataclass
class Channel:
    """An outbox, a webhook whose answers are given, and what arrived when."""

    waiting: list[Waiting]
    now: datetime
    messages: list[tuple[datetime, tuple[Waiting, ...]]]

    def step(self, answer: str) -> bool:
        recent = [at for at, carried in self.messages if carried[0].live]
        plan = plan_next(self.waiting, recent, self.now)
        changes = {number: {"due_at": until} for number, until in plan.postpone.items()}
        assert all(until > self.now for until in plan.postpone.values())
        wait = {"refused": REFUSED_WAIT, "later": find_wait(1), "died": LEASE, "ok": HOUR}[answer]
        for number in plan.send:
            changes[number] = {
                "due_at": self.now + wait,
                "attempts": 1,
                "failed": answer in {"refused", "later"},
                "refused": answer == "refused",
            }
        self.waiting = [replace(one, **changes.get(one.id, {})) for one in self.waiting]
        if plan.send and answer == "ok":
            self.messages.append((self.now, tuple(one for one in self.waiting if one.id in plan.send)))
            self.waiting = [one for one in self.waiting if one.id not in plan.send]
        return bool(plan.send)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abcdefgh"), st.booleans(), st.integers(0, 900)), min_size=1, max_size=30),
    st.lists(st.sampled_from(["ok", "ok", "ok", "refused", "later", "died"]), max_size=40),
)
def test_whatever_slack_answers_all_arrive_once_in_order_and_at_most_six_an_hour(
    made: list[tuple[str, bool, int]], answers: list[str]
) -> None:
    channel = Channel([], NOW, [])
    script = iter(answers)
    for number, (topic, live, pause) in enumerate(made):
        channel.now += pause * SECOND
        one = due(number, topic if live else f"{topic}, not live", live=live)
        channel.waiting.append(replace(one, due_at=channel.now))
        while channel.step(next(script, "ok")):
            pass
    for _ in range(10_000):
        if not channel.waiting:
            break
        if not channel.step(next(script, "ok")):
            channel.now = max(channel.now + SECOND, min(one.due_at for one in channel.waiting))
    arrived = [one for _, carried in channel.messages for one in carried]
    assert sorted(one.id for one in arrived) == list(range(len(made)))
    for topic in {one.topic for one in arrived}:
        numbers = [one.id for one in arrived if one.topic == topic]
        assert numbers == sorted(numbers)
    live = [at for at, carried in channel.messages if carried[0].live]
    for at in live:
        assert sum(at - HOUR < other <= at for other in live) <= LIVE_MESSAGES_AN_HOUR
