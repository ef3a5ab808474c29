"""What is stored meanwhile is seen soon, and what is saved here at once."""

from dataclasses import replace
from datetime import date, datetime

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, delete, insert, select, text

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.peaks import Detector, Peak
from wiki_activity.explorer.app import create_app
from wiki_activity.explorer.configuration import ExplorerSettings
from wiki_activity.explorer.peak_board import BoardQuery
from wiki_activity.explorer.snapshot import Snapshot
from wiki_activity.explorer.snapshots import Snapshots
from wiki_activity.settings import Settings
from wiki_activity.storage.peak_table import read_peaks
from wiki_activity.storage.renames import save_matrix
from wiki_activity.storage.schema import data_changes
from wiki_activity.storage.wiki_table import save_wikis
from wiki_activity_tests.explorer.api.asking import BODY, MONTH, get, put
from wiki_activity_tests.explorer.links import open_link
from wiki_activity_tests.explorer.stored import LAST, NOW, SHARED, annotate, fill_database, know_people, restate

HI, BN = "hi.wikipedia.org", "bn.wikipedia.org"
HOUR = 3600


def create(settings: Settings, own: ExplorerSettings, engine: Engine, look_seconds: float) -> FastAPI:
    def clock() -> datetime:
        return NOW

    return create_app(settings, own, engine, clock, look_seconds=look_seconds)


