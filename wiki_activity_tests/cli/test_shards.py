"""`wiki-activity refresh --shard`: parts of all wikis, and what is made of them when all have come."""

import sqlite3
from contextlib import closing

import pytest
from pytest_httpserver import HTTPServer

from wiki_activity_tests.cli.commands import run
from wiki_activity_tests.cli.stand_in import StandIn

WAITS = "Peaks are found when the other parts have come."


def count_wikis(environment: dict[str, str]) -> int:
    file = f"{environment['WIKI_ACTIVITY_STATE_DIR']}/wiki_activity.sqlite"
    with closing(sqlite3.connect(file)) as database:
        (wikis,) = database.execute("select count(distinct project) from edit_counts").fetchone()
    return int(wikis)


def test_all_parts_together_are_everything_and_the_last_one_finds_the_peaks(
    environment: dict[str, str], httpserver: HTTPServer
) -> None:
    environment |= StandIn(httpserver).environment
    said = [run(environment, "refresh", "--to", "2024-05", "--shard", f"{number}/3") for number in (2, 3, 1)]

    assert [(one.code, WAITS in one.err) for one in said] == [(0, True), (0, True), (0, False)], said
    assert count_wikis(environment) == 20


def test_a_part_without_wikis_is_done_at_once(environment: dict[str, str], httpserver: HTTPServer) -> None:
    environment |= StandIn(httpserver, wikis=1).environment
    said = [run(environment, "refresh", "--to", "2024-05", "--shard", f"{number}/2") for number in (1, 2)]

    assert [one.code for one in said] == [0, 0], said
    assert count_wikis(environment) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--shard", "9/8"), "the second of eight is written 2/8"),
        (("--shard", "1/2", "--wiki", "w01.wikipedia.org"), "leave out --wiki and --people"),
        (("--shard", "1/2", "--resume"), "leave out --from, --to, --wiki and --shard"),
        (("--shard", "1/2", "--due"), "leave out all else but --wait"),
    ],
)
def test_what_goes_with_no_part_is_refused(environment: dict[str, str], arguments: tuple[str, ...], words: str) -> None:
    ended = run(environment, "refresh", *arguments)

    assert (ended.code, words in ended.err) == (2, True), ended
