"""An SQLite file that is moved, deleted or replaced beneath a running program: nothing is written into the lost one."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, insert, select, text

from wiki_activity.storage.database import create_database_engine, reading, write, writing
from wiki_activity.storage.migrate import migrate
from wiki_activity.storage.patience import Patience
from wiki_activity.storage.schema import editor_counts
from wiki_activity.storage.storage_errors import DatabaseBusyError, DatabaseRefusedError, DatabaseUnreachableError
from wiki_activity_tests.migrated import copy_migrated_file
from wiki_activity_tests.storage.rows import editor_row


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "activity.db"


@pytest.fixture(params=[Patience.READER, Patience.BATCH])
def engine(file: Path, request: pytest.FixtureRequest) -> Iterator[Engine]:
    engine = create_database_engine(copy_migrated_file(file), request.param)
    yield engine
    engine.dispose()


def add(engine: Engine, project: str) -> None:
    with writing(engine) as connection:
        connection.execute(insert(editor_counts), [editor_row(project)])


def projects(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return list(connection.execute(select(editor_counts.c.project).order_by(editor_counts.c.project)).scalars())


def projects_in(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return [row[0] for row in connection.execute("select project from editor_counts order by project")]


def copy(file: Path, to: Path) -> None:
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)


def move_all(file: Path, to: Path) -> None:
    for end in ("", "-wal", "-shm"):
        if Path(f"{file}{end}").exists():
            Path(f"{file}{end}").replace(f"{to}{end}")


def test_a_file_that_is_moved_away_is_neither_written_nor_made_anew(engine: Engine, file: Path, tmp_path: Path) -> None:
    add(engine, "a.org")
    moved = tmp_path / "moved.db"
    move_all(file, moved)
    for work in (lambda: add(engine, "b.org"), lambda: projects(engine)):
        with pytest.raises(DatabaseUnreachableError, match=r"activity\.db: unable to open"):
            work()
    assert not file.exists()
    assert projects_in(moved) == ["a.org"]


def test_a_file_that_is_deleted_is_not_made_anew(engine: Engine, file: Path) -> None:
    add(engine, "a.org")
    file.unlink()
    with pytest.raises(DatabaseUnreachableError):
        add(engine, "b.org")
    assert not file.exists()


def replace(file: Path, older: Path) -> None:
    """Put a copy back as one should: the log of the file before goes too."""
    move_all(file, file.with_suffix(".lost"))
    older.replace(file)


def overwrite(file: Path, older: Path) -> None:
    """Put a copy back into the same file, after all of it was written there."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
    shutil.copyfile(older, file)


@pytest.mark.parametrize("put_back", [replace, overwrite])
def test_an_older_copy_that_takes_the_files_place_is_read_and_written(
    engine: Engine, file: Path, tmp_path: Path, put_back: Callable[[Path, Path], None]
) -> None:
    add(engine, "a.org")
    older = tmp_path / "older.db"
    copy(file, older)
    add(engine, "b.org")
    assert projects(engine) == ["a.org", "b.org"]
    put_back(file, older)
    assert projects(engine) == ["a.org"]
    add(engine, "c.org")
    assert projects(engine) == projects_in(file) == ["a.org", "c.org"]


def test_a_copy_beside_which_the_log_of_another_file_lies_is_refused_until_that_is_removed(
    file: Path, tmp_path: Path
) -> None:
    engine = create_database_engine(f"sqlite:///{file}")
    migrate(engine)
    add(engine, "a.org")
    older = tmp_path / "older.db"
    copy(file, older)
    add(engine, "b.org")
    older.replace(file)
    with pytest.raises(DatabaseRefusedError, match=r"it was replaced.*remove .*activity\.db-wal"):
        projects(engine)
    for end in ("-wal", "-shm"):
        Path(f"{file}{end}").unlink()
    assert projects(engine) == ["a.org"]
    engine.dispose()


def test_a_file_that_goes_while_a_transaction_runs_gets_nothing_of_it(
    engine: Engine, file: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "moved.db"

    def lose(connection: Connection) -> None:
        connection.execute(insert(editor_counts), [editor_row("a.org")])
        move_all(file, moved)

    with pytest.raises(DatabaseUnreachableError, match="moved, deleted or replaced"):
        write(engine, lose)
    assert projects_in(moved) == []


def test_what_the_program_itself_does_to_its_file_renews_hardly_a_connection(file: Path) -> None:
    engine = create_database_engine(f"sqlite:///{file}")
    migrate(engine)
    opened: list[object] = []
    event.listen(engine, "connect", lambda *_: opened.append(1))
    for number in range(300):
        add(engine, f"{number}.org")
    assert len(projects(engine)) == 300
    # The log is carried over into the file every thousand pages.
    assert len(opened) <= 3
    engine.dispose()


def test_older_tables_that_are_put_beneath_a_program_are_named(engine: Engine, file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("alter table editor_counts drop column editor_count")
    with pytest.raises(DatabaseRefusedError, match=r"not those of this program: .*editor_count"):
        add(engine, "a.org")
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("drop table editor_counts")
    with pytest.raises(DatabaseRefusedError, match=r"not those of this program: no such table"):
        projects(engine)


def test_a_statement_that_takes_too_long_is_ended(engine: Engine, file: Path) -> None:
    quick = create_database_engine(f"sqlite:///{file}", Patience.READER)
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"
    with pytest.raises(DatabaseRefusedError, match="took too long"), reading(quick) as connection:
        connection.execute(text(endless))
    assert projects(quick) == []
    quick.dispose()


def test_a_writer_waits_for_another_one_as_long_as_its_patience_and_then_says_so(file: Path) -> None:
    engine = create_database_engine(f"sqlite:///{file}", Patience.READER)
    migrate(engine)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("begin immediate")
        with pytest.raises(DatabaseBusyError, match="locked"):
            add(engine, "a.org")
        # Whoever only reads does not wait.
        assert projects(engine) == []
        other.execute("rollback")
    add(engine, "a.org")
    engine.dispose()


def test_a_file_that_may_only_be_read_refuses_and_says_so(file: Path) -> None:
    engine = create_database_engine(f"sqlite:///{file}")
    migrate(engine)

    def forbid(connection: Connection) -> None:
        connection.exec_driver_sql("pragma query_only = on")

    event.listen(engine, "begin", forbid)
    with pytest.raises(DatabaseRefusedError, match="readonly"):
        add(engine, "a.org")
    engine.dispose()


def test_a_file_that_may_be_written_again_is_written(
    engine: Engine, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = sqlite3.connect

    def open_to_read(_address: str, **options: Any) -> sqlite3.Connection:
        return connect(f"{file.as_uri()}?mode=ro", **options)

    projects(engine)
    engine.dispose()
    # Not by the file's mode, which does not keep root from writing.
    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", open_to_read)
        # Two connections of the pool are such that can only read.
        with reading(engine), reading(engine):
            pass
        with pytest.raises(DatabaseRefusedError, match="readonly"):
            add(engine, "a.org")
    add(engine, "b.org")
    with reading(engine):
        add(engine, "c.org")
    assert projects(engine) == ["b.org", "c.org"]
