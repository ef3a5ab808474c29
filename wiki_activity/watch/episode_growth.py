"""How an episode grows from one tick to the next; nothing here is written or told."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from wiki_activity.domain.episodes import Episode, EpisodeFacts, Telling
from wiki_activity.domain.live import TICK_SECONDS, LiveDetectorName, Signal, Tick
from wiki_activity.domain.notices import FLOOR_EDITS, FLOOR_SECONDS, Moments, decide_end
from wiki_activity.watch.signals import EpisodeContext

_LOOK_EVERY_SECONDS: Final = 60
_SETTLED_SECONDS: Final = 60
"""The rate over fewer seconds is mostly chance: it does not count as the highest."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One tick of one wiki, and all that came with it.

    Parameters
    ----------
    moments
        The end of the tick, and the wall clock.
    """

    tick: Tick
    signal: Signal
    context: EpisodeContext
    moments: Moments

    @property
    def at(self) -> datetime:
        """The end of the tick."""
        return self.moments.tick

    @property
    def lately(self) -> EpisodeFacts:
        """The edits by which is judged whether it is news."""
        return self.look(self.tick.at - FLOOR_SECONDS, self.tick.at)

    def look(self, since: int, until: int) -> EpisodeFacts:
        """Look at the edits of what the signal is about."""
        # Whoever looks at whole wikis alone need not know of pages.
        page = self.signal.page
        return self.context.look(since, until) if page is None else self.context.look(since, until, page)

    def count(self, detector: LiveDetectorName) -> int:
        """Count the edits of the tick that a detector judges."""
        return self.tick.people_edits if detector.judges_people else self.tick.edits


def open_episode(project: str, detector: LiveDetectorName, seen: Seen) -> Episode:
    """Open an episode at a tick; it started a little before that."""
    tick, signal = seen.tick, seen.signal
    started_at = min(signal.started_at or tick.at - TICK_SECONDS, tick.at)
    rate = signal.rate or seen.count(detector) / TICK_SECONDS
    facts = seen.look(started_at, tick.at)
    # After a restart not all of the first minute may be known.
    unseen = max(facts.since - started_at, 0)
    return Episode(
        project=project,
        detector=detector,
        opened_at=seen.at,
        started_at=moment_of(started_at),
        updated_at=seen.at,
        rate=rate,
        usual=signal.usual,
        edits=facts.count(detector) + round(unseen * rate),
        telling=Telling.SILENT,
        # Half a minute of edits says little of who they are by.
        facts=facts if facts.edits >= FLOOR_EDITS or signal.page is not None else seen.lately,
        page=signal.page,
    )


def grow(episode: Episode, seen: Seen) -> Episode:
    """Add a tick to an open episode."""
    facts = episode.facts
    if seen.tick.at % _LOOK_EVERY_SECONDS == 0:
        facts = _choose_fuller(facts, seen.look(int(episode.started_at.timestamp()), seen.tick.at))
    rate = seen.signal.rate or 0.0
    settled = (episode.updated_at - episode.started_at).total_seconds() >= _SETTLED_SECONDS
    return replace(
        episode,
        updated_at=seen.at,
        rate=max(episode.rate, rate) if settled or not rate else rate,
        edits=episode.edits + seen.count(episode.detector),
        facts=facts,
    )


def reopen(episode: Episode, seen: Seen, *, end_was_told: bool) -> Episode:
    """Go on with a closed episode, the calm between included."""
    ended_at = episode.ended_at or episode.updated_at
    between = seen.look(int(ended_at.timestamp()), seen.tick.at)
    return replace(
        episode,
        closed_at=None,
        ended_at=None,
        why=None,
        updated_at=seen.at,
        rate=max(episode.rate, seen.signal.rate or 0.0),
        edits=episode.edits + between.count(episode.detector),
        reopened=episode.reopened + end_was_told,
        telling=Telling.HELD if episode.telling is Telling.RECOVERY else episode.telling,
    )


def close(episode: Episode, seen: Seen) -> Episode:
    """Close an open episode at a tick; it ended a little before that, and what came after does not belong to it."""
    tick, signal = seen.tick, seen.signal
    started_at = int(episode.started_at.timestamp())
    ended_at = max(started_at, min(signal.ended_at or tick.at, tick.at))
    after = seen.look(ended_at, tick.at).count(episode.detector) if ended_at < tick.at else 0
    looked = seen.look(started_at, ended_at)
    return replace(
        episode,
        updated_at=seen.at,
        closed_at=seen.at,
        ended_at=moment_of(ended_at),
        why=signal.ends,
        edits=max(episode.edits + seen.count(episode.detector) - after, 0),
        telling=decide_end(episode.telling),
        facts=looked if looked.since <= started_at else _choose_fuller(episode.facts, looked),
    )


def lose(episode: Episode) -> Episode:
    """Close an open episode that ended while nobody watched, at its last tick."""
    last = episode.updated_at
    return replace(episode, closed_at=last, ended_at=last, telling=decide_end(episode.telling))


def moment_of(seconds: int) -> datetime:
    """Return the moment of an epoch second, UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def _choose_fuller(known: EpisodeFacts | None, looked: EpisodeFacts) -> EpisodeFacts:
    return looked if known is None or looked.edits >= known.edits else known
