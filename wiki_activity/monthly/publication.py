"""Publication: whether Wikimedia has published a month that is not stored yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd
from sqlalchemy import Engine

from wiki_activity.domain.counts import Series
from wiki_activity.domain.months import format_month, newest_ended_month, shift_month
from wiki_activity.monthly.fetching import SeriesClient
from wiki_activity.monthly.provisional_month import ALL_WIKIS, is_complete
from wiki_activity.storage.count_tables import newest_month
from wiki_activity.storage.frames import read_series
from wiki_activity.storage.provisional_table import read_provisional
from wiki_activity.wikimedia.answer_errors import NotFoundError, WikimediaError

_PROBES = 5
_SICK_PROBES = 2
"""So many wikis that cannot be read are no accident; each is tried for some 20 seconds, and a tick has a minute."""
_ASK_AGAIN = timedelta(days=1)
_ASK_FIRST_LOAD_AGAIN = timedelta(minutes=15)
_ASK_COMPLETED_AGAIN = timedelta(hours=6)
_RECENT_MONTHS = 12
_STORED_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Requested:
    """The run that was asked for last.

    Parameters
    ----------
    month
        Its newest month.
    at
        When it was asked for, with its time zone; None where that is not known.
    """

    month: date
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do about a new month.

    Parameters
    ----------
    ask_until
        The newest published month, when there is something to fetch; None when there is not.
    reason
        In words, for whoever looks at the sensor.
    """

    ask_until: date | None
    reason: str


def find_newest_published(client: SeriesClient, projects: Sequence[str], now: datetime) -> date | None:
    """Ask one wiki for its newest month, and the next of the first five when it has none; None when none has.

    Some wikis have no counts at all, and one may be out of order alone: the first one of a watchlist may be either.

    Raises
    ------
    WikimediaError
        When two could not be read, or one and no other has any months, which says nothing about what is published.
    """
    errors: list[WikimediaError] = []
    for project in projects[:_PROBES]:
        try:
            counts = client.get_series(project, Series.EDITS, newest_ended_month(now))
        except NotFoundError:
            continue
        except WikimediaError as error:
            errors.append(error)
            if len(errors) == _SICK_PROBES:
                break
            continue
        if counts:
            return max(counts)
    if errors:
        raise errors[0]
    return None


def find_stored_month(engine: Engine, open_wikis: int) -> date | None:
    """Find the newest month that at least half of the open wikis have; None when no recent month is so complete.

    A refresh of a few wikis, or one that died early, does not make a month stored; nor is one that is provisional.
    """
    newest = newest_month(engine, Series.EDITS)
    if newest is None:
        return None
    wikis = read_series(engine, Series.EDITS, first=shift_month(newest, -_RECENT_MONTHS), last=newest).count(axis=1)
    complete = wikis[wikis >= _STORED_SHARE * open_wikis].drop(
        [pd.Timestamp(month) for month in read_provisional(engine)], errors="ignore"
    )
    return None if complete.empty else date(complete.index[-1].year, complete.index[-1].month, 1)


def find_completed(engine: Engine, client: SeriesClient, published: date | None, now: datetime) -> bool | None:
    """Ask whether the newest published month is complete by now: one request; None where it is not provisional.

    Raises
    ------
    WikimediaError
        When it could not be read.
    """
    if published is None or published not in read_provisional(engine):
        return None
    return is_complete(client.get_series(ALL_WIKIS, Series.EDITS, newest_ended_month(now)), published)


def decide_on_new_month(
    published: date | None,
    stored: date | None,
    requested: Requested | None,
    now: datetime,
    *,
    completed: bool | None = None,
) -> Decision:
    """Decide whether to ask for a run over the whole history, which every publication restates.

    Parameters
    ----------
    published
        The newest month that Wikimedia has.
    stored
        The newest month that is stored; None when nothing is.
    requested
        The run that was asked for last, whatever came of it: one that failed is asked for again a day later, and as
        long as nothing is stored, a quarter of an hour later.
    now
        With its time zone.
    completed
        Whether the month that is stored as provisional is complete by now, from :func:`find_completed`: then it is
        asked for at once, or else once a day, in case its total tells wrong. None where no month is provisional.
    """
    if published is None:
        return Decision(None, "the wikis that were asked have no months")
    if stored is not None and published <= stored:
        return Decision(None, f"{format_month(published)} is the newest published month, and it is stored")
    name = format_month(published)
    if completed and _is_over(requested, _ASK_COMPLETED_AGAIN, now):
        return Decision(published, f"{name} was loaded in part, and is complete now")
    wait = _ASK_FIRST_LOAD_AGAIN if stored is None else _ASK_AGAIN
    if requested is not None and not _is_over(requested, wait, now) and published <= requested.month:
        asked = "a run was asked for already" if completed is None else "loaded in part so far: asked for again later"
        return Decision(None, f"{name} is published, and {asked}")
    if requested is not None and published <= requested.month:
        return Decision(published, f"{format_month(published)} is published, and the run asked for has not stored it")
    return Decision(published, f"{format_month(published)} is published")


def _is_over(requested: Requested | None, wait: timedelta, now: datetime) -> bool:
    return requested is None or requested.at is None or now - requested.at >= wait
