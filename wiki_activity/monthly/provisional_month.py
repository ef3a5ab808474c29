"""Finding out whether the newest month is loaded in full: one request for the total of all wikis tells."""

import logging
from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import Engine

from wiki_activity.domain.counts import Series
from wiki_activity.domain.months import format_month, newest_ended_month, shift_month
from wiki_activity.domain.provisional import COMPLETE_SHARE, TOLERATED_MISSING, ProvisionalMonth, expect_total
from wiki_activity.monthly.fetching import SeriesClient
from wiki_activity.monthly.figures import judge_completeness
from wiki_activity.storage.count_tables import newest_month
from wiki_activity.storage.frames import read_series
from wiki_activity.storage.provisional_table import keep_provisional
from wiki_activity.wikimedia.answer_errors import WikimediaError

logger = logging.getLogger(__name__)

ALL_WIKIS = "all-projects"
"""What the metrics API calls all wikis together."""
_TOLD_BY_FEW = 20
"""The total of fewer wikis than this goes up and down too much to tell anything."""
_MONTHS = 24


def ask_totals(client: SeriesClient, last: date, now: datetime) -> Mapping[date, int] | None:
    """Ask for the edits of all wikis together, by month up to `last`.

    None where that could not be read, or where `last` is so old that it tells nothing of the newest month.
    """
    if last < shift_month(newest_ended_month(now), -2):
        return None
    try:
        return client.get_series(ALL_WIKIS, Series.EDITS, last) or None
    except WikimediaError as error:
        logger.warning("the total of all wikis could not be read; that of the stored ones has to do: %s", error)
        return None


def mark_provisional(engine: Engine, totals: Mapping[date, int] | None, now: datetime) -> ProvisionalMonth | None:
    """Note whether the newest month is provisional, and return it if it is.

    It is where its total is far below what is expected, or where many wikis lack it. Without totals those of the
    stored wikis are taken: call this before the fetch with totals, and after it in any case.

    Parameters
    ----------
    totals
        Of all wikis together, from :func:`ask_totals`; None where they could not be read.
    now
        UTC.
    """
    stored = newest_month(engine, Series.EDITS)
    newest = [month for month in (stored, max(totals) if totals else None) if month is not None]
    if not newest:
        return None
    month = max(newest)
    missing, too_many = _count_missing(engine, month) if month == stored else (0, False)
    known = totals if totals and month in totals else _sum_stored(engine, month)
    total, expected = known.get(month, 0), expect_total(known, month)
    found = None
    if too_many or (expected is not None and total < COMPLETE_SHARE * expected):
        found = ProvisionalMonth(month, total, expected or 0, missing, now, now)
        logger.warning(
            "%s is provisional: %d edits of all wikis, %d expected; %d wikis lack it",
            format_month(month), total, found.expected, missing,
        )  # fmt: skip
    keep_provisional(engine, found, now)
    return found


def is_complete(totals: Mapping[date, int], month: date) -> bool:
    """Tell whether a month is complete by the total of all wikis; one that is absent is not."""
    expected = expect_total(totals, month)
    return month in totals and (expected is None or totals[month] >= COMPLETE_SHARE * expected)


def _count_missing(engine: Engine, month: date) -> tuple[int, bool]:
    completeness = judge_completeness(engine, Series.EDITS, month)
    missing = len(completeness.missing)
    return missing, missing > TOLERATED_MISSING * completeness.expected


def _sum_stored(engine: Engine, month: date) -> Mapping[date, int]:
    """Sum up the stored counts of the wikis that have the month; nothing where they are too few."""
    frame = read_series(engine, Series.EDITS, first=shift_month(month, -_MONTHS), last=month)
    if frame.empty or frame.index[-1].date() != month:
        return {}
    have_it = frame.loc[:, frame.iloc[-1].notna()]
    if have_it.shape[1] < _TOLD_BY_FEW:
        return {}
    totals = have_it.sum(axis="columns")
    return {stamp.date(): int(totals[stamp]) for stamp in frame.index}
