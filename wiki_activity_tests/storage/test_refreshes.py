import multiprocessing
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from multiprocessing.connection import Connection
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from wiki_activity.domain.counts import COUNT_SERIES, Series
from wiki_activity.domain.wikis import Wiki
from wiki_activity.leases import sign_lease
from wiki_activity.storage.count_tables import read_series
from wiki_activity.storage.database import create_database_engine, writing
from wiki_activity.storage.database_clock import database_time
from wiki_activity.storage.fetches import FetchResult, FetchStatus, answered, read_fetches
from wiki_activity.storage.refresh_leases import (
    beat,
    check_lease,
    finish_refresh,
    release_refresh,
    resume_refresh,
    start_refresh,
)
from wiki_activity.storage.refreshes import Outcome, Refresh, last_refresh, last_whole
from wiki_activity.storage.storage_errors import LeaseLostError, NothingToResumeError, RefreshBusyError
from wiki_activity.storage.wiki_table import save_wikis
from wiki_activity_tests.storage.conftest import NOW
from wiki_activity_tests.storage.rows import counts_from, run_together
from wiki_activity_tests.storage.storing import record_fetches, store_counts

FIRST, LAST = date(2001, 1, 1), date(2024, 5, 1)
PROJECTS = ("hi.wikipedia.org", "bn.wikipedia.org")
OK = FetchResult(FetchStatus.OK, months=281)
NO_DATA = FetchResult(FetchStatus.NO_DATA)
FAILED = FetchResult(FetchStatus.FAILED, error="503 after 5 attempts")


def start(engine: Engine, holder: str = "one", now: datetime = NOW, **changes: Any) -> Refresh:
    asked = {
        "run_id": f"run of {holder}",
        "first": FIRST,
        "last": LAST,
        "projects": PROJECTS,
        "series": list(COUNT_SERIES),
    }
    return start_refresh(engine, **{**asked, "holder": holder, "now": now, **changes})


def seconds(count: int) -> datetime:
    return NOW + timedelta(seconds=count)


def test_a_refresh_knows_what_it_was_asked_for(engine: Engine) -> None:
    refresh = start(engine)
    assert (refresh.first, refresh.last, refresh.projects) == (FIRST, LAST, PROJECTS)
    assert refresh.series == tuple(COUNT_SERIES)
    assert (refresh.started_at, refresh.heartbeat, refresh.finished_at, refresh.outcome) == (NOW, NOW, None, None)
    assert last_refresh(engine) == refresh


def test_a_second_refresh_is_told_who_holds_the_lease(engine: Engine) -> None:
    start(engine, "one")
    with pytest.raises(RefreshBusyError, match=r"held by one since 2024-06-03 12:00:00 UTC") as caught:
        start(engine, "two", seconds(59))
    assert (caught.value.holder, caught.value.started_at, caught.value.heartbeat) == ("one", NOW, NOW)


def test_of_many_that_start_at_once_one_wins(engine: Engine) -> None:
    together = Barrier(6)

    def begin(holder: str) -> None:
        together.wait()
        start(engine, holder)

    errors = run_together([lambda holder=str(at): begin(holder) for at in range(6)])
    assert [type(error) for error in errors] == [RefreshBusyError] * 5
    newest = last_refresh(engine)
    assert newest is not None
    assert {error.holder for error in errors} == {newest.holder}


def test_a_beat_keeps_the_lease(engine: Engine) -> None:
    refresh = start(engine)
    beat(engine, refresh.id, "one", seconds(50))
    with pytest.raises(RefreshBusyError):
        start(engine, "two", seconds(100))


def test_a_lease_left_by_a_dead_process_is_taken_over(engine: Engine) -> None:
    dead = start(engine, "dead")
    start(engine, "alive", seconds(61))
    with pytest.raises(LeaseLostError, match="no longer held by dead"):
        beat(engine, dead.id, "dead", seconds(62))


def test_a_clock_that_is_two_minutes_ahead_takes_no_lease_of_a_process_that_lives(engine: Engine) -> None:
    start(engine, sign_lease("refresh"), run_id="r")
    with pytest.raises(RefreshBusyError):
        start(engine, "two", seconds(120))
    start(engine, "two", seconds(601))


