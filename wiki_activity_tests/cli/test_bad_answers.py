"""`wiki-activity refresh` when Wikimedia answers what it should not."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from sqlalchemy import update
from werkzeug import Response

from wiki_activity.domain.counts import Series
from wiki_activity.storage.database import writing
from wiki_activity.storage.schema import wikis
from wiki_activity.storage.wiki_table import load_wikis
from wiki_activity_tests.cli.commands import Ended, run
from wiki_activity_tests.cli.stand_in import MONTHS, StandIn, make_matrix
from wiki_activity_tests.cli.stored import opened, read_all
from wiki_activity_tests.wikimedia.raw_server import pack_zeros

A_WIKI, OTHER = "w07.wikipedia.org", "w11.wikipedia.org"
RANGE = ("--from", "2024-03", "--to", "2024-05")
AS_ANSWERED = dict(zip(MONTHS, (1, 2, 3), strict=True))


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


def repeat_months(megabytes: int) -> Response:
    month = '{"timestamp":"2024-03-01T00:00:00.000Z","edits":1},'
    results = (month * (megabytes * 1_000_000 // len(month)))[:-1]
    return Response(f'{{"items":[{{"project":"{A_WIKI}","results":[{results}]}}]}}', content_type="application/json")


@pytest.mark.parametrize(
    "case",
    [
        (
            lambda: Response(json.dumps({"items": [{"project": "w11.wikipedia", "results": []}]})),
            "the answer is of project 'w11.wikipedia', and 'w07.wikipedia.org' was asked for",
        ),
        (lambda: repeat_months(10), "the answer is longer than 1,048,576 bytes"),
        (lambda: repeat_months(1), "results are more months than there can be"),
        (
            lambda: Response(pack_zeros(3000), headers={"Content-Encoding": "gzip"}),
            "the answer is longer than 1,048,576 bytes",
        ),
        (lambda: Response("<html>Log in", content_type="text/html"), "answered 200 with a page, not with JSON"),
        (
            lambda: Response(status=302, headers={"Location": "http://elsewhere.example/metrics?token=secret"}),
            "302, a redirect to http://elsewhere.example/metrics, which is not followed",
        ),
    ],
    ids=["another project", "10 MB", "1 MB", "gigabytes", "page", "redirect"],
)
def test_an_answer_that_is_none_fails_that_wiki_alone_with_its_reason(
    environment: dict[str, str],
    database: str,
    wikimedia: StandIn,
    httpserver: HTTPServer,
    case: tuple[Callable[[], Response], str],
) -> None:
    answer, said = case
    path = f"/metrics/edits/aggregate/{A_WIKI}/all-editor-types/content/monthly/20010101/20240601"
    httpserver.expect_oneshot_request(path).respond_with_handler(lambda _: answer())
    ended = refresh(environment, "--json")
    assert ended.code == 1
    [failed] = ended.json["failed"]
    assert failed["project"] == A_WIKI
    assert said in failed["error"]
    assert "secret" not in ended.out + ended.err
    assert "Traceback" not in ended.err
    stored = read_all(database)
    assert stored[Series.EDITS] == {project: AS_ANSWERED for project in wikimedia.projects if project != A_WIKI}


def test_odd_entries_of_the_site_matrix_are_left_out_and_named(
    environment: dict[str, str], database: str, wikimedia: StandIn
) -> None:
    sites = wikimedia.matrix["sitematrix"]["0"]["site"]
    sites[3]["url"] = None
    del sites[4]["dbname"]
    sites[5]["url"] = f"https://{'x' * 313}"
    sites[6]["url"] = "https://<script>.wikipedia.org"
    sites[7]["url"] = sites[8]["url"]
    wikimedia.matrix["sitematrix"]["1"] = {"code": "aa", "site": None}
    ended = refresh(environment)
    assert ended.code == 0, ended.err
    assert "site matrix: 6 left out: db3 (no usable url: None)" in ended.err
    assert "all of 1 (no usable entry: None)" in ended.err
    assert "Traceback" not in ended.err
    with opened(database) as engine:
        assert len(load_wikis(engine)) == len(wikimedia.projects) - 5


@pytest.mark.parametrize(
    ("matrix", "said"),
    [
        ({"error": {"code": "badvalue", "info": "No sitematrix today."}}, "badvalue: No sitematrix today."),
        (make_matrix(["w00.wikipedia.org"]), "implausible: 1 open wikis, where 20 are stored"),
        ({"sitematrix": []}, "sitematrix should be an object"),
    ],
)
def test_a_refresh_goes_on_with_the_stored_list_of_wikis_and_says_so(
    environment: dict[str, str], database: str, wikimedia: StandIn, matrix: dict[str, Any], said: str
) -> None:
    assert refresh(environment).code == 0
    with opened(database) as engine, writing(engine) as connection:
        connection.execute(update(wikis).values(refreshed_at=datetime.now(UTC) - timedelta(days=8)))
    wikimedia.matrix = matrix
    ended = refresh(environment, "--json")
    assert ended.code == 0, ended.err
    assert ended.json["wikis"] == len(wikimedia.projects)
    [warning] = ended.json["warnings"]
    assert "could not be renewed" in warning
    assert said in warning
    assert f"warning: {warning}" in ended.err


def test_without_a_stored_list_a_refresh_fails_and_quotes_the_error(
    environment: dict[str, str], database: str, wikimedia: StandIn
) -> None:
    wikimedia.matrix = {"error": {"code": "badvalue", "info": "No sitematrix today."}}
    ended = refresh(environment)
    assert ended.code == 1
    said, error = ended.err.splitlines()[-2:]
    assert said == f"Loading the list of wikis from {environment['WIKI_ACTIVITY_SITEMATRIX_URL']} …"
    assert "badvalue: No sitematrix today." in error
    with opened(database) as engine:
        assert load_wikis(engine) == []


def test_wikis_may_be_written_as_they_are_elsewhere(
    environment: dict[str, str], database: str, wikimedia: StandIn
) -> None:
    ended = refresh(environment, "--wiki", "w07.wikipedia", "--wiki", "https://w11.m.wikipedia.org/wiki/", "--json")
    assert (ended.code, ended.json["wikis"]) == (0, 2), ended.err
    assert set(read_all(database)[Series.EDITS]) == {A_WIKI, OTHER}


def test_an_unknown_wiki_is_named_in_the_same_words_everywhere(
    environment: dict[str, str], database: str, wikimedia: StandIn, tmp_path: Path
) -> None:
    (tmp_path / "times.csv").write_text("time\n2024-05-01T12:00:00Z\n", encoding="utf-8")
    assert refresh(environment).code == 0
    words = "unknown wiki: 'w7.wikipedia.org'; did you mean w"
    environment["WIKI_ACTIVITY_LIVE_WIKIS"] = environment["WIKI_ACTIVITY_WATCHLIST"] = "w7.wikipedia.org,w07.wikipedia"
    for command in (
        ("refresh", "--wiki", "w7.wikipedia.org"),
        ("mute", "w7.wikipedia.org", "1h"),
        ("replay", str(tmp_path / "times.csv"), "--wiki", "w7.wikipedia.org"),
    ):
        ended = run(environment, *command)
        assert ended.code == 2
        assert words in ended.err
    assert f"WIKI_ACTIVITY_WATCHLIST: {words}" in refresh(environment).err
    for told in (run(environment, "status").out, run(environment, "doctor").out):
        assert f"WIKI_ACTIVITY_LIVE_WIKIS: {words}" in told
        assert f"WIKI_ACTIVITY_WATCHLIST: {words}" in told
    assert run(environment, "mute", "w07.wikipedia", "1h").out.startswith("w07.wikipedia.org is muted until ")


def test_a_wiki_may_be_called_by_its_database_everywhere(
    environment: dict[str, str], database: str, wikimedia: StandIn, tmp_path: Path
) -> None:
    (tmp_path / "times.csv").write_text("time\n2024-05-01T12:00:00Z\n", encoding="utf-8")
    assert refresh(environment, "--wiki", "db7").code == 0
    assert set(read_all(database)[Series.EDITS]) == {A_WIKI}
    assert run(environment, "mute", "db7", "1h").out.startswith("w07.wikipedia.org is muted until ")
    ended = run(environment, "replay", str(tmp_path / "times.csv"), "--wiki", "db7")
    assert (ended.code, ended.err) == (0, "")
    environment["WIKI_ACTIVITY_LIVE_WIKIS"] = environment["WIKI_ACTIVITY_WATCHLIST"] = "db7"
    assert "unknown wiki" not in run(environment, "status").out + run(environment, "doctor").out


def test_a_misspelt_wiki_in_a_setting_is_a_warning_with_and_without_a_dot(
    environment: dict[str, str], database: str, wikimedia: StandIn
) -> None:
    environment["WIKI_ACTIVITY_WATCHLIST"] = "hindiwiki,w7.wikipedia.org"
    ended = refresh(environment, "--json")
    assert ended.code == 0, ended.err
    first, second = ended.json["warnings"]
    assert first.startswith("WIKI_ACTIVITY_WATCHLIST: unknown wiki: 'hindiwiki'; ")
    assert second.startswith("WIKI_ACTIVITY_WATCHLIST: unknown wiki: 'w7.wikipedia.org'; did you mean w")
