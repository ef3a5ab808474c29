"""`wiki-activity refresh --due`: what a platform's cron calls, as often as it likes."""

import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from wiki_activity.domain.counts import COUNT_SERIES, Series
from wiki_activity.domain.provisional import ProvisionalMonth
from wiki_activity.storage.count_tables import newest_month
from wiki_activity.storage.database import writing
from wiki_activity.storage.provisional_table import keep_provisional
from wiki_activity.storage.refresh_leases import release_refresh, start_refresh
from wiki_activity.storage.refreshes import last_refresh
from wiki_activity.storage.schema import refreshes
from wiki_activity_tests.cli.commands import run, start, wait
from wiki_activity_tests.cli.simulated import Simulated, simulating
from wiki_activity_tests.cli.stored import opened, read_all

WIKIS = 6


@pytest.fixture
def simulated() -> Iterator[Simulated]:
    with simulating(WIKIS) as running:
        yield running


@pytest.fixture
def environment(environment: dict[str, str], database: str, simulated: Simulated) -> dict[str, str]:
    return environment | simulated.environment | {"WIKI_ACTIVITY_WATCHLIST": simulated.wikis()[0]}


def list_asked(simulated: Simulated, what: str) -> list[str]:
    """List the wikis that were asked for something, in order."""
    paths = [entry["path"] for entry in simulated.log()]
    return [
        path.split("/aggregate/")[1].split("/")[0] for path in paths if what in path and "/all-projects/" not in path
    ]


def test_the_first_one_loads_everything_and_the_next_one_hardly_asks(
    environment: dict[str, str], database: str, simulated: Simulated
) -> None:
    first = run(environment, "refresh", "--due")
    asked = len(simulated.log())
    second = run(environment, "refresh", "--due")
    paths = [entry["path"] for entry in simulated.log()[asked:]]

    assert (first.code, second.code) == (0, 0), first.err + second.err
    assert set(read_all(database)[COUNT_SERIES[0]]) == set(simulated.wikis())
    assert sorted(set(list_asked(simulated, "/editors/"))) == sorted(simulated.wikis())
    # Of the watched wiki the days are known, too.
    assert set(list_asked(simulated, "/daily/")) == {simulated.wikis()[0]}
    assert len(paths) == 1, second.err
    assert "it is stored" in second.err


def test_parts_that_have_all_come_are_a_load(environment: dict[str, str], database: str, simulated: Simulated) -> None:
    parts = [run(environment, "refresh", "--shard", f"{number}/2") for number in (1, 2)]
    asked = len(simulated.log())
    due = run(environment, "refresh", "--due")

    assert [one.code for one in (*parts, due)] == [0, 0, 0], due.err
    assert set(read_all(database)[COUNT_SERIES[0]]) == set(simulated.wikis())
    later = [entry["path"] for entry in simulated.log()[asked:]]
    monthly = [path for path in later if "/edits/aggregate/" in path and "/monthly/" in path and "/all-p" not in path]
    assert len(monthly) == 1, "whether a month is new is asked of one wiki"
    assert "and it is stored" in due.err


def test_one_that_was_killed_is_gone_on_with(environment: dict[str, str], database: str, simulated: Simulated) -> None:
    simulated.change(faults={"latency_ms": 100})
    with start(environment, "refresh", "--due") as process:
        simulated.wait_for_answers(WIKIS)
        process.send_signal(signal.SIGTERM)
        ended = wait(process, 30)
    simulated.change(faults={"latency_ms": 0})
    again = run(environment, "refresh", "--due")

    assert ended.code == 130
    assert again.code == 0, again.err
    # What was left is asked for, and not all of it once more since a month is new.
    assert "and it is stored" in again.err
    assert set(read_all(database)[COUNT_SERIES[0]]) == set(simulated.wikis())


def test_a_week_later_all_is_asked_for_again(environment: dict[str, str], database: str, simulated: Simulated) -> None:
    assert run(environment, "refresh", "--due").code == 0
    # One wiki alone is no look at all of them.
    with opened(database) as engine, writing(engine) as connection:
        connection.execute(update(refreshes).values(started_at=datetime.now(UTC) - timedelta(days=8)))
    assert run(environment, "refresh", "--wiki", simulated.wikis()[0]).code == 0
    before = len(list_asked(simulated, "/edits/aggregate/"))
    again = run(environment, "refresh", "--due")

    assert again.code == 0
    assert "a week ago" in again.err
    assert len(list_asked(simulated, "/edits/aggregate/")) - before >= 3 * WIKIS


