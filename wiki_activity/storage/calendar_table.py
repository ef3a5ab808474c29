"""Community events and annotations of the figures as they are stored, and who of their sources was read when."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, insert, select

from wiki_activity.domain.community_events import CommunityEvent
from wiki_activity.domain.data_annotations import AnnotatedMetric, DataAnnotation
from wiki_activity.storage.calendar_schema import calendar_sources, community_events, data_annotations
from wiki_activity.storage.data_version import CALENDAR, mark_changed
from wiki_activity.storage.database import reading, write
from wiki_activity.storage.upsert import upsert


class CalendarSource(StrEnum):
    """Who tells what was on."""

    EVENTS = "event_registration"
    ANNOTATIONS = "wikistats_annotations"


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a source was last read.

    Parameters
    ----------
    asked_at
        When it was asked last, UTC.
    read_at
        When all of it was last read; None where that never was.
    error
        Why some of it could not be read when it was asked last; None where all could.
    position
        How far it was read.
    """

    asked_at: datetime
    read_at: datetime | None
    error: str | None
    position: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredCalendar:
    """All that is stored: events by their beginning, annotations by their day, and the state of each source asked."""

    events: tuple[CommunityEvent, ...] = ()
    annotations: tuple[DataAnnotation, ...] = ()
    sources: Mapping[CalendarSource, SourceState] = field(default_factory=dict)


def read_calendar(engine: Engine) -> StoredCalendar:
    """Read all of it.

    Raises
    ------
    DatabaseUnreachableError
        If the database is out of reach.
    """
    events = select(community_events).order_by(community_events.c.starts_at, community_events.c.id)
    with reading(engine) as connection:
        return StoredCalendar(
            tuple(_make_event(row) for row in connection.execute(events)),
            tuple(read_annotations(connection)),
            _read_sources(connection),
        )


def read_annotations(connection: Connection) -> list[DataAnnotation]:
    """Read what is known of the figures, oldest first."""
    table = data_annotations
    rows = connection.execute(select(table).order_by(table.c.day, table.c.metric, table.c.number))
    return [
        DataAnnotation(AnnotatedMetric(row.metric), row.day, row.title, row.note, partial=row.partial)
        for row in rows
        # Another version of the program may know other figures.
        if row.metric in set(AnnotatedMetric)
    ]


def read_source(engine: Engine, source: CalendarSource) -> SourceState | None:
    """Read the state of one source; None where it was never asked. Raises as :func:`read_calendar` does."""
    with reading(engine) as connection:
        return _read_sources(connection).get(source)


def list_open_events(engine: Engine, before: datetime) -> list[int]:
    """List the ids of events that had not ended when they were read, those first that were read longest ago.

    Parameters
    ----------
    before
        Those that were read later than this are left out, UTC.
    """
    table = community_events
    still_open = (table.c.ends_at >= table.c.read_at) & (table.c.read_at <= before)
    query = select(table.c.id).where(still_open).order_by(table.c.read_at, table.c.id)
    with reading(engine) as connection:
        return list(connection.execute(query).scalars())


def store_events(
    engine: Engine, events: Sequence[CommunityEvent], gone: Collection[int], state: SourceState, now: datetime
) -> None:
    """Put events in the place of what is stored of them, drop those that are gone, and note how far all was read.

    Parameters
    ----------
    now
        When they were read, UTC.
    """
    rows = [
        {
            "id": one.id,
            "name": one.name,
            "page": one.page,
            "page_dbname": one.page_dbname,
            "dbnames": json.dumps(one.dbnames),
            "starts_at": one.starts_at,
            "ends_at": one.ends_at,
            "first_day": one.first,
            "last_day": one.last,
            "types": json.dumps(one.types),
            "dashboard_slug": one.dashboard_slug,
            "read_at": now,
        }
        for one in events
    ]

    def work(connection: Connection) -> None:
        upsert(connection, community_events, rows)
        if gone:
            connection.execute(delete(community_events).where(community_events.c.id.in_(gone)))
        _store_source(connection, CalendarSource.EVENTS, state, now)

    write(engine, work)


def store_annotations(
    engine: Engine, found: Mapping[AnnotatedMetric, Sequence[DataAnnotation]], state: SourceState, now: datetime
) -> None:
    """Put the annotations of some figures in the place of what is stored of these; `now` is UTC."""
    rows = [
        {
            "metric": metric.value,
            "number": number,
            "day": one.day,
            "title": one.title,
            "note": one.note,
            "partial": one.partial,
        }
        for metric, annotations in found.items()
        for number, one in enumerate(annotations)
    ]

    def work(connection: Connection) -> None:
        connection.execute(delete(data_annotations).where(data_annotations.c.metric.in_([one.value for one in found])))
        if rows:
            connection.execute(insert(data_annotations), rows)
        _store_source(connection, CalendarSource.ANNOTATIONS, state, now)

    write(engine, work)


def _store_source(connection: Connection, source: CalendarSource, state: SourceState, now: datetime) -> None:
    row = {
        "source": source.value,
        "asked_at": state.asked_at,
        "read_at": state.read_at,
        "error": state.error,
        "position": json.dumps(dict(state.position)),
    }
    upsert(connection, calendar_sources, [row])
    mark_changed(connection, [CALENDAR], now)


def _read_sources(connection: Connection) -> dict[CalendarSource, SourceState]:
    return {
        CalendarSource(row.source): SourceState(
            row.asked_at, row.read_at, row.error, json.loads(row.position) if row.position else {}
        )
        for row in connection.execute(select(calendar_sources))
        if row.source in set(CalendarSource)
    }


def _make_event(row: Row[Any]) -> CommunityEvent:
    return CommunityEvent(
        id=row.id,
        name=row.name,
        page=row.page,
        page_dbname=row.page_dbname,
        dbnames=tuple(json.loads(row.dbnames)),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        first=row.first_day,
        last=row.last_day,
        types=tuple(json.loads(row.types)),
        dashboard_slug=row.dashboard_slug,
    )
