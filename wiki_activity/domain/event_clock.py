"""What time it is in the stream: the only clock by which edits are counted, and how much it takes to move it."""

from collections import deque
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from itertools import accumulate
from typing import Final, Generic, Protocol, TypeVar

FAR_AHEAD_SECONDS: Final = 60
_SKEW_SECONDS: Final = 10
"""By so much an event time may be past its own receipt, or our wall clock."""
_LEADS: Final = 64
_IN_A_ROW: Final = (10, 20, 50)
_WIKIS_THAT_AGREE: Final = 3
_LATELY_SECONDS: Final = 600
_PAST_THE_WALL_SECONDS: Final = 600
_FAR_BEHIND_SECONDS: Final = 600
_LATE_BY_THE_WALL: Final = 30
_LATE_BY_WIKIS: Final = 100
_TALLY: Final = 400
_YEAR_2001: Final = 978_307_200
_YEAR_2100: Final = 4_102_444_800


class Timed(Protocol):
    """What the clock needs to know of an edit."""

    @property
    def project(self) -> str:
        """The wiki."""

    @property
    def at(self) -> int:
        """Event time, epoch seconds."""

    @property
    def event_id(self) -> str:
        """The same for every repeat."""

    @property
    def received(self) -> str | None:
        """When it was received, ISO 8601."""


Event = TypeVar("Event", bound=Timed)


