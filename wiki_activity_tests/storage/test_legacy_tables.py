"""The way back to the earlier program: what it reads of our copy is what it had, and what came since."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert, text

from wiki_activity.storage import schema
from wiki_activity.storage.database import create_database_engine, reading, writing
from wiki_activity.storage.legacy_tables import write_legacy_tables
from wiki_activity.storage.migrate import migrate
from wiki_activity.storage.storage_errors import StorageError
from wiki_activity_tests.cli.commands import run
from wiki_activity_tests.servers import mysql_database
from wiki_activity_tests.storage.conftest import NOW
from wiki_activity_tests.storage.legacy_program import EN, HI, make_tables
from wiki_activity_tests.storage.noting import CONTEST, hide, save

pytestmark = pytest.mark.slow


@pytest.fixture(params=["sqlite", "mysql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database to write into."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'back.db'}"
        return
    with mysql_database() as address:
        yield address


@pytest.fixture
def adopted(empty: Engine) -> Engine:
    make_tables(empty)
    migrate(empty, now=NOW)
    with writing(empty) as connection:
        connection.execute(
            insert(schema.edit_counts).values(project=EN, timestamp=date(2024, 3, 1), edit_count=2**40, user_edits=1)
        )
    return empty


def ask(address: str, query: str, **values: Any) -> list[tuple[Any, ...]]:
    engine = create_database_engine(address)
    try:
        with reading(engine) as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]
    finally:
        engine.dispose()


def copy(engine: Engine, address: str) -> dict[str, int]:
    target = create_database_engine(address)
    try:
        return dict(write_legacy_tables(engine, target))
    finally:
        target.dispose()


def test_counts_peaks_labels_and_annotations_come_back(adopted: Engine, target: str) -> None:
    written = copy(adopted, target)

    assert written["edit_counts"] == 4
    counts = "SELECT edit_count FROM edit_counts WHERE project = :project ORDER BY timestamp"
    assert ask(target, counts, project=EN) == [(2_147_483_647,), (2**40,)]
    peaks = (
        "SELECT edit_count, rolling_mean, threshold, percentage_difference, label FROM community_alerts "
        "WHERE project = :project AND timestamp BETWEEN '2024-01-01' AND '2024-01-31 23:59:59'"
    )
    [(edits, mean, threshold, difference, label)] = ask(target, peaks, project=HI)
    assert (edits, mean, threshold, difference) == pytest.approx((100, 50.5, 65.65, 98), rel=1e-3)
    assert label
    [(count, difference)] = ask(target, "SELECT editor_count, percentage_difference FROM editor_alerts")
    assert (count, difference) == (12, 200)
    annotations = (
        "SELECT peak_type, description, status FROM peak_annotations WHERE project = :project AND is_visible = 1"
    )
    told = ask(target, annotations, project=HI)
    assert any("Feminism and Folklore" in description for _, description, _ in told)
    assert {status for *_, status in told} == {"approved"}
    # A label that was the beginning of what it is the label of is not there twice.
    assert all(description.count("Two workshops") < 2 for _, description, _ in told)
    assert not any("spam" in description for _, description, _ in told)


def test_what_was_written_since_comes_along_and_what_is_hidden_does_not(adopted: Engine, target: str) -> None:
    note = save(adopted, 0)
    before = copy(adopted, target)
    hide(adopted, note.version)
    told = ask(
        target, "SELECT description, relevant_link, submitted_by FROM peak_annotations WHERE description LIKE 'Con%'"
    )

    assert told == [("Contest. Ran all month", "https://meta.wikimedia.org/wiki/C", "Asha")]
    with mysql_database() as another:
        assert copy(adopted, another)["peak_annotations"] == before["peak_annotations"] - 1


def test_a_database_that_has_tables_of_these_names_is_left_alone(adopted: Engine, url: str) -> None:
    with pytest.raises(StorageError, match="community_alerts"):
        copy(adopted, url)

    assert len(ask(url, "SELECT 1 FROM edit_counts")) == 4


def test_all_scripts_come_back_into_a_database_that_is_set_to_one(adopted: Engine) -> None:
    label = "हिन्दी विकिपीडिया 🎉"
    save(adopted, 0, replace(CONTEST, label=label))
    with mysql_database() as address:
        target = create_database_engine(address)
        with writing(target) as connection:
            connection.execute(text("ALTER DATABASE CHARACTER SET latin1"))
        target.dispose()
        copy(adopted, address)
        told = ask(address, "SELECT description FROM peak_annotations")

    assert (f"{label}. Ran all month",) in told


def test_a_long_history_is_read_in_short_statements(tmp_path: Path) -> None:
    source, target = (create_database_engine(f"sqlite:///{tmp_path / name}.db") for name in ("ours", "theirs"))
    migrate(source)
    rows = [
        {
            "project": f"w{wiki}.wikipedia.org",
            "timestamp": date(2000 + month // 12, month % 12 + 1, 1),
            "edit_count": month,
        }
        for wiki in range(80)
        for month in range(30)
    ]
    with writing(source) as connection:
        connection.execute(insert(schema.edit_counts), rows)
    open_reads: list[int] = []

    def look(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT"):
            open_reads.append(source.pool.checkedout())  # type: ignore[attr-defined]

    event.listen(target, "after_cursor_execute", look)
    written = write_legacy_tables(source, target)
    source.dispose()
    target.dispose()

    assert written["edit_counts"] == len(rows)
    # While it is written nothing is open that a server would break off.
    assert open_reads == [0] * len(open_reads)
    assert open_reads


def test_the_copy_can_be_adopted_again(adopted: Engine, target: str) -> None:
    written = copy(adopted, target)
    engine = create_database_engine(target)
    report = migrate(engine, now=NOW)
    engine.dispose()

    # Its own tables of annotations have these columns too, for which ours have no place.
    assert report.kept == {"earlier_peak_annotations": "columns reviewed_at, reviewed_by"}
    assert report.carried == written


def test_the_command_says_what_it_wrote_and_takes_its_password_from_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "activity.db"
    environment = {"WIKI_ACTIVITY_DATABASE_URL": f"sqlite:///{file}", "BACK": "back"}
    assert run(environment, "migrate").code == 0
    ended = run(environment, "export-legacy", f"sqlite:///{tmp_path}/${{BACK}}.db")
    again = run(environment, "export-legacy", f"sqlite:///{tmp_path}/${{BACK}}.db")
    unset = run(environment, "export-legacy", f"sqlite:///{tmp_path}/${{NOTHING}}.db")

    assert ended.code == 0, ended.err
    assert "community_alerts: 0 rows" in ended.out
    assert (again.code, unset.code) == (1, 2)
    assert "NOTHING, which is not set" in unset.err
