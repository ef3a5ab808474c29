"""Asking Wikimedia for the days of the wikis that somebody cares about, wiki by wiki, and keeping them."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from sqlalchemy import Connection, Engine

from wiki_activity.domain.counts import DailyCounts, Series
from wiki_activity.domain.daily_history import ASKED_SERIES, DayRange, explain_refusal, find_askable
from wiki_activity.domain.months import newest_ended_month
from wiki_activity.storage.count_tables import newest_split_months, read_stored
from wiki_activity.storage.database import reading, write
from wiki_activity.storage.history_table import Span, count_known, read_spans, store_history
from wiki_activity.storage.provisional_table import read_provisional_months
from wiki_activity.storage.renames import check_names, names_version
from wiki_activity.storage.storage_errors import WikisRenamedError
from wiki_activity.wikimedia.answer_errors import NotFoundError, UnreachableError, WikimediaError

logger = logging.getLogger(__name__)

_MOST_UNREACHABLE = 3
"""So many wikis in a row met no answer at all: asking for the next one makes little sense."""


class DaysClient(Protocol):
    """What answers the days of a wiki: the metrics client, or a fake."""

    def get_days(self, project: str, series: Series, first: date, last: date) -> DailyCounts:
        """Get the days from `first` to `last`, both included, or raise a `WikimediaError`."""


@dataclass(slots=True)
class HistoryOutcome:
    """What came of asking for days.

    Parameters
    ----------
    stored
        Wikis whose days are stored.
    without
        Wikis of which Wikimedia has no days.
    failed
        By wiki, why its days could not be read, or were not believed; what was known of them stays.
    left
        Wikis that were not asked for, since nothing answered any more or a wiki moved meanwhile.
    """

    stored: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)


def list_open(engine: Engine, projects: Sequence[str], now: datetime) -> dict[str, DayRange]:
    """List the wikis of which there are newer days than are stored, in their order, with the days to ask for.

    Raises
    ------
    StorageError
        If the database is out of reach.
    """
    spans = read_spans(engine)
    found = {}
    with reading(engine) as connection:
        provisional = read_provisional_months(connection)
        newest = newest_split_months(connection, projects, provisional)
        late = [one for one in projects if one in newest and (one not in spans or spans[one].last < newest[one])]
        stored = read_stored(connection, late, newest_ended_month(now))
    for project in late:
        days, span = find_askable(stored[project], provisional), spans.get(project)
        if days is not None and (span is None or span.last < days.last):
            found[project] = days
    return found


def begin_elsewhere(todo: Mapping[str, DayRange], today: date) -> dict[str, DayRange]:
    """Begin the list at another wiki each day: a few that never answer do not keep the same others waiting for ever."""
    projects = list(todo)
    begin = today.toordinal() % max(len(projects), 1)
    return {project: todo[project] for project in (*projects[begin:], *projects[:begin])}


def refresh_history(
    engine: Engine,
    client: DaysClient,
    todo: Mapping[str, DayRange],
    clock: Callable[[], datetime],
    tell: Callable[[str], None] = logger.info,
) -> HistoryOutcome:
    """Ask for the days of some wikis, three requests each, and store each wiki's as soon as they are there.

    Whatever ends it, what was stored stays: :func:`list_open` then lists the rest alone.

    Parameters
    ----------
    todo
        As `list_open` listed them.
    tell
        Gets a line for each wiki.

    Raises
    ------
    StorageError
        If the database goes away.
    """
    outcome, unreachable = HistoryOutcome(), 0
    with reading(engine) as connection:
        version = names_version(connection)
    waiting = list(todo)
    while waiting and unreachable < _MOST_UNREACHABLE:
        project = waiting[0]
        try:
            refusal = _refresh(engine, client, project, todo[project], clock, version)
            unreachable = 0
        except WikisRenamedError:
            break
        except NotFoundError:
            outcome.without.append(project)
            tell(f"{project}: no days")
        except WikimediaError as error:
            unreachable = unreachable + 1 if isinstance(error, UnreachableError) else 0
            outcome.failed[project] = str(error)
            tell(f"{project}: {error}")
        else:
            if refusal is None:
                outcome.stored.append(project)
            else:
                outcome.failed[project] = refusal
            tell(f"{project}: {refusal or f'days to {todo[project].last} stored'}")
        waiting.pop(0)
    outcome.left = waiting
    return outcome


def _refresh(  # noqa: PLR0917 - from where, of whom, then when
    engine: Engine, client: DaysClient, project: str, days: DayRange, clock: Callable[[], datetime], version: int
) -> str | None:
    """Ask for one wiki's days and store them, or say why they are not believed."""
    answers = {one: client.get_days(project, one, days.first, days.last) for one in ASKED_SERIES}
    fetched_at = clock()
    total, *people = (answers[one] for one in ASKED_SERIES)
    rows = {day: (edits, people[0].get(day, 0), people[1].get(day, 0)) for day, edits in total.items()}

    def work(connection: Connection) -> str | None:
        check_names(connection, version)
        # Counts may have been restated while the answers came.
        stored = read_stored(connection, [project], days.last)[project]
        if find_askable(stored, read_provisional_months(connection)) != days:
            return "its months have changed meanwhile"
        known = count_known(connection, project, days.first, days.last)
        refusal = explain_refusal(days, stored, answers, known)
        if refusal is None:
            store_history(connection, project, Span(days.first, days.last, fetched_at), rows)
        return refusal

    return write(engine, work)
