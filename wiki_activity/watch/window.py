"""Article edits counted by wiki and second of event time, each once, whatever order and pieces they come in."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from wiki_activity.domain.live import TICK_SECONDS, Tick
from wiki_activity.livestore.counts import decode_counts
from wiki_activity.livestore.records import Held, Progress, Saved, Totals
from wiki_activity.watch.event_ids import KEPT_SECONDS as KEPT_IDS_SECONDS
from wiki_activity.watch.event_ids import EventIds
from wiki_activity.watch.history import History
from wiki_activity.watch.people import KEPT_SECONDS, LONGEST_SPELL_SECONDS, People
from wiki_activity.watch.rate_window import RateWindow
from wiki_activity.wikimedia.events import Edit
from wiki_activity.wikimedia.refusals import BrokenMessages

HOLD_SECONDS: Final = 5
"""Seconds close so far behind the newest event."""
FAR_AHEAD_SECONDS: Final = 60
_AGREEING: Final = 10
_YEAR_2001: Final = 978_307_200
_YEAR_2100: Final = 4_102_444_800
_LONGEST_GAP_SECONDS: Final = 6 * 3600
_MOST_WIKIS: Final = 5000


class WikiTick(NamedTuple):
    """One wiki's tick.

    Parameters
    ----------
    project
        The wiki.
    tick
        Ten seconds of it.
    is_first
        Whether there was none before it, or such a long gap that what came before tells nothing.
    """

    project: str
    tick: Tick
    is_first: bool


class Window:
    """Counts edits; the newest event time is its only clock.

    A second is closed, and its counts are final, when an event more than five seconds newer has come; what comes for it
    later is late. Event times more than a minute ahead are held until ten in a row agree, by lying within a minute or
    by never going back; then the clock moves to them. If an event contradicts them before that they are refused.

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
    """

    def __init__(
        self,
        judged: Collection[str] | None,
        broken: BrokenMessages,
        *,
        window_seconds: int = 120,
        far_ahead_seconds: int = FAR_AHEAD_SECONDS,
        people_key: bytes = b"",
    ) -> None:
        self.newest: int | None = None
        """Newest event time; None before the first edit."""
        self.closed_until = 0
        """Seconds before it are closed."""
        self.history = History()
        self.ids = EventIds()
        self.people: dict[str, People] = {}
        self.window_seconds = window_seconds
        self._judged = judged
        self._broken = broken
        self._far_ahead_seconds = far_ahead_seconds
        self._people_key = people_key
        self._open: dict[int, dict[str, list[int]]] = {}
        self._held: list[Edit] = []
        self._due: list[WikiTick] = []
        self._rates: dict[str, RateWindow] = {}
        self._ticked_from = 0
        self._started: set[str] = set()
        self._closed: dict[str, int] = {}
        self._late: dict[str, int] = {}
        self._repeats: dict[str, int] = {}
        self._changed: set[str] = set()
        self._spells: dict[str, int] = {}

    def add(self, edits: Iterable[Edit]) -> Iterator[WikiTick]:
        """Count edits, and yield each tick when it is due, in order of event time: nothing later is counted before."""
        due = self._due
        for edit in edits:
            if self.newest is None or not self.closed_until <= edit.at <= self.newest:
                admitted = self._admit(edit)
                if due:
                    yield from due
                    due.clear()
                if not admitted:
                    continue
            elif self._held:
                self._refuse_held()
            self._take(edit)

    def _take(self, edit: Edit) -> None:
        """Count an edit of an open second."""
        at, project = edit.at, edit.project
        if not self.ids.add(at, edit.event_id):
            self._count(self._repeats, project)
            return
        counts = self._open.get(at)
        if counts is None:
            counts = self._open[at] = {}
        pair = counts.get(project)
        if pair is None:
            if project not in self._closed and len(self._closed) >= _MOST_WIKIS:
                self._broken.add("a wiki beyond all there can be", project)
                return
            counts[project] = [1, int(edit.is_bot)]
        else:
            pair[0] += 1
            pair[1] += edit.is_bot
        if self._judged is None or project in self._judged:
            self.people_of(project).add(at, edit.title, edit.user, is_bot=edit.is_bot)

    def finish(self) -> Iterator[WikiTick]:
        """Close all seconds, since nothing comes any more, and yield the ticks that are complete."""
        if self.newest is None and self._held:
            self._move_clock_to_held()
        self._refuse_held()
        if self.newest is not None:
            self._close(self.newest + 1)
        yield from self._due
        self._due.clear()

    def people_of(self, project: str) -> People:
        """Return who edits a wiki."""
        people = self.people.get(project)
        if people is None:
            people = self.people[project] = People(self._people_key, self.closed_until)
        return people

    def list_totals(self) -> dict[str, Totals]:
        """List what became of the edits of the wikis that had any since the last save."""
        opened: dict[str, int] = {}
        for counts in self._open.values():
            for project, (edits, _) in counts.items():
                opened[project] = opened.get(project, 0) + edits
        broken = self._broken.by_project
        return {
            project: Totals(
                edits=self._closed.get(project, 0) + opened.get(project, 0),
                late=self._late.get(project, 0),
                repeats=self._repeats.get(project, 0),
                broken=broken[project],
            )
            for project in self._changed | opened.keys() | (broken.keys() - {""})
        }

    def list_rates(self) -> dict[str, RateWindow]:
        """List the windows of the judged wikis as of the closed seconds."""
        for rate in self._rates.values():
            rate.move(self.closed_until)
        return self._rates

    def progress(self) -> Progress:
        """Return how far this is, with all that is not closed yet."""
        return Progress(
            newest=self.newest,
            closed_until=self.closed_until,
            ticked_from=self._ticked_from,
            open={
                second: {name: (edits, bots) for name, (edits, bots) in counts.items()}
                for second, counts in self._open.items()
            },
            held=[Held(edit.project, edit.at, edit.is_bot, edit.event_id) for edit in self._held],
            kinds=dict(self._broken.kinds),
            unattributed=self._broken.by_project[""],
        )

    def forget_saved(self) -> None:
        """Note that all changes are saved."""
        self._changed.clear()
        self.history.forget_saved(self.closed_until)
        self.ids.forget_saved()
        for people in self.people.values():
            people.forget_saved()

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
        for project, totals in saved.totals.items():
            self._late[project], self._repeats[project] = totals.late, totals.repeats
            self._closed[project] = totals.edits
            self._broken.by_project[project] = totals.broken
        self._broken.by_project[""] = progress.unattributed
        self._broken.kinds.update(progress.kinds)
        self._held = [Edit(held.project, held.at, held.is_bot, held.event_id) for held in progress.held]
        if progress.newest is None:
            return
        self._start_again(progress.closed_until)
        self.newest, self._ticked_from = progress.newest, progress.ticked_from
        self._started = {project for project in ticked if self._is_judged(project)}
        for project in self._started:
            self._rates.setdefault(project, RateWindow(self.window_seconds))
        for second, counts in progress.open.items():
            self._open[second] = {project: list(pair) for project, pair in counts.items()}
            for project, (edits, _) in counts.items():
                self._closed[project] -= edits
        self.ids.restore(saved.ids)
        self.history.restore(self.closed_until, saved.seconds, saved.minutes)
        self._restore_rates(saved.seconds)
        by_project: dict[str, dict[int, bytes]] = {}
        for minute, fields in saved.people.items():
            for project, spans in fields.items():
                by_project.setdefault(project, {})[minute] = spans
        for project, minutes in by_project.items():
            if self._is_judged(project):
                self.people[project] = People(self._people_key, self.closed_until)
                self.people[project].restore(minutes)

    def _is_judged(self, project: str) -> bool:
        return self._judged is None or project in self._judged

    def _restore_rates(self, saved: Mapping[int, Mapping[str, str]]) -> None:
        seconds: dict[str, list[tuple[int, int, int]]] = {}
        for minute in sorted(saved):
            for project, text in saved[minute].items():
                if self._is_judged(project):
                    counts = decode_counts(text).items()
                    seconds.setdefault(project, []).extend((60 * minute + place, *pair) for place, pair in counts)
        for project, its_seconds in seconds.items():
            rate = self._rates.setdefault(project, RateWindow(self.window_seconds))
            rate.restore(its_seconds, self.closed_until)

    def keep_people_since(self, project: str, since: int | None) -> None:
        """Keep who edited a wiki since then, as long as its episode is open; None lets go again."""
        if since is None:
            self._spells.pop(project, None)
        else:
            self._spells[project] = since

    def _admit(self, edit: Edit) -> bool:
        """Decide on an event time that is not within the open seconds; tell whether to count it now."""
        at, newest = edit.at, self.newest
        if not _YEAR_2001 <= at < _YEAR_2100:
            self._broken.add("an event time before 2001 or after 2099", str(at), edit.project)
            return False
        if newest is None:
            if not _is_plausible(edit):
                self._hold(edit)
                return False
            self._start_clock(at)
            held, self._held = self._held, []
            for one in held:
                if self.closed_until <= one.at <= at or self._admit(one):
                    self._take(one)
            return self.closed_until <= at
        if at > newest + self._far_ahead_seconds:
            self._hold(edit)
            return False
        self._refuse_held()
        if at > newest:
            self.newest = at
            self._close(at - HOLD_SECONDS)
            return True
        self._count_late(edit, newest)
        return False

    def _hold(self, edit: Edit) -> None:
        if any(held.event_id == edit.event_id for held in self._held):
            self._count(self._repeats, edit.project)
            return
        self._held.append(edit)
        if len(self._held) < _AGREEING:
            return
        times = [held.at for held in self._held]
        if times == sorted(times) or max(times) - min(times) <= FAR_AHEAD_SECONDS:
            self._move_clock_to_held()
        else:
            self._refuse(self._held.pop(0))

    def _move_clock_to_held(self) -> None:
        held, self._held = self._held, []
        if self.newest is None:
            self._start_clock(min(edit.at for edit in held))
        # By time, so that none of them is far ahead of the one before, or late, because of the order.
        for edit in sorted(held, key=lambda edit: edit.at):
            self.newest = max(edit.at, self.newest or 0)
            self._close(edit.at - HOLD_SECONDS)
            self._take(edit)

    def _refuse_held(self) -> None:
        for edit in self._held:
            self._refuse(edit)
        self._held.clear()

    def _refuse(self, edit: Edit) -> None:
        self._broken.add("an event time far ahead of the others", str(edit.at), edit.project)

    def _count_late(self, edit: Edit, newest: int) -> None:
        is_new = edit.at < newest - KEPT_IDS_SECONDS or self.ids.add(edit.at, edit.event_id)
        self._count(self._late if is_new else self._repeats, edit.project)

    def _count(self, counts: dict[str, int], project: str) -> None:
        counts[project] = counts.get(project, 0) + 1
        self._changed.add(project)

    def _start_clock(self, at: int) -> None:
        self.newest = at
        self._start_again(at - HOLD_SECONDS)

    def _start_again(self, at: int) -> None:
        """Let everything begin at a second: what came before tells nothing of what comes."""
        self.closed_until = at
        self._ticked_from = at + -at % TICK_SECONDS
        self._started = set()
        self._rates = {project: RateWindow(self.window_seconds) for project in self._judged or ()}

    def _close(self, until: int) -> None:
        if until - self.closed_until > _LONGEST_GAP_SECONDS:
            self._close(self.closed_until + self.window_seconds)
            self._start_again(until)
        for second in range(self.closed_until, until):
            counts = self._open.pop(second, None)
            if counts:
                self._close_second(second, counts)
            if (second + 1) % TICK_SECONDS == 0:
                self._tick(second + 1)
        self.closed_until = max(self.closed_until, until)

    def _close_second(self, second: int, counts: dict[str, list[int]]) -> None:
        self.history.record(second, counts)
        for project, (edits, bots) in counts.items():
            self._closed[project] = self._closed.get(project, 0) + edits
            self._changed.add(project)
            rate = self._rates.get(project)
            if rate is None:
                if self._judged is not None:
                    continue
                rate = self._rates[project] = RateWindow(self.window_seconds)
            rate.add(second, edits, bots)

    def _tick(self, at: int) -> None:
        whole = at - TICK_SECONDS >= self._ticked_from
        for project, rate in self._rates.items():
            tick = rate.tick(at)
            if whole:
                self._due.append(WikiTick(project, tick, is_first=project not in self._started))
                self._started.add(project)
        self.ids.forget(self.newest or at)
        for project, people in self.people.items():
            since = min(at - KEPT_SECONDS, self._spells.get(project, at))
            people.forget(max(since, at - LONGEST_SPELL_SECONDS))


def _is_plausible(edit: Edit) -> bool:
    """Tell whether the very first event time fits when the message was received."""
    try:
        received = datetime.fromisoformat(edit.received or "").timestamp()
    except ValueError:
        return False
    return edit.at <= received + FAR_AHEAD_SECONDS
