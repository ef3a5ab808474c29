"""Refreshing the counts: ask Wikimedia for every wiki, store wiki by wiki, and be able to go on after a death."""

import logging
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Engine

from wiki_activity.domain.counts import COUNT_SERIES, PEOPLE_SERIES, Series
from wiki_activity.domain.plausibility import SPLIT
from wiki_activity.leases import is_gone
from wiki_activity.monthly.fetching import SeriesClient, WikiAnswers, fetch_wiki
from wiki_activity.monthly.outages import OutageWatch
from wiki_activity.monthly.provisional_month import ask_totals, mark_provisional
from wiki_activity.monthly.writer import RefreshWriter, StoredWiki
from wiki_activity.storage.count_tables import StoredCounts
from wiki_activity.storage.database import checkpoint
from wiki_activity.storage.fetches import FetchStatus, answered
from wiki_activity.storage.refresh_leases import release_refresh, resume_refresh, start_refresh
from wiki_activity.storage.refreshes import Outcome, Refresh, read_refresh
from wiki_activity.storage.refusals import RefusedAnswer, Settled
from wiki_activity.storage.storage_errors import RefreshBusyError, WikisRenamedError

logger = logging.getLogger(__name__)

TOLERATED_SHARE = 0.05
"""Up to this share of a metric's wikis may fail without failing the refresh."""
_WAIT_SECONDS = 1.0

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
    settled
        Implausible answers that were taken, and refused ones that plausible ones came in place of.
    ok, no_data
        Wikis by series, in this attempt.
    failed
        By series, the error of each wiki that could not be read, in this attempt.
    """

    refresh: Refresh
    asked: int = 0
    stored: StoredCounts = field(default_factory=StoredCounts)
    settled: list[RefusedAnswer] = field(default_factory=list)
    ok: dict[Series, list[str]] = field(default_factory=dict)
    no_data: dict[Series, list[str]] = field(default_factory=dict)
    failed: dict[Series, dict[str, str]] = field(default_factory=dict)

    def add(self, wiki: StoredWiki) -> None:
        """Count one wiki in."""
        self.stored += wiki.stored
        self.settled += [one for one in wiki.held.noted if one.settled is not None]
        answers = wiki.held.answers
        for series, result in answers.results.items():
            if result.status is FetchStatus.FAILED:
                self.failed.setdefault(series, {})[answers.project] = result.error or "unknown"
            else:
                target = self.ok if result.status is FetchStatus.OK else self.no_data
                target.setdefault(series, []).append(answers.project)

    @property
    def changed_months(self) -> Mapping[Series, frozenset[date]]:
        """By series, the months of which any count was added or restated in this attempt."""
        return self.stored.months

    @property
    def resumed(self) -> bool:
        """Whether an earlier attempt had answered part of it: what that one changed is not in `changed_months`."""
        return self.asked < len(self.refresh.projects)

    @property
    def taken(self) -> list[RefusedAnswer]:
        """Implausible answers that were taken: they came again when the next month was published, or were accepted."""
        return [one for one in self.settled if one.settled is not Settled.REPLACED]

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
        people = {project for series in PEOPLE_SERIES for project in self.failed.get(series, {})}
        most = max(len(edits), len(self.failed.get(Series.EDITORS, {})))
        tolerated = TOLERATED_SHARE * len(self.refresh.projects)
        # A few wikis that somebody cares about are asked alone: one of them may fail in any case.
        return most > tolerated or len(people) > max(1, tolerated)


@contextmanager
def holding_lease(
    engine: Engine,
    *,
    run_id: str,
    holder: str,
    clock: Clock,
    request: Request | None = None,
    of_run_id: str | None = None,
    series: Collection[Series] = COUNT_SERIES,
    wait_for_lease: Callable[[RefreshBusyError], bool] = lambda _: False,
) -> Iterator[Refresh]:
    """Hold the lease on refreshing; it is given up on the way out, and finished only by :func:`run_refresh`.

    Parameters
    ----------
    request
        Gives months, wikis and series of a new refresh, once the lease is free; None resumes the last unfinished one.
    of_run_id
        With no request: resume this run's.
    series
        With no request: resume one that asks for any of these.
    wait_for_lease
        Called when another one holds the lease; true tries again, after it has waited as long as it likes.

    Raises
    ------
    RefreshBusyError
        If another one holds the lease and nobody wants to wait.
    NothingToResumeError
        If there is nothing to resume.
    """
    while True:
        try:
            refresh = _take_lease(engine, run_id, holder, clock(), request=request, of_run_id=of_run_id, series=series)
            break
        except RefreshBusyError as error:
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
    series: Collection[Series],
) -> Refresh:
    if request is None:
        return resume_refresh(
            engine, run_id=run_id, holder=holder, now=now, of_run_id=of_run_id, series=series, is_gone=is_gone
        )
    first, last, projects, wanted = request()
    return start_refresh(
        engine,
        run_id=run_id,
        holder=holder,
        now=now,
        first=first,
        last=last,
        projects=projects,
        series=wanted,
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
    accept: Collection[str] = (),
) -> RefreshOutcome:
    """Fetch and store all that is still to be answered of a refresh whose lease is held.

    `connections` threads fetch, one writes what came in the last second, with its fetches, in one transaction under
    the lease. Before that each wiki's answers are held against what is stored; implausible ones are refused, which
    counts as failed. Whatever ends it, what was stored stays, and only the rest is fetched when it is resumed.

    Parameters
    ----------
    accept
        Wikis whose answers are taken however implausible they are.

    Raises
    ------
    HopelessError
        If ten wikis in a row met no answer at all, or had counts and have none any more.
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
            _run(engine, client, outcome, accept, connections=connections, clock=clock, on_progress=on_progress)
            break
        except WikisRenamedError as error:
            logger.warning("%s: refresh %d goes on with the new names", error, refresh.id)
            outcome.refresh = read_refresh(engine, refresh.id)
    mark_provisional(engine, totals, clock())
    checkpoint(engine)
    logger.info(
        "refresh %d: %d wikis asked, %d failed, %d counts added, %d restated",
        refresh.id, outcome.asked, len(outcome.failed_wikis), outcome.stored.added, outcome.stored.restated,
    )  # fmt: skip
    return outcome


