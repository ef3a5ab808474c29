"""Publication: whether Wikimedia has published a month that is not stored yet."""

from dataclasses import dataclass
from datetime import date, datetime

from wiki_activity.domain.counts import Series
from wiki_activity.domain.months import format_month, newest_ended_month
from wiki_activity.monthly.fetching import SeriesClient


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


def find_newest_published(client: SeriesClient, project: str, now: datetime) -> date | None:
    """Ask one wiki for its newest month; None when it has none.

    Raises
    ------
    WikimediaError
        When it could not be read, which says nothing about what is published.
    """
    counts = client.get_series(project, Series.EDITS, newest_ended_month(now))
    return max(counts, default=None)


def decide_on_new_month(published: date | None, stored: date | None, requested: date | None) -> Decision:
    """Decide whether to ask for a run over the whole history, which every publication restates.

    Parameters
    ----------
    published
        The newest month that Wikimedia has.
    stored
        The newest month that is stored; None when nothing is.
    requested
        The month for which a run was asked for last, whatever came of it.
    """
    if published is None:
        return Decision(None, "the wiki that was asked has no months")
    if stored is not None and published <= stored:
        return Decision(None, f"{format_month(published)} is the newest published month, and it is stored")
    if requested is not None and published <= requested:
        return Decision(None, f"{format_month(published)} is published, and a run was asked for already")
    return Decision(published, f"{format_month(published)} is published")
