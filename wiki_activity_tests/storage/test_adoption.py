from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, insert, inspect, select, text

from wiki_activity.domain.counts import Metric, Series
from wiki_activity.domain.peaks import Detector
from wiki_activity.storage import schema
from wiki_activity.storage.database import reading, writing
from wiki_activity.storage.frames import read_series
from wiki_activity.storage.migrate import migrate
from wiki_activity.storage.peak_table import read_peaks
from wiki_activity_tests.storage.conftest import NOW
from wiki_activity_tests.storage.legacy_program import EN, HI, LOOSE_TABLES, ROWS, TABLES, make_tables
from wiki_activity_tests.storage.test_migrate import list_differences

pytestmark = pytest.mark.slow

JANUARY, FEBRUARY = date(2024, 1, 1), date(2024, 2, 1)


@pytest.fixture
def adopted(empty: Engine) -> Engine:
    make_tables(empty)
    report = migrate(empty, now=NOW)
    assert report.kept == {}
    assert report.carried == {name: len(rows) for name, rows in ROWS.items()}
    return empty


def test_an_adopted_database_has_the_same_tables_as_a_new_one(adopted: Engine) -> None:
    assert list_differences(adopted) == []
    assert [name for name in inspect(adopted).get_table_names() if name.startswith("earlier_")] == []


def test_counts_are_kept(adopted: Engine) -> None:
    edits = read_series(adopted, Series.EDITS)
    assert edits.loc["2024-01-01", HI] == 100
    assert edits.loc["2024-02-01", HI] == 0
    assert edits.loc["2024-02-01", EN] == 2_147_483_647


def test_counts_may_pass_32_bits_afterwards(adopted: Engine) -> None:
    with writing(adopted) as connection:
        connection.execute(
            insert(schema.edit_counts).values(
                project=EN, timestamp=date(2024, 3, 1), edit_count=2**40, user_edits=2**39
            )
        )
    assert read_series(adopted, Series.EDITS).loc["2024-03-01", EN] == 2**40


def test_editor_rows_get_their_org_and_a_row_that_had_it_wins(adopted: Engine) -> None:
    editors = read_series(adopted, Series.EDITORS)
    assert editors.loc["2024-01-01"].to_dict() == {HI: 12, EN: 30_000}
    revisions = read_all(adopted, schema.count_revisions)
    assert [(row["metric"], row["project"], row["old"], row["new"]) for row in revisions] == [
        ("editors", EN, 29_000, 30_000)
    ]


def test_peaks_are_kept_under_their_metric(adopted: Engine) -> None:
    peaks = {(peak.metric, peak.project, peak.month): peak for peak in read_peaks(adopted)}
    assert set(peaks) == {
        (Metric.EDITS, HI, JANUARY),
        (Metric.EDITS, EN, FEBRUARY),
        (Metric.EDITORS, HI, JANUARY),
    }
    assert {peak.detector for peak in peaks.values()} == {Detector.ROLLING_MEAN}
    january = peaks[Metric.EDITS, HI, JANUARY]
    assert (january.value, january.expected) == (100, 50.5)
    assert january.threshold == pytest.approx(65.65)
    assert january.starts_episode
    assert {row["found_at"] for row in read_all(adopted, schema.community_alerts)} == {NOW}


def test_a_peak_of_a_month_without_edits_is_left_behind(adopted: Engine) -> None:
    assert (Metric.EDITS, HI, FEBRUARY) not in {(one.metric, one.project, one.month) for one in read_peaks(adopted)}


def test_labels_and_annotations_become_revisions(adopted: Engine) -> None:
    history = read_history(adopted, "edits", HI, JANUARY)
    assert [(row["number"], row["label"], row["link"], row["hidden"]) for row in history] == [
        (1, "Feminism and Folklore", None, False),
        (2, "spam", None, True),
        (3, "Feminism and Folklore 2024", "https://meta.wikimedia.org/wiki/FF", False),
    ]
    assert history[1]["note"] == "javascript:alert(1)"
    assert history[2]["author_name"] == "Asha"
    assert history[2]["at"] == datetime(2024, 3, 5, 10, 11, 12, tzinfo=UTC)
    assert "approved" in history[2]["reason"]
    assert [row["action"] for row in history] == ["create", "edit", "edit"]