def test_the_age_of_a_lease_is_told_by_the_database_servers_clock(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("a file has no clock of its own")
    here = datetime.now(UTC)

    @sa.event.listens_for(engine, "checkout")
    def set_clock(connection: Any, *_: Any) -> None:
        """Let the server's clock be two minutes behind this machine's."""
        with connection.cursor() as cursor:
            cursor.execute("set timestamp = unix_timestamp(sysdate(6)) - 120")

    there = database_time(engine, here)
    assert abs(there - here + timedelta(seconds=120)) < timedelta(seconds=10)
    with engine.begin() as connection:
        refresh = start(engine, "elsewhere", here)
        connection.exec_driver_sql(f"update refreshes set heartbeat = utc_timestamp(6) where id = {refresh.id}")
    with pytest.raises(RefreshBusyError):
        start(engine, "two", datetime.now(UTC))
    sa.event.remove(engine, "checkout", set_clock)


def test_nobody_waits_for_a_holder_known_to_be_gone(engine: Engine) -> None:
    start(engine, "dead")
    start(engine, "alive", seconds(1), is_gone=lambda holder: holder == "dead")
    with pytest.raises(RefreshBusyError):
        start(engine, "third", seconds(2), is_gone=lambda holder: holder == "dead")


def test_one_that_was_replaced_can_write_no_more(engine: Engine) -> None:
    refresh = start(engine, "slow")
    resume_refresh(engine, run_id="r", holder="quick", now=seconds(61))
    with pytest.raises(LeaseLostError):
        record(engine, refresh, "slow", PROJECTS[0], {Series.EDITS: OK})
    assert answered(engine, refresh.id) == set()
    assert read_series(engine, Series.EDITS).empty
    for change in (
        lambda: beat(engine, refresh.id, "slow", seconds(62)),
        lambda: finish_refresh(engine, refresh.id, "slow", seconds(62), Outcome.DONE),
    ):
        with pytest.raises(LeaseLostError):
            change()
    release_refresh(engine, refresh.id, "slow", seconds(62))
    newest = last_refresh(engine)
    assert newest is not None
    assert (newest.holder, newest.outcome) == ("quick", None)


def test_one_that_finished_can_write_no_more(engine: Engine) -> None:
    refresh = start(engine)
    finish_refresh(engine, refresh.id, "one", seconds(9), Outcome.DONE)
    with pytest.raises(LeaseLostError):
        record(engine, refresh, "one", PROJECTS[0], {Series.EDITS: OK})


def test_a_finished_refresh_holds_nobody_up(engine: Engine) -> None:
    refresh = start(engine)
    finish_refresh(engine, refresh.id, "one", seconds(9), Outcome.FAILURES)
    newest = last_refresh(engine)
    assert newest is not None
    assert (newest.finished_at, newest.outcome) == (seconds(9), Outcome.FAILURES)
    start(engine, "two", seconds(10))


def test_a_resumed_refresh_is_the_same_one_and_knows_what_was_answered(engine: Engine) -> None:
    refresh = start(engine, "killed")
    record(
        engine, refresh, "killed", PROJECTS[0], {Series.EDITS: OK, Series.USER_EDITS: FAILED, Series.EDITORS: NO_DATA}
    )
    resumed = resume_refresh(engine, run_id="r2", holder="next", now=seconds(61))
    assert (resumed.id, resumed.projects, resumed.series, resumed.last) == (refresh.id, PROJECTS, refresh.series, LAST)
    assert (resumed.run_id, resumed.holder, resumed.heartbeat) == (refresh.run_id, "next", seconds(61))
    assert answered(engine, resumed.id) == {(PROJECTS[0], Series.EDITS), (PROJECTS[0], Series.EDITORS)}


def test_a_running_refresh_is_not_resumed(engine: Engine) -> None:
    start(engine)
    with pytest.raises(RefreshBusyError):
        resume_refresh(engine, run_id="r2", holder="two", now=seconds(30))


def test_of_many_that_resume_at_once_one_wins(engine: Engine) -> None:
    start(engine, "killed")
    together = Barrier(4)

    def resume(holder: str) -> None:
        together.wait()
        resume_refresh(engine, run_id=holder, holder=holder, now=seconds(61))

    errors = run_together([lambda holder=str(at): resume(holder) for at in range(4)])
    assert [type(error) for error in errors] == [RefreshBusyError] * 3


def test_one_that_was_released_is_resumed_at_once(engine: Engine) -> None:
    refresh = start(engine)
    release_refresh(engine, refresh.id, "one", seconds(5))
    assert resume_refresh(engine, run_id="r2", holder="two", now=seconds(6)).id == refresh.id


def test_one_with_failures_is_resumed_and_one_without_is_not(engine: Engine) -> None:
    refresh = start(engine)
    finish_refresh(engine, refresh.id, "one", seconds(9), Outcome.FAILURES)
    assert resume_refresh(engine, run_id="r2", holder="two", now=seconds(10)).id == refresh.id
    finish_refresh(engine, refresh.id, "two", seconds(19), Outcome.DONE)
    with pytest.raises(NothingToResumeError, match="no refresh was left unfinished"):
        resume_refresh(engine, run_id="r3", holder="three", now=seconds(20))


@pytest.mark.parametrize(
    ("later", "is_covered"),
    [
        ({}, True),
        ({"projects": [*PROJECTS, "ta.wikipedia.org"]}, True),
        ({"projects": PROJECTS[:1]}, False),
        ({"first": date(2020, 1, 1)}, False),
        ({"series": [Series.EDITS]}, False),
    ],
)
def test_an_old_one_is_resumed_unless_a_later_one_did_its_work(
    engine: Engine, later: dict[str, Any], is_covered: bool
) -> None:
    old = start(engine, "old")
    release_refresh(engine, old.id, "old", seconds(1))
    new = start(engine, "new", seconds(2), **later)
    finish_refresh(engine, new.id, "new", seconds(3), Outcome.DONE)
    resume: Callable[[], Refresh] = lambda: resume_refresh(engine, run_id="r", holder="h", now=seconds(4))  # noqa: E731
    if is_covered:
        with pytest.raises(NothingToResumeError):
            resume()
    else:
        assert resume().id == old.id


@pytest.mark.parametrize("change", [{"closed": True}, {"gone": True}])
def test_for_a_wiki_that_is_closed_meanwhile_no_old_one_is_resumed(engine: Engine, change: dict[str, bool]) -> None:
    old = start(engine, "old")
    finish_refresh(engine, old.id, "old", seconds(1), Outcome.FAILURES)
    bengali = Wiki(
        PROJECTS[1], "bnwiki", "wikipedia", "bn", "Bengali Wikipedia", "বাংলা", "ltr", **{"closed": False} | change
    )
    save_wikis(engine, [bengali], NOW)
    new = start(engine, "new", seconds(2), projects=PROJECTS[:1])
    finish_refresh(engine, new.id, "new", seconds(3), Outcome.DONE)
    with pytest.raises(NothingToResumeError):
        resume_refresh(engine, run_id="r", holder="h", now=seconds(4))


def test_the_last_one_of_all_wikis_is_none_of_a_few(engine: Engine) -> None:
    assert last_whole(engine, Series.EDITS, 2) is None
    whole = start(engine)
    finish_refresh(engine, whole.id, "one", seconds(1), Outcome.FAILURES)
    few = start(engine, now=seconds(2), projects=PROJECTS[:1])
    finish_refresh(engine, few.id, "one", seconds(3), Outcome.DONE)
    found = last_whole(engine, Series.EDITS, 2)
    assert found is not None
    assert found.id == whole.id


def test_a_runs_refresh_is_found_by_any_run_that_did_it(engine: Engine) -> None:
    first = start(engine, "a", run_id="root")
    release_refresh(engine, first.id, "a", seconds(1))
    other = start(engine, "b", seconds(2), run_id="other")
    release_refresh(engine, other.id, "b", seconds(3))
    for at, (run, of) in enumerate([("again", "root"), ("third", "again"), ("fourth", "root")], 4):
        resumed = resume_refresh(engine, run_id=run, holder=run, now=seconds(at), of_run_id=of)
        assert resumed.id == first.id
        release_refresh(engine, first.id, run, seconds(at))
    with pytest.raises(NothingToResumeError, match="run nobody started no refresh"):
        resume_refresh(engine, run_id="r", holder="h", now=seconds(9), of_run_id="nobody")


def test_a_run_with_two_refreshes_resumes_the_one_of_its_series(engine: Engine) -> None:
    edits = start(engine, "a", run_id="run", series=[Series.EDITS, Series.USER_EDITS])
    release_refresh(engine, edits.id, "a", seconds(1))
    editors = start(engine, "b", seconds(2), run_id="run", series=[Series.EDITORS])
    release_refresh(engine, editors.id, "b", seconds(3))
    for refresh in (edits, editors):
        resumed = resume_refresh(engine, run_id="r", holder="h", now=seconds(4), of_run_id="run", series=refresh.series)
        assert resumed.id == refresh.id
        release_refresh(engine, refresh.id, "h", seconds(5))


def test_fetches_and_counts_are_committed_together_and_replaced_when_tried_again(engine: Engine) -> None:
    refresh = start(engine)
    record(engine, refresh, "one", PROJECTS[0], {Series.EDITS: FAILED})
    record(engine, refresh, "one", PROJECTS[0], {Series.EDITS: OK}, seconds(5))
    record(engine, refresh, "one", PROJECTS[1], {Series.EDITS: NO_DATA, Series.EDITORS: FAILED})
    rows = [(row.project, row.series, row.result, row.fetched_at) for row in read_fetches(engine, refresh.id)]
    assert rows == [
        (PROJECTS[1], Series.EDITORS, FAILED, NOW),
        (PROJECTS[1], Series.EDITS, NO_DATA, NOW),
        (PROJECTS[0], Series.EDITS, OK, seconds(5)),
    ]


def test_a_process_killed_while_it_writes_loses_nothing_and_leaves_nothing_half(url: str, engine: Engine) -> None:
    projects = [f"{at:03}.wikipedia.org" for at in range(500)]
    refresh = start(engine, "killed", projects=projects)
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=store_one_by_one, args=(url, refresh, sender))
    process.start()
    told = [receiver.recv() for _ in range(20)]
    process.kill()
    process.join(timeout=60)
    receiver.close()
    sender.close()
    resumed = resume_refresh(engine, run_id="r2", holder="next", now=seconds(61))
    done = {project for project, _ in answered(engine, resumed.id)}
    assert set(told) <= done
    assert len(done) < len(projects)
    assert set(read_series(engine, Series.EDITS).columns) == done