def _run(
    engine: Engine,
    client: SeriesClient,
    outcome: RefreshOutcome,
    accept: Collection[str],
    *,
    connections: int,
    clock: Clock,
    on_progress: Callable[[Progress], None],
) -> None:
    """Go through the list to its end, or until a wiki of it has moved."""
    refresh = outcome.refresh
    todo = _list_open(refresh, answered(engine, refresh.id))
    total = len(refresh.projects)
    done = total - len(todo)
    on_progress(Progress(done, total, "", 0))
    outages = OutageWatch(first_load=done == 0)
    with (
        RefreshWriter(engine, refresh, clock, accept) as writer,
        closing(_fetch_all(client, refresh, todo, connections=connections, beat_now_and_then=writer.beat)) as fetched,
    ):
        for answers in fetched:
            if answers is not None:
                writer.add(answers)
                outages.see_answers(answers)
            if outages.hopeless or writer.is_due():
                done = _count_in(writer.store(), outcome, outages, done, on_progress)
            outages.check()
        _count_in(writer.store(), outcome, outages, done, on_progress)
        outages.check(at_end=True)
        writer.finish(Outcome.FAILURES if outcome.failed else Outcome.DONE)


def _count_in(
    wikis: Sequence[StoredWiki],
    outcome: RefreshOutcome,
    outages: OutageWatch,
    done: int,
    on_progress: Callable[[Progress], None],
) -> int:
    """Count in and tell of wikis that are stored; returns how many are done by then."""
    for wiki in wikis:
        done += 1
        outcome.add(wiki)
        outages.see_stored(wiki.held)
        project = wiki.held.answers.project
        on_progress(Progress(done, len(outcome.refresh.projects), project, len(outcome.failed_wikis)))
    return done


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
) -> Generator[WikiAnswers | None]:
    """Yield the wikis as their answers come, None where none came for a second; keep the lease alive meanwhile."""
    executor = ThreadPoolExecutor(connections, thread_name_prefix="fetch")
    waiting = iter(todo)
    under_way: list[Future[WikiAnswers]] = []
    try:
        while True:
            # No more than the threads can take: answers that wait to be stored cost memory.
            while len(under_way) < 2 * connections and (following := next(waiting, None)) is not None:
                under_way.append(executor.submit(fetch_wiki, client, following[0], following[1], refresh.last))
            if not under_way:
                return
            done = wait(under_way, timeout=_WAIT_SECONDS, return_when=FIRST_COMPLETED).done
            beat_now_and_then()
            if not done:
                yield None
            # In the order of asking, so that "in a row" means what it says.
            finished = [future for future in under_way if future in done]
            under_way = [future for future in under_way if future not in done]
            for future in finished:
                yield future.result()
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
