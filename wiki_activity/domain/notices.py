"""Who is told what, and when: the rules by which an episode becomes a message or does not."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from wiki_activity.domain.episodes import Episode, EpisodeFacts, Telling
from wiki_activity.domain.live import EndReason

FLOOR_SECONDS: Final = 300
FLOOR_EDITS: Final = 30
FLOOR_PEOPLE: Final = 3
"""A begin is news once so many people made so many edits within so many seconds."""
CAUGHT_UP: Final = timedelta(seconds=60)
"""Lag behind the wall clock up to which what is seen is the present."""
OLD_NEWS: Final = timedelta(hours=1)
"""A begin that is found later than this waits for the digest."""
SAME_EPISODE: Final = timedelta(minutes=15)
"""What begins within this time of an end goes on with what had ended."""
BLIND_AFTER: Final = timedelta(minutes=5)
"""Without edits for so long, people are told that nothing is seen."""
LONGEST_MUTE: Final = timedelta(days=366)

_DURATION = re.compile(r"(\d{1,5})\s*(m|min|h|d)")
_UNITS = {"m": timedelta(minutes=1), "min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


class NoticeKind(StrEnum):
    """What a notice is about."""

    EPISODE = "episode"
    DIGEST = "digest"
    WATCHER = "watcher"
    RUN = "run"
    STORE = "store"

    @property
    def for_ops(self) -> bool:
        """Whether it is for those who keep this program running."""
        return self in {NoticeKind.WATCHER, NoticeKind.RUN, NoticeKind.STORE}

    @property
    def is_live(self) -> bool:
        """Whether it counts among the live messages, of which there are at most so many an hour."""
        return self is NoticeKind.EPISODE


class Phase(StrEnum):
    """Which message about a subject it is."""

    BEGIN = "begin"
    END = "end"
    BLIND = "blind"
    AWAY = "away"
    RECOVERED = "recovered"
    FAILED = "failed"
    DIGEST = "digest"
    CORRECTION = "correction"
    FOUND = "found"


class DurationError(ValueError):
    """A text that is no duration; the message says how to write one."""


@dataclass(frozen=True, slots=True)
class Moments:
    """When something was found.

    Parameters
    ----------
    tick
        Event time.
    now
        Wall clock; earlier than `tick` where a simulation runs ahead.
    """

    tick: datetime
    now: datetime

    @property
    def caught_up(self) -> bool:
        """Whether what is seen now is the present."""
        return self.now - self.tick <= CAUGHT_UP


def is_news(facts: EpisodeFacts) -> bool:
    """Tell whether enough people made enough edits; one person's run on a small wiki is no news.

    Parameters
    ----------
    facts
        Of the last :data:`FLOOR_SECONDS`.
    """
    return facts.people_edits >= FLOOR_EDITS and facts.people >= FLOOR_PEOPLE


def decide_begin(telling: Telling, opened_at: datetime, at: Moments, *, news: bool, muted: bool) -> Telling:
    """Decide what becomes of the begin of an open episode; asked at every tick, until it is told.

    Parameters
    ----------
    telling
        What was decided so far; `SILENT` for a new episode.
    opened_at
        When it was opened.
    at
        Now.
    news
        Whether what was seen lately is enough to be told, as :func:`is_news` says of a wiki.
    muted
        Whether its wiki is muted now.
    """
    if telling not in {Telling.SILENT, Telling.HELD, Telling.MUTED}:
        return telling
    if telling is Telling.SILENT and not news:
        return Telling.SILENT
    if not at.caught_up:
        return Telling.HELD
    if muted:
        return Telling.MUTED
    # What was too small so far is news from the moment at which it is not.
    known_at = at.tick if telling is Telling.SILENT else opened_at
    return Telling.DIGEST if at.now - known_at > OLD_NEWS else Telling.TOLD


def decide_end(telling: Telling) -> Telling:
    """Decide what becomes of an episode that was just closed; `TOLD` means that its end is told too."""
    return Telling.RECOVERY if telling is Telling.HELD else telling


def is_same_episode(ended: Episode, opens_at: datetime) -> bool:
    """Tell whether an episode that opens now goes on with the wiki's last one.

    Not where the last one ended because its rate had become the usual one: what is found then is beyond that.
    """
    if ended.ended_at is None or ended.why is EndReason.NEW_USUAL_LEVEL:
        return False
    return opens_at - ended.ended_at <= SAME_EPISODE


def parse_duration(text: str) -> timedelta:
    """Read `30m`, `24h` or `7d`.

    Raises
    ------
    DurationError
        If it is none, or longer than a year.
    """
    match = _DURATION.fullmatch(text.strip().lower())
    duration = int(match[1]) * _UNITS[match[2]] if match else timedelta(0)
    if not timedelta(0) < duration <= LONGEST_MUTE:
        msg = f"not a duration: {text!r}; write minutes, hours or days up to a year, for example 30m, 24h or 7d"
        raise DurationError(msg)
    return duration
