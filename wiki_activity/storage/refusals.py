"""Refused answers: kept for a look, and to know the same answer again when the next month is published."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, or_, select

from wiki_activity.domain.counts import MonthlyCounts, Series
from wiki_activity.domain.months import format_month, parse_month
from wiki_activity.storage.database import reading
from wiki_activity.storage.schema import refused_answers as table
from wiki_activity.storage.upsert import upsert

_GREATEST = 2**63 - 1


class Settled(StrEnum):
    """How a refused answer ended."""

    TAKEN = "taken"
    """It came again when the next month was published."""
    ACCEPTED = "accepted"
    """Somebody had it taken."""
    REPLACED = "replaced"
    """A plausible one came."""


@dataclass(frozen=True, slots=True)
class RefusedAnswer:
    """The newest answer of one series of a wiki that was refused.

    Parameters
    ----------
    project, series
        Of what.
    reason
        Why, with figures.
    newest_month
        The newest month of the answer; None where it had none.
    total_before, total_after
        The stored months added up, before and in the answer.
    answer
        All of it.
    seen_at
        UTC.
    settled, settled_at
        How and when (UTC) it ended; None while what was stored before still stands.
    """

    project: str
    series: Series
    reason: str
    newest_month: date | None
    total_before: int
    total_after: int
    answer: MonthlyCounts
    seen_at: datetime
    settled: Settled | None = None
    settled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StandingRefusal:
    """That the newest answer of one series of a wiki is refused, without the answer.

    Parameters
    ----------
    series, reason
        Of what, and why.
    seen_at
        UTC.
    """

    series: Series
    reason: str
    seen_at: datetime


def save_refused(connection: Connection, refused: Iterable[RefusedAnswer]) -> None:
    """Keep refused answers in place of what was refused of the same series before."""
    rows = [
        {
            "metric": one.series.value,
            "project": one.project,
            "reason": one.reason,
            "newest_month": one.newest_month,
            "total_before": min(one.total_before, _GREATEST),
            "total_after": min(one.total_after, _GREATEST),
            "answer": json.dumps({format_month(month): count for month, count in one.answer.items()}),
            "seen_at": one.seen_at,
            "settled": one.settled,
            "settled_at": one.settled_at,
        }
        for one in refused
    ]
    upsert(connection, table, rows)


def read_open(connection: Connection, projects: Collection[str]) -> dict[tuple[str, Series], RefusedAnswer]:
    """Read the refused answers of some wikis that are not settled, by project and series."""
    query = select(table).where(table.c.project.in_(list(projects)), table.c.settled.is_(None))
    return {(row.project, Series(row.metric)): _make(row) for row in connection.execute(query)}


def read_refused(engine: Engine, settled_since: datetime | None = None) -> list[RefusedAnswer]:
    """Read the refused answers that are not settled, and those settled at or after a moment (UTC), by wiki."""
    wanted: ColumnElement[bool] = table.c.settled.is_(None)
    if settled_since is not None:
        wanted = or_(wanted, table.c.settled_at >= settled_since)
    with reading(engine) as connection:
        query = select(table).where(wanted).order_by(table.c.project, table.c.metric)
        return [_make(row) for row in connection.execute(query)]


def list_standing(engine: Engine) -> dict[str, list[StandingRefusal]]:
    """List which answers are refused and not settled, by project."""
    query = select(table.c.project, table.c.metric, table.c.reason, table.c.seen_at).where(table.c.settled.is_(None))
    found: dict[str, list[StandingRefusal]] = {}
    with reading(engine) as connection:
        for row in connection.execute(query.order_by(table.c.project, table.c.metric)):
            found.setdefault(row.project, []).append(StandingRefusal(Series(row.metric), row.reason, row.seen_at))
    return found


def _make(row: Row[Any]) -> RefusedAnswer:
    return RefusedAnswer(
        project=row.project,
        series=Series(row.metric),
        reason=row.reason,
        newest_month=row.newest_month,
        total_before=row.total_before,
        total_after=row.total_after,
        answer={parse_month(month): count for month, count in json.loads(row.answer).items()},
        seen_at=row.seen_at,
        settled=None if row.settled is None else Settled(row.settled),
        settled_at=row.settled_at,
    )
