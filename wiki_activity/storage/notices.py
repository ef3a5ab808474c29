"""The outbox: notices are added in the transaction of what they tell of, claimed, posted by others, and marked sent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from wiki_activity.domain.notices import NoticeKind
from wiki_activity.domain.outbox import HOUR, LEASE, Plan, Waiting, plan_next
from wiki_activity.storage.database import exclusively, reading, write
from wiki_activity.storage.database_clock import in_database_time
from wiki_activity.storage.schema import notices as table

NO_WEBHOOK = "no webhook"
"""The error of what was made, or found, while there was no address to send it to: it is never sent later."""
_MOST_WAITING = 1000


@dataclass(frozen=True, slots=True)
class Notice:
    """One message in the outbox.

    Parameters
    ----------
    kind, subject, phase
        Its key.
    body
        JSON.
    next_attempt_at
        Not to be posted before; None where it was sent or never will be.
    error
        What became of the last attempt that failed, or why it is never sent.
    refused
        Whether Slack refused it.
    sent_with
        Number of the notice whose message carried this one too.
    """

    id: int
    kind: NoticeKind
    subject: str
    phase: str
    body: str
    created_at: datetime
    attempts: int
    next_attempt_at: datetime | None
    sent_at: datetime | None
    error: str | None
    refused: bool
    sent_with: int | None


def add_notice(
    connection: Connection,
    kind: NoticeKind,
    subject: str,
    phase: str,
    body: str,
    *,
    now: datetime,
    unsendable: str | None = None,
) -> bool:
    """Add a notice within a writing transaction, unless it is there already; returns whether it was added.

    Parameters
    ----------
    unsendable
        Why it is kept and shown, but never sent, :data:`NO_WEBHOOK`; None for one to send.
    """
    row = {
        "kind": kind,
        "subject": subject,
        "phase": phase,
        "body": body,
        "created_at": now,
        "attempts": 0,
        "next_attempt_at": None if unsendable else in_database_time(connection, now),
        "error": unsendable,
    }
    if find_notice(connection, kind, subject, phase) is not None:
        return False
    try:
        with connection.begin_nested():
            connection.execute(insert(table).values(row))
    except IntegrityError:
        return False
    return True


def find_notice(connection: Connection, kind: NoticeKind, subject: str, phase: str) -> Notice | None:
    """Find a notice by its key."""
    query = select(table).where(table.c.kind == kind, table.c.subject == subject, table.c.phase == phase)
    row = connection.execute(query).mappings().first()
    return None if row is None else _make(row)


def find_newest_notice(
    connection: Connection, kind: NoticeKind, phase: str | None = None, subject_begins: str = ""
) -> Notice | None:
    """Find the newest notice of a kind, of a phase, and of subjects that begin so."""
    query = select(table).where(table.c.kind == kind).order_by(table.c.id.desc()).limit(1)
    if phase is not None:
        query = query.where(table.c.phase == phase)
    if subject_begins:
        query = query.where(table.c.subject.startswith(subject_begins, autoescape=True))
    row = connection.execute(query).mappings().first()
    return None if row is None else _make(row)


def withdraw_notice(connection: Connection, kind: NoticeKind, subject: str, phase: str) -> bool:
    """Take a notice back that nobody has tried to post yet; returns whether that was possible."""
    query = delete(table).where(
        table.c.kind == kind,
        table.c.subject == subject,
        table.c.phase == phase,
        table.c.attempts == 0,
        table.c.sent_at.is_(None),
    )
    return connection.execute(query).rowcount > 0


def rewrite_waiting(connection: Connection, kind: NoticeKind, subject: str, phase: str, body: str) -> bool:
    """Give a notice that was not sent another body, within a writing transaction; returns whether there was one."""
    query = (
        update(table)
        .where(table.c.kind == kind, table.c.subject == subject, table.c.phase == phase, table.c.sent_at.is_(None))
        .values(body=body)
    )
    return connection.execute(query).rowcount > 0


def rewrite_notice(connection: Connection, kind: NoticeKind, subject: str, phase: str, body: str) -> None:
    """Give a notice, sent or not, another body, within a writing transaction: what it said must not be kept."""
    its = (table.c.kind == kind) & (table.c.subject == subject) & (table.c.phase == phase)
    connection.execute(update(table).where(its).values(body=body))


def read_notices(engine: Engine, *, kinds: Collection[NoticeKind] = tuple(NoticeKind), limit: int = 50) -> list[Notice]:
    """Read the newest notices, newest first."""
    query = select(table).where(table.c.kind.in_(kinds)).order_by(table.c.id.desc()).limit(limit)
    with reading(engine) as connection:
        return [_make(row) for row in connection.execute(query).mappings()]


def count_due(engine: Engine, now: datetime, kinds: Collection[NoticeKind] = tuple(NoticeKind)) -> int:
    """Count the notices of these kinds that may be posted now."""
    with reading(engine) as connection:
        due = table.c.next_attempt_at <= in_database_time(connection, now)
        query = select(func.count()).where(_is_waiting(kinds), due)
        return connection.execute(query).scalar_one()


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for Slack.

    Parameters
    ----------
    notices
        How many.
    since
        When the oldest of them was made; None where none waits.
    error
        What became of the last attempt that failed, of those that wait; None where none has failed.
    """

    notices: int = 0
    since: datetime | None = None
    error: str | None = None


