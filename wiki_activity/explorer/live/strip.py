"""The live strip of the board: the judged wikis' rates, who is busy, and whether anything is seen."""

from dataclasses import dataclass

from wiki_activity.explorer.context import Explorer
from wiki_activity.explorer.live.gauges import Gauge, find_gauge
from wiki_activity.explorer.live.models import EpisodeModel
from wiki_activity.explorer.live.views import view_episode, view_sight
from wiki_activity.watch.session import choose_judged

_MOST_WIKIS = 6


@dataclass(frozen=True, slots=True)
class StripWiki:
    """One judged wiki.

    Parameters
    ----------
    name
        For readers.
    gauge
        How fast it is edited; `rate`, `usual`, `times`, `busy`.
    """

    project: str
    name: str
    gauge: Gauge


@dataclass(frozen=True, slots=True)
class Strip:
    """What the board shows of the live stream.

    Parameters
    ----------
    sees
        Whether edits are seen now; if not, all the rest is as last received.
    sentence
        The same in words.
    wikis
        Judged wikis: busy ones first, then those with the most edits.
    spells
        Busy spells that are open.
    spells_known
        Whether the database could be asked for them.
    """

    sees: bool
    sentence: str
    wikis: tuple[StripWiki, ...]
    spells: tuple[EpisodeModel, ...]
    spells_known: bool


def read_strip(explorer: Explorer) -> Strip:
    """Return the strip, at most a second old; never fails."""
    picture = explorer.live.read()
    judged = choose_judged(explorer.settings)
    if judged is None:
        judged = frozenset(picture.live.rates if picture.live is not None else ())
    gauges = [find_gauge(picture, explorer.settings, project) for project in sorted(judged)]
    gauges.sort(key=lambda one: (not one.busy, -(one.rate or 0.0)))
    sight = view_sight(picture)
    return Strip(
        sees=sight.sees,
        sentence=sight.sentence,
        wikis=tuple(
            StripWiki(one.project, picture.name(one.project), one)
            for one in gauges[:_MOST_WIKIS]
            if one.project is not None
        ),
        spells=tuple(view_episode(picture, one) for one in picture.spells(None) if one.closed_at is None),
        spells_known=picture.episodes_readable,
    )
