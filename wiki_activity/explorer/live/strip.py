"""The live strip of the board: the judged wikis' rates, who is busy, and whether anything is seen."""

from datetime import timedelta

from wiki_activity.domain.episodes import Episode
from wiki_activity.explorer.context import Explorer
from wiki_activity.explorer.live.gauges import find_gauge
from wiki_activity.explorer.live.models import StripLineModel, StripModel
from wiki_activity.explorer.live.picture import Picture
from wiki_activity.explorer.live.views import view_sight
from wiki_activity.explorer.live.wording import describe_gauge, describe_strip_spells, describe_times
from wiki_activity.watch.session import choose_judged

_MOST_LINES = 6
_WITHIN = timedelta(hours=24)


def read_strip(explorer: Explorer) -> StripModel:
    """Return the strip, at most a second old; never fails."""
    picture = explorer.live.read()
    sight = picture.sight
    spells = _list_spells(picture)
    return StripModel(
        sees=sight.is_current,
        started=sight.started,
        sentence=view_sight(picture).sentence if sight.started else "The watcher is not running: no edits are seen.",
        wikis=_list_wikis(explorer, picture),
        spells=spells,
        spells_known=picture.episodes_readable,
        spells_sentence=describe_strip_spells(sight, any_known=bool(spells), readable=picture.episodes_readable),
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


def _list_spells(picture: Picture) -> list[StripLineModel]:
    recent = [one for one in picture.spells(None) if one.closed_at is None or one.closed_at >= picture.at - _WITHIN]
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


def _is_over(spell: Episode) -> bool:
    return spell.closed_at is not None