class EventClock(Generic[Event]):
    """The newest event time that is believed.

    An event may move the clock by up to a minute by itself, unless it is ahead of its own receipt (`meta.dt`), and
    either of our wall clock too, or more so than is usual lately: our clock may be wrong, and while the past comes it
    tells nothing. What is further ahead, or ahead so, is held until ten in a row agree: by never going back by
    over a minute, none of them ahead of both, and from three wikis at least, of those that were counted in the last ten
    minutes of event time (where those are fewer: from all of them, or from any three). So one wiki, or one server,
    cannot move everybody's clock. What is contradicted before that, by an event that is not ahead, is refused.

    A clock that went wrong comes back. Being more than ten minutes past our wall clock is no proof, since that may be
    wrong itself, or the stream be a simulation; but if then events come, more than those that are on time, that are
    ten minutes and more behind the clock, and 30 of them agree with our wall clock, or 100 of at least three wikis with
    each other, the clock is put back to them.

    Parameters
    ----------
    refuse
        Told of an event that is refused, and why.
    repeat
        Told of an event that is held already.
    wall
        Our wall clock, epoch seconds.
    far_ahead_seconds
        How far ahead of the newest an event time may be by itself.
    """

    def __init__(
        self,
        refuse: Callable[[Event, str], None],
        repeat: Callable[[Event], None],
        wall: Callable[[], float],
        far_ahead_seconds: int = FAR_AHEAD_SECONDS,
    ) -> None:
        self.newest: int | None = None
        """None before the first event."""
        self.held: list[Event] = []
        """Far ahead: neither believed nor refused so far."""
        self.is_patient = False
        """Whether topics are far apart, so that an event behind the clock contradicts nothing."""
        self._refuse = refuse
        self._repeat = repeat
        self._wall = wall
        self._far_ahead_seconds = far_ahead_seconds
        self._leads: deque[float] = deque(maxlen=_LEADS)
        self.lately: dict[str, int] = {}
        """By wiki, the event time of an edit that was counted."""
        self._forget_tally()

    @property
    def ahead_seconds(self) -> float:
        """How far the newest event time is past our wall clock; negative while it is behind."""
        return float("-inf") if self.newest is None else self.newest - self._wall()

    def take(self, event: Event) -> Sequence[Event]:
        """Take an event in that is not within the open seconds.

        Returns
        -------
        sequence
            Those that may be counted now, by event time: the clock has to be moved (:attr:`newest`) with each. Empty
            where the event is held or refused.
        """
        at, newest = event.at, self.newest
        if not _YEAR_2001 <= at < _YEAR_2100:
            self._refuse(event, "an event time before 2001 or after 2099")
            return ()
        lead = _read_lead(event)
        if lead is not None:
            self._leads.append(lead)
        if newest is None:
            return self._hold(event) if self._is_odd_start(event) else self._start(event)
        if at > newest + self._far_ahead_seconds or (at > newest and self._is_ahead_of_all(event, lead, newest)):
            return self._hold(event)
        return (*self._settle_held(max(at, newest)), event) if self.held else (event,)

    def contradict(self) -> None:
        """Refuse what is held, for an event has come on time; while the past comes topic by topic that is no proof."""
        if not self.is_patient:
            self.refuse_held()

    def refuse_held(self) -> None:
        """Refuse what is held."""
        held, self.held = self.held, []
        for event in held:
            self._refuse(event, "an event time far ahead of the others")

    def _settle_held(self, reached: int) -> Sequence[Event]:
        """Believe what is held that is not ahead any more; the rest is contradicted."""
        settled = [event for event in self.held if event.at <= reached]
        self.held = [event for event in self.held if event.at > reached]
        self.contradict()
        return sorted(settled, key=lambda event: event.at)

    def release_held(self) -> Sequence[Event]:
        """Believe what is held and not far ahead, where nothing more is to come; by event time.

        Before the first event that is all there is; later what comes soon after the newest one, and was held while that
        was far behind.
        """
        newest = self.newest
        believed = [event for event in self.held if newest is None or self._comes_soon(event, newest)]
        self.held = [event for event in self.held if event not in believed]
        return sorted(believed, key=lambda event: event.at)

    def note_on_time(self, count: int) -> None:
        """Note that so many events came on time, after :meth:`note_late` of those among them that did not."""
        if self._late:
            self._on_time += count
            if self._on_time + self._late > _TALLY:
                self._forget_tally()

    def note_late(self, event: Event) -> int | None:
        """Note that an event came late; tell the time to which the clock is to be put back, None as a rule."""
        at, newest, wall = event.at, self.newest, self._wall()
        if newest is None or newest < wall + _PAST_THE_WALL_SECONDS or at > newest - _FAR_BEHIND_SECONDS:
            return None
        self._late += 1
        self._late_wikis[event.project] = max(at, self._late_wikis.get(event.project, at))
        self._late_by_wall += abs(at - wall) < _FAR_BEHIND_SECONDS
        by_wikis = self._late >= _LATE_BY_WIKIS and len(self._late_wikis) >= _WIKIS_THAT_AGREE
        if self._late <= self._on_time or not (by_wikis or self._late_by_wall >= _LATE_BY_THE_WALL):
            return None
        times = sorted(self._late_wikis.values(), reverse=True)
        # Again no single wiki's word, where there are others.
        return times[min(_WIKIS_THAT_AGREE, len(times)) - 1]

    def put_back(self, at: int) -> None:
        """Put the clock back: what it held and had noted is void."""
        self.refuse_held()
        self.newest = at
        self.lately.clear()
        self._forget_tally()

    def _forget_tally(self) -> None:
        self._late = self._late_by_wall = self._on_time = 0
        self._late_wikis: dict[str, int] = {}

    def _start(self, event: Event) -> Sequence[Event]:
        self.newest = event.at
        held, self.held = self.held, []
        # What was held may be earlier than this, or far ahead of it.
        return [*(taken for one in held for taken in self.take(one)), event]

    def _hold(self, event: Event) -> Sequence[Event]:
        if any(held.event_id == event.event_id for held in self.held):
            self._repeat(event)
            return ()
        self.held.append(event)
        for count in _IN_A_ROW:
            row = self.held[-count:]
            if len(row) == count and self._agree(row):
                earlier, self.held = self.held[:-count], []
                reached = max(one.at for one in row)
                # Of a topic that is far ahead of the others, one may come long before ten do.
                passed = [one for one in earlier if one.at <= reached and not self._is_ahead_of_receipt(one)]
                for one in earlier:
                    if one not in passed:
                        self._refuse(one, "an event time far ahead of the others")
                return sorted([*passed, *row], key=lambda one: one.at)
        if len(self.held) > max(_IN_A_ROW):
            self._refuse(self.held.pop(0), "an event time far ahead of the others")
        return ()

    def _agree(self, row: Sequence[Event]) -> bool:
        highest = accumulate((event.at for event in row), max)
        if any(event.at < most - FAR_AHEAD_SECONDS for event, most in zip(row, highest, strict=True)):
            return False
        if any(self._is_ahead_of_receipt(event) and self._is_ahead_of_wall(event) for event in row):
            return False
        since = (self.newest or 0) - _LATELY_SECONDS
        wikis = {project for project, at in self.lately.items() if at >= since}
        named = _name_projects(row)
        if len(wikis) < _WIKIS_THAT_AGREE <= len(named):
            # As after a first event that came hours late, whose wiki may never be edited again.
            return True
        return len(named & wikis) >= min(_WIKIS_THAT_AGREE, len(wikis))

    def _is_odd_start(self, event: Event) -> bool:
        received = _read_moment(event.received)
        return received is None or event.at > received + FAR_AHEAD_SECONDS or self._is_ahead_of_wall(event)

    def _is_ahead_of_all(self, event: Event, lead: float | None, newest: int) -> bool:
        if lead is None or lead <= _SKEW_SECONDS:
            return False
        # A wall clock that the stream itself has passed tells nothing.
        if newest <= self._wall() + _SKEW_SECONDS and self._is_ahead_of_wall(event):
            return True
        # The lower quartile: of events that come here for moving the clock, many are ahead where any are.
        return lead > sorted(self._leads)[len(self._leads) // 4] + _SKEW_SECONDS

    def _comes_soon(self, event: Event, newest: int) -> bool:
        return event.at <= newest + self._far_ahead_seconds and not self._is_ahead_of_receipt(event)

    def _is_ahead_of_wall(self, event: Event) -> bool:
        return event.at > self._wall() + _SKEW_SECONDS

    def _is_ahead_of_receipt(self, event: Event) -> bool:
        lead = _read_lead(event)
        return lead is not None and lead > _SKEW_SECONDS


def tell_span(seconds: float) -> str:
    """Say a length of time in its largest unit."""
    for size, unit in ((86_400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"


def _name_projects(events: Collection[Event]) -> set[str]:
    return {event.project for event in events}


def _read_lead(event: Timed) -> float | None:
    """Read by how much an event's time is ahead of its receipt; None where that is not known."""
    received = _read_moment(event.received)
    return None if received is None else event.at - received


def _read_moment(text: str | None) -> float | None:
    try:
        return datetime.fromisoformat(text or "").timestamp()
    except (ValueError, OverflowError):
        return None
