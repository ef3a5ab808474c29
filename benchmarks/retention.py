"""Who stayed, against what the simulated Wikimedia knows: exact where all were asked about, else within the margin."""

import statistics
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import requests

from benchmarks.table import Row
from wiki_activity.domain.daily_history import DayRange
from wiki_activity.domain.retention import SAMPLE, Retention, Window
from wiki_activity.evidence.cohorts import MOST_REQUESTS
from wiki_activity.evidence.retaining import Follower
from wiki_activity.simulator.limits import Limits
from wiki_activity.simulator.server import SimulatorSettings, running_simulator
from wiki_activity.simulator.wiki_catalogue import make_catalogue
from wiki_activity.storage.database import create_database_engine
from wiki_activity.storage.migrate import migrate
from wiki_activity.wikimedia.action_api import ActionClient
from wiki_activity.wikimedia.http import PoliteSession
from wiki_activity.wikimedia.siteinfo import get_content_namespaces

_WIKIS: Final = 170
_NEWEST: Final = date(2026, 5, 1)
_BIGGEST: Final = 4
"""Of the catalogue are left out: a day of theirs takes the simulator long to make."""
_COHORTS: Final = 24
_LENGTHS: Final = (31, 3, 14, 1, 28, 60)
"""Days: months, workshops, contests."""
_ESTIMATED: Final = ("en.wikipedia.org", DayRange(date(2025, 11, 1), date(2025, 11, 30)))
"""So many accounts that the log is read in parts."""


@dataclass(frozen=True, slots=True)
class _Trial:
    """What was found of a cohort in its windows one after the other, what is true of it, and what it took."""

    truth: dict[str, Any]
    windows: Sequence[Retention]
    requests: int
    gaps: int

    @property
    def is_whole(self) -> bool:
        return int(self.truth["accounts"]) <= SAMPLE

    @property
    def is_few(self) -> bool:
        return self.windows[0].is_few

    def count_right(self) -> int:
        """Count the windows that are told rightly: all numbers, or a share within its margin."""
        right = 0
        for one in self.windows:
            editing, active = self.truth["stayed"][one.window.value]
            if one.found is None or one.margin is None:
                continue
            if self.is_whole:
                right += (one.found.asked, one.found.editing, one.found.active) == (one.accounts, editing, active)
            else:
                right += abs((one.found.share or 0) - editing / self.truth["accounts"]) <= one.margin
        return right


def run() -> list[Row]:
    """Follow cohorts of wikis of all sizes from the first window to the last."""
    simulated = SimulatorSettings(
        wikis=_WIKIS, newest_month=_NEWEST, limits=Limits(requests_per_minute=1_000_000, in_flight=10)
    )
    with running_simulator(simulated) as base, tempfile.TemporaryDirectory() as folder:
        engine = create_database_engine(f"sqlite:///{Path(folder) / 'activity.db'}")
        migrate(engine)
        address = base + "/wikis/{project}/w/api.php"
        with PoliteSession(contact="b@example.org", per_minute=900_000, max_connections=3) as session:
            moment = [datetime.now(UTC)]
            follower = Follower(
                engine,
                ActionClient(session, address),
                lambda project: get_content_namespaces(session, address.format(project=project)),
                lambda: moment[0],
            )
            trials = [_try(base, follower, moment, *cohort) for cohort in [*_choose(), _ESTIMATED]]
        engine.dispose()
    return list(_tell(trials[:-1], trials[-1]))


def _choose() -> Iterator[tuple[str, DayRange]]:
    names = [wiki.host for wiki in make_catalogue(_WIKIS).open_wikis][_BIGGEST:]
    for place in range(_COHORTS):
        last = date(2026, 2, 20) - timedelta(days=11 * place)
        first = last - timedelta(days=_LENGTHS[place % len(_LENGTHS)] - 1)
        # More of the bigger ones: of the smallest there is nothing to tell.
        yield names[int(len(names) * (place / _COHORTS) ** 2)], DayRange(first, last)


def _try(base: str, follower: Follower, moment: list[datetime], project: str, days: DayRange) -> _Trial:
    asked = gaps = 0
    followed = None
    for window in Window:
        moment[0] = datetime.combine(window.known_from(days.last), time(1), UTC)
        followed = follower.follow((project, days))
        asked, gaps = asked + followed.requests, gaps + len(followed.gaps)
    assert followed is not None
    return _Trial(_find_truth(base, project, days), followed.windows, asked, gaps)


def _find_truth(base: str, project: str, days: DayRange) -> dict[str, Any]:
    asked = {"project": project, "start": str(days.first), "end": str(days.last)}
    truth: dict[str, Any] = requests.get(f"{base}/simulator/stayed.json", asked, timeout=600).json()
    return truth


def _tell(trials: Sequence[_Trial], estimated: _Trial) -> Iterator[Row]:
    told = [one for one in trials if not one.is_few]
    few = len(trials) - len(told)
    rightly_few = all((one.truth["accounts"] < 10) == one.is_few for one in trials)
    yield Row("cohorts: followed, too few to tell", f"{len(trials)}, {few}", "", "rightly", rightly_few)
    for name, some, least in (
        ("exact numbers", [one for one in told if one.is_whole], 1.0),
        ("shares of samples within the margin", [one for one in told if not one.is_whole], 0.9),
    ):
        right, windows = sum(one.count_right() for one in some), len(Window) * len(some)
        share = right / windows if windows else 0.0
        yield Row(f"who stayed: {name}", f"{right} of {windows}", "", f"≥ {least:.0%}", share >= least)
    gaps = sum(one.gaps for one in trials)
    yield Row("gaps where everybody answers", str(gaps), "", "0", gaps == 0)
    spent = [one.requests for one in [*trials, estimated]]
    yield Row(
        "requests a cohort, all windows: median, most",
        f"{statistics.median(spent):g}, {max(spent)}", "", f"≤ {MOST_REQUESTS}", max(spent) <= MOST_REQUESTS,
    )  # fmt: skip
    accounts, true = estimated.windows[0].accounts or 0, estimated.truth["accounts"]
    yield Row(
        "many accounts, estimated from parts of the log", f"{accounts:,} of {true:,}", "", "within 15 %",
        abs(accounts - true) <= 0.15 * true,
    )  # fmt: skip
    right = estimated.count_right()
    yield Row("of these: shares within the margin", f"{right} of {len(Window)}", "", "≥ 2", right >= 2)
