"""Fetching one wiki: its series, one request each, and what came of every request."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from wiki_activity.domain.counts import MonthlyCounts, Series
from wiki_activity.domain.plausibility import SPLIT
from wiki_activity.storage.fetches import FetchResult, FetchStatus
from wiki_activity.wikimedia.answer_errors import NotFoundError, UnreachableError, WikimediaError


class SeriesClient(Protocol):
    """What answers the series of a wiki: the metrics client, or a fake."""

    def get_series(self, project: str, series: Series, last: date) -> MonthlyCounts:
        """Get all months up to `last`, or raise a `WikimediaError`."""


@dataclass(frozen=True, slots=True)
class WikiAnswers:
    """What came of asking for one wiki.

    Parameters
    ----------
    project
        The wiki.
    counts
        The series that were answered.
    results
        What came of each series asked for.
    unreachable
        Whether nothing at all answered, so that asking for the next wiki makes little sense.
    """

    project: str
    counts: dict[Series, MonthlyCounts]
    results: dict[Series, FetchResult]
    unreachable: bool


def fetch_wiki(client: SeriesClient, project: str, series: Sequence[Series], last: date) -> WikiAnswers:
    """Ask for some series of one wiki; what cannot be read is told in the results, not raised.

    When Wikimedia does not know the total, its parts are not asked for: they share the total's fate.
    """
    counts: dict[Series, MonthlyCounts] = {}
    results: dict[Series, FetchResult] = {}
    unreachable = True
    for one in sorted(series, key=list(Series).index):
        total = results.get(Series.EDITS)
        if one in SPLIT and total is not None and total.status is not FetchStatus.OK:
            error = f"not asked for, since the total failed: {total.error}" if total.error else None
            results[one] = FetchResult(total.status, error=error)
            continue
        try:
            counts[one] = client.get_series(project, one, last)
        except NotFoundError:
            results[one] = FetchResult(FetchStatus.NO_DATA)
            unreachable = False
        except WikimediaError as error:
            results[one] = FetchResult(FetchStatus.FAILED, error=str(error))
            unreachable = unreachable and isinstance(error, UnreachableError)
        else:
            results[one] = FetchResult(FetchStatus.OK, months=len(counts[one]))
            unreachable = False
    return WikiAnswers(project, counts, results, unreachable)
