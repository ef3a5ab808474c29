"""Article edits counted by wiki and second of event time, each once, whatever order and pieces they come in."""

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final

from wiki_activity.domain.event_clock import FAR_AHEAD_SECONDS, EventClock
from wiki_activity.domain.live import TICK_SECONDS
from wiki_activity.redis_store.live_state import HeldEdit, Progress, Saved, Totals
from wiki_activity.watch.clock_notes import ClockNotes
from wiki_activity.watch.closing import Closing
from wiki_activity.watch.day_counts import DayCounts
from wiki_activity.watch.day_hashtags import DayHashtags
from wiki_activity.watch.event_ids import EventIds
from wiki_activity.watch.history import History
from wiki_activity.watch.open_limit import HOLD_SECONDS, OpenLimit
from wiki_activity.watch.rate_window import RateWindow
from wiki_activity.watch.tally import Tally
from wiki_activity.watch.ticking import WikiTick
from wiki_activity.watch.who_edits import People, PeopleByWiki
from wiki_activity.wikimedia.events import Edit
from wiki_activity.wikimedia.refusals import BrokenMessages

_EARLIEST_START_SECONDS: Final = 3600
_MOST_WIKIS: Final = 5000
_MANY_OPEN: Final = 20_000


class Window:
    """Counts edits; the newest event time that is believed (:class:`EventClock`) is its only clock.

    A second is closed, and its counts are final, when an event more than five seconds newer has come; what comes for it
    later is late. While topics of the stream lag behind (:class:`Frontier`) it stays open until they, too, are five
    seconds past it. Until a first second has closed, the beginning moves back to earlier events, by an hour at most.

    Parameters
    ----------
    judged
        The wikis that get ticks; None for all that are edited.
    broken
        Where to count event times that are refused.
    window_seconds
        Length of the window that ticks and rates look back on.
    far_ahead_seconds
        How far ahead of the newest an event time may be by itself.
    people_key
        For the hashes of users' names.
    wall
        Our wall clock, epoch seconds.
    """

    def __init__(
        self,
        judged: Collection[str] | None,
        broken: BrokenMessages,
        *,
        window_seconds: int = 120,
        far_ahead_seconds: int = FAR_AHEAD_SECONDS,
        people_key: bytes = b"",
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.was_put_back = False
        """Whether the clock was put back: what was stored of the running minute and hour is then not known here."""
        self.ids = EventIds()
        self._is_new = self.ids.add
        self.people = PeopleByWiki(people_key)
        self._judged = judged
        self._broken = broken
        self._tally = Tally(broken)
        self._clock: EventClock[Edit] = EventClock(
            self._refuse, lambda edit: self._tally.count_repeat(edit.project), wall, far_ahead_seconds
        )
        self._limit = OpenLimit(wall)
        self.days = DayCounts()
        self._count_day = self.days.count
        self.hashtags = DayHashtags()
        self._closing = Closing(judged, self._tally, self.people, self.days.coverage, window_seconds)
        self._open = self._closing.open
        self._count_open = self._open.add
        self._known: set[str] = set()
        self._unread = broken.unread
        self._lately = self._clock.lately
        self._notes = ClockNotes(wall)

    @property
    def closed_until(self) -> int:
        """Seconds before it are closed."""
        return self._closing.until

    @property
    def history(self) -> History:
        """The counts of closed seconds."""
        return self._closing.history

    @property
    def newest(self) -> int | None:
        """Newest event time; None before the first edit."""
        return self._clock.newest

    @property
    def is_wide(self) -> bool:
        """Whether so many seconds are open that saving them twice a second is too much."""
        return self._open.size > _MANY_OPEN

    @property
    def clock_note(self) -> str | None:
        """What is to be said of the clock, in words; None as a rule."""
        return self._notes.describe(self._clock.ahead_seconds)

    def add(self, edits: Iterable[Edit]) -> Iterator[WikiTick]:
        """Count edits, and yield each tick when it is due, in order of event time: nothing later is counted before."""
        due, clock, take = self._closing.due, self._clock, self._take
        closed_until, newest = self.closed_until, clock.newest or -1
        read = late = 0
        for edit in edits:
            if closed_until <= edit.at <= newest:
                if clock.held:
                    clock.contradict()
                read += 1
                take(edit)
                continue
            for one in clock.take(edit):
                read += 1
                is_open = self._move_to(one.at)
                if due:
                    yield from due
                    due.clear()
                if is_open:
                    take(one)
                else:
                    late += 1
                    self._count_late(one)
            closed_until, newest = self.closed_until, clock.newest or -1
        self._broken.note_read(read)
        if read > late:
            self._notes.note_counted()
        clock.note_on_time(read - late)

    def prepare(self, resume_id: str, monotonic: float) -> None:
        """Learn which topics there are before the edits of a piece are counted.

        Parameters
        ----------
        resume_id
            After the piece; empty where there is none.
        monotonic
            When it was read, seconds that only go up.
        """
        self._limit.note_piece(resume_id, monotonic)
        self._find_limit()

    def reach(self, resume_id: str, times: Collection[int] = ()) -> Iterator[WikiTick]:
        """Learn how far the topics are after the edits of a piece were counted, close what can be, yield the ticks.

        Parameters
        ----------
        resume_id
            As of :meth:`prepare`; before the first piece, where the stream resumes.
        times
            Event times of its edits.
        """
        self._limit.note_reached(resume_id, times)
        self._find_limit()
        if self.newest is not None:
            self._close(self.newest - HOLD_SECONDS)
        yield from self._closing.take_due()

    def finish(self) -> Iterator[WikiTick]:
        """Close all seconds, since nothing comes any more, and yield the ticks that are complete."""
        self._closing.limit = float("inf")
        for edit in self._clock.release_held():
            if self._move_to(edit.at):
                self._take(edit)
        self._clock.refuse_held()
        while self.newest is not None and self.closed_until <= self.newest:
            self._close(self.newest + 1)
            yield from self._closing.take_due()

    def people_of(self, project: str) -> People:
        """Return who edits a wiki."""
        return self.people.find(project, self.closed_until)

    def list_totals(self) -> dict[str, Totals]:
        """List what became of the edits of the wikis that had any since the last save."""
        return self._tally.list_changed(self._open.count_by_project())

    def list_rates(self) -> dict[str, RateWindow]:
        """List the windows of the judged wikis as of the closed seconds."""
        rates = self._closing.ticking.rates
        for rate in rates.values():
            rate.move(self.closed_until)
        return rates

    def progress(self) -> Progress:
        """Return how far this is, with all that is not closed yet."""
        return Progress(
            newest=self.newest,
            closed_until=self.closed_until,
            ticked_from=self._closing.ticking.ticked_from,
            open=self._open.list_all(),
            held=[
                HeldEdit(edit.project, edit.at, edit.is_bot, edit.event_id, edit.is_logged_out, edit.is_article)
                for edit in self._clock.held
            ],
            kinds=dict(self._broken.kinds),
            unattributed=self._broken.by_project[""],
            days=self.days.describe(),
        )

    def forget_saved(self) -> None:
        """Note that all changes are saved."""
        self._tally.forget_saved()
        self.history.forget_saved(self.closed_until)
        self.ids.forget_saved()
        self.people.forget_saved()
        self.days.forget_saved()

    def mark_all_unsaved(self) -> None:
        """Note that nothing is saved: a store that was emptied, or lost a part, gets all that is known here again."""
        self._tally.mark_all_unsaved()
        self.history.mark_all_unsaved()
        self.ids.mark_all_unsaved()
        self.people.mark_all_unsaved()
        self.days.mark_all_unsaved()

    def restore(self, saved: Saved, ticked: Collection[str]) -> None:
        """Go on where an earlier watcher was.

        Parameters
        ----------
        saved
            What that one saved.
        ticked
            The wikis whose detectors have seen the last tick.
        """
        progress = saved.progress
        self._broken.by_project[""] = progress.unattributed
        self._broken.kinds.update(progress.kinds)
        self._clock.held = [
            Edit(
                held.project,
                held.at,
                held.is_bot,
                held.event_id,
                is_logged_out=held.is_logged_out,
                is_article=held.is_article,
            )
            for held in progress.held
        ]
        self._open.restore(progress.open)
        if saved.days is not None:
            self.days.restore(progress.days, saved.days)
        self._tally.restore(saved.totals, self._open.count_by_project())
        self._known = {project for project, totals in saved.totals.items() if totals.edits}
        for _ in self.reach(saved.resume_id):
            pass
        self.ids.restore(saved.ids)
        if progress.newest is None:
            return
        self._closing.restore(saved, ticked)
        self._clock.newest = progress.newest
        judged = {name for fields in saved.people.values() for name in fields if self._closing.ticking.is_judged(name)}
        self.people.restore(saved.people, judged, self.closed_until)

    def _take(self, edit: Edit) -> None:
        """Count an edit of an open second."""
        at, project = edit.at, edit.project
        if project not in self._known and not self._get_to_know(project):
            return
        if project in self._unread:
            self._broken.note_wiki_read(project)
        if not self._is_new(at, edit.event_id):
            self._tally.count_repeat(project)
            return
        self._count_day(at, project, edit.is_bot, edit.is_logged_out)
        if edit.hashtags:
            self._count_hashtags(edit)
        if not edit.is_article:
            return
        if self._count_open(at, project, edit.is_bot):
            self._lately[project] = at
        if self._judged is None or project in self._judged:
            self.people_of(project).add(
                at, edit.title, edit.user, is_bot=edit.is_bot, is_new=edit.is_new, hashtags=edit.hashtags
            )

    def _count_hashtags(self, edit: Edit) -> None:
        self.hashtags.count(edit.at, edit.project, edit.hashtags, None if edit.is_logged_out else edit.user)

    def _get_to_know(self, project: str) -> bool:
        if len(self._known) >= _MOST_WIKIS and project not in (self._judged or ()):
            self._broken.add(f"a wiki beyond the {_MOST_WIKIS:,} that are told apart", project)
            return False
        self._known.add(project)
        return True

    def _move_to(self, at: int) -> bool:
        """Let the clock go on to an event time, if it is newer; tell whether its second is open."""
        clock = self._clock
        if not self._closing.has_closed and (not self.closed_until or self._is_earlier_start(at)):
            self._closing.start_again(at - HOLD_SECONDS)
        if clock.newest is None or at > clock.newest:
            clock.newest = at
        if at == clock.newest:
            self._close(at - HOLD_SECONDS)
        return at >= self.closed_until

    def _is_earlier_start(self, at: int) -> bool:
        return self.closed_until - _EARLIEST_START_SECONDS <= at < self.closed_until

    def _count_late(self, edit: Edit) -> None:
        if self.ids.has(edit.at, edit.event_id):
            self._tally.count_repeat(edit.project)
            return
        self.ids.add(edit.at, edit.event_id)
        self._count_day(edit.at, edit.project, edit.is_bot, edit.is_logged_out)
        if edit.hashtags:
            self._count_hashtags(edit)
        if edit.is_article:
            self._tally.count_late(edit.project)
            self._notes.note_late((self.newest or edit.at) - edit.at)
        back = self._clock.note_late(edit)
        if back is not None:
            self._put_back(back)

    def _put_back(self, at: int) -> None:
        """Put the clock back after it went wrong: detectors begin anew, and what was counted ahead is refused."""
        self._notes.note_put_back(at, (self.newest or at) - at)
        self.days.doubt(at, self.newest or at)
        self.hashtags.doubt(at)
        for project, edits in self._open.clear():
            self._broken.add("an event time far ahead of the others", f"before {at}", project, edits)
            self._tally.mark_changed([project])
        self._clock.put_back(at)
        self._closing.history = History()
        self.people.clear()
        self._closing.start_again(at - HOLD_SECONDS)
        self.was_put_back = True

    def _refuse(self, edit: Edit, why: str) -> None:
        self._broken.add(why, str(edit.at), edit.project)

    def _find_limit(self) -> None:
        self._closing.limit = self._limit.find(self.newest, self._open.size)
        self._clock.is_patient = self._limit.is_patient

    def _close(self, until: int) -> None:
        """Close seconds up to one, as far as no topic is waited for."""
        before = self.closed_until
        self._closing.close(until)
        if self.closed_until // TICK_SECONDS > before // TICK_SECONDS and not self._clock.is_patient:
            # Ten seconds went by; where hours are closed at once, or not yet, that tells nothing of what comes again.
            self.ids.turn()