def test_a_label_is_not_dated_after_what_was_added_to_it(adopted: Engine) -> None:
    moments = [row["at"] for row in read_history(adopted, "edits", HI, JANUARY)]
    assert moments[0] == min(moments)


def test_a_long_label_goes_whole_into_the_note(adopted: Engine) -> None:
    (row,) = read_history(adopted, "edits", EN, FEBRUARY)
    assert len(row["label"]) <= 80
    assert row["label"].endswith("…")
    assert row["note"] == ("A label of great length, " * 10).strip()


def test_editor_annotations_follow_their_project(adopted: Engine) -> None:
    label, note = read_history(adopted, "editors", HI, JANUARY)
    assert label["label"] == "Workshop"
    assert note["label"] == "Two workshops in Delhi and one in Pune"
    assert note["note"] == "Two workshops in Delhi\nand one in Pune\n\nhttp://example.org/w"
    assert (note["link"], note["author_name"], note["hidden"]) == (None, "unknown", False)


def test_a_note_without_a_peak_is_kept(adopted: Engine) -> None:
    (row,) = read_history(adopted, "edits", EN, date(2023, 7, 1))
    assert row["label"] == "A month that is no peak"


@pytest.mark.parametrize(
    "names", [["edit_counts"], ["editor_alerts"], ["peak_annotations"], ["community_alerts", "edit_counts"]]
)
def test_any_of_the_tables_may_be_missing(empty: Engine, names: list[str]) -> None:
    make_tables(empty, {name: TABLES[name] for name in names})
    report = migrate(empty, now=NOW)
    assert report.carried == {name: len(ROWS[name]) for name in names}
    assert list_differences(empty) == []


def test_keys_may_be_in_another_order_or_missing(empty: Engine) -> None:
    rows = {name: list(ROWS[name]) for name in LOOSE_TABLES}
    rows["edit_counts"] = [*rows["edit_counts"], {**ROWS["edit_counts"][0], "edit_count": 101}, ROWS["edit_counts"][0]]
    make_tables(
        empty,
        LOOSE_TABLES,
        {**rows, "edit_counts": [{"id": at, **row} for at, row in enumerate(rows["edit_counts"], 1)]},
    )
    report = migrate(empty, now=NOW)
    assert report.kept == {}
    assert list_differences(empty) == []
    assert read_series(empty, Series.EDITS).loc["2024-01-01", HI] == 100
    assert (101, 100) in [(row["old"], row["new"]) for row in read_all(empty, schema.count_revisions)]


def test_what_cannot_be_carried_over_stays_where_it_was(empty: Engine) -> None:
    tables = {
        "edit_counts": "timestamp DATETIME, edit_count INT, project VARCHAR(255), colour VARCHAR(9)",
        "community_alerts": LOOSE_TABLES["community_alerts"],
        "wikis": "code VARCHAR(9)",
    }
    month = "2024-01-01 00:00:00"
    rows = {
        "edit_counts": [
            {"project": None, "timestamp": month, "edit_count": 1},
            {"project": HI, "timestamp": None, "edit_count": 2},
            {"project": HI, "timestamp": month, "edit_count": None},
            {"project": EN, "timestamp": month, "edit_count": 4, "colour": "red"},
        ],
        "community_alerts": [
            {"project": EN, "timestamp": month, "edit_count": 4, "rolling_mean": None, "threshold": 1, "label": "kept"},
        ],
        "wikis": [{"code": "hi"}],
    }  # fmt: skip
    make_tables(empty, tables, rows)
    report = migrate(empty, now=NOW)
    assert report.kept == {
        "earlier_wikis": "not a table that this program can read",
        "earlier_edit_counts": "2 rows: no project or no month; 1 rows: no count; columns colour",
        "earlier_community_alerts": "1 rows: no count, mean or threshold",
    }
    with reading(empty) as connection:
        assert connection.execute(text("select count(*) from earlier_edit_counts")).scalar() == 4
        assert connection.execute(text("select code from earlier_wikis")).scalar() == "hi"
    assert read_series(empty, Series.EDITS).loc["2024-01-01", EN] == 4
    assert read_history(empty, "edits", EN, JANUARY)[0]["label"] == "kept"
    assert list_differences(empty) == []
    assert migrate(empty).kept == {}


