"""What a person gets to read, and scripts as exit code, when something is wrong with what was asked."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from wiki_activity_tests.cli.commands import Ended, run
from wiki_activity_tests.cli.stand_in import StandIn


def refuse(environment: dict[str, str], *arguments: str, code: int = 2) -> Ended:
    ended = run(environment, *arguments)
    assert ended.code == code, ended
    assert ended.out == ""
    assert "Traceback" not in ended.err
    return ended


def test_an_unknown_wiki_is_named_with_those_that_look_like_it(
    environment: dict[str, str], httpserver: HTTPServer
) -> None:
    environment |= StandIn(httpserver).environment
    ended = refuse(environment, "refresh", "--wiki", "w05.wikipedia.org", "--wiki", "w07.wikpedia.org")
    assert "unknown wiki: 'w07.wikpedia.org'; did you mean w07.wikipedia.org" in ended.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--to", "2999-01"), "2999-01 has not ended (its last day is 2999-01-31); the newest ended month is 20"),
        (("--to", "9999-12"), "9999-12 has not ended (its last day is 9999-12-31)"),
        (("--from", "2024-05", "--to", "2024-03"), "the range is reversed: from 2024-05 to 2024-03"),
        (("--resume", "--to", "2024-05"), "leave out --from, --to, --wiki and --shard"),
    ],
)
def test_wrong_months_and_options_are_wrong_use(
    environment: dict[str, str], arguments: tuple[str, ...], words: str
) -> None:
    assert words in refuse(environment, "refresh", *arguments).err


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("METRICS_URL", "wikimedia.org/metrics"),
        ("REQUESTS_PER_MINUTE", "fast"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_with_its_value(
    environment: dict[str, str], variable: str, value: str
) -> None:
    ended = refuse(environment | {f"WIKI_ACTIVITY_{variable}": value}, "refresh")
    assert f"WIKI_ACTIVITY_{variable}" in ended.err
    assert value in ended.err


@pytest.mark.parametrize("command", ["refresh", "explore"])
@pytest.mark.parametrize(
    ("variable", "value"),
    [("DATABASE_URL", "mysql://me:se@s3cret@host/db?ssl-mode=REQUIRED"), ("REDIS_URL", "redis://:pa/s3cret@host/0")],
)
def test_the_address_of_a_store_that_cannot_be_used_is_named_without_its_password(
    environment: dict[str, str], command: str, variable: str, value: str
) -> None:
    ended = refuse(environment | {f"WIKI_ACTIVITY_{variable}": value}, command)
    assert f"Error: WIKI_ACTIVITY_{variable}: " in ended.err
    assert "%40 for @" in ended.err
    assert "s3cret" not in ended.err + ended.out


@pytest.mark.parametrize("command", ["refresh", "migrate", "explore", "up", "mute"])
def test_tables_of_a_newer_program_are_left_alone_and_it_is_said_what_to_do(
    environment: dict[str, str], tmp_path: Path, command: str
) -> None:
    run(environment, "migrate")
    file = next(tmp_path.rglob("*.sqlite"))
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("update wiki_activity_version set version_num = '9999'")
    ended = refuse(environment, command, code=1)
    assert ended.err.strip().endswith("are at 9999, newer than this program: install the newer one")


@pytest.mark.parametrize("command", ["refresh", "status"])
def test_a_database_out_of_reach_is_named_without_its_password(environment: dict[str, str], command: str) -> None:
    url = {"WIKI_ACTIVITY_DATABASE_URL": "mysql+pymysql://root:s3cret@127.0.0.1:9/wiki"}
    ended = run(environment | url, command)
    assert ended.code == 3, ended
    assert "cannot reach the database wiki on 127.0.0.1:9" in ended.err
    assert "Traceback" not in ended.err
    assert "s3cret" not in ended.out + ended.err


def test_where_nothing_was_left_unfinished_there_is_nothing_to_resume(environment: dict[str, str]) -> None:
    assert "no refresh was left unfinished" in refuse(environment, "refresh", "--resume", code=1).err


def test_old_tables_are_brought_up_to_date_by_migrate_and_again(environment: dict[str, str]) -> None:
    assert "from nothing to 0" in run(environment, "migrate").out
    assert "the tables are up to date" in run(environment, "migrate").out


def test_an_unknown_command_is_wrong_use_and_help_names_all(environment: dict[str, str]) -> None:
    assert "No such command 'refrsh'" in refuse(environment, "refrsh").err
    ended = run(environment, "--help")
    assert ended.code == 0
    for command in ("demo", "doctor", "migrate", "refresh", "simulate", "status", "up"):
        assert f"\n  {command} " in ended.out


def test_help_does_not_wait_for_libraries_that_it_does_not_need() -> None:
    code = (
        "import sys, wiki_activity.cli.main; print(*{'pandas', 'scipy', 'sqlalchemy', 'requests'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "\n"


@pytest.mark.parametrize("module", ["wiki_activity.cli.live.watch", "wiki_activity.explorer.app"])
def test_what_runs_for_weeks_does_without_pandas_which_takes_40_mb(module: str) -> None:
    code = f"import sys, {module}; print('sqlalchemy' in sys.modules, *{{'pandas', 'scipy.stats'}} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "True\n"


def test_a_state_folder_that_cannot_be_made_is_named(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    ended = refuse({**environment, "WIKI_ACTIVITY_STATE_DIR": str(tmp_path / "file" / "state")}, "up", code=1)

    assert "state: Not a directory" in ended.err
    assert "WIKI_ACTIVITY_STATE_DIR" in ended.err
