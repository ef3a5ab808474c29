"""Refreshing the counts: ask Wikimedia for every wiki, store wiki by wiki, and be able to go on after a death."""

import logging
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Engine

from wiki_activity.domain.counts import Series
from wiki_activity.holders import is_gone
from wiki_activity.monthly.errors import HopelessError
from wiki_activity.monthly.fetching import SPLIT, SeriesClient, WikiAnswers, fetch_wiki
from wiki_activity.monthly.provisional import ask_totals, mark_provisional
from wiki_activity.monthly.writer import RefreshWriter
from wiki_activity.storage.counts import StoredCounts
from wiki_activity.storage.errors import RefreshHeldError, WikisRenamedError
from wiki_activity.storage.fetches import FetchStatus, answered
from wiki_activity.storage.refreshes import (
    Outcome,
    Refresh,
    read_refresh,
    release_refresh,
    resume_refresh,
    start_refresh,
)

logger = logging.getLogger(__name__)

TOLERATED_SHARE = 0.05
"""Up to this share of a metric's wikis may fail without failing the refresh."""
_HOPELESS_WIKIS = 10
_WAIT_SECONDS = 5.0

Clock = Callable[[], datetime]
"""Tells the time, with its time zone."""
Request = Callable[[], tuple[date, date, Sequence[str], Sequence[Series]]]
"""Gives the first and last month, the wikis and the series of a new refresh."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a refresh is.

    Parameters
    ----------
    done, total
        Wikis, those of an earlier attempt included.
    project
        The wiki that was just stored; empty at the start.
    failed
        Wikis of which something could not be read so far.
    """

    done: int
    total: int
    project: str
    failed: int


@dataclass(slots=True)
class RefreshOutcome:
    """What came of a refresh.

    Parameters
    ----------
    refresh
        What was asked for.
    asked
        Wikis asked for in this attempt; those that an earlier one had answered are not among them.
    stored
        Counts added, restated and unchanged.
    ok, no_data
        Wikis by series, in this attempt.
    failed
        By series, the error of each wiki that could not be read, in this attempt.
    """

    refresh: Refresh
    asked: int = 0
    stored: StoredCounts = field(default_factory=StoredCounts)
    ok: dict[Series, list[str]] = field(default_factory=dict)
    no_data: dict[Series, list[str]] = field(default_factory=dict)
    failed: dict[Series, dict[str, str]] = field(default_factory=dict)

    def add(self, answers: WikiAnswers, stored: StoredCounts) -> None:
        """Count one wiki in."""
        self.stored += stored
        for series, result in answers.results.items():
            if result.status is FetchStatus.FAILED:
                self.failed.setdefault(series, {})[answers.project] = result.error or "unknown"
            else:
                target = self.ok if result.status is FetchStatus.OK else self.no_data
                target.setdefault(series, []).append(answers.project)

    @property
    def failed_wikis(self) -> dict[str, str]:
        """The first error of each wiki of which something could not be read."""
        errors: dict[str, str] = {}
        for series in Series:
            for project, error in self.failed.get(series, {}).items():
                errors.setdefault(project, f"{series}: {error}")
        return errors

    @property
    def wikis_without_split(self) -> list[str]:
        """Wikis whose total is stored, while who made the edits could not be read."""
        missing = {project for series in SPLIT for project in self.failed.get(series, {})}
        return sorted(missing - self.failed.get(Series.EDITS, {}).keys())

    @property
    def fails(self) -> bool:
        """Whether more of a metric's wikis failed than is tolerated."""
        edits = {project for series in (Series.EDITS, *SPLIT) for project in self.failed.get(series, {})}
        most = max(len(edits), len(self.failed.get(Series.EDITORS, {})))
        return most > TOLERATED_SHARE * len(self.refresh.projects)


@contextmanager
def holding_lease(
    engine: Engine,
    *,
    run_id: str,
    holder: str,
    clock: Clock,
    request: Request | None = None,
    of_run_id: str | None = None,
    wait_for_lease: Callable[[RefreshHeldError], bool] = lambda _: False,
) -> Iterator[Refresh]:
    """Hold the lease on refreshing; it is given up on the way out, and finished only by :func:`run_refresh`.

    Parameters
    ----------
    request
        Gives months, wikis and series of a new refresh, once the lease is free; None resumes the last unfinished one.
    of_run_id
        With no request: resume this run's.
    wait_for_lease
        Called when another one holds the lease; true tries again, after it has waited as long as it likes.

    Raises
    ------
    RefreshHeldError
        If another one holds the lease and nobody wants to wait.
    NothingToResumeError
        If there is nothing to resume.
    """
    while True:
        try:
            refresh = _take_lease(engine, run_id, holder, clock(), request=request, of_run_id=of_run_id)
            break
        except RefreshHeldError as error:
            if not wait_for_lease(error):
                raise
    try:
        yield refresh
    finally:
        release_refresh(engine, refresh.id, holder, clock())


