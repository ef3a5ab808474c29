import multiprocessing
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, func, select

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.note_text import NoteKind, NoteText
from wiki_activity.domain.notes import Author, Note, NoteAction, Revision, Scope, ScopeKind, Subject
from wiki_activity.domain.peaks import Detector, Peak
from wiki_activity.storage.database import create_database_engine, reading
from wiki_activity.storage.note_reading import read_changes, read_history
from wiki_activity.storage.notes import (
    NoteConflictError,
    NoteHiddenError,
    NoteMissingError,
    NoteWideError,
    RevisionMissingError,
    create_note,
    edit_note,
    hide_note,
    revert_note,
    unhide_note,
)
from wiki_activity.storage.peak_table import read_peaks, replace_peaks
from wiki_activity.storage.schema import notes
from wiki_activity_tests.storage.conftest import NOW
from wiki_activity_tests.storage.noting import BOT, CONTEST, HINDI, hide, revert, save, unhide
from wiki_activity_tests.storage.rows import run_together
from wiki_activity_tests.storage.storing import find_note, read_month_note

LATER = NOW + timedelta(hours=1)


def history(engine: Engine) -> list[Revision]:
    current = read_month_note(engine, *HINDI)
    return [] if current is None else read_history(engine, current.id)


def test_the_first_save_creates_the_first_revision(engine: Engine) -> None:
    saved = save(engine, 0)
    about = Subject.of_month(*HINDI)
    assert saved == Note(saved.id, about, 1, CONTEST, hidden=False, author="Asha", at=NOW)
    assert read_month_note(engine, *HINDI) == find_note(engine, saved.id) == saved
    assert history(engine) == [Revision(1, about, CONTEST, "Asha", NOW, NoteAction.CREATE, None, hidden=False)]


def test_a_later_save_adds_a_revision_and_leaves_the_first(engine: Engine) -> None:
    save(engine, 0)
    saved = save(engine, 1, BOT, author="Ravi", now=LATER)
    assert (saved.version, saved.text, saved.author, saved.at) == (2, BOT, "Ravi", LATER)
    assert [(one.number, one.text, one.action) for one in history(engine)] == [
        (1, CONTEST, "create"),
        (2, BOT, "edit"),
    ]


def test_saving_the_same_text_again_adds_no_revision(engine: Engine) -> None:
    first = save(engine, 0)
    assert save(engine, 1, author="Ravi", now=LATER) == first
    assert len(history(engine)) == 1


@pytest.mark.parametrize("version", [0, 1, 3])
def test_a_save_at_another_version_is_told_what_is_there(engine: Engine, version: int) -> None:
    save(engine, 0)
    current = save(engine, 1, BOT)
    with pytest.raises(NoteConflictError, match="at version 2 by now") as caught:
        save(engine, version, replace(CONTEST, label="Third"))
    assert caught.value.current == current
    assert len(history(engine)) == 2


def test_a_version_of_what_never_was_is_refused(engine: Engine) -> None:
    for work in (lambda: save(engine, 1), lambda: revert(engine, 1, 1), lambda: hide(engine, 1)):
        with pytest.raises(NoteMissingError, match="there is no note"):
            work()
    assert read_month_note(engine, *HINDI) is None
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(notes)).scalar() == 0


def test_metrics_months_and_wikis_have_annotations_of_their_own(engine: Engine) -> None:
    metric, project, month = HINDI
    april = date(2024, 4, 1)
    keys = [HINDI, (Metric.EDITORS, project, month), (metric, "bn.wikipedia.org", month), (metric, project, april)]
    saved = [save(engine, 0, replace(CONTEST, label=f"Number {at}"), key=key) for at, key in enumerate(keys)]
    assert [read_month_note(engine, *key) for key in keys] == saved


def test_any_writing_comes_back_as_it_was(engine: Engine) -> None:
    label = "होली 🎨 'quoted' \\ %s :x"
    written = NoteText(label, "شعر\nline; drop table notes --", None, NoteKind.DATA_ERROR)
    save(engine, 0, written)
    (revision,) = history(engine)
    assert revision.text == written


