"""What a refresh has left in a database."""

from collections.abc import Iterator
from contextlib import contextmanager

import pandas as pd
from sqlalchemy import Engine, func, select

from wiki_activity.domain.counts import COUNT_SERIES, Series
from wiki_activity.storage.database import create_database_engine, reading
from wiki_activity.storage.fetches import answered
from wiki_activity.storage.frames import read_series
from wiki_activity.storage.refreshes import last_refresh
from wiki_activity.storage.schema import count_revisions


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """Lend an engine."""
    engine = create_database_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def find_answered(url: str) -> set[tuple[str, Series]]:
    """The requests of the newest refresh that need not be made again."""
    with opened(url) as engine:
        newest = last_refresh(engine)
        return set() if newest is None else answered(engine, newest.id)


def count_revised(url: str) -> int:
    """How many stored counts were ever replaced by others."""
    with opened(url) as engine, reading(engine) as connection:
        return int(connection.execute(select(func.count()).select_from(count_revisions)).scalar_one())


def read_all(url: str) -> dict[Series, dict[str, dict[str, int]]]:
    """Every stored count, by series, project and month like `2024-05`."""
    with opened(url) as engine:
        frames = {series: read_series(engine, series) for series in COUNT_SERIES}
    return {series: {str(name): _by_month(frame[name]) for name in frame} for series, frame in frames.items()}


def _by_month(counts: "pd.Series[float]") -> dict[str, int]:
    known = counts.dropna()
    return {f"{pd.Timestamp(month):%Y-%m}": int(count) for month, count in zip(known.index, known, strict=True)}
