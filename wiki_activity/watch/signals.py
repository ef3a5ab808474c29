"""What the watcher hands to whoever keeps episodes: signals, and a look at the edits behind them."""

from collections.abc import Container
from dataclasses import dataclass, replace
from typing import Protocol

from wiki_activity.domain.episodes import EpisodeFacts
from wiki_activity.domain.live import Signal, Tick


class EpisodeContext(Protocol):
    """The recent article edits of one wiki: what is hot, and who is behind it."""

    def look(self, since: int, until: int, page: str | None = None) -> EpisodeFacts:
        """Sum up the edits with event times in [since, until), to ten seconds; `since` is later where no more is kept.

        Of one page, where its title is given.

        About 15 minutes are kept, and longer while an episode is open.
        """


@dataclass(frozen=True, slots=True)
class WithoutTitles:
    """A context that does not name some pages, which are gone; their edits are counted."""

    context: EpisodeContext
    titles: Container[str]

    def look(self, since: int, until: int, page: str | None = None) -> EpisodeFacts:
        """Sum up as :meth:`EpisodeContext.look` does."""
        # Whoever looks at whole wikis alone need not know of pages.
        facts = self.context.look(since, until) if page is None else self.context.look(since, until, page)
        return replace(facts, pages=tuple(one for one in facts.pages if one.title not in self.titles))


class OnSignal(Protocol):
    """Called at each tick at which a wiki is busy, becomes so, or ceases to be; in order of event time.

    It commits what it makes of them before it returns: only then the watcher saves that it has seen the tick. After a
    crash between the two the same tick comes again.

    Raises
    ------
    Exception
        Whatever says that the database is out of reach: the watcher is told which, holds everything, and calls again
        with the same tick.
    """

    def __call__(self, project: str, tick: Tick, signal: Signal, context: EpisodeContext) -> None:
        """Take the signal in."""
