"""A wiki whose ticks and signals are written by hand, and a clock that moves when told."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from wiki_activity.domain.episodes import EpisodeFacts, PageEdits
from wiki_activity.domain.live import EndReason, Signal, Tick
from wiki_activity.watch.episode_keeper import EpisodeKeeper

START = int(datetime(2026, 10, 3, 14, 0, tzinfo=UTC).timestamp())
ENGLISH = "en.wikipedia.org"
USUAL = 1.2


class Clock:
    """A wall clock; `at` is in seconds after `START`."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(START, UTC) + timedelta(seconds=self.at)


@dataclass
class Wiki:
    """Ticks of one wiki, ten seconds apart, handed to a keeper.

    Parameters
    ----------
    lag
        How many seconds the wall clock is ahead of what is handed over.
    people
        How many people make the edits of each tick.
    kept_seconds
        How far a look reaches back.
    """

    keeper: EpisodeKeeper
    clock: Clock
    project: str = ENGLISH
    lag: float = 5.0
    people: int = 4
    bot_edits: int = 1
    kept_seconds: int = 900
    at: int = 0
    started: int | None = None
    edits: dict[int, int] = field(default_factory=dict)

    def look(self, since: int, until: int) -> EpisodeFacts:
        since = max(since, START + self.at - self.kept_seconds)
        people_edits = sum(n for at, n in self.edits.items() if since <= START + at - 10 and START + at <= until)
        bot_edits = self.bot_edits * len([at for at in self.edits if since <= START + at - 10 and START + at <= until])
        edits = people_edits + bot_edits
        pages = (PageEdits("Example", edits // 3, 2),)
        return EpisodeFacts(since, until, edits, bot_edits, self.people, 0.25, pages)

    def tick(self, people_edits: int = 36, *, busy: bool, ends: EndReason | None = None, ended: int = 0) -> None:
        """Hand over the next ten seconds."""
        self.at += 10
        self.edits[self.at] = people_edits
        begins = busy and self.started is None
        if begins:
            self.started = self.at - 40
        self.clock.at = max(self.clock.at, self.at + self.lag)
        self.give(people_edits, busy=busy, begins=begins, ends=ends, ended=ended)
        if not busy:
            self.started = None

    def give(self, people_edits: int, *, busy: bool, begins: bool, ends: EndReason | None, ended: int) -> None:
        tick = Tick(START + self.at, people_edits + self.bot_edits, people_edits, 0, 0, 0)
        signal = Signal(
            busy=busy,
            begins=begins,
            ends=ends,
            rate=people_edits / 10,
            usual=USUAL,
            started_at=None if self.started is None else START + self.started,
            ended_at=START + ended if ends else None,
        )
        self.keeper.on_signal(self.project, tick, signal, self)

    def calm(self, seconds: int) -> None:
        for _ in range(seconds // 10):
            self.tick(12, busy=False)

    def busy(self, seconds: int, people_edits: int = 36) -> None:
        for _ in range(seconds // 10):
            self.tick(people_edits, busy=True)

    def end(self, why: EndReason = EndReason.USUAL_AGAIN, ago: int = 30) -> None:
        """Notice the end, which was so many seconds ago."""
        self.tick(12, busy=False, ends=why, ended=self.at + 10 - ago)


def moment(at: int) -> datetime:
    """Return the moment so many seconds after `START`."""
    return datetime.fromtimestamp(START + at, UTC)