def read_queue(engine: Engine, kinds: Collection[NoticeKind] = tuple(NoticeKind)) -> Queue:
    """Read what waits to be sent."""
    totals = select(func.count(), func.min(table.c.created_at)).where(_is_waiting(kinds))
    failed = select(table.c.error).where(_is_waiting(kinds), table.c.error.is_not(None))
    with reading(engine) as connection:
        number, since = connection.execute(totals).one()
        error = connection.execute(failed.order_by(table.c.next_attempt_at.desc()).limit(1)).scalar()
    return Queue(number, since, error)


def claim_next(engine: Engine, kinds: Collection[NoticeKind], now: datetime) -> list[Notice]:
    """Claim the notices that make up one webhook's next message, and raise their attempts; none when nothing is due.

    Two deliverers never get the same notice: for as long as posting may take, by the database's clock, it is nobody
    else's.

    Parameters
    ----------
    kinds
        Those that go to the webhook.
    now
        UTC.
    """
    with exclusively(engine, "notices") as connection:
        now = in_database_time(connection, now)
        plan = plan_next(_read_waiting(connection, kinds), _read_recent(connection, kinds, now), now)
        _postpone(connection, plan)
        if not plan.send:
            return []
        values = {"attempts": table.c.attempts + 1, "next_attempt_at": now + LEASE, "error": None, "refused": False}
        connection.execute(update(table).where(table.c.id.in_(plan.send)).values(values))
        rows = connection.execute(select(table).where(table.c.id.in_(plan.send)).order_by(table.c.id))
        return [_make(row) for row in rows.mappings()]


def mark_sent(engine: Engine, ids: Sequence[int], now: datetime) -> None:
    """Record that one message carried these notices."""

    def work(connection: Connection) -> None:
        values = {"sent_at": now, "next_attempt_at": None, "error": None}
        connection.execute(update(table).where(table.c.id == ids[0]).values(values))
        if len(ids) > 1:
            connection.execute(update(table).where(table.c.id.in_(ids[1:])).values(**values, sent_with=ids[0]))

    write(engine, work)


def mark_failed(engine: Engine, ids: Sequence[int], error: str, until: datetime, *, refused: bool) -> None:
    """Record that these notices could not be posted, why, and when to try again."""
    values = {"error": error, "next_attempt_at": until, "refused": refused}
    write(engine, lambda connection: connection.execute(update(table).where(table.c.id.in_(ids)).values(values)))


def give_up_waiting(engine: Engine, kinds: Collection[NoticeKind], reason: str) -> int:
    """Mark the unsent notices of these kinds as never to be sent; returns how many there were."""
    values = {"next_attempt_at": None, "error": reason}
    query = update(table).where(_is_waiting(kinds)).values(values)
    return write(engine, lambda connection: connection.execute(query).rowcount)


def _is_waiting(kinds: Collection[NoticeKind]) -> Any:
    return table.c.sent_at.is_(None) & table.c.next_attempt_at.is_not(None) & table.c.kind.in_(kinds)


def _read_waiting(connection: Connection, kinds: Collection[NoticeKind]) -> list[Waiting]:
    columns = (table.c.id, table.c.kind, table.c.subject, table.c.attempts, table.c.next_attempt_at, table.c.refused)
    query = (
        select(*columns, table.c.error.is_not(None).label("failed"))
        .where(_is_waiting(kinds))
        .order_by(table.c.id)
        .limit(_MOST_WAITING)
    )
    return [
        Waiting(
            id=row.id,
            topic=f"{row.kind} {row.subject}",
            live=NoticeKind(row.kind).is_live,
            attempts=row.attempts,
            due_at=row.next_attempt_at,
            failed=row.failed,
            refused=row.refused,
        )
        for row in connection.execute(query)
    ]


def _read_recent(connection: Connection, kinds: Collection[NoticeKind], now: datetime) -> list[datetime]:
    """Read when live messages were sent within the last hour; what one message carried besides counts once."""
    live = [kind for kind in kinds if kind.is_live]
    query = (
        select(table.c.sent_at)
        .where(table.c.kind.in_(live), table.c.sent_at > now - HOUR, table.c.sent_with.is_(None))
        .order_by(table.c.sent_at)
    )
    return list(connection.execute(query).scalars())


def _postpone(connection: Connection, plan: Plan) -> None:
    by_time: dict[datetime, list[int]] = {}
    for number, until in plan.postpone.items():
        by_time.setdefault(until, []).append(number)
    for until, numbers in by_time.items():
        connection.execute(update(table).where(table.c.id.in_(numbers)).values(next_attempt_at=until))


def _make(row: Any) -> Notice:
    return Notice(**{**row, "kind": NoticeKind(row["kind"])})
