"""A wiki is its dbname: when its address changes, everything that is stored of it goes along."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine, Table, insert, select

from wiki_activity.domain.counts import Metric, Series
from wiki_activity.domain.note_text import NoteKind, NoteText
from wiki_activity.domain.notes import Author, Scope, ScopeKind, Subject
from wiki_activity.domain.wikis import Wiki
from wiki_activity.storage import schema
from wiki_activity.storage.data_version import read_data_version
from wiki_activity.storage.database import reading, write, writing
from wiki_activity.storage.day_schema import daily_counts
from wiki_activity.storage.frames import read_series
from wiki_activity.storage.mutes import mute, read_mutes
from wiki_activity.storage.note_reading import read_history, read_notes
from wiki_activity.storage.notes import create_note, edit_note
from wiki_activity.storage.renames import gather_stragglers, names_version, save_matrix
from wiki_activity.storage.wiki_names import load_former_names, resolve_projects
from wiki_activity.storage.wiki_table import load_wikis
from wiki_activity_tests.storage.conftest import NOW
from wiki_activity_tests.storage.rows import MAY, counts_from
from wiki_activity_tests.storage.storing import hide_month_note, store_counts, write_month_note

OLD, NEW, THIRD = "be-x-old.wikipedia.org", "be-tarask.wikipedia.org", "be.wikipedia.org"
LATER = NOW + timedelta(days=7)
MUCH_LATER = NOW + timedelta(days=14)


def wiki(project: str, dbname: str, *, closed: bool = False) -> Wiki:
    return Wiki(project, dbname, "wikipedia", project.split(".", maxsplit=1)[0], project, project, "ltr", closed=closed)


def others(count: int = 40) -> list[Wiki]:
    return [wiki(f"x{place}.wikipedia.org", f"x{place}wiki") for place in range(count)]


def test_everything_that_is_stored_by_project_moves_along(engine: Engine) -> None:
    save_matrix(engine, [wiki(OLD, "be_x_oldwiki"), *others()], NOW)
    with writing(engine) as connection:
        refresh = connection.execute(insert(schema.refreshes).values(refresh_row())).inserted_primary_key
        assert refresh is not None
        for table in tables_by_project():
            if table is not schema.wikis:
                connection.execute(insert(table).values(any_row(table, OLD)))
        facts = json.dumps({"watchlist": [OLD], "listed": [], "peaks": [{"project": OLD}]})
        told = {"month": MAY, "facts": facts, "corrections": 0, "told_at": NOW}
        connection.execute(insert(schema.told_months).values(told))
        connection.execute(insert(schema.notices).values(notice_row(f"{OLD} burst 2024-05-03T10:00:00Z")))
    changes = save_matrix(engine, [wiki(NEW, "be_x_oldwiki"), *others()], LATER)
    assert changes.renamed == {OLD: NEW}
    for table in tables_by_project():
        with reading(engine) as connection:
            projects = set(connection.execute(select(table.c.project)).scalars())
        assert NEW in projects, table.name
    assert find_texts(engine, OLD) == {("wiki_names", "project"), ("data_changes", "subject")}


def test_days_that_both_names_have_get_the_edits_of_both(engine: Engine) -> None:
    save_matrix(engine, [wiki(OLD, "be_x_oldwiki"), *others()], NOW)
    days = [
        (date(2024, 6, 1), OLD, (1, 2, 3)), (date(2024, 6, 2), OLD, (10, 20, 30)),
        (date(2024, 6, 2), NEW, (100, 200, 300)), (date(2024, 6, 3), NEW, (5, 0, 0)),
    ]  # fmt: skip
    names = ("user_edits", "bot_edits", "logged_out_edits")
    rows = [{"day": day, "project": name, **dict(zip(names, its, strict=True))} for day, name, its in days]
    with writing(engine) as connection:
        connection.execute(insert(daily_counts), rows)
    save_matrix(engine, [wiki(NEW, "be_x_oldwiki"), *others()], LATER)
    with reading(engine) as connection:
        found = connection.execute(select(daily_counts).order_by(daily_counts.c.day)).all()
    assert [(row.day.day, row.project, *row[2:]) for row in found] == [
        (1, NEW, 1, 2, 3), (2, NEW, 110, 220, 330), (3, NEW, 5, 0, 0)
    ]  # fmt: skip


def tables_by_project() -> list[Table]:
    return [table for table in schema.metadata.sorted_tables if "project" in table.c and table is not schema.wiki_names]


def any_row(table: Table, project: str) -> dict[str, Any]:
    """A row of whatever table, so that one that is added later is tried too."""
    values: dict[type, Any] = {str: "x", int: 1, float: 1.0, bool: False, datetime: NOW, date: MAY}
    row = {}
    for column in table.columns:
        if column.autoincrement is True or column.nullable:
            continue
        kind = getattr(column.type, "impl", column.type).python_type
        moment = isinstance(column.type, schema.Month)
        row[column.key] = MAY if moment else values[kind]
    return row | {"project": project}


def refresh_row() -> dict[str, Any]:
    projects = json.dumps([OLD, "x1.wikipedia.org"])
    return {
        "id": 1, "run_id": "a", "resumed_by": "[]", "first": MAY, "last": MAY, "wikis": projects, "series": "[]",
        "holder": "h", "heartbeat": NOW, "started_at": NOW,
    }  # fmt: skip


def notice_row(subject: str) -> dict[str, Any]:
    return {"kind": "episode", "subject": subject, "phase": "begin", "body": "{}", "created_at": NOW, "attempts": 0}


def find_texts(engine: Engine, text: str) -> set[tuple[str, str]]:
    found = set()
    with reading(engine) as connection:
        for table in schema.metadata.sorted_tables:
            for column in table.columns:
                if (
                    isinstance(column.type, sa.String)
                    and connection.execute(select(column).where(column.contains(text)).limit(1)).first()
                ):
                    found.add((table.name, column.name))
    return found


def test_notes_of_both_names_stay(engine: Engine) -> None:
    save_matrix(engine, [wiki(OLD, "be_x_oldwiki"), *others()], NOW)
    write_note(engine, OLD, "Contest", NOW)
    write_note(engine, NEW, "Edit-a-thon", NOW + timedelta(days=1))
    save_matrix(engine, [wiki(NEW, "be_x_oldwiki"), *others()], LATER)
    assert [(one.project, one.text.label, one.version) for one in read_notes(engine) if one.text is not None] == [
        (NEW, "Contest", 1), (NEW, "Edit-a-thon", 1),
    ]  # fmt: skip


@pytest.mark.parametrize("hidden", [OLD, NEW])
def test_a_hidden_note_stays_hidden_and_hides_no_other(engine: Engine, hidden: str) -> None:
    save_matrix(engine, [wiki(OLD, "be_x_oldwiki"), *others()], NOW)
    for project in (OLD, NEW):
        write_note(engine, project, "Slander" if project == hidden else "Contest", NOW)
    hide_month_note(engine, Metric.EDITS, hidden, MAY, reason="no", version=1, author="R", now=NOW + timedelta(hours=1))
    save_matrix(engine, [wiki(NEW, "be_x_oldwiki"), *others()], LATER)
    found = {(one.project, one.text.label, one.hidden) for one in read_notes(engine) if one.text is not None}
    assert found == {(NEW, "Contest", False), (NEW, "Slander", True)}


def test_a_note_on_a_list_of_wikis_follows_each_of_them_and_its_history_too(engine: Engine) -> None:
    save_matrix(engine, [wiki(OLD, "be_x_oldwiki"), *others()], NOW)
    text = NoteText("Contest", "", None, NoteKind.EVENT)
    one = Subject(Scope(ScopeKind.LIST, f"{OLD} x1.wikipedia.org"), MAY, MAY)
    note = create_note(engine, one, text, author=Author("A"), now=NOW)
    wide = replace(one, scope=Scope(ScopeKind.FAMILY, OLD))
    edit_note(engine, note.id, text, subject=wide, version=1, author=Author("A"), now=NOW)
    save_matrix(engine, [wiki(NEW, "be_x_oldwiki"), *others()], LATER)
    first, second = read_history(engine, note.id)
    assert first.subject.scope.projects == tuple(sorted([NEW, "x1.wikipedia.org"]))
    assert second.subject == wide, "a family is no wiki, whatever it is called"


def test_wikis_that_swap_their_addresses_swap_their_notes(engine: Engine) -> None:
    save_matrix(engine, [wiki(OLD, "one"), wiki(NEW, "two"), *others()], NOW)
    write_note(engine, OLD, "On one", NOW)
    write_note(engine, NEW, "On two", NOW)
    save_matrix(engine, [wiki(NEW, "one"), wiki(OLD, "two"), *others()], LATER)
    found = {one.text.label: one.project for one in read_notes(engine) if one.text is not None}
    assert found == {"On one": NEW, "On two": OLD}


def write_note(engine: Engine, project: str, label: str, now: datetime) -> None:
    text = NoteText(label, "", None, NoteKind.EVENT)
    write_month_note(engine, Metric.EDITS, project, MAY, text, version=0, author="A", now=now)


def test_where_both_names_have_counts_the_old_ones_stay(engine: Engine) -> None:
    save_matrix(engine, [wiki(OLD, "be_x_oldwiki"), *others()], NOW)
    store(engine, OLD, "2024-03", 30, 40)
    store(engine, NEW, "2024-04", 0, 5)
    save_matrix(engine, [wiki(NEW, "be_x_oldwiki"), *others()], LATER)
    assert read_counts(engine) == {NEW: [30, 40, 5]}


def test_wikis_that_swap_their_addresses_keep_what_is_theirs(engine: Engine) -> None:
    save_matrix(engine, [wiki(OLD, "awiki"), wiki(NEW, "bwiki"), *others()], NOW)
    store(engine, OLD, "2024-04", 1, 1)
    store(engine, NEW, "2024-04", 2, 2)
    changes = save_matrix(engine, [wiki(NEW, "awiki"), wiki(OLD, "bwiki"), *others()], LATER)
    assert changes.renamed == {OLD: NEW, NEW: OLD}
    assert read_counts(engine) == {NEW: [1, 1], OLD: [2, 2]}
    assert load_former_names(engine) == {}
    back = save_matrix(engine, [wiki(OLD, "awiki"), wiki(NEW, "bwiki"), *others()], MUCH_LATER)
    assert back.renamed == {OLD: NEW, NEW: OLD}
    assert read_counts(engine) == {OLD: [1, 1], NEW: [2, 2]}


def test_a_chain_of_moves_is_made_at_once(engine: Engine) -> None:
    save_matrix(engine, [wiki(OLD, "awiki"), wiki(NEW, "bwiki"), *others()], NOW)
    store(engine, OLD, "2024-04", 1, 1)
    store(engine, NEW, "2024-04", 2, 2)
    save_matrix(engine, [wiki(NEW, "awiki"), wiki(THIRD, "bwiki"), *others()], LATER)
    assert read_counts(engine) == {NEW: [1, 1], THIRD: [2, 2]}
    assert load_former_names(engine) == {OLD: NEW}


def test_a_new_wiki_at_an_old_address_begins_with_nothing_and_is_not_redirected(engine: Engine) -> None:
    save_matrix(engine, [wiki(OLD, "awiki"), *others()], NOW)
    store(engine, OLD, "2024-04", 1, 1)
    save_matrix(engine, [wiki(NEW, "awiki"), wiki(OLD, "newwiki"), *others()], LATER)
    assert read_counts(engine) == {NEW: [1, 1]}
    assert load_former_names(engine) == {}
    assert {one.project: one.dbname for one in load_wikis(engine)}[OLD] == "newwiki"


def test_a_wiki_that_is_gone_makes_room_for_another_at_its_address(engine: Engine) -> None:
    save_matrix(engine, [wiki(OLD, "old_wiki"), *others()], NOW)
    store(engine, OLD, "2024-04", 1, 1)
    save_matrix(engine, [wiki(OLD, "newwiki"), *others()], LATER)
    assert read_counts(engine) == {"old-wiki.gone": [1, 1]}
    [homeless] = [one for one in load_wikis(engine) if one.gone]
    assert (homeless.project, homeless.dbname) == ("old-wiki.gone", "old_wiki")
    save_matrix(engine, [wiki(OLD, "newwiki"), wiki(NEW, "old_wiki"), *others()], MUCH_LATER)
    assert read_counts(engine) == {NEW: [1, 1]}
    assert not any(one.gone for one in load_wikis(engine))


def test_renamed_and_renamed_back_is_where_it_was(engine: Engine) -> None:
    save_matrix(engine, [wiki(OLD, "awiki"), *others()], NOW)
    store(engine, OLD, "2024-04", 1, 1)
    save_matrix(engine, [wiki(NEW, "awiki"), *others()], LATER)
    assert load_former_names(engine) == {OLD: NEW}
    save_matrix(engine, [wiki(OLD, "awiki"), *others()], MUCH_LATER)
    assert read_counts(engine) == {OLD: [1, 1]}
    assert load_former_names(engine) == {NEW: OLD}


def test_two_rows_of_one_dbname_that_an_earlier_release_has_left_become_one(engine: Engine) -> None:
    with writing(engine) as connection:
        for project in (OLD, NEW):
            row = any_row(schema.wikis, project) | {"dbname": "awiki", "direction": "ltr"}
            connection.execute(insert(schema.wikis).values(row))
    store(engine, OLD, "2024-03", 3, 4)
    store(engine, NEW, "2024-05", 5)
    save_matrix(engine, [wiki(NEW, "awiki"), *others()], LATER)
    assert [one.project for one in load_wikis(engine) if one.dbname == "awiki"] == [NEW]
    assert read_counts(engine) == {NEW: [3, 4, 5]}


def test_of_one_dbname_at_two_addresses_the_known_open_one_stays(engine: Engine) -> None:
    save_matrix(engine, [wiki(OLD, "awiki"), *others()], NOW)
    changes = save_matrix(engine, [wiki(NEW, "awiki"), wiki(OLD, "awiki"), *others()], LATER)
    assert changes.renamed == {}
    assert [one.project for one in changes.left_out] == [NEW]
    changes = save_matrix(engine, [wiki(NEW, "awiki"), wiki(OLD, "awiki", closed=True), *others()], LATER)
    assert changes.renamed == {OLD: NEW}


def test_killed_in_between_nothing_has_moved(engine: Engine) -> None:
    save_matrix(engine, [wiki(OLD, "awiki"), *others()], NOW)
    store(engine, OLD, "2024-04", 1, 1)

    def die(connection: sa.Connection, cursor: object, statement: str, *rest: object) -> None:
        if "wiki_names" in statement and "INSERT" in statement.upper():
            raise KeyboardInterrupt

    sa.event.listen(engine, "before_cursor_execute", die)
    with pytest.raises(KeyboardInterrupt):
        save_matrix(engine, [wiki(NEW, "awiki"), *others()], LATER)
    sa.event.remove(engine, "before_cursor_execute", die)
    assert read_counts(engine) == {OLD: [1, 1]}
    assert save_matrix(engine, [wiki(NEW, "awiki"), *others()], LATER).renamed == {OLD: NEW}


def test_the_longer_mute_stays(engine: Engine) -> None:
    save_matrix(engine, [wiki(OLD, "awiki"), *others()], NOW)
    mute(engine, OLD, NOW + timedelta(days=1), NOW)
    mute(engine, NEW, NOW + timedelta(days=3), NOW)
    save_matrix(engine, [wiki(NEW, "awiki"), *others()], NOW)
    assert read_mutes(engine, NOW) == {NEW: NOW + timedelta(days=3)}


def test_old_names_that_people_have_written_still_work_with_a_warning(engine: Engine) -> None:
    save_matrix(engine, [wiki(OLD, "awiki"), *others()], NOW)
    save_matrix(engine, [wiki(NEW, "awiki"), *others()], LATER)
    found = resolve_projects(engine, [OLD])
    assert found.names == (NEW,)
    assert found.warnings == [f"{OLD} is now {NEW}: write its new address"]


def test_what_is_stored_by_the_old_name_afterwards_follows(engine: Engine) -> None:
    save_matrix(engine, [wiki(OLD, "awiki"), *others()], NOW)
    save_matrix(engine, [wiki(NEW, "awiki"), *others()], LATER)
    store(engine, OLD, "2024-05", 7)
    gather_stragglers(engine, LATER)
    assert read_counts(engine) == {NEW: [7]}


def test_readers_who_keep_what_they_made_see_that_both_names_have_changed(engine: Engine) -> None:
    save_matrix(engine, [wiki(OLD, "awiki"), *others()], NOW)
    before = read_data_version(engine)
    with reading(engine) as connection:
        assert names_version(connection) == 0
    save_matrix(engine, [wiki(NEW, "awiki"), *others()], LATER)
    after = read_data_version(engine)
    for subject in (OLD, NEW, "peaks", "annotations"):
        assert after.of(subject) != before.of(subject)
    with reading(engine) as connection:
        assert names_version(connection) > 0


def test_a_wiki_that_is_gone_is_marked_and_keeps_what_is_stored_until_it_comes_back(engine: Engine) -> None:
    save_matrix(engine, [wiki(OLD, "awiki"), *others()], NOW)
    store(engine, OLD, "2024-04", 1, 1)
    assert save_matrix(engine, others(), LATER).gone == (OLD,)
    [gone] = [one for one in load_wikis(engine) if one.gone]
    assert (gone.project, gone.is_open) == (OLD, False)
    assert read_counts(engine) == {OLD: [1, 1]}
    assert save_matrix(engine, others(), MUCH_LATER).gone == ()
    assert save_matrix(engine, [wiki(OLD, "awiki"), *others()], MUCH_LATER).back == (OLD,)
    assert not any(one.gone for one in load_wikis(engine))


def test_a_wiki_whose_entry_could_not_be_read_is_not_gone(engine: Engine) -> None:
    save_matrix(engine, [wiki(OLD, "awiki"), wiki(NEW, "bwiki"), *others()], NOW)
    assert save_matrix(engine, others(), LATER, unread=["awiki", NEW]).gone == ()
    assert save_matrix(engine, others(), LATER, unread=["awiki"]).gone == (NEW,)


def test_a_matrix_that_lacks_many_wikis_at_once_marks_none(engine: Engine) -> None:
    save_matrix(engine, others(100), NOW)
    changes = save_matrix(engine, others(94), LATER)
    assert (changes.gone, len(changes.doubtful)) == ((), 6)
    assert not any(one.gone for one in load_wikis(engine))
    assert len(save_matrix(engine, others(95), LATER).gone) == 5


def test_a_wiki_that_moves_back_from_being_gone_is_asked_again(engine: Engine) -> None:
    save_matrix(engine, [wiki(OLD, "awiki"), *others()], NOW)
    save_matrix(engine, others(), LATER)
    changes = save_matrix(engine, [wiki(NEW, "awiki"), *others()], MUCH_LATER)
    assert (changes.renamed, changes.back) == ({OLD: NEW}, (NEW,))


def store(engine: Engine, project: str, first: str, *counts: int) -> None:
    series: Mapping[Series, Any] = {Series.EDITS: counts_from(first, *counts)}
    months = date(2001, 1, 1), date(2024, 12, 1)
    write(engine, lambda connection: store_counts(connection, project, series, *months, seen_at=NOW))


def read_counts(engine: Engine) -> dict[str, list[int]]:
    frame = read_series(engine, Series.EDITS)
    return {str(name): [int(count) for count in frame[name].dropna()] for name in frame.columns}
