"""Which wikis are still to be asked for the series of people: registered editors, new accounts and new pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Engine

from wiki_activity.domain.counts import PEOPLE_SERIES
from wiki_activity.domain.wikis import Wiki
from wiki_activity.monthly.first_wikis import list_first_wikis
from wiki_activity.monthly.planning import choose_projects
from wiki_activity.storage.fetches import list_answered
from wiki_activity.storage.wiki_table import load_wikis

_NIGHT = time(1)
"""UTC: after the busiest hours, and before the weekly repair."""


@dataclass(frozen=True, slots=True)
class PeoplePlan:
    """What is to be asked for now.

    Parameters
    ----------
    first
        First wikis that lack the month.
    others
        Whether other wikis lack it, and their night has come.
    """

    first: tuple[str, ...]
    others: bool


def list_unasked(engine: Engine, wikis: Sequence[Wiki], watchlist: Sequence[str], month: date) -> list[str]:
    """List the open wikis that have not answered for a month yet, first wikis first: a run that died left the rest.

    Parameters
    ----------
    wikis
        All that are stored.
    month
        Whoever answered when it was, or a later one, the newest month to be asked for is left out.
    """
    answered = list_answered(engine, PEOPLE_SERIES, month)
    everybody = [*list_first_wikis(engine, watchlist), *choose_projects(engine, wikis, watchlist, tell=lambda _: None)]
    return [project for project in dict.fromkeys(everybody) if project not in answered]


def plan_people(
    engine: Engine, watchlist: Sequence[str], month: date, counted_at: datetime, now: datetime
) -> PeoplePlan:
    """Plan whom to ask: first wikis at once, all others in the first night after the counts came, or when it is over.

    Parameters
    ----------
    month
        The newest month that is stored.
    counted_at, now
        When the counts were asked for last, and now; UTC.
    """
    unasked = list_unasked(engine, load_wikis(engine), watchlist, month)
    first = [project for project in list_first_wikis(engine, watchlist) if project in set(unasked)]
    night = datetime.combine(counted_at.date(), _NIGHT, counted_at.tzinfo)
    if night < counted_at:
        night += timedelta(days=1)
    return PeoplePlan(tuple(first), len(unasked) > len(first) and now >= night)
