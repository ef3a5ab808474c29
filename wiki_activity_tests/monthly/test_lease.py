"""A refresh that is cut short, resumed, taken over, or kept waiting."""

import signal
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from wiki_activity.domain.counts import COUNT_SERIES, Metric, Series
from wiki_activity.monthly.refresh import Progress, holding_lease, run_refresh
from wiki_activity.monthly.refresh_errors import HopelessError
from wiki_activity.storage.count_tables import read_series
from wiki_activity.storage.fetches import answered
from wiki_activity.storage.refresh_leases import release_refresh, start_refresh
from wiki_activity.storage.refreshes import Outcome, last_refresh
from wiki_activity.storage.storage_errors import LeaseLostError, NothingToResumeError, RefreshBusyError
from wiki_activity.wikimedia.answer_errors import PassingError, UnreachableError
from wiki_activity_tests.monthly.fakes import COUNTS, FIRST, LAST, FakeWikimedia
from wiki_activity_tests.monthly.refreshing import A_WIKI, NOW, WIKIS, outcome_of_last, refresh

BUSY = PassingError("503")


def test_an_interrupted_refresh_goes_on_with_what_is_missing(engine: Engine) -> None:
    client = FakeWikimedia(WIKIS)
    client.silent = frozenset(WIKIS[8:])

    def interrupt(progress: Progress) -> None:
        if progress.done == 8:
            client.errors = {(project, series): BUSY for project in WIKIS[8:] for series in COUNT_SERIES}
            client.goes_on.set()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        refresh(engine, client, watch=interrupt)
    assert outcome_of_last(engine) is Outcome.INTERRUPTED
    newest = last_refresh(engine)
    assert newest is not None
    known = answered(engine, newest.id)
    assert len(known) == 8 * len(COUNT_SERIES)

    client = FakeWikimedia(WIKIS)
    told: list[Progress] = []
    outcome = refresh(engine, client, resume=True, watch=told.append)
    assert sorted(client.asked) == sorted({(project, series) for project in WIKIS for series in COUNT_SERIES} - known)
    assert (outcome.refresh.id, outcome.asked, told[0].done, told[-1].done) == (newest.id, 12, 8, 20)
    assert read_series(engine, Series.EDITS).to_numpy().tolist() == [[count] * 20 for count in COUNTS.values()]
    with pytest.raises(NothingToResumeError):
        refresh(engine, client, resume=True)


def test_ctrl_c_amid_a_write_lets_it_end_and_gives_the_lease_up(engine: Engine) -> None:
    def press_ctrl_c(*event: Any) -> None:
        if str(event[2]).upper().startswith("INSERT INTO FETCHES"):
            signal.raise_signal(signal.SIGINT)

    sa.event.listen(engine, "before_cursor_execute", press_ctrl_c)
    with pytest.raises(KeyboardInterrupt):
        refresh(engine, FakeWikimedia(WIKIS))
    sa.event.remove(engine, "before_cursor_execute", press_ctrl_c)
    assert outcome_of_last(engine) is Outcome.INTERRUPTED
    newest = last_refresh(engine)
    assert newest is not None
    assert len(answered(engine, newest.id)) == len(WIKIS) * len(COUNT_SERIES)
    assert len(read_series(engine, Series.EDITS).columns) == len(WIKIS)


def test_resuming_asks_again_for_what_failed_and_for_nothing_else(engine: Engine) -> None:
    errors = {(WIKIS[3], Series.EDITORS): BUSY, (WIKIS[5], Series.EDITS): BUSY, (A_WIKI, Series.USER_EDITS): BUSY}
    refresh(engine, FakeWikimedia(WIKIS, errors))
    assert outcome_of_last(engine) is Outcome.FAILURES
    client = FakeWikimedia(WIKIS)
    outcome = refresh(engine, client, resume=True)
    split = [(WIKIS[5], series) for series in (Series.EDITS, Series.USER_EDITS, Series.ANONYMOUS_EDITS)]
    assert sorted(client.asked) == sorted([(WIKIS[3], Series.EDITORS), (A_WIKI, Series.USER_EDITS), *split])
    assert outcome.failed == {}
    assert outcome_of_last(engine) is Outcome.DONE
    assert read_series(engine, Metric.PEOPLE_EDITS)[A_WIKI].tolist() == [2 * count for count in COUNTS.values()]