def test_reverting_makes_a_new_revision_of_the_old_text(engine: Engine) -> None:
    save(engine, 0)
    save(engine, 1, BOT)
    reverted = revert(engine, 1, 2, LATER)
    assert (reverted.version, reverted.text) == (3, CONTEST)
    assert history(engine)[-1] == Revision(
        3, Subject.of_month(*HINDI), CONTEST, "Ravi", LATER, NoteAction.REVERT, "it was right", False
    )
    assert revert(engine, 1, 3) == reverted


@pytest.mark.parametrize("revision", [-1, 0, 2, 10**9])
def test_reverting_to_a_revision_that_is_not_there_is_refused(engine: Engine, revision: int) -> None:
    save(engine, 0)
    with pytest.raises(RevisionMissingError, match=f"no revision {revision}"):
        revert(engine, revision, 1)
    assert len(history(engine)) == 1


def test_reverting_hiding_and_unhiding_meet_conflicts_too(engine: Engine) -> None:
    save(engine, 0)
    save(engine, 1, BOT)
    for work in (lambda: revert(engine, 1, 1), lambda: hide(engine, 1), lambda: unhide(engine, 1)):
        with pytest.raises(NoteConflictError):
            work()
    assert len(history(engine)) == 2


def test_hiding_and_unhiding_keep_the_text_and_say_why(engine: Engine) -> None:
    save(engine, 0)
    hidden = hide(engine, 1, LATER)
    assert (hidden.version, hidden.hidden, hidden.text, hidden.author) == (2, True, CONTEST, "Reva")
    assert hide(engine, 2) == hidden
    shown = unhide(engine, 2, LATER)
    assert (shown.version, shown.hidden, shown.text) == (3, False, CONTEST)
    assert unhide(engine, 3) == shown
    assert [(one.action, one.reason, one.hidden) for one in history(engine)] == [
        ("create", None, False),
        ("hide", "tells a name", True),
        ("unhide", None, False),
    ]


def test_what_is_hidden_is_neither_changed_nor_revealed_by_a_writer(engine: Engine) -> None:
    save(engine, 0)
    hide(engine, 1)
    for version in (0, 1, 2):
        for work in (lambda at: save(engine, at), lambda at: save(engine, at, BOT), lambda at: revert(engine, 1, at)):
            with pytest.raises(NoteHiddenError) as caught:
                work(version)
            assert CONTEST.label not in str(caught.value)
    assert len(history(engine)) == 2


def test_a_reviewer_changes_what_is_hidden_and_it_stays_hidden(engine: Engine) -> None:
    save(engine, 0, BOT)
    save(engine, 1, CONTEST)
    hide(engine, 2)
    edited = save(engine, 3, replace(BOT, label="Better"), even_hidden=True)
    reverted = revert(engine, 1, 4, even_hidden=True)
    assert [(one.version, one.hidden) for one in (edited, reverted)] == [(4, True), (5, True)]
    assert unhide(engine, 5).text == BOT


def test_a_conflict_over_a_hidden_one_reveals_nothing_even_to_a_reviewer(engine: Engine) -> None:
    save(engine, 0)
    hide(engine, 1)
    with pytest.raises(NoteConflictError) as caught:
        save(engine, 1, BOT, even_hidden=True)
    assert (caught.value.current.hidden, caught.value.current.text) == (True, None)


def test_a_writer_cannot_publish_again_what_was_hidden(engine: Engine) -> None:
    save(engine, 0, BOT)
    save(engine, 1, CONTEST)
    hide(engine, 2)
    revert(engine, 1, 3, even_hidden=True)
    unhide(engine, 4)
    with pytest.raises(NoteHiddenError, match="revision 2 "):
        revert(engine, 2, 5)
    assert revert(engine, 2, 5, even_hidden=True).text == CONTEST


