from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from wiki_activity.domain.notices import NoticeKind
from wiki_activity.domain.outbox import LEASE
from wiki_activity.storage.database import reading, writing
from wiki_activity.storage.mutes import is_muted, mute, read_mutes, unmute
from wiki_activity.storage.notices import (
    NO_WEBHOOK,
    Notice,
    add_notice,
    claim_next,
    count_due,
    find_newest_notice,
    find_notice,
    give_up_waiting,
    mark_failed,
    mark_sent,
    read_notices,
    withdraw_notice,
)
from wiki_activity_tests.storage.rows import run_together

NOW = datetime(2026, 10, 3, 14, 2, 50, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
ALL = tuple(NoticeKind)
EPISODE = NoticeKind.EPISODE
ENGLISH = "en.wikipedia.org"


def add(
    engine: Engine,
    subject: str = "a",
    phase: str = "begin",
    kind: NoticeKind = EPISODE,
    unsendable: str | None = None,
) -> bool:
    with writing(engine) as connection:
        return add_notice(connection, kind, subject, phase, '{"text": "हि"}', now=NOW, unsendable=unsendable)


def claim(engine: Engine, now: datetime = NOW) -> list[int]:
    return [notice.id for notice in claim_next(engine, ALL, now)]


def read(engine: Engine) -> list[Notice]:
    return read_notices(engine)[::-1]


def test_a_notice_is_added_once(engine: Engine) -> None:
    assert [add(engine), add(engine), add(engine, phase="end")] == [True, False, True]
    assert [(one.phase, one.attempts, one.next_attempt_at, one.body) for one in read(engine)] == [
        ("begin", 0, NOW, '{"text": "हि"}'),
        ("end", 0, NOW, '{"text": "हि"}'),
    ]


def test_a_notice_goes_with_the_transaction_that_added_it(engine: Engine) -> None:
    def fail() -> None:
        with writing(engine) as connection:
            add_notice(connection, EPISODE, "a", "begin", "{}", now=NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert read(engine) == []


def test_many_that_add_the_same_at_once_add_one(engine: Engine) -> None:
    assert run_together([lambda: add(engine)] * 6) == []
    assert len(read(engine)) == 1


def test_a_claim_raises_the_attempts_and_keeps_others_off(engine: Engine) -> None:
    add(engine)
    assert count_due(engine, NOW) == 1
    [claimed] = claim_next(engine, ALL, NOW)
    assert (claimed.attempts, claimed.next_attempt_at, claimed.sent_at) == (1, NOW + LEASE, None)
    assert claim(engine) == []
    assert count_due(engine, NOW) == 0
    assert claim(engine, NOW + LEASE) == [claimed.id]
    assert read(engine)[0].attempts == 2


def test_many_that_claim_at_once_get_each_notice_once(engine: Engine) -> None:
    for number in range(4):
        add(engine, subject=str(number))
    got: list[int] = []
    assert run_together([lambda: got.extend(claim(engine))] * 8) == []
    assert sorted(got) == [one.id for one in read(engine)]


def test_what_was_sent_is_never_claimed_again(engine: Engine) -> None:
    add(engine)
    mark_sent(engine, claim(engine), NOW + SECOND)
    [notice] = read(engine)
    assert (notice.sent_at, notice.next_attempt_at, notice.error) == (NOW + SECOND, None, None)
    assert claim(engine, NOW + HOUR) == []


def test_what_failed_is_tried_again_and_says_why(engine: Engine) -> None:
    add(engine)
    mark_failed(engine, claim(engine), "Slack answered 404", NOW + HOUR, refused=True)
    [notice] = read(engine)
    assert (notice.error, notice.refused, notice.next_attempt_at) == ("Slack answered 404", True, NOW + HOUR)
    assert claim(engine, NOW + HOUR - SECOND) == []
    assert claim(engine, NOW + HOUR) == [notice.id]
    assert read(engine)[0].error is None


def test_after_six_messages_in_an_hour_the_rest_goes_in_one(engine: Engine) -> None:
    for number in range(9):
        add(engine, subject=str(number))
    sent = [claim(engine)]
    for at in range(5):
        mark_sent(engine, sent[-1], NOW + at * MINUTE)
        sent.append(claim(engine, NOW + at * MINUTE))
    assert [len(one) for one in sent] == [1, 1, 1, 1, 1, 4]
    mark_sent(engine, sent[-1], NOW + 5 * MINUTE)
    assert [one.sent_with for one in read(engine)] == [None] * 6 + [sent[-1][0]] * 3
    add(engine, subject="later")
    assert claim(engine, NOW + 6 * MINUTE) == []
    assert count_due(engine, NOW + 6 * MINUTE) == 0
    assert len(claim(engine, NOW + 60 * MINUTE)) == 1


def test_what_is_made_without_a_webhook_is_never_sent(engine: Engine) -> None:
    add(engine, unsendable=NO_WEBHOOK)
    add(engine, phase="end")
    assert give_up_waiting(engine, ALL, NO_WEBHOOK) == 1
    assert claim(engine, NOW + HOUR) == []
    assert {(one.error, one.next_attempt_at, one.sent_at) for one in read(engine)} == {(NO_WEBHOOK, None, None)}


def test_only_what_nobody_tried_to_post_can_be_withdrawn(engine: Engine) -> None:
    def withdraw(subject: str) -> bool:
        with writing(engine) as connection:
            return withdraw_notice(connection, EPISODE, subject, "begin")

    add(engine, "a")
    claim(engine)
    add(engine, "b")
    assert (withdraw("a"), withdraw("b"), withdraw("c")) == (False, True, False)
    assert [one.subject for one in read(engine)] == ["a"]


def test_kinds_are_claimed_apart(engine: Engine) -> None:
    add(engine, kind=NoticeKind.RUN)
    assert claim_next(engine, [EPISODE], NOW) == []
    assert len(claim_next(engine, [NoticeKind.RUN], NOW)) == 1


def test_notices_are_found_by_key_and_the_newest_by_kind(engine: Engine) -> None:
    add(engine, "2026-09", "digest", NoticeKind.DIGEST)
    add(engine, "2026-10", "digest", NoticeKind.DIGEST)
    add(engine)
    with reading(engine) as connection:
        newest = find_newest_notice(connection, NoticeKind.DIGEST)
        assert newest is not None
        assert newest.subject == "2026-10"
        assert find_newest_notice(connection, NoticeKind.DIGEST, "begin") is None
        found = find_notice(connection, EPISODE, "a", "begin")
        assert found is not None
        assert found.kind is EPISODE
        assert find_notice(connection, EPISODE, "a", "end") is None
    assert [one.kind for one in read_notices(engine, kinds=[NoticeKind.DIGEST], limit=1)] == [NoticeKind.DIGEST]


def test_a_mute_ends_by_itself_or_when_told(engine: Engine) -> None:
    mute(engine, ENGLISH, NOW + HOUR, NOW)
    mute(engine, ENGLISH, NOW + 2 * HOUR, NOW)
    assert read_mutes(engine, NOW) == {ENGLISH: NOW + 2 * HOUR}
    assert read_mutes(engine, NOW + 2 * HOUR) == {}
    with reading(engine) as connection:
        assert is_muted(connection, ENGLISH, NOW + HOUR)
        assert not is_muted(connection, ENGLISH, NOW + 2 * HOUR)
        assert not is_muted(connection, "hi.wikipedia.org", NOW)
    assert (unmute(engine, ENGLISH), unmute(engine, ENGLISH)) == (True, False)
    assert read_mutes(engine, NOW) == {}


def test_what_is_claimed_is_claimed_by_the_databases_clock(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("a file has no clock of its own")
    here = datetime.now(UTC)

    @sa.event.listens_for(engine, "checkout")
    def set_clock(connection: Any, *_: Any) -> None:
        """Let this machine's clock be ten minutes ahead of the server's."""
        with connection.cursor() as cursor:
            cursor.execute("set timestamp = unix_timestamp(sysdate(6)) - 600")

    with writing(engine) as connection:
        add_notice(connection, EPISODE, "a", "begin", "{}", now=here)
    assert count_due(engine, here + timedelta(seconds=30)) == 1
    claimed = claim_next(engine, ALL, here)
    sa.event.remove(engine, "checkout", set_clock)

    (notice,) = claimed
    assert notice.next_attempt_at is not None
    assert abs(notice.next_attempt_at - (here - timedelta(minutes=10) + LEASE)) < timedelta(minutes=1)
