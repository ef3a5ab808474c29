"""Who stayed is what the simulated Wikimedia knows, and nothing where a service fails."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa
from sqlalchemy import Engine

from wiki_activity.domain.daily_history import DayRange
from wiki_activity.domain.retention import SAMPLE, list_usual
from wiki_activity.evidence.cohorts import MOST_REQUESTS
from wiki_activity.evidence.retaining import Followed, Follower
from wiki_activity.simulator.limits import Limits
from wiki_activity.simulator.server import SimulatorSettings, running_simulator
from wiki_activity.storage.database import create_database_engine
from wiki_activity.storage.retention_table import read_account_numbers
from wiki_activity.storage.schema import metadata
from wiki_activity.wikimedia.action_api import ActionClient
from wiki_activity.wikimedia.http import PoliteSession, RetryPolicy
from wiki_activity.wikimedia.siteinfo import get_content_namespaces
from wiki_activity_tests.migrated import copy_migrated_file
from wiki_activity_tests.simulator.conftest import Clock

NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
SIMULATED = SimulatorSettings(
    wikis=170, newest_month=date(2026, 5, 1), limits=Limits(requests_per_minute=1_000_000, in_flight=10)
)
COHORTS = [
    ("hi.wikipedia.org", DayRange(date(2026, 1, 1), date(2026, 1, 31))),
    ("as.wikipedia.org", DayRange(date(2025, 12, 3), date(2025, 12, 20))),
    ("bn.wikipedia.org", DayRange(date(2026, 2, 28), date(2026, 3, 2))),
    ("nl.wikipedia.org", DayRange(date(2025, 11, 1), date(2025, 11, 30))),
    ("fr.wikipedia.org", DayRange(date(2025, 12, 1), date(2025, 12, 31))),
]


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with running_simulator(SIMULATED, Clock()) as base:
        yield base


@pytest.fixture(autouse=True)
def without_faults(base: str) -> Iterator[None]:
    yield
    change(base, service_faults=[])


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = create_database_engine(copy_migrated_file(tmp_path / "activity.db"))
    yield engine
    engine.dispose()


@pytest.fixture
def follower(base: str, engine: Engine) -> Iterator[Follower]:
    address = base + "/wikis/{project}/w/api.php"
    quick = RetryPolicy(attempts=1, first_wait_seconds=0.01, jitter_seconds=0.0)
    with PoliteSession(contact="t@example.org", per_minute=900_000, max_connections=3, retries=quick) as session:
        yield Follower(
            engine,
            ActionClient(session, address),
            lambda project: get_content_namespaces(session, address.format(project=project)),
            lambda: NOW,
        )


def change(base: str, **faults: Any) -> None:
    requests.post(f"{base}/simulator/settings", json={"faults": faults}, timeout=10).raise_for_status()


def find_truth(base: str, project: str, days: DayRange) -> dict[str, Any]:
    asked = {"project": project, "start": str(days.first), "end": str(days.last)}
    truth: dict[str, Any] = requests.get(f"{base}/simulator/stayed.json", asked, timeout=60).json()
    return truth


def compare(base: str, followed: Followed) -> None:
    truth = find_truth(base, *followed.cohort)
    for one in followed.windows:
        editing, active = truth["stayed"][one.window.value]
        assert one.accounts == truth["accounts"]
        assert one.found is not None
        if one.accounts <= SAMPLE:
            assert (one.found.asked, one.found.editing, one.found.active) == (one.accounts, editing, active)
        else:
            assert one.found.share == pytest.approx(editing / truth["accounts"], abs=one.margin)


@pytest.mark.parametrize("cohort", COHORTS, ids=lambda cohort: cohort[0])
def test_who_stayed_is_what_is_known_of_all_accounts_and_within_the_margin_of_samples(
    base: str, follower: Follower, cohort: tuple[str, DayRange]
) -> None:
    followed = follower.follow(cohort)

    assert followed.gaps == ()
    assert followed.requests <= MOST_REQUESTS
    compare(base, followed)


def test_no_name_is_stored(base: str, follower: Follower, engine: Engine) -> None:
    project, days = COHORTS[1]
    now = datetime.combine(days.last + timedelta(days=31), datetime.min.time(), UTC)
    Follower(engine, follower.wiki, follower.get_content, lambda: now).follow(COHORTS[1])
    asked = {"project": project, "month": f"{days.first:%Y-%m}"}
    names = requests.get(f"{base}/simulator/secrets.json", asked, timeout=60).json()["users"]

    with engine.connect() as connection:
        stored = str([connection.execute(sa.select(table)).all() for table in metadata.sorted_tables])
    assert len(names) > 50
    assert read_account_numbers(engine, COHORTS[1]) != [], "numbers are, for a while"
    assert [name for name in names if name in stored] == []


def test_what_is_usual_is_of_the_days_before_together(base: str, follower: Follower) -> None:
    followed = follower.follow(COHORTS[1])
    truths = [find_truth(base, COHORTS[1][0], days) for days in list_usual(COHORTS[1][1])]

    for one in followed.windows:
        assert one.usual is not None
        # Some accounts were made by others, and are not among those.
        whole = sum(truth["accounts"] for truth in truths)
        assert 0.85 * whole < one.usual.asked < whole
        editing = sum(truth["stayed"][one.window.value][0] for truth in truths)
        assert 0.6 * editing < one.usual.editing <= editing
        assert one.usual.active <= one.usual.editing


FAULTS = ("away", "limited", "redirect", "html", "empty", "list", "forbidden", "hung")
FIELDS = {
    "logevents": ("query", "logevents", "params", "userid", "action", "timestamp"),
    "usercontribs": ("query", "usercontribs", "userid", "ns", "timestamp"),
}


@pytest.mark.parametrize(
    "fault",
    [
        *(f"{service}={behaviour}" for service in ("logevents", "usercontribs") for behaviour in FAULTS),
        *(f"{service}=without:{name}" for service, names in FIELDS.items() for name in names),
        "siteinfo=away",
        "siteinfo=without:content",
    ],
)
def test_what_a_service_does_not_say_is_a_gap_and_is_known_once_it_does(
    base: str, follower: Follower, fault: str
) -> None:
    change(base, service_faults=[fault], hang_seconds=0.2)
    followed = follower.follow(COHORTS[1])

    assert followed.gaps
    assert all(one.found is None and one.usual is None and one.error for one in followed.windows)
    change(base, service_faults=[])
    again = follower.follow(COHORTS[1])
    assert again.gaps == ()
    compare(base, again)


def test_a_part_of_the_log_does_not_pass_for_the_whole(base: str, follower: Follower) -> None:
    change(base, service_faults=["logevents=without:continue"])
    cohort = next(one for one in COHORTS if one[0].startswith("fr"))
    followed = follower.follow(cohort)

    assert all(one.accounts is None and one.error for one in followed.windows)
