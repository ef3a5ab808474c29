"""Days are believed where they add up to the months, and kept wiki by wiki."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from wiki_activity.domain.counts import DailyCounts, Series
from wiki_activity.domain.daily_history import ASKED_SERIES, DayRange
from wiki_activity.domain.provisional import ProvisionalMonth
from wiki_activity.monthly.daily_history import HistoryOutcome, begin_elsewhere, list_open, refresh_history
from wiki_activity.simulator.limits import Limits
from wiki_activity.simulator.server import SimulatorSettings, running_simulator
from wiki_activity.storage.count_tables import read_stored
from wiki_activity.storage.database import reading, writing
from wiki_activity.storage.history_table import read_history
from wiki_activity.storage.provisional_table import keep_provisional
from wiki_activity.wikimedia.answer_errors import NotFoundError, PassingError, UnreachableError
from wiki_activity.wikimedia.http import PoliteSession
from wiki_activity.wikimedia.metrics import MetricsClient
from wiki_activity_tests.simulator.conftest import Clock as SimulatorClock
from wiki_activity_tests.storage.storing import store_counts

NOW = datetime(2024, 6, 9, 12, tzinfo=UTC)
APRIL, MAY = date(2024, 4, 1), date(2024, 5, 1)
HI, BN = "hi.wikipedia.org", "bn.wikipedia.org"
A_DAY = {Series.EDITS: 10, Series.USER_EDITS: 6, Series.ANONYMOUS_EDITS: 3}
MONTHS = {APRIL: 30, MAY: 31}


class FakeDays:
    """Answers the same edits every day, other ones where it is told to."""

    def __init__(self) -> None:
        self.errors: dict[str, Exception] = {}
        self.answers: dict[tuple[str, Series], DailyCounts] = {}
        self.asked: list[tuple[str, Series]] = []
        self.before_answer: Callable[[], None] = lambda: None

    def get_days(self, project: str, series: Series, first: date, last: date) -> DailyCounts:
        self.asked.append((project, series))
        self.before_answer()
        if project in self.errors:
            raise self.errors[project]
        days = [first + timedelta(days=at) for at in range((last - first).days + 1)]
        return self.answers.get((project, series), dict.fromkeys(days, A_DAY[series]))


def store(engine: Engine, project: str, months: dict[date, int] = MONTHS, *, split: bool = True) -> None:
    with writing(engine) as connection:
        for series in ASKED_SERIES if split else (Series.EDITS,):
            counts = {month: days * A_DAY[series] for month, days in months.items()}
            store_counts(connection, project, {series: counts}, min(months), max(months), NOW)


def refresh(engine: Engine, client: FakeDays, *projects: str) -> HistoryOutcome:
    return refresh_history(engine, client, list_open(engine, projects, NOW), lambda: NOW)


def totals(engine: Engine, project: str = HI) -> list[int]:
    history = read_history(engine, project)
    return [] if history is None else history.counts.sum(axis=0).tolist()


def test_days_of_the_stored_months_are_asked_for_once(engine: Engine) -> None:
    store(engine, HI)
    client = FakeDays()
    assert list_open(engine, [HI, BN], NOW) == {HI: DayRange(APRIL, date(2024, 5, 31))}
    assert refresh(engine, client, HI, BN).stored == [HI]
    assert client.asked == [(HI, one) for one in ASKED_SERIES]
    assert totals(engine) == [610, 366, 183]
    assert not list_open(engine, [HI, BN], NOW)


def test_a_day_that_an_answer_lacks_is_taken_for_one_without_edits_only_where_the_others_are_the_whole_month(
    engine: Engine,
) -> None:
    store(engine, HI, {APRIL: 30})
    store(engine, BN, {APRIL: 29})
    client = FakeDays()
    for project in (HI, BN):
        for series in ASKED_SERIES:
            days = [APRIL + timedelta(days=at) for at in range(30) if at != 11]
            client.answers[project, series] = dict.fromkeys(days, A_DAY[series])
    outcome = refresh(engine, client, HI, BN)
    assert outcome.stored == [BN]
    assert outcome.failed == {HI: "edits: the days of 2024-04 add up to 290, and 300 are stored"}
    assert totals(engine) == []


def test_a_new_month_opens_a_wiki_again(engine: Engine) -> None:
    store(engine, HI, {APRIL: 30})
    refresh(engine, FakeDays(), HI)
    store(engine, HI)
    assert list_open(engine, [HI], NOW) == {HI: DayRange(APRIL, date(2024, 5, 31))}


def test_a_provisional_month_and_one_whose_editors_are_not_known_are_not_asked_for(engine: Engine) -> None:
    store(engine, HI)
    store(engine, BN, split=False)
    keep_provisional(engine, ProvisionalMonth(MAY, 1, 2, 3, NOW, NOW), NOW)
    assert list_open(engine, [HI, BN], NOW) == {HI: DayRange(APRIL, date(2024, 4, 30))}


def test_days_go_back_eight_hundred_days_and_to_the_beginning_of_that_month(engine: Engine) -> None:
    months = [date(year, month, 1) for year in (2021, 2022, 2023) for month in range(1, 13)]
    store(engine, HI, dict.fromkeys(months, 30))
    [days] = list_open(engine, [HI], NOW).values()
    assert (days.first, days.last) == (date(2021, 10, 1), date(2023, 12, 31))


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({Series.EDITS: {}}, "it is empty, and 300 edits are known"),
        ({Series.EDITS: {APRIL: 300, MAY: 400}}, "people made more edits"),
        ({Series.USER_EDITS: {APRIL: 7, MAY: 7}}, "user_edits: the days of 2024-04 add up to 7, and 180 are stored"),
    ],
)
def test_days_that_do_not_add_up_leave_what_was(
    engine: Engine, answers: dict[Series, DailyCounts], reason: str
) -> None:
    store(engine, HI, {APRIL: 30})
    refresh(engine, FakeDays(), HI)
    store(engine, HI)
    client = FakeDays()
    client.answers = {(HI, series): days for series, days in answers.items()}
    assert reason in refresh(engine, client, HI).failed[HI]
    assert totals(engine) == [300, 180, 90]


def test_an_emptied_answer_of_a_quiet_wiki_leaves_what_was(engine: Engine) -> None:
    store(engine, HI, {APRIL: 1})
    client = FakeDays()
    client.answers = {(HI, series): {APRIL: A_DAY[series]} for series in ASKED_SERIES}
    refresh(engine, client, HI)
    store(engine, HI, {APRIL: 1, MAY: 1})
    client.answers = {(HI, series): {} for series in ASKED_SERIES}
    assert refresh(engine, client, HI).failed[HI] == "it is empty, and 10 edits are known"
    assert totals(engine) == [10, 6, 3]


def test_small_restatements_between_months_and_days_are_taken(engine: Engine) -> None:
    store(engine, HI)
    client = FakeDays()
    client.answers = {(HI, Series.EDITS): {date(2024, month, day): 10 if day > 2 else 16 for month in (4, 5)
                                           for day in range(1, 31 + (month == 5))}}  # fmt: skip
    assert refresh(engine, client, HI).stored == [HI]


def test_a_failure_and_no_data_leave_what_was_and_others_go_on(engine: Engine) -> None:
    store(engine, HI, {APRIL: 30})
    refresh(engine, FakeDays(), HI)
    for project in (HI, BN, "te.wikipedia.org"):
        store(engine, project)
    client = FakeDays()
    client.errors = {HI: PassingError("500"), BN: NotFoundError("404")}
    outcome = refresh(engine, client, HI, BN, "te.wikipedia.org")
    assert (outcome.stored, outcome.without, outcome.failed) == (["te.wikipedia.org"], [BN], {HI: "500"})
    assert totals(engine) == [300, 180, 90]


def test_where_nothing_answers_the_rest_is_left(engine: Engine) -> None:
    wikis = [f"w{at}.wikipedia.org" for at in range(6)]
    client = FakeDays()
    for project in wikis:
        store(engine, project)
        client.errors[project] = UnreachableError("nothing")
    outcome = refresh(engine, client, *wikis)
    assert (list(outcome.failed), outcome.left) == (wikis[:3], wikis[3:])


def test_three_wikis_that_never_answer_keep_no_other_waiting_for_ever(engine: Engine) -> None:
    wikis = [f"w{at}.wikipedia.org" for at in range(6)]
    client = FakeDays()
    for project in wikis:
        store(engine, project)
    client.errors = dict.fromkeys(wikis[:3], UnreachableError("no whole answer in time"))
    stored: set[str] = set()
    for day in range(2):
        today = (NOW + timedelta(days=day)).date()
        todo = begin_elsewhere(list_open(engine, wikis, NOW), today)
        stored.update(refresh_history(engine, client, todo, lambda: NOW).stored)
    assert stored == set(wikis[3:])
    assert begin_elsewhere({}, NOW.date()) == {}


def test_whoever_is_killed_is_followed_by_one_who_asks_for_the_rest(engine: Engine) -> None:
    store(engine, HI)
    store(engine, BN)
    client = FakeDays()

    def die() -> None:
        if len(client.asked) == 5:
            raise KeyboardInterrupt

    client.before_answer = die
    with pytest.raises(KeyboardInterrupt):
        refresh(engine, client, HI, BN)
    assert (totals(engine, HI), totals(engine, BN)) == ([610, 366, 183], [])
    client.before_answer, client.asked = lambda: None, []
    assert refresh(engine, client, HI, BN).stored == [BN]
    assert {project for project, _ in client.asked} == {BN}


def test_months_restated_while_days_came_are_held_against_them(engine: Engine) -> None:
    store(engine, HI)
    client = FakeDays()
    client.before_answer = lambda: store(engine, HI, {APRIL: 60, MAY: 31})
    assert "2024-04 add up to 300, and 600 are stored" in refresh(engine, client, HI).failed[HI]
    assert not totals(engine)


def test_the_simulators_days_add_up_to_its_months_and_are_stored(engine: Engine) -> None:
    settings = SimulatorSettings(wikis=10, limits=Limits(requests_per_minute=10_000))
    clock = SimulatorClock()
    with (
        running_simulator(settings, clock) as url,
        PoliteSession(contact="t@example.org", per_minute=9000, max_connections=2) as session,
    ):
        client = MetricsClient(session, f"{url}/metrics")
        last = date(2026, 5, 1)
        for project in ("en.wikipedia.org", "de.wikipedia.org"):
            counts = {series: client.get_series(project, series, last) for series in ASKED_SERIES}
            with writing(engine) as connection:
                store_counts(connection, project, counts, min(counts[Series.EDITS]), last, NOW)
        projects = ["en.wikipedia.org", "de.wikipedia.org"]
        now = datetime(2026, 6, 9, 12, tzinfo=UTC)
        outcome = refresh_history(engine, client, list_open(engine, projects, now), lambda: now)
    assert (outcome.stored, outcome.failed) == (projects, {})
    history = read_history(engine, "en.wikipedia.org")
    assert history is not None
    assert history.counts[-31:].sum(axis=0).tolist() == [
        read_stored_month(engine, "en.wikipedia.org", series, last) for series in ASKED_SERIES
    ]


def read_stored_month(engine: Engine, project: str, series: Series, month: date) -> int:
    with reading(engine) as connection:
        return read_stored(connection, [project], month)[project][series][month]
