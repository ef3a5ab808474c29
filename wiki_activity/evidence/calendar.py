"""What was on, and what is known of the figures: asked once a day, and kept where somebody cannot be read."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from sqlalchemy import Engine

from wiki_activity.domain.data_annotations import AnnotatedMetric, DataAnnotation
from wiki_activity.evidence.event_mirror import READ_AGAIN, Events, Mirrored, mirror_events
from wiki_activity.settings import Settings
from wiki_activity.storage.calendar_table import (
    CalendarSource,
    SourceState,
    read_source,
    store_annotations,
)
from wiki_activity.wikimedia.answer_errors import WikimediaError
from wiki_activity.wikimedia.data_annotations import AnnotationsClient
from wiki_activity.wikimedia.event_registrations import EventRegistrationClient
from wiki_activity.wikimedia.http import PoliteSession

logger = logging.getLogger(__name__)

_TRIED_AGAIN: Final = timedelta(minutes=50)
"""What was not read to its end is gone on with the next time that an hourly schedule looks."""
_META: Final = "meta.wikimedia.org"


class Annotations(Protocol):
    """What answers for annotations of figures."""

    def get_annotations(self, metric: AnnotatedMetric) -> list[DataAnnotation]:
        """Get those of one figure."""


@dataclass(frozen=True, slots=True)
class CalendarServices:
    """Who is asked."""

    events: Events
    annotations: Annotations


@dataclass(frozen=True, slots=True)
class CalendarOutcome:
    """What came of asking: of events, how many annotations there are, and by source why it could not be read."""

    events: Mirrored
    annotations: int
    errors: dict[CalendarSource, str]


def make_calendar_services(settings: Settings, session: PoliteSession) -> CalendarServices:
    """Make the clients; they share the session."""
    return CalendarServices(
        EventRegistrationClient(session, settings.registrations_url),
        AnnotationsClient(session, settings.siteinfo_url.format(project=_META)),
    )


def is_calendar_due(engine: Engine, now: datetime) -> bool:
    """Tell whether any source was last read a day ago, or some of it could not be read an hour ago; `now` is UTC."""
    return any(_is_due(read_source(engine, source), now) for source in CalendarSource)


def refresh_calendar(engine: Engine, services: CalendarServices, clock: Callable[[], datetime]) -> CalendarOutcome:
    """Ask all sources, and store what they answer; of one that cannot be read what is known stays.

    Parameters
    ----------
    clock
        Tells the time, UTC.

    Raises
    ------
    StorageError
        If the database is out of reach.
    """
    errors: dict[CalendarSource, str] = {}
    annotations, error = _refresh_annotations(engine, services.annotations, clock)
    if error is not None:
        errors[CalendarSource.ANNOTATIONS] = error
    events = mirror_events(engine, services.events, clock)
    if events.error is not None:
        errors[CalendarSource.EVENTS] = events.error
    for source, why in errors.items():
        logger.warning("%s: %s", source, why)
    return CalendarOutcome(events, annotations, errors)


def _is_due(state: SourceState | None, now: datetime) -> bool:
    if state is None or state.asked_at > now:
        # A clock that was put back may be wrong for years.
        return True
    if state.read_at is not None and state.read_at == state.asked_at:
        return now - state.read_at >= READ_AGAIN
    return now - state.asked_at >= _TRIED_AGAIN


def _refresh_annotations(
    engine: Engine, annotations: Annotations, clock: Callable[[], datetime]
) -> tuple[int, str | None]:
    found: dict[AnnotatedMetric, list[DataAnnotation]] = {}
    error: str | None = None
    for metric in AnnotatedMetric:
        try:
            found[metric] = annotations.get_annotations(metric)
        except WikimediaError as why:
            error = str(why)
    now, before = clock(), read_source(engine, CalendarSource.ANNOTATIONS)
    read_at = now if error is None else None if before is None else before.read_at
    store_annotations(engine, found, SourceState(now, read_at, error), now)
    return sum(map(len, found.values())), error
