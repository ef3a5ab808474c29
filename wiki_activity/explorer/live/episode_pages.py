"""Busy spells page by page, newest first."""

from datetime import UTC, datetime
from http import HTTPStatus

from wiki_activity.domain.episodes import Episode
from wiki_activity.explorer.context import Explorer
from wiki_activity.explorer.live.models import EpisodesModel
from wiki_activity.explorer.live.picture import Picture
from wiki_activity.explorer.live.views import view_episode
from wiki_activity.explorer.problems import FieldError, ProblemError
from wiki_activity.storage.episodes import read_episodes

_FORM = "%Y%m%dT%H%M%SZ"


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
        detector=explorer.settings.live_detector,
        since=None if since is None else since.replace(tzinfo=since.tzinfo or UTC).astimezone(UTC),
        before=None if cursor is None else _read_cursor(cursor),
        limit=limit + 1,
    )
    items, more = found[:limit], len(found) > limit
    return EpisodesModel(
        items=[view_episode(picture, one) for one in items],
        next=_write_cursor(items[-1]) if more else None,
    )


def _write_cursor(episode: Episode) -> str:
    return f"{episode.opened_at:{_FORM}}_{episode.project}"


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    moment, _, project = cursor.partition("_")
    try:
        return datetime.strptime(moment, _FORM).replace(tzinfo=UTC), project
    except ValueError:
        error = FieldError("cursor", "must be the `next` of an earlier answer")
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "Not understood", errors=[error]) from None
