"""Mirroring Event registration: walked through once, gone on with, and never emptied by a service that is away."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from wiki_activity.domain.community_events import CommunityEvent
from wiki_activity.domain.data_annotations import AnnotatedMetric, DataAnnotation
from wiki_activity.evidence.calendar import CalendarServices, is_calendar_due, refresh_calendar
from wiki_activity.evidence.event_mirror import Mirrored, mirror_events
from wiki_activity.storage.calendar_table import CalendarSource, read_calendar, read_source
from wiki_activity.wikimedia.answer_errors import NotFoundError, UnreachableError
from wiki_activity.wikimedia.event_registrations import OddEventError

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def make_event(number: int, last: date = date(2026, 3, 31), name: str = "") -> CommunityEvent:
    ends_at = datetime(last.year, last.month, last.day, tzinfo=UTC)
    first = last - timedelta(days=20)
    return CommunityEvent(
        number, name or f"Event {number}", "Event:E", "metawiki", ("hiwiki",), ends_at - 20 * DAY, ends_at, first, last
    )


@dataclass
class FakeEvents:
    """Event registration with some events; answers may be errors."""

    events: dict[int, CommunityEvent | Exception | None]
    everything: Exception | None = None
    asked: list[int] = field(default_factory=list)

    def get_event(self, number: int) -> CommunityEvent | None:
        self.asked.append(number)
        answer = self.everything or self.events.get(number, NotFoundError(f"{number}: 404"))
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class DyingEvents(FakeEvents):
    dies_at: int = 230

    def get_event(self, number: int) -> CommunityEvent | None:
        if number == self.dies_at:
            raise KeyboardInterrupt
        return FakeEvents.get_event(self, number)


ODD, AWAY = OddEventError("no name"), UnreachableError("503")
OVER = date(2026, 1, 31)


@pytest.fixture
def engine(migrated: Engine) -> Engine:
    return migrated


def mirror(engine: Engine, events: FakeEvents, now: datetime = NOW, most: int = 2_000) -> Mirrored:
    events.asked.clear()
    return mirror_events(engine, events, lambda: now, most)


def stored(engine: Engine) -> list[int]:
    return sorted(one.id for one in read_calendar(engine).events)


def test_all_ids_are_walked_through_over_gaps_until_thirty_are_missing(engine: Engine) -> None:
    events = FakeEvents({2: make_event(2), 3: None, 4: ODD, 25: make_event(25, OVER), 90: make_event(90)})
    done = mirror(engine, events)
    assert (done.kept, done.gone, done.left_out, done.unread, done.finished, done.error) == (2, 1, 1, 0, True, None)
    assert events.asked == list(range(1, 56))
    assert stored(engine) == [2, 25], "90 is beyond thirty that nobody has"
    state = read_source(engine, CalendarSource.EVENTS)
    assert state is not None
    assert (state.read_at, state.error) == (NOW, None)


def test_the_next_run_asks_for_what_has_not_ended_and_what_is_new(engine: Engine) -> None:
    events = FakeEvents({1: make_event(1, OVER), 2: make_event(2), 3: make_event(3)})
    mirror(engine, events)
    events.events |= {2: make_event(2, name="Another name"), 3: NotFoundError("deleted"), 5: make_event(5)}
    done = mirror(engine, events, NOW + DAY)
    assert events.asked == [2, 3, *range(4, 36)]
    assert (done.kept, done.gone, done.finished) == (2, 1, True)
    assert [one.name for one in read_calendar(engine).events if one.id == 2] == ["Another name"]
    assert stored(engine) == [1, 2, 5]
    mirror(engine, events, NOW + DAY)
    assert events.asked == list(range(6, 36)), "just now all were read"


def test_one_that_becomes_a_test_goes_and_one_that_lacks_something_by_now_stays(engine: Engine) -> None:
    events = FakeEvents({1: make_event(1), 2: make_event(2), 3: make_event(3)})
    mirror(engine, events)
    events.events |= {1: None, 2: ODD}
    done = mirror(engine, events, NOW + DAY)
    assert (done.kept, done.gone, done.left_out) == (1, 1, 1)
    assert stored(engine) == [2, 3]


def test_a_run_has_a_limit_and_the_next_one_goes_on(engine: Engine) -> None:
    events = FakeEvents({number: make_event(number, OVER) for number in range(1, 251)})
    first = mirror(engine, events, most=120)
    assert (first.requests, first.finished, first.error) == (120, False, None)
    state = read_source(engine, CalendarSource.EVENTS)
    assert state is not None
    assert state.read_at is None
    mirror(engine, events, most=120)
    assert events.asked[0] == 121
    assert mirror(engine, events, most=120).finished
    assert stored(engine) == list(range(1, 251))


def test_a_run_that_dies_has_stored_what_it_read(engine: Engine) -> None:
    events = DyingEvents({number: make_event(number, OVER) for number in range(1, 251)})
    with pytest.raises(KeyboardInterrupt):
        mirror(engine, events)
    assert len(stored(engine)) == 199
    events.dies_at = 0
    mirror(engine, events)
    assert events.asked[0] == 200
    assert stored(engine) == list(range(1, 251))


def test_one_that_could_not_be_read_is_read_the_next_time(engine: Engine) -> None:
    events = FakeEvents({1: make_event(1, OVER), 2: AWAY, 3: make_event(3, OVER)})
    done = mirror(engine, events)
    assert (done.kept, done.unread, done.finished, done.error) == (2, 1, False, "503")
    assert is_due(engine, NOW + timedelta(hours=1))
    events.events[2] = make_event(2, OVER)
    done = mirror(engine, events, NOW + timedelta(hours=1))
    assert events.asked[0] == 2
    assert (done.finished, done.error, stored(engine)) == (True, None, [1, 2, 3])


def test_the_newest_ones_are_left_out_or_put_aside_like_any_other(engine: Engine) -> None:
    events = FakeEvents({1: make_event(1, OVER), 2: AWAY, 3: ODD})
    done = mirror(engine, events)
    assert (done.left_out, done.unread) == (1, 1)
    mirror(engine, events, NOW + timedelta(hours=1))
    assert events.asked == [2, *range(4, 34)]


@pytest.mark.parametrize("everything", [AWAY, ODD, NotFoundError("404")], ids=["away", "lacking", "moved"])
def test_a_service_that_is_away_changed_or_moved_empties_nothing(engine: Engine, everything: Exception) -> None:
    events = FakeEvents({number: make_event(number) for number in range(1, 13)})
    mirror(engine, events)
    before = read_calendar(engine).events
    events.everything = everything
    done = mirror(engine, events, NOW + DAY)
    assert (done.kept, done.gone, done.finished) == (0, 0, False)
    assert done.error is not None
    assert read_calendar(engine).events == before
    state = read_source(engine, CalendarSource.EVENTS)
    assert state is not None
    assert state.error == done.error
    assert state.read_at == NOW
    events.everything, events.events[14] = None, make_event(14)
    assert mirror(engine, events, NOW + 2 * DAY).error is None
    assert stored(engine) == [*range(1, 13), 14]


@pytest.mark.parametrize("everything", [AWAY, ODD, NotFoundError("404")], ids=["away", "lacking", "moved"])
def test_a_first_load_of_nothing_is_none(engine: Engine, everything: Exception) -> None:
    events = FakeEvents({1: make_event(1)}, everything)
    done = mirror(engine, events)
    assert (done.finished, done.error is None) == (False, False)
    assert len(events.asked) <= 30
    events.everything = None
    assert mirror(engine, events).finished
    assert stored(engine) == [1]


def test_a_service_that_fails_on_the_way_is_gone_on_with_where_it_failed(engine: Engine) -> None:
    fine: dict[int, CommunityEvent | Exception | None] = {n: make_event(n, OVER) for n in range(1, 11)}
    events = FakeEvents(fine | {5: AWAY, 6: AWAY, 7: AWAY})
    assert mirror(engine, events).error == "503"
    assert events.asked == [*range(1, 8)]
    events.events = fine
    assert mirror(engine, events).finished
    assert events.asked[0] == 5
    assert stored(engine) == list(range(1, 11))


@dataclass
class FakeAnnotations:
    broken: frozenset[AnnotatedMetric] = frozenset()

    def get_annotations(self, metric: AnnotatedMetric) -> list[DataAnnotation]:
        if metric in self.broken:
            raise AWAY
        return [DataAnnotation(metric, OVER, f"Outage of {metric.value}", "")]


def is_due(engine: Engine, now: datetime) -> bool:
    return is_calendar_due(engine, now)


def refresh(engine: Engine, events: FakeEvents, annotations: FakeAnnotations, now: Callable[[], datetime]) -> int:
    return len(refresh_calendar(engine, CalendarServices(events, annotations), now).errors)


def test_it_is_due_once_a_day_and_after_an_hour_where_somebody_was_away(engine: Engine) -> None:
    events, annotations = FakeEvents({1: make_event(1)}), FakeAnnotations()
    assert is_due(engine, NOW)
    assert refresh(engine, events, annotations, lambda: NOW) == 0
    assert [is_due(engine, NOW + timedelta(hours=hours)) for hours in (0, 19, 21)] == [False, False, True]
    later = NOW + DAY
    annotations.broken = frozenset({AnnotatedMetric.EDITORS})
    assert refresh(engine, events, annotations, lambda: later) == 1
    assert [is_due(engine, later + timedelta(minutes=minutes)) for minutes in (10, 61)] == [False, True]
    assert len(read_calendar(engine).annotations) == 3, "those of editors stay"
    assert is_due(engine, NOW - timedelta(days=900)), "a clock that was ahead keeps nobody waiting"