def store_one_by_one(url: str, refresh: Refresh, sender: Connection) -> None:
    engine = create_database_engine(url)
    for project in refresh.projects:
        record(engine, refresh, "killed", project, {Series.EDITS: OK})
        sender.send(project)


def test_no_refresh_at_all_is_none(engine: Engine) -> None:
    assert last_refresh(engine) is None
    with pytest.raises(NothingToResumeError):
        resume_refresh(engine, run_id="r", holder="h", now=NOW)


def record(  # noqa: PLR0917 - as its calls read
    engine: Engine, refresh: Refresh, holder: str, project: str, results: dict[Series, FetchResult], at: datetime = NOW
) -> None:
    with writing(engine) as connection:
        check_lease(connection, refresh.id, holder)
        store_counts(connection, project, {Series.EDITS: counts_from("2024-01", 5)}, FIRST, LAST, at)
        record_fetches(connection, refresh.id, project, results, at)


def test_parts_without_a_wiki_in_common_run_beside_each_other_and_nothing_else_does(engine: Engine) -> None:
    start(engine, "one, part 1/2", projects=["a.wikipedia.org"])
    start(engine, "two, part 2/2", projects=["b.wikipedia.org"])

    for holder, project in (("three, part 1/2", "a.wikipedia.org"), ("all of a wiki", "c.wikipedia.org")):
        with pytest.raises(RefreshBusyError, match=r"held by (one|two)"):
            start(engine, holder, projects=[project])


def test_the_part_that_nobody_goes_on_with_is_resumed(engine: Engine) -> None:
    left = start(engine, "left, part 1/2", projects=["a.wikipedia.org"])
    release_refresh(engine, left.id, left.holder, NOW)
    start(engine, "lives, part 2/2", projects=["b.wikipedia.org"])

    with pytest.raises(RefreshBusyError, match="held by lives"):
        resume_refresh(engine, run_id="r", holder="somebody else", now=NOW)
    assert resume_refresh(engine, run_id="r", holder="new, part 1/2", now=NOW).id == left.id