def test_of_20_that_create_at_once_one_wins(engine: Engine) -> None:
    errors = run_together([save_by(engine, 0, number) for number in range(20)])
    assert [type(error) for error in errors] == [NoteConflictError] * 19
    (revision,) = history(engine)
    assert all(error.current.text == revision.text for error in errors)


def test_of_20_that_edit_at_once_one_wins(engine: Engine) -> None:
    save(engine, 0)
    errors = run_together([save_by(engine, 1, number) for number in range(20)])
    assert [type(error) for error in errors] == [NoteConflictError] * 19
    assert [one.number for one in history(engine)] == [1, 2]


def test_of_several_processes_one_wins(url: str, engine: Engine) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=save_in_process, args=(url, number)) for number in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=60)
    assert sorted(process.exitcode for process in processes) == [0, 9, 9, 9]
    assert len(history(engine)) == 1


def test_annotations_stay_when_peaks_are_computed_anew(engine: Engine) -> None:
    peak = Peak(*HINDI, Detector.SEASONAL, 200.0, 100.0, 150.0, 5.0, None, None, False, True)
    replace_peaks(engine, [peak], found_at=NOW)
    saved = save(engine, 0)
    assert replace_peaks(engine, [], found_at=LATER).removed == 1
    assert read_peaks(engine) == []
    assert read_month_note(engine, *HINDI) == saved
    replace_peaks(engine, [replace(peak, value=300.0)], found_at=LATER)
    assert read_month_note(engine, *HINDI) == saved


def save_by(engine: Engine, version: int, number: int) -> Callable[[], object]:
    return lambda: save(engine, version, replace(BOT, label=f"Number {number}"), author=f"Writer {number}")


def save_in_process(url: str, number: int) -> None:
    engine = create_database_engine(url)
    try:
        save_by(engine, 0, number)()
    except NoteConflictError:
        raise SystemExit(9) from None
    finally:
        engine.dispose()


WINTER = Subject(Scope(ScopeKind.FAMILY, "wikisource"), date(2024, 1, 5), date(2024, 2, 9))


def test_a_note_is_on_any_days_of_any_wikis_and_both_may_change(engine: Engine) -> None:
    asha = Author("Asha", "17")
    note = create_note(engine, WINTER, CONTEST, author=asha, now=NOW)
    assert (note.subject, note.text, note.version, note.hidden) == (WINTER, CONTEST, 1, False)
    longer = replace(WINTER, last=date(2024, 2, 29))
    changed = edit_note(engine, note.id, CONTEST, subject=longer, version=1, author=asha, now=LATER)
    assert (changed.subject, changed.version) == (longer, 2)
    assert edit_note(engine, note.id, CONTEST, version=2, author=asha, now=LATER) == changed, "the same adds nothing"
    back = revert_note(engine, note.id, revision=1, version=2, author=asha, reason="no", now=LATER)
    assert (back.subject, back.version) == (WINTER, 3)


def test_what_is_rejected_waits_no_more_and_is_in_no_feed(engine: Engine) -> None:
    note = create_note(engine, WINTER, CONTEST, author=Author("New", "99"), now=NOW, proposed=True)
    reva = Author("Reva", "3")
    rejected = hide_note(engine, note.id, reason="no source", version=1, author=reva, now=LATER)
    assert (rejected.hidden, rejected.proposed, rejected.rejected, rejected.version) == (True, True, True, 2)
    assert hide_note(engine, note.id, reason="no source", version=2, author=reva, now=LATER) == rejected
    assert read_changes(engine) == []
    assert unhide_note(engine, note.id, reason=None, version=2, author=reva, now=LATER).hidden is False


def test_what_is_proposed_is_hidden_until_a_reviewer_publishes_it(engine: Engine) -> None:
    note = create_note(engine, WINTER, CONTEST, author=Author("New", "99"), now=NOW, proposed=True)
    assert (note.hidden, note.proposed) == (True, True)
    with pytest.raises(NoteHiddenError):
        edit_note(engine, note.id, BOT, version=1, author=Author("New", "99"), now=NOW)
    shown = unhide_note(engine, note.id, reason=None, version=1, author=Author("Reva", "3"), now=LATER)
    assert (shown.hidden, shown.proposed, shown.text) == (False, False, CONTEST)
    assert [one.action for one in read_history(engine, note.id)] == [NoteAction.PROPOSE, NoteAction.PUBLISH]


