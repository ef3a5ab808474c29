"""Everything that live pages show, as it was at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from wiki_activity.domain.episodes import Episode, Telling
from wiki_activity.domain.stream_health import StreamHealth
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.live.minutes import Minutes
from wiki_activity.explorer.live.store_away import NOT_LOOKED
from wiki_activity.redis_store.reading import Live


@dataclass(frozen=True, slots=True)
class Picture:
    """What is known of the live stream.

    Parameters
    ----------
    at
        When it was read, UTC.
    live
        The watcher's last save; None where none was ever read.
    minutes
        Finished minutes of all wikis, as last received.
    health
        Whether all of that is of now.
    episodes
        The newest episodes of the detector that speaks, and of pages, newest first, as last read.
    episodes_readable
        Whether the database could be asked for them.
    mutes
        Until when which wikis are muted.
    wikis
        By project; empty where none is known.
    """

    at: datetime
    live: Live | None = None
    minutes: Minutes = field(default_factory=Minutes)
    health: StreamHealth = NOT_LOOKED
    episodes: tuple[Episode, ...] = ()
    episodes_readable: bool = False
    mutes: Mapping[str, datetime] = field(default_factory=dict)
    wikis: Mapping[str, Wiki] = field(default_factory=dict)

    def name(self, project: str) -> str:
        """Return a wiki's name for readers, or its project where that is not known."""
        wiki = self.wikis.get(project)
        return project if wiki is None else wiki.name

    @property
    def newest_event(self) -> int | None:
        """The newest saved event time, epoch seconds."""
        progress = None if self.live is None else self.live.progress
        return None if progress is None else progress.newest

    def episodes_of(self, project: str | None) -> list[Episode]:
        """Return the known episodes of a wiki; of all wikis those that enough people had a part in."""
        if project is None:
            return [one for one in self.episodes if one.telling is not Telling.SILENT]
        return [one for one in self.episodes if one.project == project]
