from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Connection, Engine, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from wiki_activity.storage.database import (
    create_database_engine,
    exclusively,
    reading,
    write,
    writing,
)
from wiki_activity.storage.schema import editor_counts
from wiki_activity.storage.storage_errors import DatabaseUnreachableError, DatabaseURLError
from wiki_activity_tests.servers import mysql_database
from wiki_activity_tests.storage.rows import editor_row, run_together


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://user:secret@host", "user:secret@host/db"])
def test_a_url_that_is_none_is_refused_and_without_its_password(url: str) -> None:
    with pytest.raises(DatabaseURLError, match="write ") as caught:
        create_database_engine(url)
    assert "secret" not in str(caught.value)


def test_mysql_means_pymysql() -> None:
    for url in ("mysql://root@host/db", "mariadb://root@host/db", "mariadb+pymysql://root@host/db"):
        engine = create_database_engine(url)
        assert engine.url.render_as_string() == "mysql+pymysql://root@host/db?charset=utf8mb4"


def test_the_folder_of_an_sqlite_file_is_made(tmp_path: Path) -> None:
    engine = create_database_engine(f"sqlite:///{tmp_path}/a/b/activity.db")
    with reading(engine) as connection:
        assert connection.execute(text("pragma journal_mode")).scalar() == "wal"
        assert connection.execute(text("pragma foreign_keys")).scalar() == 1
    engine.dispose()
    assert (tmp_path / "a/b/activity.db").exists()


def test_a_server_that_is_away_is_named_without_the_password() -> None:
    engine = create_database_engine("mysql://somebody:secret@127.0.0.1:1/activity")
    with (
        pytest.raises(DatabaseUnreachableError, match=r"activity on 127\.0\.0\.1:1: .*refused") as caught,
        reading(engine),
    ):
        pass
    assert "secret" not in str(caught.value)
    assert "somebody" not in str(caught.value)


def test_a_database_that_does_not_exist_is_named() -> None:
    with mysql_database() as url:
        engine = create_database_engine(f"{url}_gone")
        with pytest.raises(DatabaseUnreachableError, match=r"_gone on .*Unknown database"), reading(engine):
            pass
        engine.dispose()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    file = tmp_path / "activity.db"
    file.write_text("these are no tables " * 200)
    engine = create_database_engine(f"sqlite:///{file}")
    with pytest.raises(DatabaseUnreachableError, match=r"activity\.db: file is not a database"), reading(engine):
        pass
    engine.dispose()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(DatabaseUnreachableError, match=r"taken/activity\.db: its folder cannot be made"):
        create_database_engine(f"sqlite:///{tmp_path}/taken/activity.db")


def test_an_error_rolls_the_transaction_back(engine: Engine) -> None:
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(insert(editor_counts), [editor_row("a.org"), editor_row("b.org"), editor_row("a.org")])
    with reading(engine) as connection:
        assert connection.execute(select(editor_counts)).all() == []


def test_writers_queue_instead_of_failing(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(insert(editor_counts), [editor_row(count=0)])
    start = Barrier(4)

    def add() -> None:
        start.wait()
        for _ in range(25):
            with writing(engine) as connection:
                query = select(editor_counts.c.editor_count).with_for_update()
                count = connection.execute(query).scalar_one()
                connection.execute(update(editor_counts).values(editor_count=count + 1))

    assert run_together([add] * 4) == []
    with reading(engine) as connection:
        assert connection.execute(select(editor_counts.c.editor_count)).scalar_one() == 100


def test_a_named_lock_keeps_two_apart(engine: Engine) -> None:
    start = Barrier(4)

    def add_if_empty() -> None:
        start.wait()
        with exclusively(engine, "test") as connection:
            if connection.execute(select(editor_counts)).first() is None:
                connection.execute(insert(editor_counts), [editor_row(count=1)])

    assert run_together([add_if_empty] * 4) == []
    with reading(engine) as connection:
        assert len(connection.execute(select(editor_counts)).all()) == 1


def test_the_victim_of_a_deadlock_is_run_again_as_a_whole(mysql_engine: Engine) -> None:
    with writing(mysql_engine) as connection:
        connection.execute(insert(editor_counts), [editor_row("a.org", count=0), editor_row("b.org", count=0)])
    both_hold_one = Barrier(2)
    tries = {"ab": 0, "ba": 0}

    def add(order: str) -> None:
        def work(connection: Connection) -> None:
            tries[order] += 1
            for place, name in enumerate(order):
                row = editor_counts.c.project == f"{name}.org"
                connection.execute(
                    update(editor_counts).where(row).values(editor_count=editor_counts.c.editor_count + 1)
                )
                if place == 0 and tries[order] == 1:
                    both_hold_one.wait(timeout=10)

        write(mysql_engine, work)

    assert run_together([lambda: add("ab"), lambda: add("ba")]) == []
    assert sorted(tries.values()) == [1, 2]
    with reading(mysql_engine) as connection:
        assert connection.execute(select(editor_counts.c.editor_count)).scalars().all() == [2, 2]