def _take_lease(
    engine: Engine,
    run_id: str,
    holder: str,
    now: datetime,
    *,
    request: Request | None,
    of_run_id: str | None,
) -> Refresh:
    if request is None:
        return resume_refresh(engine, run_id=run_id, holder=holder, now=now, of_run_id=of_run_id, is_gone=is_gone)
    first, last, projects, series = request()
    return start_refresh(
        engine,
        run_id=run_id,
        holder=holder,
        now=now,
        first=first,
        last=last,
        projects=projects,
        series=series,
        is_gone=is_gone,
    )


def run_refresh(
    engine: Engine,
    client: SeriesClient,
    refresh: Refresh,
    *,
    connections: int,
    clock: Clock,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> RefreshOutcome:
    """Fetch and store all that is still to be answered of a refresh whose lease is held.

    `connections` threads fetch, one writes: each wiki in one transaction together with its fetches, under the lease.
    Whatever ends it, what was stored stays, and only the rest is fetched when it is resumed.

    Raises
    ------
    HopelessError
        If ten wikis in a row met no answer at all.
    LeaseLostError
        If another process took the lease over.
    StorageError
        If the database goes away.
    """
    totals = ask_totals(client, refresh.last, clock()) if Series.EDITS in refresh.series else None
    if totals:
        mark_provisional(engine, totals, clock())
    outcome = RefreshOutcome(refresh, asked=len(_list_open(refresh, answered(engine, refresh.id))))
    while True:
        try:
            _run(engine, client, outcome, connections=connections, clock=clock, on_progress=on_progress)
            break
        except WikisRenamedError as error:
            logger.warning("%s: refresh %d goes on with the new names", error, refresh.id)
            outcome.refresh = read_refresh(engine, refresh.id)
    mark_provisional(engine, totals, clock())
    logger.info(
        "refresh %d: %d wikis asked, %d failed, %d counts added, %d restated",
        refresh.id, outcome.asked, len(outcome.failed_wikis), outcome.stored.added, outcome.stored.restated,
    )  # fmt: skip
    return outcome


def _run(
    engine: Engine,
    client: SeriesClient,
    outcome: RefreshOutcome,
    *,
    connections: int,
    clock: Clock,
    on_progress: Callable[[Progress], None],
) -> None:
    """Go through the list to its end, or until a wiki of it has moved."""
    refresh = outcome.refresh
    todo = _list_open(refresh, answered(engine, refresh.id))
    total = len(refresh.projects)
    progress = Progress(total - len(todo), total, "", 0)
    on_progress(progress)
    unreachable = 0
    with (
        RefreshWriter(engine, refresh, clock) as writer,
        closing(_fetch_all(client, refresh, todo, connections=connections, beat_now_and_then=writer.beat)) as fetched,
    ):
        for answers in fetched:
            outcome.add(answers, writer.store(answers))
            progress = Progress(progress.done + 1, total, answers.project, len(outcome.failed_wikis))
            on_progress(progress)
            unreachable = unreachable + 1 if answers.unreachable else 0
            if unreachable >= _HOPELESS_WIKIS:
                msg = f"{unreachable} wikis in a row met no answer; the last: {outcome.failed_wikis[answers.project]}"
                raise HopelessError(msg)
        writer.finish(Outcome.FAILURES if outcome.failed else Outcome.DONE)


def _list_open(refresh: Refresh, known: set[tuple[str, Series]]) -> list[tuple[str, list[Series]]]:
    """List wikis with the series still to be asked for, in the order of the refresh."""
    open_series = ((project, [one for one in refresh.series if (project, one) not in known])
                   for project in refresh.projects)  # fmt: skip
    return [(project, series) for project, series in open_series if series]


def _fetch_all(
    client: SeriesClient,
    refresh: Refresh,
    todo: Sequence[tuple[str, list[Series]]],
    *,
    connections: int,
    beat_now_and_then: Callable[[], None],
) -> Generator[WikiAnswers]:
    """Yield the wikis as their answers come, and keep the lease alive meanwhile."""
    executor = ThreadPoolExecutor(connections, thread_name_prefix="fetch")
    waiting = iter(todo)
    under_way: set[Future[WikiAnswers]] = set()
    try:
        while True:
            # No more than the threads can take: answers that wait to be stored cost memory.
            while len(under_way) < 2 * connections and (following := next(waiting, None)) is not None:
                under_way.add(executor.submit(fetch_wiki, client, following[0], following[1], refresh.last))
            if not under_way:
                return
            done, under_way = wait(under_way, timeout=_WAIT_SECONDS, return_when=FIRST_COMPLETED)
            beat_now_and_then()
            for future in done:
                yield future.result()
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
