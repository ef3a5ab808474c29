"""An installation on one machine that nobody disturbs, and what another one's stores are held against it."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
import sqlalchemy as sa
from sqlalchemy import Engine

from wiki_activity.domain.counts import Series
from wiki_activity.domain.peaks import Peak
from wiki_activity.settings import PREFIX
from wiki_activity.storage.database import create_database_engine
from wiki_activity.storage.frames import read_series
from wiki_activity.storage.peak_table import read_peaks
from wiki_activity.storage.schema import notices, rate_episodes
from wiki_activity_tests.end_to_end.running import make_environment, wait_for
from wiki_activity_tests.own_servers import own_redis

CONTACT: Final = "undisturbed@example.org"
"""By which the stand-in's log tells its requests from the other's."""
_EPISODE: Final = ("project", "detector", "opened_at", "closed_at", "started_at", "ended_at", "rate", "edits", "people")
_FOR_READERS: Final = ("digest", "episode")


@dataclass
class Found:
    """What is stored in one database.

    Parameters
    ----------
    counts
        By series, months × projects.
    peaks
        In their order.
    episodes
        In their order, without ids.
    messages
        Kind, subject, phase and body of those that are for readers.
    """

    counts: dict[Series, pd.DataFrame]
    peaks: list[Peak]
    episodes: list[tuple[Any, ...]]
    messages: list[tuple[Any, ...]]


def read_found(url: str) -> Found:
    """Read what is stored."""
    engine = create_database_engine(url)
    try:
        counts = {series: read_series(engine, series).sort_index(axis="columns") for series in Series}
        peaks = sorted(read_peaks(engine), key=repr)
        return Found(counts, peaks, _read_episodes(engine), _read_messages(engine))
    finally:
        engine.dispose()


def _read_episodes(engine: Engine) -> list[tuple[Any, ...]]:
    query = sa.select(*(rate_episodes.c[name] for name in _EPISODE)).order_by(rate_episodes.c.opened_at)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def _read_messages(engine: Engine) -> list[tuple[Any, ...]]:
    columns = (notices.c.kind, notices.c.subject, notices.c.phase, notices.c.body)
    query = sa.select(*columns).where(notices.c.kind.in_(_FOR_READERS)).order_by(*columns[:3])
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


@dataclass
class Undisturbed:
    """What runs."""

    url: str
    environment: Mapping[str, str]

    def refresh(self, **more: str) -> None:
        """Fetch the counts of all wikis, to the end; settings are named as in the environment."""
        environment = {**self.environment, **{f"{PREFIX}{name}": value for name, value in more.items()}}
        subprocess.run([sys.executable, "-m", "wiki_activity", "refresh"], env=environment, check=True)

    def read(self) -> Found:
        """Read what it has stored."""
        return read_found(self.url)


@contextmanager
def running_undisturbed(
    folder: Path, simulator: str, first: Mapping[str, str], **settings: str
) -> Iterator[Undisturbed]:
    """Lend it, once its first refresh is through, while its watcher follows the stream.

    Parameters
    ----------
    first
        Settings of the first refresh, besides; named as in the environment.
    """
    folder.mkdir()
    url = f"sqlite:///{folder}/activity.sqlite"
    with own_redis() as redis:
        named = {**settings, "DATABASE_URL": url, "REDIS_URL": redis.url, "CONTACT": CONTACT}
        environment = make_environment(folder, simulator, **named)
        here = Undisturbed(url, {**environment, "DAGSTER_HOME": ""})
        here.refresh(**first)
        with (folder / "watch.log").open("wb") as log:
            command = [sys.executable, "-m", "wiki_activity", "watch"]
            process = subprocess.Popen(command, env=dict(here.environment), stdout=log, stderr=log)
        try:
            healthy = [sys.executable, "-m", "wiki_activity", "health", "watch"]

            def is_healthy() -> bool:
                return subprocess.run(healthy, env=environment, stdout=subprocess.DEVNULL, check=False).returncode == 0

            wait_for("the undisturbed watcher", is_healthy)
            yield here
        finally:
            process.terminate()
            process.wait(30)