def test_a_wiki_that_always_fails_puts_the_week_off_for_no_other(
    environment: dict[str, str], database: str, simulated: Simulated
) -> None:
    assert run(environment, "refresh", "--due").code == 0
    with opened(database) as engine, writing(engine) as connection:
        # Yesterday somebody tried again what had failed a week before.
        begun = {"started_at": datetime.now(UTC) - timedelta(days=8)}
        ended = {"finished_at": datetime.now(UTC) - timedelta(days=1)}
        connection.execute(update(refreshes).values(**begun, **ended))
    again = run(environment, "refresh", "--due")

    assert again.code == 0
    assert "a week ago" in again.err


def test_a_load_that_is_half_done_is_never_begun_from_its_start(
    environment: dict[str, str], database: str, simulated: Simulated
) -> None:
    simulated.change(faults={"latency_ms": 100})
    with start(environment, "refresh", "--due") as process:
        simulated.wait_for_answers(WIKIS)
        process.send_signal(signal.SIGTERM)
        wait(process, 30)
    simulated.change(faults={"latency_ms": 0})
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    with opened(database) as engine:
        whole = last_refresh(engine)
        assert whole is not None
        with writing(engine) as connection:
            connection.execute(update(refreshes).values(started_at=hour_ago))
        asked = {"first": whole.last, "last": whole.last, "projects": whole.projects[-1:], "series": whole.series}
        few = start_refresh(engine, run_id="x", holder="x", now=hour_ago, **asked)
        release_refresh(engine, few.id, "x", hour_ago)
    # It goes on with the newest one; the next time with the other.
    soon, later = (run(environment, "refresh", "--due") for _ in range(2))

    assert (soon.code, later.code) == (0, 0)
    assert "gone on with next time" in soon.err
    assert "it is stored" in later.err


def test_while_another_one_is_at_it_nothing_is_due(
    environment: dict[str, str], database: str, simulated: Simulated
) -> None:
    assert run(environment, "refresh", "--due").code == 0
    asked = len(simulated.log())
    with opened(database) as engine:
        whole = last_refresh(engine)
        assert whole is not None
        them = {"first": whole.last, "last": whole.last, "projects": whole.projects, "series": COUNT_SERIES}
        start_refresh(engine, run_id="x", holder="another one", now=datetime.now(UTC), **them)
    ended = run(environment, "refresh", "--due")

    assert ended.code == 0
    assert "another one" in ended.err
    assert len(simulated.log()) == asked


def test_a_month_in_part_is_asked_for_once_a_day(
    environment: dict[str, str], database: str, simulated: Simulated
) -> None:
    assert run(environment, "refresh", "--due").code == 0
    now = datetime.now(UTC)
    with opened(database) as engine:
        month = newest_month(engine, Series.EDITS)
        assert month is not None
        keep_provisional(engine, ProvisionalMonth(month, 1, 100, 2, now, now), now)
    soon = run(environment, "refresh", "--due")
    with opened(database) as engine, writing(engine) as connection:
        connection.execute(update(refreshes).values(started_at=now - timedelta(days=1)))
    later = run(environment, "refresh", "--due")

    assert (soon.code, later.code) == (0, 0)
    assert "asked for again later" in soon.err
    assert "is complete now" in later.err


def test_a_dead_api_is_a_failure_and_nothing_is_lost(
    environment: dict[str, str], database: str, simulated: Simulated
) -> None:
    assert run(environment, "refresh", "--due").code == 0
    stored = read_all(database)
    dead = environment | {"WIKI_ACTIVITY_METRICS_URL": "http://127.0.0.1:9/metrics"}

    ended = run(dead, "refresh", "--due")

    assert ended.code == 1
    assert "no answer" in ended.err
    assert read_all(database) == stored


@pytest.mark.parametrize("other", [["--resume"], ["--people"], ["--from", "2024-01"], ["--wiki", "x"], ["--json"]])
def test_it_chooses_by_itself(environment: dict[str, str], other: list[str]) -> None:
    assert run(environment, "refresh", "--due", *other).code == 2
