"""`wiki-activity retention`: who stayed, asked by hand and by whatever calls it each hour, killed, and used wrongly."""

import signal
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import requests

from wiki_activity.domain.daily_history import DayRange
from wiki_activity.storage.database import reading
from wiki_activity.storage.retention_table import open_cohorts, read_account_numbers, read_cohort, read_retention
from wiki_activity_tests.cli.commands import run, start, wait
from wiki_activity_tests.cli.simulated import Simulated, simulating
from wiki_activity_tests.cli.stored import opened

WIKI = "nl.wikipedia.org"
FIRST, LAST = "2026-01-10", "2026-01-19"


@pytest.fixture(scope="module")
def simulated() -> Iterator[Simulated]:
    with simulating(40, newest_month=date(2026, 5, 1)) as running:
        yield running


@pytest.fixture
def environment(environment: dict[str, str], database: str, simulated: Simulated) -> dict[str, str]:
    environment |= simulated.environment
    assert run(environment, "refresh", "--wiki", WIKI, "--from", "2026-05").code == 0
    return environment


def find_truth(simulated: Simulated, first: str, last: str) -> dict[str, Any]:
    asked = {"project": WIKI, "start": first, "end": last}
    truth: dict[str, Any] = requests.get(f"{simulated.base}/simulator/stayed.json", asked, timeout=60).json()
    return truth


def test_what_is_true_is_told_in_words_and_as_json_and_asked_for_once(
    environment: dict[str, str], simulated: Simulated
) -> None:
    truth = find_truth(simulated, FIRST, LAST)
    told = run(environment, "retention", WIKI, FIRST, LAST)
    again = run(environment, "retention", WIKI, FIRST, LAST, "--json")

    assert (told.code, again.code) == (0, 0), told.err + again.err
    once, often = truth["stayed"]["7-30"]
    assert f"{once} of {truth['accounts']} accounts made here from 10 January 2026 to 19 January 2026" in told.out
    assert again.json["requests"] == 0
    found = {one["days_after"]: [one["editing"], one["active"]] for one in again.json["windows"]}
    assert found == truth["stayed"]
    assert truth["accounts"] > 50 > often


def test_killed_half_way_nothing_is_stored_and_nothing_doubled_after(
    environment: dict[str, str], database: str, simulated: Simulated
) -> None:
    simulated.change(faults={"latency_ms": 150})
    asked = len(simulated.log())
    with start(environment, "retention", WIKI, FIRST, LAST) as process:
        simulated.wait_until(lambda log: sum("/w/api.php" in one["path"] for one in log[asked:]) >= 6)
        process.send_signal(signal.SIGKILL)
        wait(process, 30)
    simulated.change(faults={"latency_ms": 0})
    cohort = (WIKI, DayRange(date.fromisoformat(FIRST), date.fromisoformat(LAST)))
    with opened(database) as engine:
        assert all(one.found is None and one.accounts is None for one in read_cohort(engine, cohort))
        assert read_account_numbers(engine, cohort) == []

    again = run(environment, "retention", WIKI, FIRST, LAST, "--json")
    assert again.code == 0, again.err
    found = {one["days_after"]: [one["editing"], one["active"]] for one in again.json["windows"]}
    assert found == find_truth(simulated, FIRST, LAST)["stayed"]
    with opened(database) as engine, reading(engine) as connection:
        assert len(read_retention(connection, [WIKI])[WIKI]) == 3


def test_what_could_not_be_read_is_named_and_ends_with_one(environment: dict[str, str], simulated: Simulated) -> None:
    simulated.change(faults={"service_faults": ["usercontribs=forbidden"]})
    ended = run(environment, "retention", WIKI, FIRST, LAST)
    simulated.change(faults={"service_faults": []})

    assert ended.code == 1
    assert "Not known, since it could not be read" in ended.out
    assert "403" in ended.err


def test_each_hour_what_is_due_is_asked_for(environment: dict[str, str], database: str, simulated: Simulated) -> None:
    last = datetime.now(UTC).date() - timedelta(days=40)
    cohort = (WIKI, DayRange(last - timedelta(days=9), last))
    with opened(database) as engine:
        open_cohorts(engine, [cohort])
    ended = run(environment, "retention", "--due")

    assert ended.code == 0, ended.err
    assert WIKI in ended.err
    with opened(database) as engine:
        first, *later = read_cohort(engine, cohort)
    assert first.found is not None
    assert [one.found for one in later] == [None, None]
    assert run(environment, "retention", "--due").err.count(WIKI) == 0, "until the next window has ended"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "or say --due"),
        ((WIKI,), "or say --due"),
        ((WIKI, FIRST, LAST, "--due"), "or say --due"),
        ((WIKI, LAST, FIRST), "reversed"),
        ((WIKI, "2026-01", "2026-05"), "151 days"),
        ((WIKI, "2026-01-32"), "day is out of range"),
        ((WIKI, "2999-01-01"), "to yesterday"),
        (("xx.example.org", FIRST, LAST), "there is no wiki"),
    ],
)
def test_wrong_use_is_told(environment: dict[str, str], arguments: tuple[str, ...], words: str) -> None:
    ended = run(environment, "retention", *arguments)

    assert ended.code == 2
    assert words in ended.err
    assert "Traceback" not in ended.err
