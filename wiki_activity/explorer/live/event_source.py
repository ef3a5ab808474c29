"""The events of the live stream: what a viewer missed, and what is new from one picture to the next."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from pydantic import BaseModel

from wiki_activity.domain.episodes import Episode
from wiki_activity.explorer.live.models import EpisodeEventModel, SnapshotModel
from wiki_activity.explorer.live.picture import Picture
from wiki_activity.explorer.live.views import view_episode, view_point, view_snapshot, view_stream_health
from wiki_activity.settings import Settings

_RESENT = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the stream.

    Parameters
    ----------
    name
        `snapshot`, `point`, `episode`, `blind` or `reconnect`.
    data
        JSON.
    id
        The minute to go on after; None where the event brings no further.
    """

    name: str
    data: str
    id: int | None = None


def list_missed(picture: Picture, settings: Settings, project: str | None, after: int | None) -> list[Event]:
    """List what a new viewer gets first: how things are, and what came after a minute that it has.

    Episodes come whole each time, so that one of them sent again does no harm.
    """
    events = [_event("snapshot", view_snapshot(picture, settings, project))]
    if after is None:
        return events
    events += _list_points(picture, project, after)
    newest = picture.newest_event
    for episode in reversed(picture.episodes_of(project)):
        behind = 0.0 if newest is None else newest - episode.updated_at.timestamp()
        if episode.closed_at is None or behind < _RESENT.total_seconds():
            change: Literal["updated", "closed"] = "updated" if episode.closed_at is None else "closed"
            events.append(_tell_episode(picture, episode, change))
    return events


def list_news(before: Picture, now: Picture, settings: Settings, project: str | None) -> list[Event]:
    """List what is new for the viewers of a wiki, or of all together."""
    events = []
    if now.health != before.health:
        events.append(_event("blind", view_stream_health(now)))
    if now.minutes.until > before.minutes.until:
        events += _list_points(now, project, before.minutes.newest)
    events += _list_episode_news(before, now, project)
    snapshot = view_snapshot(now, settings, project)
    if _differs(view_snapshot(before, settings, project), snapshot):
        events.append(_event("snapshot", snapshot))
    return events


def reconnect() -> Event:
    """Make the last event of a viewer that was too slow."""
    return Event("reconnect", "{}")


def _list_points(picture: Picture, project: str | None, after: int | None) -> list[Event]:
    return [_event("point", view_point(one), one.minute) for one in picture.minutes.series(project, after)]


def _list_episode_news(before: Picture, now: Picture, project: str | None) -> Iterator[Event]:
    if now.episodes is before.episodes:
        return
    known = {one.subject: one for one in before.episodes_of(project)}
    for episode in reversed(now.episodes_of(project)):
        old = known.get(episode.subject)
        if old == episode:
            continue
        if episode.closed_at is not None:
            yield _tell_episode(now, episode, "closed")
        else:
            yield _tell_episode(now, episode, "opened" if old is None or old.closed_at is not None else "updated")


def _tell_episode(picture: Picture, episode: Episode, change: Literal["opened", "updated", "closed"]) -> Event:
    return _event("episode", EpisodeEventModel(**dict(view_episode(picture, episode)), change=change))


def _differs(one: SnapshotModel, other: SnapshotModel) -> bool:
    # How far all is behind the clock grows by itself while nothing comes.
    return one.model_copy(update={"behind_seconds": None}) != other.model_copy(update={"behind_seconds": None})


def _event(name: str, data: BaseModel, at: int | None = None) -> Event:
    return Event(name, data.model_dump_json(), at)