class Timer:
    """Monotonic seconds, put forward by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def list_newest(snapshot: Snapshot) -> dict[str, int | None]:
    """The newest edits of two wikis."""
    return {name: snapshot.wiki(name).data.newest_edits()[1] for name in (HI, BN)}


def test_what_others_store_is_seen_when_it_is_looked_for_again(engine: Engine) -> None:
    snapshots = Snapshots(engine, 30, HOUR, HOUR)
    before = snapshots.read()
    restate(engine, HI, {LAST: 77_777})
    assert snapshots.read() is before
    snapshots.look_again()
    assert snapshots.read().wiki(HI).all_month_counts()[LAST].edits == 77_777


@pytest.mark.parametrize("backend", ["sqlite", "mysql"], indirect=True)
def test_only_what_changed_is_read_again(engine: Engine) -> None:
    snapshots = Snapshots(engine, 30, 0, 0)
    before = snapshots.read()
    detection = before.wiki(BN).detect(Metric.EDITS, Detector.SEASONAL)
    restate(engine, HI, {LAST: 77_777})
    after = snapshots.read()
    assert [name for name in before.wikis if after.wikis[name] is not before.wikis[name]] == [HI]
    assert after.wiki(BN).detect(Metric.EDITS, Detector.SEASONAL) is detection
    assert (before.wiki(HI).version, before.lists) != (after.wiki(HI).version, after.lists)
    # The snapshot before is as it was.
    assert list_newest(before)[HI] != 77_777 == list_newest(after)[HI]


def test_while_nothing_changes_all_is_shared(engine: Engine) -> None:
    snapshots = Snapshots(engine, 30, 0, 0)
    before, after = snapshots.read(), snapshots.read()
    assert after.wikis is before.wikis
    assert (after.board, after.catalogue, after.lists) == (before.board, before.catalogue, before.lists)


def test_a_note_leaves_all_that_was_found_of_a_wiki(engine: Engine) -> None:
    snapshots = Snapshots(engine, 30, 0, 0)
    before = snapshots.read()
    annotate(engine, HI, LAST, "A label")
    after = snapshots.read()
    assert [one.text.label for one in after.wiki(HI).notes.written if one.text] == ["A label"]
    assert before.wiki(HI).notes.written == ()
    assert after.wiki(BN) is before.wiki(BN)
    assert after.notes != before.notes


def test_notes_are_chosen_once_for_each_wiki_until_one_of_its_own_changes(engine: Engine) -> None:
    annotate(engine, HI, SHARED)
    snapshots = Snapshots(engine, 30, 0, 0)
    before = snapshots.read()
    chosen = {name: before.wiki(name).choose_notes(Metric.EDITS) for name in (HI, BN)}
    annotate(engine, HI, SHARED, "Another label", version=1)
    after = snapshots.read()
    assert after.wiki(BN).choose_notes(Metric.EDITS) is chosen[BN]
    text = after.wiki(HI).choose_notes(Metric.EDITS)[SHARED].text
    assert text is not None
    assert text.label == "Another label"


def test_lists_are_renewed_later_than_wikis_and_notes(engine: Engine) -> None:
    timer = Timer()
    snapshots = Snapshots(engine, 30, 0.25, 5, timer)
    before = snapshots.read()
    timer.now = 3
    restate(engine, HI, {LAST: 999_999})
    annotate(engine, BN, LAST, "A label")
    during = snapshots.read()
    assert list_newest(during)[HI] == 999_999
    assert during.wiki(BN).notes.written
    assert (during.board, during.catalogue.sizes[HI]) == (before.board, before.catalogue.sizes[HI])
    # Nothing else has changed by then.
    timer.now = 5
    after = snapshots.read()
    assert after.catalogue.sizes[HI] == 999_999
    query = BoardQuery(Metric.EDITS, Detector.SEASONAL, month=LAST)
    assert [one.peak.value for one in after.select_peaks(query).items if one.peak.project == HI] == [999_999]
    assert len({before.lists, during.lists, after.lists}) == 2


def test_many_that_change_at_once_are_read_at_a_pace_however_often_somebody_looks(engine: Engine) -> None:
    timer = Timer()
    snapshots = Snapshots(engine, 30, 0.25, 5, timer, wikis_at_once=1)
    snapshots.read()

    def change(edits: int) -> None:
        for project in (HI, BN):
            restate(engine, project, {LAST: edits})

    def look_at(seconds: float) -> int:
        timer.now = seconds
        return sum(count == edits for count in list_newest(snapshots.read()).values())

    edits = 777_777
    change(edits)
    assert [look_at(seconds) for seconds in (0.3, 0.6, 0.9)] == [1, 2, 2]
    # The peaks of both are on the board, though nothing has changed since it could be renewed first.
    timer.now = 3
    snapshots.read()
    timer.now = 5
    found = snapshots.read().select_peaks(BoardQuery(Metric.EDITS, Detector.SEASONAL, month=LAST)).items
    assert {one.peak.project for one in found if one.peak.value == edits} == {HI, BN}
    edits = 888_888
    change(edits)
    assert look_at(6) == 2


@pytest.mark.parametrize("wanted", [HI, BN])
def test_of_many_that_change_at_once_those_that_are_asked_for_come_first(engine: Engine, wanted: str) -> None:
    timer = Timer()
    snapshots = Snapshots(engine, 30, 0.25, 5, timer, wikis_at_once=1)
    snapshots.read()
    for project in (HI, BN):
        restate(engine, project, {LAST: 777_777})
    snapshots.want([wanted, "no.wiki.at.all"])
    timer.now = 0.3
    assert [name for name, edits in list_newest(snapshots.read()).items() if edits == 777_777] == [wanted]


def test_a_wiki_whose_address_changes_is_under_its_new_one_at_once(engine: Engine) -> None:
    snapshots = Snapshots(engine, 30, 0, HOUR)
    hindi = snapshots.read().catalogue.wikis[HI]
    moved = replace(hindi, project="hindi.wikipedia.org")
    save_matrix(engine, [moved, *(one for one in snapshots.read().catalogue.wikis.values() if one != hindi)], NOW)
    after = snapshots.read()
    assert after.catalogue.get(moved.project).dbname == hindi.dbname
    assert HI not in after.catalogue.wikis
    assert after.wiki(moved.project).months(Metric.EDITS)[-1] == LAST


@pytest.mark.parametrize("backend", ["mysql"], indirect=True)
def test_while_a_dump_is_put_back_no_state_is_taken_for_the_one_that_its_numbers_stand_for(engine: Engine) -> None:
    snapshots = Snapshots(engine, 30, 0, 0)
    edits = list_newest(snapshots.read())[HI]
    with engine.begin() as connection:
        old = connection.execute(select(data_changes)).mappings().all()
    restate(engine, HI, {LAST: 777_777})
    assert list_newest(snapshots.read())[HI] == 777_777
    # Table after table, by name.
    with engine.begin() as connection:
        connection.execute(delete(data_changes))
        connection.execute(insert(data_changes), [dict(row) for row in old])
    snapshots.read()
    with engine.begin() as connection:
        # MySQL tells the second in which a table was made.
        connection.execute(text("do sleep(1)"))
        connection.execute(text("create table put_back like edit_counts"))
        connection.execute(text("insert into put_back select * from edit_counts"))
        query = "update put_back set edit_count = :edits where project = :project and timestamp = :month"
        connection.execute(text(query), {"edits": edits, "project": HI, "month": LAST})
        connection.execute(text("drop table edit_counts"))
        connection.execute(text("rename table put_back to edit_counts"))
    assert list_newest(snapshots.read())[HI] == edits


def test_a_name_that_changes_is_seen(engine: Engine) -> None:
    snapshots = Snapshots(engine, 30, 0, 0)
    hindi = snapshots.read().catalogue.wikis[HI]
    save_wikis(engine, [replace(hindi, name="Hindi, renamed")], NOW)
    assert snapshots.read().catalogue.wikis[HI].name == "Hindi, renamed"


def test_a_wiki_of_which_nothing_is_stored_has_no_months_until_something_is(empty_engine: Engine) -> None:
    snapshots = Snapshots(empty_engine, 30, 0, 0)
    assert (snapshots.read().wiki(HI).months(Metric.EDITS), snapshots.read().catalogue.newest_month) == ((), None)
    fill_database(empty_engine, judge=False)
    assert snapshots.read().wiki(HI).months(Metric.EDITS)[-1] == snapshots.read().catalogue.newest_month == LAST


def test_what_is_saved_here_is_read_back_at_once(
    settings: Settings, own_settings: ExplorerSettings, engine: Engine
) -> None:
    app = create(settings, own_settings, engine, HOUR)
    with TestClient(app, base_url="http://localhost") as client:
        open_link(client, app)
        assert get(client, MONTH)["annotation"] is None
        assert put(client).status_code == 201
        assert get(client, MONTH)["annotation"]["label"] == BODY["label"]


def test_what_somebody_else_saved_first_is_shown_after_the_refusal(
    settings: Settings, own_settings: ExplorerSettings, engine: Engine
) -> None:
    app = create(settings, own_settings, engine, HOUR)
    with TestClient(app, base_url="http://localhost") as client:
        open_link(client, app)
        assert get(client, MONTH)["annotation"] is None
        annotate(engine, "hi.wikipedia.org", SHARED, "Theirs")
        assert put(client).status_code == 409
        assert get(client, MONTH)["annotation"]["label"] == "Theirs"


@pytest.mark.parametrize("backend", ["sqlite", "mysql"], indirect=True)
def test_all_that_is_stored_of_peaks_is_in_the_snapshot(engine: Engine) -> None:
    snapshot = Snapshots(engine, 30, 0, 0).read()
    for metric in Metric:
        stored = read_peaks(engine, metric=metric)
        found = [peak for name in snapshot.wikis for peak in snapshot.wiki(name).peaks(metric)]
        assert len(stored) > 10
        assert sorted(found, key=_key) == sorted(stored, key=_key)


def _key(peak: Peak) -> tuple[str, date, str]:
    return peak.project, peak.month, peak.detector


def test_all_months_at_once_are_what_each_month_is_by_itself(engine: Engine) -> None:
    know_people(engine, HI, 0.5)
    for name, wiki in Snapshots(engine, 30, HOUR, HOUR).read().wikis.items():
        every = wiki.all_month_counts()
        assert tuple(every) == tuple(wiki.data.counts.months), name
        assert every == {month: wiki.month_counts([month])[month] for month in every}, name
