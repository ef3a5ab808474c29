"""`wiki-activity refresh` killed, interrupted, resumed, and started twice."""

import signal
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from wiki_activity.domain.counts import COUNT_SERIES, Series
from wiki_activity.simulator.faults import Faults
from wiki_activity.storage.peak_table import read_peaks, replace_peaks
from wiki_activity_tests.cli.commands import Ended, run, start, wait
from wiki_activity_tests.cli.simulated import Simulated, simulating
from wiki_activity_tests.cli.stored import count_revised, find_answered, opened, read_all

pytestmark = pytest.mark.slow

WIKIS = 20
SLOW = Faults(latency_ms=80)
"""So that there is a middle to be killed in: what came is stored once a second."""


@pytest.fixture
def simulated() -> Iterator[Simulated]:
    with simulating(WIKIS, faults=SLOW) as running:
        yield running


def cut_short(environment: dict[str, str], simulated: Simulated, how: signal.Signals) -> Ended:
    """Begin a refresh, and send a signal when a third of it is done."""
    with start(environment, "refresh") as process:
        simulated.wait_for_answers(len(COUNT_SERIES) * WIKIS // 3)
        process.send_signal(how)
        return wait(process)


def resume(environment: dict[str, str], simulated: Simulated) -> list[tuple[str, Series]]:
    """Go on, and return what was asked for."""
    before = len(simulated.asked())
    ended = run(environment, "refresh", "--resume", "--json")
    assert ended.code == 0, ended.err
    assert ended.json["restated"] == 0
    return [(request.project, request.series) for request in simulated.asked()[before:]]


def everything(simulated: Simulated) -> set[tuple[str, Series]]:
    return {(wiki, series) for wiki in simulated.wikis() for series in COUNT_SERIES}


def test_kill_9_in_the_middle_loses_nothing_and_only_the_missing_is_fetched(
    environment: dict[str, str], simulated: Simulated, url: str
) -> None:
    environment |= simulated.environment | {"WIKI_ACTIVITY_DATABASE_URL": url}
    with start(environment, "refresh") as process:
        simulated.wait_for_answers(1)
        simulated.wait_until(lambda _: len(find_answered(url)) > 0)
        process.kill()
        process.wait()
    known = find_answered(url)
    stored = read_all(url)
    assert 0 < len(known) < len(COUNT_SERIES) * WIKIS

    asked = resume(environment, simulated)
    assert len(asked) == len(set(asked))
    assert set(asked) == everything(simulated) - known
    after = read_all(url)
    simulated.change(faults={"latency_ms": 0})
    for series in COUNT_SERIES:
        assert set(after[series]) == set(simulated.wikis())
        for wiki, counts in after[series].items():
            assert counts == simulated.truth(wiki, series)
            assert stored[series].get(wiki, counts) == counts
    assert count_revised(url) == 0


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_refresh_that_is_told_to_stop_ends_with_130_and_can_be_resumed(
    environment: dict[str, str], simulated: Simulated, how: signal.Signals
) -> None:
    environment |= simulated.environment
    ended = cut_short(environment, simulated, how)
    assert ended.code == 130
    assert ended.err.endswith("interrupted\n")
    assert "Traceback" not in ended.err
    refresh = run(environment, "status", "--json").json["refresh"]
    assert refresh["state"] == "interrupted"
    assert 0 < refresh["wikis_done"] < WIKIS
    asked = resume(environment, simulated)
    assert len({wiki for wiki, _ in asked}) == WIKIS - refresh["wikis_done"]
    assert len(asked) == len(COUNT_SERIES) * (WIKIS - refresh["wikis_done"])


def test_ctrl_c_does_not_wait_for_answers_that_do_not_come(environment: dict[str, str]) -> None:
    with simulating(WIKIS) as simulated:
        environment |= simulated.environment
        with start(environment, "refresh") as process:
            simulated.wait_for_answers(4)
            simulated.change(faults={"hung_share": 1.0})
            simulated.wait_until(lambda _: simulated.in_flight() == 3)
            process.send_signal(signal.SIGINT)
            ended = wait(process, seconds=10)
    assert ended.code == 130
    assert ended.err.endswith("interrupted\n")


def test_of_two_refreshes_the_second_leaves_or_waits_and_takes_over_from_the_dead(
    environment: dict[str, str], simulated: Simulated
) -> None:
    environment |= simulated.environment
    with start(environment, "refresh") as first:
        simulated.wait_for_answers(4)
        simulated.change(faults={"hung_share": 1.0})
        running = run(environment, "status", "--json").json["refresh"]
        assert (running["state"], running["wikis"]) == ("running", WIKIS)
        holder = f"wiki-activity refresh, process {first.pid} on "
        assert running["holder"].startswith(holder)

        second = run(environment, "refresh")
        assert second.code == 1
        assert f"another refresh is under way: held by {holder}" in second.err

        with start(environment, "refresh", "--wait", "--json") as waiting:
            line = read_line(waiting)
            assert line.startswith(f"waiting: another refresh is under way: held by {holder}")
            first.kill()
            first.wait()
            simulated.change(faults={"hung_share": 0.0})
            ended = wait(waiting)
    assert ended.code == 0, ended.err
    assert ended.json["asked"] == WIKIS


def read_line(process: "subprocess.Popen[str]") -> str:
    assert process.stderr is not None
    return process.stderr.readline()


def test_a_lease_left_by_a_killed_process_is_taken_over_at_once(
    environment: dict[str, str], simulated: Simulated
) -> None:
    environment |= simulated.environment
    cut_short(environment, simulated, signal.SIGKILL)
    ended = run(environment, "refresh", "--wiki", "en.wikipedia.org", "--json")
    assert (ended.code, ended.json["asked"]) == (0, 1)


def test_resuming_what_was_killed_after_its_last_wiki_finds_its_peaks(
    environment: dict[str, str], simulated: Simulated, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/activity.db"
    environment |= simulated.environment | {"WIKI_ACTIVITY_DATABASE_URL": url}
    assert run(environment, "refresh", "--wiki", "en.wikipedia.org").code == 0
    with opened(url) as engine:
        found = read_peaks(engine)
        replace_peaks(engine, [], found_at=datetime.now(UTC))
        ended = run(environment, "refresh", "--resume")
        assert ended.code == 1
        assert "no refresh was left unfinished" in ended.err
        assert read_peaks(engine) == found != []
