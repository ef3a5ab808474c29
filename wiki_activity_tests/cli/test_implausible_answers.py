"""`wiki-activity refresh` when Wikimedia has far less, or far more, than what is stored."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from wiki_activity.domain.counts import COUNT_SERIES, Series
from wiki_activity.storage.refusals import Settled, read_refused
from wiki_activity_tests.cli.commands import Ended, run
from wiki_activity_tests.cli.stand_in import MONTHS, StandIn
from wiki_activity_tests.cli.stored import count_revised, opened, read_all

BIG, SMALL = "w07.wikipedia.org", "w11.wikipedia.org"
BIG_COUNTS = (1000, 2000, 3000)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture
def wikimedia(environment: dict[str, str], httpserver: HTTPServer) -> StandIn:
    """Twenty wikis of which one is big; the counts of all are stored before a test begins to change them."""
    stand_in = StandIn(httpserver)
    environment.update(stand_in.environment)
    stand_in.answers = {(BIG, series): BIG_COUNTS for series in COUNT_SERIES}
    stand_in.answers[BIG, Series.USER_EDITS] = (600, 1200, 1800)
    stand_in.answers[BIG, Series.ANONYMOUS_EDITS] = (300, 600, 900)
    return stand_in


@pytest.fixture
def stored(environment: dict[str, str], database: str, wikimedia: StandIn) -> dict[Series, Any]:
    assert refresh(environment).code == 0
    return read_all(database)


def refresh(environment: dict[str, str], *arguments: str, last: str = "2024-05") -> Ended:
    return run(environment, "refresh", "--from", "2024-03", "--to", last, *arguments)


def answer(wikimedia: StandIn, projects: Iterable[str], what: Any, series: Iterable[Series] = Series) -> None:
    wikimedia.answers.update({(project, one): what for project in projects for one in series})


@pytest.mark.parametrize(
    ("what", "said"), [(404, "answer 404"), ((), "are empty"), ((0, 0, 0), "are all 0")], ids=["404", "empty", "zeros"]
)
def test_all_wikis_at_once_is_an_outage_that_overwrites_nothing(  # noqa: PLR0917 - fixtures and parameters
    environment: dict[str, str],
    database: str,
    wikimedia: StandIn,
    stored: dict[Series, Any],
    what: Any,
    said: str,
) -> None:
    as_before = dict(wikimedia.answers)
    answer(wikimedia, wikimedia.projects, what)
    ended = refresh(environment)
    assert ended.code == 1
    assert f"Wikimedia's metrics {said} for " in ended.err
    assert "wikis in a row that had counts: its address may have moved" in ended.err
    assert "Traceback" not in ended.err
    assert read_all(database) == stored
    assert count_revised(database) == 0
    wikimedia.answers = as_before
    assert run(environment, "refresh", "--resume").code == 0


def test_a_few_wikis_that_are_all_gone_are_an_outage_too(
    environment: dict[str, str], database: str, wikimedia: StandIn, stored: dict[Series, Any]
) -> None:
    answer(wikimedia, wikimedia.projects, 404)
    some = [part for project in wikimedia.projects[:4] for part in ("--wiki", project)]
    ended = refresh(environment, *some)
    assert ended.code == 1
    assert "answer 404 for 4 of 4 wikis in a row that had counts" in ended.err
    assert read_all(database) == stored


def test_a_first_load_of_an_address_that_knows_nothing_is_an_outage(
    environment: dict[str, str], wikimedia: StandIn
) -> None:
    answer(wikimedia, wikimedia.projects, 404)
    ended = refresh(environment)
    assert ended.code == 1
    assert "Wikimedia's metrics know nothing of the first 20 wikis: its address may have moved" in ended.err


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (404, "Wikimedia answers 404, and 6 are stored"),
        ((), "it is empty, and 6 edits are known"),
        ((0, 0, 0), "all its counts are 0, and 6 edits are known"),
    ],
    ids=["404", "empty", "zeros"],
)
def test_a_wiki_that_had_counts_and_has_none_is_a_failure_that_is_named(  # noqa: PLR0917 - fixtures and parameters
    environment: dict[str, str], database: str, wikimedia: StandIn, stored: dict[Series, Any], what: Any, reason: str
) -> None:
    answer(wikimedia, [SMALL], what)
    ended = refresh(environment, "--json")
    assert ended.code == 1
    [failed] = ended.json["failed"]
    assert failed["project"] == SMALL
    assert failed["error"].startswith(f"edits: refused: {reason}; what was stored stays")
    assert ended.json["no_data"] == []
    assert read_all(database) == stored
    status = run(environment, "status", "--json").json
    assert {one["project"] for one in status["refused"]} == {SMALL}
    assert [one["project"] for one in status["metrics"]["edits"]["failed"]] == [SMALL]
    doctor = run(environment, "doctor", "--json").json
    [finding] = [one for one in doctor["findings"] if one["check"] == "counts"]
    assert finding["level"] == "warn"
    assert SMALL in finding["message"]


def test_a_wiki_of_which_nothing_was_known_may_have_nothing(environment: dict[str, str], wikimedia: StandIn) -> None:
    answer(wikimedia, [SMALL], 404)
    answer(wikimedia, ["w12.wikipedia.org"], (0, 0, 0))
    ended = refresh(environment, "--json")
    assert (ended.code, ended.json["no_data"]) == (0, [SMALL])
    again = refresh(environment, "--json")
    assert (again.code, again.json["no_data"]) == (0, [SMALL])


def test_a_big_wiki_that_loses_a_fifth_is_restated_and_one_that_loses_two_fifths_refused_as_a_whole(
    environment: dict[str, str], database: str, wikimedia: StandIn, stored: dict[Series, Any]
) -> None:
    answer(wikimedia, [BIG], (800, 1600, 2400), [Series.EDITS])
    ended = refresh(environment, "--json")
    assert (ended.code, ended.json["restated"]) == (0, 3)

    answer(wikimedia, [BIG], (800, 1600, 480), [Series.EDITS])
    answer(wikimedia, [BIG], (1, 1, 1), [Series.USER_EDITS])
    ended = refresh(environment)
    assert ended.code == 1
    assert f"failed: {BIG}: edits: refused: 40% of 4,800 edits would vanish: 2,880 are left" in ended.err
    after = read_all(database)
    assert list(after[Series.EDITS][BIG].values()) == [800, 1600, 2400]
    assert after[Series.USER_EDITS][BIG] == stored[Series.USER_EDITS][BIG]
    assert after[Series.EDITORS][BIG] == stored[Series.EDITORS][BIG]


def test_a_small_wiki_may_lose_nearly_everything(
    environment: dict[str, str], database: str, wikimedia: StandIn, stored: dict[Series, Any]
) -> None:
    answer(wikimedia, [SMALL], (0, 0, 1))
    ended = refresh(environment, "--json")
    assert ended.code == 0, ended.err
    assert list(read_all(database)[Series.EDITS][SMALL].values()) == [0, 0, 1]


def test_a_split_that_is_implausible_is_refused_and_its_total_taken(
    environment: dict[str, str], database: str, wikimedia: StandIn, stored: dict[Series, Any]
) -> None:
    wikimedia.answers[BIG, Series.EDITS] = (1001, 2001, 3001)
    wikimedia.answers[BIG, Series.USER_EDITS] = (0, 0, 0)
    wikimedia.answers[BIG, Series.ANONYMOUS_EDITS] = (301, 601, 901)
    ended = refresh(environment, "--json")
    assert ended.code == 1
    assert ended.json["without_split"] == [BIG]
    after = read_all(database)
    assert list(after[Series.EDITS][BIG].values()) == [1001, 2001, 3001]
    for part in (Series.USER_EDITS, Series.ANONYMOUS_EDITS):
        assert after[part][BIG] == stored[part][BIG]


def test_a_month_that_an_answer_lacks_leaves_the_stored_one_alone(
    environment: dict[str, str], database: str, wikimedia: StandIn, stored: dict[Series, Any]
) -> None:
    wikimedia.months = MONTHS[:2]
    wikimedia.answers = {(BIG, series): (1000, 2000) for series in COUNT_SERIES}
    ended = refresh(environment, "--json")
    assert ended.code == 1
    assert [one["project"] for one in ended.json["failed"]] == [BIG]
    assert read_all(database) == stored


def test_what_is_refused_is_taken_where_somebody_accepts_it(
    environment: dict[str, str], database: str, wikimedia: StandIn, stored: dict[Series, Any]
) -> None:
    answer(wikimedia, [BIG], (0, 0, 0))
    assert refresh(environment).code == 1
    ended = refresh(environment, "--accept", BIG)
    assert ended.code == 0, ended.err
    assert f"accepted: {BIG}: edits: all its counts are 0, and 6,000 edits are known" in ended.out
    assert list(read_all(database)[Series.EDITS][BIG].values()) == [0, 0, 0]
    assert run(environment, "status", "--json").json["refused"] == []
    ended = refresh(environment, "--accept", "w99.wikipedia.org")
    assert (ended.code, "unknown wiki" in ended.err) == (2, True)


def test_the_same_answer_at_the_next_publication_is_taken_and_told_and_zeros_never(
    environment: dict[str, str], database: str, wikimedia: StandIn, stored: dict[Series, Any]
) -> None:
    wikimedia.answers[BIG, Series.EDITS] = (300, 600, 900)
    wikimedia.answers[SMALL, Series.EDITS] = (0, 0, 0)
    for _ in range(2):
        assert [one["project"] for one in refresh(environment, "--json").json["failed"]] == [BIG, SMALL]

    wikimedia.months = (*MONTHS, "2024-06")
    wikimedia.answers = {(BIG, series): (1000, 2000, 3000, 900) for series in COUNT_SERIES}
    wikimedia.answers |= {(BIG, Series.EDITS): (300, 601, 899, 950), (SMALL, Series.EDITS): (0, 0, 0, 0)}
    wikimedia.answers |= {
        (BIG, Series.USER_EDITS): (200, 400, 600, 600),
        (BIG, Series.ANONYMOUS_EDITS): (90, 90, 90, 9),
    }
    ended = refresh(environment, "--json", last="2024-06")
    assert ended.code == 1
    assert [(one["project"], one["series"], one["settled"]) for one in ended.json["taken"]][:1] == [
        (BIG, "edits", "taken")
    ]
    after = read_all(database)
    assert list(after[Series.EDITS][BIG].values()) == [300, 601, 899, 950]
    assert after[Series.EDITS][SMALL] == stored[Series.EDITS][SMALL]
    with opened(database) as engine:
        kept = {(one.project, one.series): one.settled for one in read_refused(engine, settled_since=EPOCH)}
    assert kept[BIG, Series.EDITS] is Settled.TAKEN
    assert kept[SMALL, Series.EDITS] is None


def test_accepting_a_wiki_that_is_not_asked_for_is_wrong_use(
    environment: dict[str, str], stored: dict[Series, Any]
) -> None:
    ended = refresh(environment, "--wiki", SMALL, "--accept", BIG)
    assert ended.code == 2
    assert f"accept {BIG}: it is not asked for; name it among the wikis to ask for as well" in ended.err


def test_what_is_accepted_is_known_and_asked_for_also_where_a_refresh_is_resumed(
    environment: dict[str, str], database: str, wikimedia: StandIn, stored: dict[Series, Any]
) -> None:
    answer(wikimedia, [BIG], (0, 0, 0))
    assert refresh(environment, "--wiki", BIG).code == 1
    for name, said in (
        ("w7.wikipedia.org", "unknown wiki: 'w7.wikipedia.org'; did you mean"),
        ("*", "accept *: it is"),
    ):
        ended = run(environment, "refresh", "--resume", "--accept", name)
        assert (ended.code, said in ended.err) == (2, True), ended.err
    ended = run(environment, "refresh", "--resume", "--accept", SMALL)
    assert (ended.code, f"accept {SMALL}: it is not asked for" in ended.err) == (2, True), ended.err
    assert read_all(database) == stored
    assert run(environment, "refresh", "--resume", "--accept", "db7").code == 0
    assert list(read_all(database)[Series.EDITS][BIG].values()) == [0, 0, 0]


def test_all_wikis_of_a_group_can_be_accepted(
    environment: dict[str, str], database: str, wikimedia: StandIn, stored: dict[Series, Any]
) -> None:
    answer(wikimedia, [BIG, SMALL], (0, 0, 0))
    ended = refresh(environment, "--accept", "lang:hi")
    assert ended.code == 0, ended.err
    assert read_all(database)[Series.EDITS][SMALL] == dict.fromkeys(MONTHS, 0)


def test_a_small_wikis_history_that_is_moved_by_a_month_is_refused(
    environment: dict[str, str], database: str, wikimedia: StandIn
) -> None:
    wikimedia.months = tuple(f"2023-{month:02}" for month in range(1, 13))
    arguments = ("refresh", "--from", "2023-01", "--to", "2023-12", "--wiki", SMALL)
    assert run(environment, *arguments).code == 0
    before = read_all(database)
    answer(wikimedia, [SMALL], tuple(range(12)))
    ended = run(environment, *arguments)
    assert ended.code == 1
    assert "edits: refused: it is what is known moved by a month: 2023-11 stands at 2023-12" in ended.err
    assert read_all(database) == before