def test_whoever_publishes_a_note_or_shows_it_again_is_not_its_author(engine: Engine) -> None:
    reva = Author("Reva", "21")
    note = create_note(engine, WINTER, CONTEST, author=Author("New", "99"), now=NOW, proposed=True)
    shown = unhide_note(engine, note.id, reason=None, version=1, author=reva, now=LATER)
    assert (shown.author, shown.at) == ("New", LATER)
    hidden = hide_note(engine, note.id, reason="names a person", version=2, author=reva, now=LATER)
    assert hidden.author == "Reva"
    assert unhide_note(engine, note.id, reason="it does not", version=3, author=reva, now=LATER).author == "New"
    assert [one.author for one in read_history(engine, note.id)] == ["New", "Reva", "Reva", "Reva"]


def test_a_proposal_that_a_reviewer_corrects_stays_one_until_it_is_published(engine: Engine) -> None:
    note = create_note(engine, WINTER, CONTEST, author=Author("New", "99"), now=NOW, proposed=True)
    reviewer = {"author": Author("Reva", "1"), "now": NOW, "even_hidden": True}
    edited = edit_note(engine, note.id, BOT, version=1, **reviewer)
    back = revert_note(engine, note.id, revision=1, version=2, reason="it was right", **reviewer)
    assert (edited.proposed, back.proposed) == (True, True)
    unhide_note(engine, note.id, reason=None, version=3, author=Author("Reva", "1"), now=NOW)
    actions = [one.action for one in read_history(engine, note.id)]
    assert actions == [NoteAction.PROPOSE, NoteAction.PROPOSE, NoteAction.PROPOSE, NoteAction.PUBLISH]


def test_who_may_write_on_one_wiki_alone_is_held_to_what_is_stored(engine: Engine) -> None:
    note = create_note(engine, WINTER, CONTEST, author=Author("Asha", "17"), now=NOW)
    wide = replace(WINTER, scope=Scope(ScopeKind.FAMILY, "wikipedia"))
    edit_note(engine, note.id, CONTEST, subject=wide, version=1, author=Author("Reva", "3"), now=NOW)
    single = replace(WINTER, scope=Scope.of_wiki("hi.wikipedia.org"))
    with pytest.raises(NoteWideError):
        edit_note(
            engine, note.id, BOT, subject=single, version=2, author=Author("Asha", "17"), now=NOW, even_wide=False
        )
    assert len(read_history(engine, note.id)) == 2


def test_what_is_only_proposed_keeps_nobody_from_writing_about_a_month(engine: Engine) -> None:
    subject = Subject.of_month(None, HINDI[1], HINDI[2])
    proposed = create_note(engine, subject, BOT, author=Author("New", "99"), now=NOW, proposed=True)
    saved = save(engine, version=0)
    assert (saved.id != proposed.id, saved.version, saved.hidden) == (True, 1, False)


def test_what_was_rejected_keeps_nobody_from_writing_about_a_month(engine: Engine) -> None:
    subject = Subject.of_month(None, HINDI[1], HINDI[2])
    proposed = create_note(engine, subject, BOT, author=Author("New", "99"), now=NOW, proposed=True)
    hide_note(engine, proposed.id, reason="no source", version=1, author=Author("Reva", "21"), now=LATER)
    saved = save(engine, version=0)
    assert (saved.id != proposed.id, saved.version, saved.hidden) == (True, 1, False)


def test_a_hidden_note_does_not_stand_before_one_that_everybody_sees(engine: Engine) -> None:
    save(engine, version=0)
    hide(engine, version=1)
    seen = create_note(engine, Subject.of_month(None, *HINDI[1:]), BOT, author=Author("Ravi", "2"), now=NOW)
    assert save(engine, version=1).id == seen.id
