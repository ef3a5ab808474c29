"""A cohort from the first window to the last, with a wiki that answers, fails, and is asked again."""

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.daily_history import DayRange
from wiki_activity.domain.findings import Source
from wiki_activity.domain.note_text import NoteKind, check_text
from wiki_activity.domain.notes import end_of_month
from wiki_activity.domain.peaks import Detector
from wiki_activity.domain.retention import SAMPLE, Stayed
from wiki_activity.evidence.asking import GapError
from wiki_activity.evidence.cohorts import MOST_REQUESTS, Asking
from wiki_activity.evidence.cohorts_due import KEPT_DAYS, forget_before, list_due_cohorts
from wiki_activity.evidence.retaining import Follower
from wiki_activity.storage.data_version import read_data_version
from wiki_activity.storage.database import reading
from wiki_activity.storage.evidence_table import StoredAnswer, store_evidence
from wiki_activity.storage.peak_table import read_peaks
from wiki_activity.storage.renames import save_matrix
from wiki_activity.storage.retention_schema import retention_accounts
from wiki_activity.storage.retention_table import forget_accounts, read_account_numbers, read_cohort, read_retention
from wiki_activity.storage.wiki_table import load_wikis
from wiki_activity.wikimedia.action_api import Dated
from wiki_activity.wikimedia.answer_errors import UnreachableError
from wiki_activity_tests.explorer.stored import LAST, NOW
from wiki_activity_tests.storage.storing import write_month_note

HI = "hi.wikipedia.org"
DAYS = DayRange(date(2026, 3, 1), date(2026, 3, 31))
COHORT = (HI, DAYS)
_PAGE = 500
CONTEST = check_text("A contest", "", None, "event")


