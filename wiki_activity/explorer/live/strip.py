"""The live strip of the board: the judged wikis' rates, who is busy, and whether anything is seen."""

from datetime import timedelta

from wiki_activity.domain.episodes import Episode
from wiki_activity.explorer.context import Explorer
from wiki_activity.explorer.live.gauges import find_gauge
from wiki_activity.explorer.live.live_wording import describe_gauge, describe_strip_episodes, describe_times
from wiki_activity.explorer.live.models import StripLineModel, StripModel
from wiki_activity.explorer.live.picture import Picture
from wiki_activity.explorer.live.views import view_stream_health
from wiki_activity.watch.session import choose_judged

_MOST_LINES = 6
_WITHIN = timedelta(hours=24)


def read_strip(explorer: Explorer) -> StripModel:
    """Return the strip, at most a second old; never fails."""
    picture = explorer.live.read()
    health = picture.health
    episodes = _list_episodes(picture)
    return StripModel(
        sees=health.is_current,
        started=health.started,
        sentence=view_stream_health(picture).sentence
        if health.started
        else "The watcher is not running: no edits are seen.",
        wikis=_list_wikis(explorer, picture),
        episodes=episodes,
        episodes_known=picture.episodes_readable,
        episodes_sentence=describe_strip_episodes(health, any_known=bool(episodes), readable=picture.episodes_readable),
    )


def _list_wikis(explorer: Explorer, picture: Picture) -> list[StripLineModel]:
    if picture.live is None or picture.newest_event is None:
        return []
    judged = choose_judged(explorer.settings, picture.wikis)
    projects = sorted(picture.live.rates if judged is None else judged)
    gauges = [(project, find_gauge(picture, explorer.settings, project)) for project in projects]
    gauges.sort(key=lambda one: (not one[1].busy, -(one[1].rate or 0.0)))
    return [
        StripLineModel(
            key=project, project=project, name=picture.name(project), busy=gauge.busy, words=describe_gauge(gauge)
        )
        for project, gauge in gauges[:_MOST_LINES]
    ]


def _list_episodes(picture: Picture) -> list[StripLineModel]:
    recent = [
        one for one in picture.episodes_of(None) if one.closed_at is None or one.closed_at >= picture.at - _WITHIN
    ]
    recent.sort(key=_is_over)
    return [
        StripLineModel(
            key=one.subject,
            project=one.project,
            name=picture.name(one.project),
            busy=not _is_over(one),
            words=describe_times(one),
        )
        for one in recent[:_MOST_LINES]
    ]


def _is_over(episode: Episode) -> bool:
    return episode.closed_at is not None
