"""How complete and how old the stored counts are, for `status` and the checks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Engine, func, select

from wiki_activity.domain.counts import Metric, Series
from wiki_activity.domain.provisional import ProvisionalMonth
from wiki_activity.storage.database import reading
from wiki_activity.storage.fetches import FetchStatus
from wiki_activity.storage.provisional_table import list_provisional, newest_complete_month
from wiki_activity.storage.refreshes import asks_for
from wiki_activity.storage.schema import count_revisions, fetches, refreshes, wikis

_SERIES_OF: Mapping[Metric, tuple[Series, ...]] = {
    Metric.EDITS: (Series.EDITS, Series.USER_EDITS, Series.ANONYMOUS_EDITS),
    Metric.EDITORS: (Series.EDITORS,),
}
_NAMES = {
    Series.EDITS: "total",
    Series.USER_EDITS: "registered people's edits",
    Series.ANONYMOUS_EDITS: "logged-out people's edits",
    Series.EDITORS: "editors",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """A wiki whose newest fetch failed, and of each of its requests that did so which one it is, and why."""

    project: str
    errors: tuple[str, ...]

    @property
    def error(self) -> str:
        """All of them."""
        return "; ".join(self.errors)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What came of the newest fetch of each wiki.

    Parameters
    ----------
    wikis
        How many were ever asked for: `ok`, `no_data` and `failed` together.
    ok
        Those of which all that was asked for is known.
    no_data
        Those of which Wikimedia knows nothing.
    failed
        Those whose total failed, or whose split, by project.
    """

    wikis: int
    ok: int
    no_data: int
    failed: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class Restated:
    """How many stored counts Wikimedia has replaced by others, and when that was last seen."""

    rows: int
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Completeness:
    """How complete and how old the stored counts are.

    Parameters
    ----------
    newest_month
        Newest month of which any wiki's edits are stored, provisional ones left out.
    refreshed_at
        When a refresh last went through its whole list, UTC.
    coverage
        Of the edits, and of the editors.
    restated
        What changed after it was first stored.
    provisional
        Months that Wikimedia has published only in part; `newest_month` is none of them.
    gone
        Wikis that the site matrix no longer names, by project: asked for no more.
    """

    newest_month: date | None
    refreshed_at: datetime | None
    coverage: Mapping[Metric, Coverage]
    restated: Restated
    provisional: tuple[ProvisionalMonth, ...] = ()
    gone: tuple[str, ...] = ()


def read_completeness(engine: Engine) -> Completeness:
    """Read how complete and how old the stored counts are, in a few queries."""
    provisional = tuple(list_provisional(engine))
    newest = newest_complete_month(engine)
    with reading(engine) as connection:
        gone = connection.execute(select(wikis.c.project).where(wikis.c.gone_at.is_not(None)).order_by(wikis.c.project))
        gone_wikis = tuple(gone.scalars())
        refreshed_at = connection.execute(
            select(func.max(refreshes.c.finished_at)).where(asks_for(Series.EDITS))
        ).scalar()
        restated = connection.execute(select(func.count(), func.max(count_revisions.c.seen_at))).one()
        results = _read_newest_results(connection)
    coverage = {metric: _judge(series, results) for metric, series in _SERIES_OF.items()}
    return Completeness(newest, refreshed_at, coverage, Restated(*restated), provisional, gone_wikis)


def _read_newest_results(connection: Connection) -> dict[str, dict[Series, tuple[FetchStatus, str | None]]]:
    place = func.row_number().over(
        partition_by=(fetches.c.metric, fetches.c.project),
        order_by=(fetches.c.fetched_at.desc(), fetches.c.refresh.desc()),
    )
    ranked = select(
        fetches.c.project, fetches.c.metric, fetches.c.status, fetches.c.error, place.label("place")
    ).subquery()
    newest = select(ranked.c.project, ranked.c.metric, ranked.c.status, ranked.c.error).where(ranked.c.place == 1)
    results: dict[str, dict[Series, tuple[FetchStatus, str | None]]] = {}
    for project, metric, status, error in connection.execute(newest.order_by(ranked.c.project)):
        results.setdefault(project, {})[Series(metric)] = (FetchStatus(status), error)
    return results


def _judge(
    series: tuple[Series, ...], results: Mapping[str, Mapping[Series, tuple[FetchStatus, str | None]]]
) -> Coverage:
    ok = no_data = 0
    failed: list[Failure] = []
    for project, by_series in results.items():
        asked = {one: by_series[one] for one in series if one in by_series}
        errors = [f"{_NAMES[one]}: {error}" for one, (status, error) in asked.items() if status is FetchStatus.FAILED]
        if errors:
            failed.append(Failure(project, tuple(errors)))
        elif asked and next(iter(asked.values()))[0] is FetchStatus.NO_DATA:
            no_data += 1
        elif asked:
            ok += 1
    return Coverage(ok + no_data + len(failed), ok, no_data, tuple(failed))
