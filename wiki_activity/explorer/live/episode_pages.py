"""Busy spells page by page, newest first."""

from datetime import UTC, datetime

from wiki_activity.domain.episodes import Episode
from wiki_activity.domain.live import LiveDetectorName
from wiki_activity.explorer.api.cursors import bad_cursor, read_cursor, write_cursor
from wiki_activity.explorer.context import Explorer
from wiki_activity.explorer.live.models import EpisodesModel
from wiki_activity.explorer.live.picture import Picture
from wiki_activity.explorer.live.views import view_episode
from wiki_activity.storage.episode_table import read_episodes

_KIND = "episodes"


def read_page(
    explorer: Explorer,
    picture: Picture,
    *,
    project: str | None,
    since: datetime | None,
    limit: int,
    cursor: str | None,
) -> EpisodesModel:
    """Read one page of busy spells.

    Raises
    ------
    ProblemError
        422 for a cursor that no page gave.
    StorageError
        If the database cannot be read.
    """
    found = read_episodes(
        explorer.engine,
        project=project,
        detectors=(explorer.settings.live_detector, LiveDetectorName.HOT_PAGE),
        since=since,
        before=None if cursor is None else _read(cursor),
        limit=limit + 1,
    )
    items, more = found[:limit], len(found) > limit
    return EpisodesModel(
        items=[view_episode(picture, one) for one in items],
        next=_write(items[-1]) if more else None,
    )


def _write(episode: Episode) -> str:
    return write_cursor(_KIND, int(episode.opened_at.timestamp()), episode.project, episode.id or 0)


def _read(cursor: str) -> tuple[datetime, str, int]:
    seconds, project, number = read_cursor(_KIND, cursor, int, str, int)
    try:
        return datetime.fromtimestamp(int(seconds), UTC), str(project), int(number)
    except (OverflowError, ValueError, OSError):
        raise bad_cursor() from None
