"""`wiki-activity worker`: what it refuses to start without, in words and as an exit code."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from wiki_activity.storage.database import create_database_engine
from wiki_activity.storage.migrate import migrate
from wiki_activity_tests.cli.commands import run, start, wait
from wiki_activity_tests.migrated import copy_migrated_file
from wiki_activity_tests.own_servers import own_mariadb, own_redis, run_sql
from wiki_activity_tests.servers import redis_url

CELERY = Path(__file__).parents[2] / "deploy" / "dagster" / "celery" / "dagster.yaml"


@pytest.fixture
def fit(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """What it takes, but for an instance whose runs are launched for workers."""
    file = tmp_path / "activity.sqlite"
    copy_migrated_file(file)
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").touch()
    own = {
        "WIKI_ACTIVITY_DATABASE_URL": f"sqlite:///{file}",
        "WIKI_ACTIVITY_CELERY_URL": redis_url(),
        "DAGSTER_HOME": str(home),
    }
    return environment | own


def refuse(environment: dict[str, str], code: int = 1) -> str:
    ended = run(environment, "worker")
    assert ended.code == code, ended
    assert "Traceback" not in ended.err
    return ended.err


def test_without_celery_it_says_how_to_install_it(fit: dict[str, str], tmp_path: Path) -> None:
    hiding = tmp_path / "hiding" / "dagster_celery"
    hiding.mkdir(parents=True)
    (hiding / "__init__.py").write_text("raise ModuleNotFoundError(name='dagster_celery')")

    with start(fit | {"PYTHONPATH": str(hiding.parent)}, "worker") as process:
        said = wait(process)

    assert (said.code, "pip install 'wiki-activity[celery]'" in said.err) == (1, True), said


def test_it_needs_the_redis_that_carries_the_runs(fit: dict[str, str]) -> None:
    assert "WIKI_ACTIVITY_CELERY_URL is not set" in refuse(fit | {"WIKI_ACTIVITY_CELERY_URL": ""}, 2)
    said = refuse(fit | {"WIKI_ACTIVITY_CELERY_URL": "redis://:secret@127.0.0.1:9/0"})
    assert "WIKI_ACTIVITY_CELERY_URL: cannot reach Redis at 127.0.0.1:9" in said
    assert "secret" not in said


def test_an_instance_that_launches_no_runs_for_workers_is_refused(fit: dict[str, str]) -> None:
    assert "launches no runs for workers: take deploy/dagster/celery's" in refuse(fit)


def test_an_instance_without_an_address_of_its_storage_is_refused(fit: dict[str, str]) -> None:
    shutil.copy(CELERY, fit["DAGSTER_HOME"])
    assert "DAGSTER_STORAGE_URL" in refuse(fit)


def test_a_storage_out_of_reach_is_named_without_its_password(fit: dict[str, str]) -> None:
    shutil.copy(CELERY, fit["DAGSTER_HOME"])
    said = refuse(fit | {"DAGSTER_STORAGE_URL": "mysql+mysqlconnector://user:secret@127.0.0.1:9/dagster"})
    assert "Dagster's storage: " in said
    assert "127.0.0.1:9" in said
    assert "secret" not in said


def test_tables_of_another_version_are_refused(fit: dict[str, str]) -> None:
    with closing(sqlite3.connect(fit["WIKI_ACTIVITY_DATABASE_URL"].removeprefix("sqlite:///"))) as database:
        database.execute("update wiki_activity_version set version_num = '0028'")
        database.commit()
    assert "run `wiki-activity migrate`" in refuse(fit)


def test_a_clock_that_is_ten_minutes_off_is_refused(fit: dict[str, str]) -> None:
    with own_mariadb() as server, own_redis() as redis:
        run_sql(
            server,
            "create user plain@127.0.0.1",
            "grant all on activity.* to plain@127.0.0.1",
            "set global init_connect = 'set timestamp = unix_timestamp(sysdate(6)) - 600'",
        )
        engine = create_database_engine(server.url)
        migrate(engine)
        engine.dispose()
        url = sa.make_url(server.url).set(username="plain").render_as_string()
        said = refuse(fit | {"WIKI_ACTIVITY_DATABASE_URL": url, "WIKI_ACTIVITY_CELERY_URL": redis.url})
    assert "this machine's clock is 600 s ahead of the database's" in said
