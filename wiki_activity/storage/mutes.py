"""Mutes: wikis of which nobody wants to hear for a while."""

from datetime import datetime

from sqlalchemy import Connection, Engine, delete, select

from wiki_activity.storage.database import reading, write
from wiki_activity.storage.schema import mutes as table
from wiki_activity.storage.upsert import upsert


def mute(engine: Engine, project: str, until: datetime, now: datetime) -> None:
    """Mute a wiki until a time, UTC; replaces an earlier mute."""
    row = {"project": project, "until": until, "muted_at": now}
    write(engine, lambda connection: upsert(connection, table, [row]))


def unmute(engine: Engine, project: str) -> bool:
    """Let a wiki be heard again; returns whether it was muted."""
    query = delete(table).where(table.c.project == project)
    return write(engine, lambda connection: connection.execute(query).rowcount > 0)


def read_mutes(engine: Engine, now: datetime) -> dict[str, datetime]:
    """Read until when which wikis are muted, those that are over left out."""
    query = select(table.c.project, table.c.until).where(table.c.until > now).order_by(table.c.project)
    with reading(engine) as connection:
        return {row.project: row.until for row in connection.execute(query)}


def is_muted(connection: Connection, project: str, now: datetime) -> bool:
    """Tell whether a wiki is muted."""
    query = select(table.c.project).where(table.c.project == project, table.c.until > now)
    return connection.execute(query).first() is not None
