import multiprocessing
import re

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from wiki_activity.storage import schema
from wiki_activity.storage.database import create_database_engine, reading, writing
from wiki_activity.storage.migrate import head_revision, migrate, require_current_schema
from wiki_activity.storage.migrations.steps import VERSION_TABLE
from wiki_activity.storage.storage_errors import SchemaNewerError, SchemaOutdatedError
from wiki_activity_tests.storage.rows import run_together


def test_migrations_from_empty_make_the_tables_that_the_code_knows(engine: Engine) -> None:
    assert list_differences(engine) == []


def test_texts_compare_by_their_bytes(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        return
    for table in schema.metadata.tables:
        options = inspect(engine).get_table_options(table)
        collations = {value for key, value in options.items() if key.endswith("collate")}
        assert collations == {"utf8mb4_bin"}, table


def test_migrating_again_does_nothing(empty: Engine) -> None:
    first, second = migrate(empty), migrate(empty)
    assert (first.before, first.after, first.changed) == (None, head_revision(), True)
    assert (second.before, second.after, second.changed) == (head_revision(), head_revision(), False)


def test_two_threads_may_migrate_at_once(empty: Engine) -> None:
    assert run_together([lambda: migrate(empty)] * 4) == []
    assert list_differences(empty) == []


def test_two_processes_may_migrate_at_once(url: str) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=migrate_in_process, args=(url,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    engine = create_database_engine(url)
    assert list_differences(engine) == []
    engine.dispose()


def test_an_empty_database_is_refused_naming_the_command(empty: Engine) -> None:
    with pytest.raises(SchemaOutdatedError, match=r"has no tables of wiki_activity yet: run `wiki-activity migrate`"):
        require_current_schema(empty)


def test_an_old_schema_is_refused_naming_the_command(engine: Engine) -> None:
    set_revision(engine, "0003")
    with pytest.raises(SchemaOutdatedError, match=r"are at 0003, not at \d+: run `wiki-activity migrate`"):
        require_current_schema(engine)


def test_a_newer_schema_is_refused_and_left_alone(engine: Engine) -> None:
    set_revision(engine, "9999")
    for work in (require_current_schema, migrate):
        with pytest.raises(SchemaNewerError, match=r"are at 9999, newer than this program: install the newer one"):
            work(engine)


def test_a_current_schema_is_accepted(engine: Engine) -> None:
    require_current_schema(engine)


def test_another_programs_alembic_table_is_left_alone(empty: Engine) -> None:
    with writing(empty) as connection:
        connection.execute(text("create table alembic_version (version_num varchar(32) not null)"))
        connection.execute(text("insert into alembic_version values ('dagster')"))
    migrate(empty)
    with reading(empty) as connection:
        assert connection.execute(text("select version_num from alembic_version")).scalars().all() == ["dagster"]


def migrate_in_process(url: str) -> None:
    engine = create_database_engine(url)
    migrate(engine)
    engine.dispose()


def list_differences(engine: Engine) -> list[object]:
    with reading(engine) as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True, "include_object": is_ours}
        return compare_metadata(MigrationContext.configure(connection, opts=options), schema.metadata)


def is_ours(item: object, name: str | None, kind: str, *rest: object) -> bool:
    return not (kind == "table" and re.match("earlier_", name or ""))


def set_revision(engine: Engine, revision: str) -> None:
    with writing(engine) as connection:
        connection.execute(text(f"update {VERSION_TABLE} set version_num = :revision"), {"revision": revision})
