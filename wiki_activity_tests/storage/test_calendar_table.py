"""Events and annotations as they are stored, on both backends."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine

from wiki_activity.domain.community_events import CommunityEvent
from wiki_activity.domain.data_annotations import AnnotatedMetric, DataAnnotation
from wiki_activity.storage.calendar_table import (
    CalendarSource,
    SourceState,
    list_open_events,
    read_calendar,
    read_source,
    store_annotations,
    store_events,
)
from wiki_activity.storage.data_version import CALENDAR, read_data_version

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
STATE = SourceState(NOW, NOW, None, {"last": 9, "unread": [4]})
EVENT = CommunityEvent(
    id=7, name="Čaj & 𝓕olklore", page="Event:Tea", page_dbname="metawiki", dbnames=("hiwiki", "bnwiki"),
    starts_at=datetime(2026, 1, 31, 18, 30, tzinfo=UTC), ends_at=datetime(2026, 3, 31, 18, 29, tzinfo=UTC),
    first=date(2026, 2, 1), last=date(2026, 3, 31), types=("contest",), dashboard_slug="Org/Course_(2026)",
)  # fmt: skip
OUTAGE = DataAnnotation(AnnotatedMetric.EDITS, date(2024, 5, 17), "Outage", "Missing.")
PART = DataAnnotation(AnnotatedMetric.EDITORS, date(2023, 5, 17), "Part", "", partial=True)


def test_what_is_stored_is_what_is_read(engine: Engine) -> None:
    store_events(engine, [EVENT], (), STATE, NOW)
    error = SourceState(NOW, None, "503")
    store_annotations(engine, {AnnotatedMetric.EDITS: [OUTAGE], AnnotatedMetric.EDITORS: [PART]}, error, NOW)
    known = read_calendar(engine)
    assert known.events == (EVENT,)
    assert known.annotations == (PART, OUTAGE)
    assert known.sources == {CalendarSource.EVENTS: STATE, CalendarSource.ANNOTATIONS: error}


def test_stored_twice_it_is_there_once_as_it_was_last_and_those_that_are_gone_go(engine: Engine) -> None:
    store_events(engine, [EVENT, replace(EVENT, id=8)], (), STATE, NOW)
    other = replace(EVENT, name="Tea", dashboard_slug=None, dbnames=("*",))
    store_events(engine, [other], [8, 99], STATE, NOW)
    assert read_calendar(engine).events == (other,)


def test_annotations_of_a_figure_that_could_not_be_read_stay(engine: Engine) -> None:
    both = {AnnotatedMetric.EDITS: [OUTAGE, replace(OUTAGE, title="Second")], AnnotatedMetric.EDITORS: [PART]}
    store_annotations(engine, both, STATE, NOW)
    store_annotations(engine, {AnnotatedMetric.EDITS: []}, STATE, NOW)
    assert read_calendar(engine).annotations == (PART,)


def test_open_events_are_those_that_had_not_ended_when_they_were_read(engine: Engine) -> None:
    ended = replace(EVENT, id=1, ends_at=NOW - timedelta(seconds=1))
    ends_now, later = replace(EVENT, id=2, ends_at=NOW), replace(EVENT, id=3)
    store_events(engine, [ended, ends_now], (), STATE, NOW)
    store_events(engine, [later], (), STATE, NOW - timedelta(hours=1))
    assert list_open_events(engine, NOW) == [3, 2]
    assert list_open_events(engine, NOW - timedelta(minutes=1)) == [3]


def test_each_change_makes_another_version_and_what_was_never_asked_is_not_known(engine: Engine) -> None:
    assert read_source(engine, CalendarSource.EVENTS) is None
    before = read_data_version(engine).of(CALENDAR)
    store_events(engine, [], (), STATE, NOW)
    assert read_data_version(engine).of(CALENDAR) != before
    assert CALENDAR not in read_data_version(engine).wikis
    assert read_source(engine, CalendarSource.EVENTS) == STATE
