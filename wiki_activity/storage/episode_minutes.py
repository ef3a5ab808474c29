"""The minutes around episodes: which are still to come, those that are kept, and more of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, func, or_, select

from wiki_activity.domain.episode_minutes import EpisodeMinutes, begin_minutes, decode_minutes, encode_minutes
from wiki_activity.domain.live import LiveDetectorName
from wiki_activity.storage.database import reading
from wiki_activity.storage.schema import episode_minutes as table
from wiki_activity.storage.schema import rate_episodes as episodes
from wiki_activity.storage.upsert import upsert


@dataclass(frozen=True, slots=True)
class Followed:
    """An episode whose minutes are not all kept yet.

    Parameters
    ----------
    id, project
        Its number, and its wiki.
    ended_at
        When it ended; None while it is open.
    minutes
        Those that are kept; none at first.
    """

    id: int
    project: str
    ended_at: datetime | None
    minutes: EpisodeMinutes


def read_followed(engine: Engine, since: datetime) -> list[Followed]:
    """Read the episodes whose minutes are not all kept yet, newest first.

    Parameters
    ----------
    since
        Only those that were open at this time or later, UTC.
    """
    query = (
        select(
            episodes.c.id,
            episodes.c.project,
            episodes.c.started_at,
            episodes.c.closed_at,
            func.coalesce(episodes.c.ended_at, episodes.c.closed_at).label("ended_at"),
            table.c.first,
            table.c.counts,
        )
        .outerjoin(table, table.c.episode_id == episodes.c.id)
        .where(func.coalesce(episodes.c.closed_at, since) >= since)
        # The minutes of a wiki tell nothing of one page.
        .where(episodes.c.detector != LiveDetectorName.HOT_PAGE)
        .where(or_(table.c.whole.is_(None), table.c.whole.is_(False)))
        .order_by(episodes.c.opened_at.desc(), episodes.c.id.desc())
    )
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    return [
        Followed(
            id=row.id,
            project=row.project,
            ended_at=None if row.closed_at is None else row.ended_at,
            minutes=begin_minutes(row.started_at) if row.first is None else _make(row.first, row.counts),
        )
        for row in rows
    ]


def save_minutes(connection: Connection, kept: Sequence[tuple[Followed, EpisodeMinutes, bool]]) -> None:
    """Write minutes, in a writing transaction: whose they are, all of them, and whether none is to come any more."""
    rows = [
        {
            "episode_id": followed.id,
            "first": datetime.fromtimestamp(minutes.first, UTC),
            "until": datetime.fromtimestamp(minutes.until, UTC),
            "whole": whole,
            "counts": encode_minutes(minutes),
        }
        for followed, minutes, whole in kept
    ]
    upsert(connection, table, rows)


def read_episode_minutes(engine: Engine, number: int) -> EpisodeMinutes | None:
    """Read the minutes that are kept of an episode; None where there are none."""
    query = select(table.c.first, table.c.counts).where(table.c.episode_id == number)
    with reading(engine) as connection:
        row = connection.execute(query).first()
    return None if row is None else _make(row.first, row.counts)


def _make(first: datetime, counts: str) -> EpisodeMinutes:
    return decode_minutes(int(first.timestamp()), counts)
