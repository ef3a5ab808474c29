"""`wiki-activity refresh` when Wikimedia answers what it should not."""

from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from wiki_activity.domain.counts import Series
from wiki_activity.storage.wikis import load_wikis
from wiki_activity_tests.cli.commands import Ended, run
from wiki_activity_tests.cli.stand_in import MONTHS, StandIn
from wiki_activity_tests.cli.stored import opened, read_all

A_WIKI, OTHER = "w07.wikipedia.org", "w11.wikipedia.org"
RANGE = ("--from", "2024-03", "--to", "2024-05")
AS_ANSWERED = dict(zip(MONTHS, (1, 2, 3), strict=True))


@pytest.fixture
def database(environment: dict[str, str], tmp_path: Path) -> str:
    url = environment["WIKI_ACTIVITY_DATABASE_URL"] = f"sqlite:///{tmp_path}/activity.db"
    return url


@pytest.fixture
def wikimedia(environment: dict[str, str], httpserver: HTTPServer) -> StandIn:
    stand_in = StandIn(httpserver)
    environment.update(stand_in.environment)
    return stand_in


def refresh(environment: dict[str, str], *arguments: str) -> Ended:
    return run(environment, "refresh", *RANGE, *arguments)


def test_a_wiki_whose_split_fails_keeps_its_total_and_is_named(
    environment: dict[str, str], database: str, wikimedia: StandIn
) -> None:
    wikimedia.answers[A_WIKI, Series.USER_EDITS] = (1, -2, 3)
    ended = refresh(environment)
    assert ended.code == 1
    assert f"Stored without the split by editors: {A_WIKI}" in ended.out
    assert f"failed: {A_WIKI}: user_edits: " in ended.err
    assert "edits of 2024-04 should be a count, not -2" in ended.err
    stored = read_all(database)
    assert {series: A_WIKI in counts for series, counts in stored.items()} == {
        Series.EDITS: True,
        Series.USER_EDITS: False,
        Series.ANONYMOUS_EDITS: True,
        Series.EDITORS: True,
    }
    assert stored[Series.EDITS] == dict.fromkeys(wikimedia.projects, AS_ANSWERED)


@pytest.mark.parametrize("count", [-1, "many"])
def test_what_is_no_count_fails_that_wiki_alone_and_replaces_nothing(
    environment: dict[str, str], database: str, wikimedia: StandIn, count: Any
) -> None:
    if count == -1:
        # Once is enough to have something that could be replaced.
        assert refresh(environment).code == 0
    wikimedia.answers[A_WIKI, Series.EDITS] = (9, count, 9)
    wikimedia.answers[A_WIKI, Series.EDITORS] = (9, 9, count)
    wikimedia.answers[OTHER, Series.EDITS] = (1, 2, 4)
    ended = refresh(environment, "--json")
    assert ended.code == 1
    [failed] = ended.json["failed"]
    assert failed["project"] == A_WIKI
    assert f"edits of 2024-04 should be a count, not {count!r}" in failed["error"]
    stored = read_all(database)
    expected = dict.fromkeys(wikimedia.projects, AS_ANSWERED) | {OTHER: AS_ANSWERED | {"2024-05": 4}}
    if count != -1:
        del expected[A_WIKI]
    assert stored[Series.EDITS] == expected
    assert A_WIKI not in stored[Series.EDITORS] or stored[Series.EDITORS][A_WIKI] == AS_ANSWERED


def test_a_number_too_long_to_read_fails_that_wiki_alone(
    environment: dict[str, str], database: str, wikimedia: StandIn, httpserver: HTTPServer
) -> None:
    digits = "1" * 5000
    document = f'{{"items":[{{"results":[{{"timestamp":"2024-03-01T00:00:00.000Z","editors":{digits}}}]}}]}}'
    path = f"/metrics/editors/aggregate/{A_WIKI}/all-editor-types/content/all-activity-levels/monthly/20010101/20240601"
    httpserver.expect_oneshot_request(path).respond_with_data(document, content_type="application/json")
    ended = refresh(environment, "--json")
    assert ended.code == 0, ended.err
    assert len(read_all(database)[Series.EDITS]) == len(wikimedia.projects)


def test_more_than_one_wiki_in_twenty_failing_is_too_many_and_what_came_is_kept(
    environment: dict[str, str], database: str, wikimedia: StandIn
) -> None:
    for project in (A_WIKI, OTHER):
        wikimedia.answers[project, Series.EDITS] = 403
    ended = refresh(environment, "--json")
    assert ended.code == 1
    assert ended.json["too_many_failed"] is True
    assert [failed["project"] for failed in ended.json["failed"]] == [A_WIKI, OTHER]
    stored = read_all(database)
    assert set(stored[Series.EDITS]) == set(wikimedia.projects) - {A_WIKI, OTHER}
    assert set(stored[Series.EDITORS]) == set(wikimedia.projects)

    wikimedia.answers.clear()
    ended = run(environment, "refresh", "--resume", "--json")
    assert (ended.code, ended.json["asked"], ended.json["requests"]) == (0, 2, 6)
    assert set(read_all(database)[Series.EDITS]) == set(wikimedia.projects)


@pytest.mark.parametrize("field", ["url", "dbname"])
def test_a_site_matrix_with_a_missing_field_is_refused_naming_it(
    environment: dict[str, str], database: str, wikimedia: StandIn, field: str
) -> None:
    del wikimedia.matrix["sitematrix"]["0"]["site"][3][field]
    ended = refresh(environment)
    assert ended.code == 1
    assert f"a wiki of the site matrix has no usable {field}" in ended.err
    assert "Traceback" not in ended.err
    with opened(database) as engine:
        assert load_wikis(engine) == []