def test_a_table_that_another_one_refers_to_is_kept(empty: Engine) -> None:
    refers = "FOREIGN KEY (project, timestamp) REFERENCES community_alerts (project, timestamp)"
    tables = {
        "community_alerts": TABLES["community_alerts"],
        "peak_annotations": f"{TABLES['peak_annotations']}, {refers}",
        "comments": f"project VARCHAR(255), timestamp DATETIME, {refers}",
    }
    make_tables(empty, tables, {"community_alerts": ROWS["community_alerts"]})
    assert migrate(empty, now=NOW).kept == {"earlier_community_alerts": "comments refers to it"}
    with reading(empty) as connection:
        assert connection.execute(text("select count(*) from earlier_community_alerts")).scalar() == 3
    assert "earlier_peak_annotations" not in inspect(empty).get_table_names()


def test_texts_of_other_scripts_survive(empty: Engine) -> None:
    label = "हिन्दी विकिपीडिया – 10 years 🎉"
    make_tables(
        empty,
        {"community_alerts": TABLES["community_alerts"]},
        {"community_alerts": [{**ROWS["community_alerts"][0], "label": label}]},
    )
    migrate(empty, now=NOW)
    assert read_history(empty, "edits", HI, JANUARY)[0]["label"] == label


WRITES = ("create", "alter", "rename", "drop", "insert", "update", "delete")


class KilledError(Exception):
    """Stands for the end of the process."""


def test_a_migration_killed_at_any_step_goes_on_and_loses_nothing(empty: Engine) -> None:
    make_tables(empty)
    attempts = 0
    while True:
        attempts += 1
        # Each attempt lives one statement longer than the one before, wherever that one left the tables.
        try:
            with killing(empty, after=attempts):
                migrate(empty, now=NOW)
        except KilledError:
            continue
        break
    assert attempts > 10
    assert list_differences(empty) == []
    test_counts_are_kept(empty)
    test_editor_rows_get_their_org_and_a_row_that_had_it_wins(empty)
    test_peaks_are_kept_under_their_metric(empty)
    test_labels_and_annotations_become_revisions(empty)
    test_a_long_label_goes_whole_into_the_note(empty)


@contextmanager
def killing(engine: Engine, after: int) -> Iterator[None]:
    """Cut the connection off before the statement that would be the next one to write."""
    written = 0

    def count(connection: Connection, cursor: Any, statement: str, *rest: Any) -> None:
        nonlocal written
        if statement.strip().lower().startswith(WRITES):
            written += 1
            if written > after:
                connection.invalidate()
                raise KilledError

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", count)


def read_all(engine: Engine, table: Any) -> list[dict[str, Any]]:
    with reading(engine) as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


def read_history(engine: Engine, metric: str, project: str, month: date) -> list[dict[str, Any]]:
    notes, revisions = schema.notes, schema.note_revisions
    query = (
        select(notes.c.revision, revisions)
        .join(revisions, revisions.c.note_id == notes.c.id)
        .where(revisions.c.metric == metric, revisions.c.scope_key == project, revisions.c.first == month)
        .order_by(revisions.c.number)
    )
    with reading(engine) as connection:
        history = [dict(row) for row in connection.execute(query).mappings()]
    assert {row["revision"] for row in history} <= {len(history)}
    return history