def test_whoever_has_lost_the_lease_writes_no_more(engine: Engine) -> None:
    client = FakeWikimedia(WIKIS)
    client.silent = frozenset(WIKIS[5:])

    def take_over(progress: Progress) -> None:
        if progress.done == 5:
            client.goes_on.set()
            start_refresh(
                engine,
                run_id="r2",
                holder="two",
                first=FIRST,
                last=LAST,
                projects=WIKIS,
                series=list(COUNT_SERIES),
                now=NOW,
                is_gone=lambda holder: holder == "one",
            )

    with pytest.raises(LeaseLostError, match="no longer held by one"):
        refresh(engine, client, watch=take_over)
    assert len(read_series(engine, Series.EDITS).columns) == 5
    newest = last_refresh(engine)
    assert newest is not None
    assert (newest.holder, newest.outcome) == ("two", None)


def test_a_refresh_that_nobody_answers_is_given_up_and_can_be_resumed(engine: Engine) -> None:
    silent = {(project, series): UnreachableError("no answer") for project in WIKIS[5:] for series in COUNT_SERIES}
    client = FakeWikimedia(WIKIS, silent)
    with pytest.raises(HopelessError, match=r"10 wikis in a row met no answer; the last: edits: no answer"):
        refresh(engine, client)
    assert outcome_of_last(engine) is Outcome.INTERRUPTED
    assert sorted(read_series(engine, Series.EDITS).columns) == WIKIS[:5]
    assert len({project for project, _ in client.asked}) < 20
    assert refresh(engine, FakeWikimedia(WIKIS), resume=True).asked == 15


def test_eight_wikis_in_a_row_without_an_answer_are_not_hopeless(engine: Engine) -> None:
    silent = {*WIKIS[:8], *WIKIS[9:17], *WIKIS[18:]}
    client = FakeWikimedia(
        WIKIS, {(project, series): UnreachableError("no answer") for project in silent for series in COUNT_SERIES}
    )
    lease = holding_lease(
        engine, run_id="r", holder="one", clock=lambda: NOW, request=lambda: (FIRST, LAST, WIKIS, list(COUNT_SERIES))
    )
    with lease as held:
        outcome = run_refresh(engine, client, held, connections=1, clock=lambda: NOW)
    assert outcome.failed_wikis.keys() == silent
    assert outcome.fails


def test_a_second_refresh_is_refused_or_waits_until_the_first_one_ends(engine: Engine) -> None:
    first = start_refresh(
        engine, run_id="r", holder="first", first=FIRST, last=LAST, projects=WIKIS, series=list(COUNT_SERIES), now=NOW
    )
    with pytest.raises(RefreshBusyError, match="held by first"):
        refresh(engine, FakeWikimedia(WIKIS))
    waited: list[str] = []

    def wait(error: RefreshBusyError) -> bool:
        waited.append(error.holder)
        if len(waited) == 2:
            release_refresh(engine, first.id, "first", NOW)
        return True

    asked = (FIRST, LAST, WIKIS, list(COUNT_SERIES))
    lease = holding_lease(
        engine, run_id="r2", holder="two", clock=lambda: NOW, request=lambda: asked, wait_for_lease=wait
    )
    with lease as held:
        assert held.holder == "two"
    assert waited == ["first", "first"]


def test_a_lease_whose_holder_gave_no_sign_of_life_is_taken_over(engine: Engine) -> None:
    start_refresh(
        engine,
        run_id="r",
        holder="dead",
        first=FIRST,
        last=LAST,
        projects=WIKIS,
        series=list(COUNT_SERIES),
        now=NOW - timedelta(minutes=2),
    )
    client = FakeWikimedia(WIKIS)
    assert refresh(engine, client, resume=True).refresh.run_id == "r"
    assert len(client.asked) == len(WIKIS) * len(COUNT_SERIES)


def test_an_error_gives_the_lease_up_so_that_the_next_may_begin_at_once(engine: Engine) -> None:
    asked = (FIRST, LAST, WIKIS, list(COUNT_SERIES))
    lease = holding_lease(engine, run_id="r", holder="one", clock=lambda: NOW, request=lambda: asked)
    with pytest.raises(ZeroDivisionError), lease:
        raise ZeroDivisionError
    assert outcome_of_last(engine) is Outcome.INTERRUPTED
    refresh(engine, FakeWikimedia(WIKIS))
    assert outcome_of_last(engine) is Outcome.DONE