@dataclass
class FakeWiki:
    """Makes `per_day` accounts each day, from 2025 on; of `edits` each hundredth number has so many, on day 10 after.

    Parameters
    ----------
    others
        Accounts that an organiser made, with the moment.
    edits
        By the number's rest of a hundred: how many edits it makes on each day from 8 to 89 after the end of March.
    broken
        What meets no answer: `log` or `edits`.
    """

    per_day: float = 2
    others: dict[int, datetime] = field(default_factory=dict)
    edits: dict[int, int] = field(default_factory=lambda: {7: 1, 8: 6})
    broken: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    days: tuple[int, ...] = (10,)

    def get_content(self, project: str) -> tuple[int, ...]:
        self._ask("content")
        return (0,)

    def get_made_accounts(
        self, project: str, action: str, first: datetime, until: datetime, goes_on: str | None = None
    ) -> Dated:
        self._ask("log" if first.year == DAYS.first.year else "log before")
        if action != "create":
            return Dated(
                tuple((n, at) for n, at in self.others.items() if action == "create2" and first <= at < until), None
            )
        begin = datetime(2025, 1, 1, tzinfo=UTC)
        gap = timedelta(days=1) / self.per_day
        number = max(-(-(first - begin) // gap), int(goes_on or 0))
        rows = []
        while (at := begin + number * gap) < until and len(rows) < _PAGE:
            rows.append((number + 1, at))
            number += 1
        return Dated(tuple(rows), str(number) if at < until else None)

    def get_edits_of(
        self,
        project: str,
        accounts: Sequence[int],
        namespaces: Collection[int],
        first: datetime,
        until: datetime,
        *,
        goes_on: str | None = None,
    ) -> Dated:
        self._ask("edits")
        assert 1 <= len(accounts) <= 50
        end = datetime.combine(DAYS.last + timedelta(days=1), time(), UTC)
        rows = [
            (one, at)
            for one in sorted(accounts)
            for day in self.days
            for edit in range(self.edits.get(one % 100, 0))
            if first <= (at := end + timedelta(days=day, seconds=edit)) < until
        ]
        begin = int(goes_on or 0)
        return Dated(tuple(rows[begin : begin + _PAGE]), str(begin + _PAGE) if len(rows) > begin + _PAGE else None)

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if what in self.broken:
            msg = f"{what}: no answer"
            raise UnreachableError(msg)

    def follower(self, engine: Engine, now: datetime | date) -> Follower:
        at = now if isinstance(now, datetime) else datetime.combine(now, time(12), UTC)
        return Follower(engine, self, self.get_content, lambda: at)


def day(number: int) -> date:
    """Return the day so many days after the last one."""
    return DAYS.last + timedelta(days=1 + number)


def expect(wiki: FakeWiki, *, active: bool = False) -> int:
    """Count by hand whose edits are there, of accounts made in March."""
    begin = (DAYS.first - date(2025, 1, 1)).days * int(wiki.per_day) + 1
    made = range(begin, begin + 31 * int(wiki.per_day))
    return sum(wiki.edits.get(one % 100, 0) * len(wiki.days) >= (5 if active else 1) for one in made)


def test_each_window_is_asked_about_when_it_has_ended_and_never_again(engine: Engine) -> None:
    wiki = FakeWiki(per_day=10)
    opened = wiki.follower(engine, day(29)).follow(COHORT)
    assert (opened.requests, wiki.asked) == (0, [])
    assert [one.found for one in opened.windows] == [None, None, None]

    before = read_data_version(engine)
    first = wiki.follower(engine, day(30)).follow(COHORT)
    assert read_data_version(engine).of(HI) != before.of(HI), "pages are made anew"
    found = first.windows[0]
    assert found.accounts == 310
    assert found.found == Stayed(310, expect(wiki), expect(wiki, active=True))
    assert found.found.active == 3
    assert found.margin == 0
    assert [one.found for one in first.windows[1:]] == [None, None]
    assert all(one.usual is not None and one.usual.asked == 300 for one in first.windows), "known from the beginning"
    assert len(read_account_numbers(engine, COHORT)) == 310

    logs = wiki.asked.count("log")
    second = wiki.follower(engine, day(60)).follow(COHORT)
    assert second.windows[1].found == Stayed(310, 0, 0), "nobody edited then, and that is known"
    third = wiki.follower(engine, day(90)).follow(COHORT)
    assert wiki.asked.count("log") == logs, "the accounts are known"
    assert first.requests + second.requests + third.requests == len(wiki.asked) <= MOST_REQUESTS
    assert read_account_numbers(engine, COHORT) == []
    asked = len(wiki.asked)
    again = wiki.follower(engine, day(91)).follow(COHORT)
    assert (len(wiki.asked), again.windows) == (asked, third.windows)


def test_accounts_that_an_organiser_made_count(engine: Engine) -> None:
    others = {10**6 + n: datetime(2026, 3, 15, 10, n, tzinfo=UTC) for n in range(20)}
    wiki = FakeWiki(per_day=1, others=others, edits={3: 5})
    (found, *_) = wiki.follower(engine, day(30)).follow(COHORT).windows

    assert found.accounts == 51
    assert found.found is not None
    assert found.found.active == 1 + sum(one % 100 == 3 for one in range(425, 456))


def test_of_fewer_than_ten_nothing_is_told_or_asked_about(engine: Engine) -> None:
    wiki = FakeWiki(per_day=9 / 31)
    followed = wiki.follower(engine, day(30)).follow(COHORT)

    assert all(one.is_few and one.found is None for one in followed.windows)
    assert "edits" not in wiki.asked
    assert read_account_numbers(engine, COHORT) == []
    assert wiki.follower(engine, day(90)).follow(COHORT).requests == 0


@pytest.mark.parametrize("per_day", [30, 60, 2_000])
def test_of_many_a_sample_is_asked_about_that_is_the_same_each_time(per_day: int) -> None:
    wiki = FakeWiki(per_day=per_day)
    asking = Asking(wiki, HI)
    made = asking.find_made(DAYS)

    assert made.count == pytest.approx(31 * per_day, rel=0.01)
    assert made.estimated == (31 * per_day > 2_000)
    assert SAMPLE - 5 <= len(set(made.chosen)) == len(made.chosen) <= SAMPLE
    assert made == Asking(wiki, HI).find_made(DAYS)
    assert made.chosen != Asking(wiki, "bn.wikipedia.org").find_made(DAYS).chosen
    assert asking.requests <= 7
    first = (DAYS.first - date(2025, 1, 1)).days * per_day
    places = [bisect_left(made.chosen, first + share * 31 * per_day // 4) for share in range(5)]
    parts = [after - before for before, after in pairwise(places)]
    assert min(parts) > 60, "from the whole of the days"


def test_who_made_thousands_of_edits_takes_no_more_than_another_request(engine: Engine) -> None:
    wiki = FakeWiki(per_day=2, edits={6: 3, 7: 30_000, 8: 5, 9: 1})
    followed = wiki.follower(engine, day(90)).follow(COHORT)

    (found, *_) = followed.windows
    assert found.found == Stayed(62, expect(wiki), expect(wiki, active=True))
    assert found.found.active < found.found.editing
    assert followed.gaps == ()
    assert followed.requests <= 25


def test_where_requests_run_out_those_asked_about_so_far_are_a_sample_with_its_margin(engine: Engine) -> None:
    wiki = FakeWiki(per_day=10, edits=dict.fromkeys(range(20), 700))
    followed = wiki.follower(engine, day(90)).follow(COHORT)

    first = followed.windows[0]
    assert first.accounts == 310
    assert first.found is not None
    assert first.found.share is not None
    assert first.margin is not None
    assert 100 <= first.found.asked < 310
    assert abs(first.found.share - 0.2) <= first.margin
    assert first.error is None
    assert followed.requests <= MOST_REQUESTS


def test_what_would_take_too_many_requests_is_a_gap(engine: Engine) -> None:
    wiki = FakeWiki(per_day=1_000, others={n: datetime(2026, 3, 2, tzinfo=UTC) for n in range(10**6, 10**6 + 4)})
    asking = Asking(wiki, HI, requests=MOST_REQUESTS - 2)
    with pytest.raises(GapError, match=f"{MOST_REQUESTS} requests"):
        asking.find_made(DAYS)


@pytest.mark.parametrize("broken", ["log", "edits"])
def test_who_cannot_be_read_is_a_gap_and_asked_again_alone(engine: Engine, broken: str) -> None:
    wiki = FakeWiki(broken={broken})
    followed = wiki.follower(engine, day(30)).follow(COHORT)
    (found, *later) = followed.windows

    assert followed.gaps == (f"{broken}: no answer",)
    assert (found.found, found.usual) == (None, None), "could not be read is not none"
    assert wiki.asked.count(broken) == 1, "who does not answer is not asked for what is usual"
    assert all(one.error is None for one in later), "their time has not come"
    at = datetime.combine(day(30), time(12), UTC)
    assert list_due_cohorts(engine, Detector.SEASONAL, at + timedelta(hours=19)) == []
    assert COHORT in list_due_cohorts(engine, Detector.SEASONAL, at + timedelta(hours=21))

    logs = wiki.asked.count("log")
    wiki.broken = set()
    again = wiki.follower(engine, day(31)).follow(COHORT)
    assert again.gaps == ()
    assert again.windows[0].found == Stayed(62, expect(wiki), expect(wiki, active=True))
    if broken == "edits":
        assert wiki.asked.count("log") == logs, "who they are is known"
    known = again.windows[0]
    wiki.broken = {"edits"}
    late = wiki.follower(engine, day(60)).follow(COHORT)
    assert late.windows[0] == known, "what is known is not taken away by who is away now"
    assert late.windows[1].error is not None


def test_what_is_usual_alone_may_be_lacking_and_is_asked_for_alone(engine: Engine) -> None:
    wiki = FakeWiki(broken={"log before"})
    followed = wiki.follower(engine, day(30)).follow(COHORT)

    assert followed.gaps == ("log before: no answer",)
    assert followed.windows[0].found == Stayed(62, expect(wiki), expect(wiki, active=True))
    assert all(one.usual is None for one in followed.windows)
    wiki.broken, wiki.asked = set(), []
    later = wiki.follower(engine, day(31)).follow(COHORT)
    assert later.gaps == ()
    assert later.windows[0].usual is not None
    assert later.windows[0].found == followed.windows[0].found
    assert "log" not in wiki.asked, "what is known of the days themselves is not asked for again"


def test_all_of_it_follows_a_wiki_that_moves(engine: Engine) -> None:
    wiki = FakeWiki()
    wiki.follower(engine, day(30)).follow(COHORT)
    moved = [replace(one, project="hindi.wikipedia.org") if one.project == HI else one for one in load_wikis(engine)]
    save_matrix(engine, moved, NOW)

    assert read_cohort(engine, COHORT) == []
    followed = read_cohort(engine, ("hindi.wikipedia.org", DAYS))
    assert followed[0].found is not None
    assert len(read_account_numbers(engine, ("hindi.wikipedia.org", DAYS))) == 62


def test_peaks_that_were_asked_about_and_days_of_notes_are_looked_at(engine: Engine) -> None:
    month = DayRange(LAST, end_of_month(LAST))
    assert list_due_cohorts(engine, Detector.SEASONAL, NOW) == []
    (peak, *others) = {one.project: one for one in read_peaks(engine, detector=Detector.SEASONAL, month=LAST)}.values()
    answered = {source: StoredAnswer({}, None, NOW) for source in (Source.DAYS, Source.PAGES)}
    store_evidence(engine, peak.project, LAST, answers=answered, found=(), now=NOW, names=0)
    for one in others[:1]:
        store_evidence(
            engine, one.project, LAST, answers={Source.DAYS: answered[Source.DAYS]}, found=(), now=NOW, names=0
        )
    assert list_due_cohorts(engine, Detector.SEASONAL, NOW) == [(peak.project, month)], "not where nothing rose"

    noted = DayRange(date(2026, 8, 1), date(2026, 8, 31))
    outage = replace(CONTEST, kind=NoteKind.OUTAGE)
    for begin, text in ((noted.first, CONTEST), (date(2025, 8, 1), CONTEST), (date(2026, 7, 1), outage)):
        write_month_note(engine, Metric.EDITS, HI, begin, text, author="Somebody", version=0, now=NOW)
    due = list_due_cohorts(engine, Detector.SEASONAL, NOW)
    assert due == [(peak.project, month), (HI, noted)]
    outcome = FakeWiki().follower(engine, NOW).follow_all(due)
    assert len(outcome.followed) == 2
    assert list_due_cohorts(engine, Detector.SEASONAL, NOW) == []


def test_where_nobody_answers_the_rest_is_left_for_another_time(engine: Engine) -> None:
    cohorts = [(f"w{n}.wikipedia.org", DAYS) for n in range(5)]
    outcome = FakeWiki(broken={"log"}).follower(engine, day(30)).follow_all(cohorts)

    assert len(outcome.followed) == 3
    assert outcome.left == cohorts[3:]


def test_cohorts_that_are_too_large_keep_no_others_waiting(engine: Engine) -> None:
    class Full(FakeWiki):
        def get_made_accounts(self, *_: Any) -> Dated:
            raise GapError("too many")

    wiki = Full()
    cohorts = [(f"w{n}.wikipedia.org", DAYS) for n in range(5)]
    outcome = wiki.follower(engine, day(30)).follow_all(cohorts)

    assert len(outcome.followed) == 5
    assert outcome.left == []


def test_what_somebody_else_was_answered_meanwhile_is_kept(engine: Engine) -> None:
    other = FakeWiki()

    class Slow(FakeWiki):
        def get_edits_of(self, *arguments: Any, **more: Any) -> Dated:
            if not other.asked:
                other.follower(engine, day(30)).follow(COHORT)
            return super().get_edits_of(*arguments, **more)

    Slow(broken={"edits"}).follower(engine, day(30)).follow(COHORT)

    (first, *_) = read_cohort(engine, COHORT)
    assert first.found == Stayed(62, expect(other), expect(other, active=True))
    assert first.usual is not None


def test_a_log_that_leads_back_counts_nobody_twice(engine: Engine) -> None:
    class Looping(FakeWiki):
        def get_made_accounts(self, *arguments: Any) -> Dated:
            own = arguments[1] == "create"
            return replace(super().get_made_accounts(*arguments[:4]), goes_on="1" if own else None)

    followed = Looping(per_day=30).follower(engine, day(30)).follow(COHORT)

    assert "twice" in followed.gaps[0]
    assert followed.windows[0].found is None


def test_accounts_are_forgotten_whatever_is_known_of_them(engine: Engine) -> None:
    FakeWiki().follower(engine, day(30)).follow(COHORT)
    before = [datetime.combine(DAYS.last + timedelta(days=KEPT_DAYS + more), time(), UTC) for more in (0, 1)]

    forget_accounts(engine, forget_before(before[0]))
    assert len(read_account_numbers(engine, COHORT)) == 62
    forget_accounts(engine, forget_before(before[1]))
    with reading(engine) as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(retention_accounts)).scalar() == 0
        assert read_retention(connection, [HI])[HI][0].found is not None

    # Where nobody asked for so long, the same accounts are found once more.
    assert list_due_cohorts(engine, Detector.SEASONAL, before[1]) == [COHORT]
    late = FakeWiki(broken={"edits"}).follower(engine, before[1]).follow(COHORT)
    assert [one.found is None for one in late.windows] == [False, True, True]
    assert list_due_cohorts(engine, Detector.SEASONAL, before[1] + timedelta(days=2)) == [], "not for ever"
