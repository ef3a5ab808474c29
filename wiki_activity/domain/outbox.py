"""Which waiting notices are posted next, and which have to wait longer; posting them is done elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

LIVE_MESSAGES_AN_HOUR: Final = 6
HOUR: Final = timedelta(hours=1)
REFUSED_WAIT: Final = HOUR
"""What Slack refuses is tried again so seldom; it may be that somebody mends the address."""
LEASE: Final = timedelta(seconds=45)
"""So long a notice belongs to the one who is posting it; after that he counts as dead."""
_FIRST_WAIT: Final = timedelta(seconds=5)
_LONGEST_WAIT: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notice that was not sent yet.

    Parameters
    ----------
    id
        Notices were made in the order of their numbers.
    topic
        What it is about: notices of one topic arrive in order.
    live
        Whether it counts among the live messages of the hour.
    attempts
        How often it was tried, an attempt under way included.
    due_at
        Not to be tried before; while somebody is posting it, when he counts as dead.
    failed
        Whether its last finished attempt failed.
    refused
        Whether Slack refused it, which says nothing about others.
    """

    id: int
    topic: str
    live: bool
    attempts: int
    due_at: datetime
    failed: bool
    refused: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do next with one webhook.

    Parameters
    ----------
    send
        Numbers of the notices to post now, in one message; empty where there is nothing to post now.
    postpone
        Notices that may not be posted before a later time, by number.
    """

    send: tuple[int, ...] = ()
    postpone: dict[int, datetime] = field(default_factory=dict)


def plan_next(waiting: Sequence[Waiting], recent: Sequence[datetime], now: datetime) -> Plan:
    """Choose what to post next: in the order of making, one topic's notices never out of order, six live ones an hour.

    When more live notices are due than the hour still allows messages, the last of these carries them all; once
    there are none left, the rest waits until the oldest message is an hour old, and then goes out in one.

    Parameters
    ----------
    waiting
        All notices of one webhook that were not sent yet, by number.
    recent
        When live messages were sent, oldest first; those over an hour ago do not matter.
    now
        UTC.
    """
    paused_until = max((one.due_at for one in waiting if _pauses(one, now)), default=None)
    if paused_until is not None:
        return Plan(postpone={one.id: paused_until for one in waiting if one.due_at <= now})
    due, postpone = _find_free(waiting, now)
    live = [one for one in due if one.live]
    counted = [moment for moment in recent if now - moment < HOUR]
    under_way = sum(one.live and _is_under_way(one, now) for one in waiting)
    left = LIVE_MESSAGES_AN_HOUR - len(counted) - under_way
    if live and left <= 0:
        free_at = now + LEASE if under_way else counted[0] + HOUR
        postpone |= {one.id: free_at for one in live}
        due = [one for one in due if not one.live]
    if not due:
        return Plan(postpone=postpone)
    first = due[0]
    if first.live and left == 1:
        return Plan(tuple(one.id for one in live), postpone)
    return Plan((first.id,), postpone)


def find_wait(attempts: int, asked: timedelta | None = None) -> timedelta:
    """Return how long to wait after so many attempts: what Slack asked for, else from 5 s on doubling, up to 5 min."""
    if asked is not None:
        return min(max(asked, timedelta(seconds=1)), HOUR)
    return min(_FIRST_WAIT * (1 << min(max(attempts, 1) - 1, 10)), _LONGEST_WAIT)


def _is_under_way(one: Waiting, now: datetime) -> bool:
    return one.attempts > 0 and not one.failed and one.due_at > now


def _pauses(one: Waiting, now: datetime) -> bool:
    """Tell whether the webhook itself has to be left alone: trouble that is not this notice's own."""
    return one.failed and not one.refused and one.due_at > now


def _find_free(waiting: Sequence[Waiting], now: datetime) -> tuple[list[Waiting], dict[int, datetime]]:
    """Find what is due and not behind an earlier one of its topic; postpone what is behind a refused one.

    Notices of one topic that are due together do not keep each other back: they are posted in order.
    """
    due: list[Waiting] = []
    postpone: dict[int, datetime] = {}
    blocked: dict[str, Waiting] = {}
    for one in waiting:
        if one.topic in blocked:
            before = blocked[one.topic]
            if before.refused and one.due_at <= now:
                postpone[one.id] = before.due_at
        elif one.due_at > now:
            blocked[one.topic] = one
        else:
            due.append(one)
    return due, postpone
