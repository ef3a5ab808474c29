from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from wiki_activity.domain.counts import COUNT_SERIES, Metric, Series
from wiki_activity.domain.peaks import Detector, Outcome, Peak
from wiki_activity.storage.data_version import NOTES, PEAKS, DataVersion, mark_changed, read_data_version
from wiki_activity.storage.database import create_database_engine, write, writing
from wiki_activity.storage.fetches import FetchResult, FetchStatus
from wiki_activity.storage.migrate import migrate
from wiki_activity.storage.peak_table import replace_peaks
from wiki_activity.storage.refresh_leases import release_refresh, resume_refresh, start_refresh
from wiki_activity_tests.storage.conftest import NOW
from wiki_activity_tests.storage.noting import BOT, hide, save, unhide
from wiki_activity_tests.storage.storing import record_fetches

HI, EN = "hi.wikipedia.org", "en.wikipedia.org"
LATER = NOW + timedelta(days=30)
OK = FetchResult(FetchStatus.OK, 12)
PEAK = Peak(
    *(Metric.EDITS, HI, date(2024, 5, 1), Detector.SEASONAL, 200.0, 100.0, 150.0, 5.0, None, None),
    shared=False,
    starts_episode=True,
)


def start(engine: Engine, run_id: str, now: datetime = NOW) -> int:
    refresh = start_refresh(
        engine,
        run_id=run_id,
        holder="me",
        first=date(2001, 1, 1),
        last=date(2024, 5, 1),
        projects=[HI, EN],
        series=list(COUNT_SERIES),
        now=now,
    )
    return refresh.id


def fetch(
    engine: Engine, refresh: int, project: str, now: datetime = NOW, *, result: FetchResult = OK, series: str = "edits"
) -> None:
    with writing(engine) as connection:
        record_fetches(connection, refresh, project, {Series(series): result}, now)


class Watcher:
    """Tells which subjects are in another state than when it looked last."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._seen = self._look()

    def _look(self) -> tuple[int, ...]:
        return read_data_version(self._engine).of(HI, EN, PEAKS, NOTES)

    def changed(self) -> list[str]:
        seen, self._seen = self._seen, self._look()
        triples = zip(("hi", "en", "peaks", "annotations"), seen, self._seen, strict=True)
        return [name for name, before, after in triples if before != after]


def test_what_never_changed_is_in_one_state(engine: Engine) -> None:
    states = read_data_version(engine).of(HI, PEAKS, "no.such.wiki")
    assert len(set(states)) == 1
    assert read_data_version(engine).of(HI, PEAKS, "no.such.wiki") == states


def test_numbers_come_in_the_order_of_their_subjects(engine: Engine) -> None:
    before = read_data_version(engine).of(HI)
    fetch(engine, start(engine, "run-1"), EN)
    hi, en = read_data_version(engine).of(HI, EN)
    assert (hi,) == before != (en,)
    assert read_data_version(engine).of(EN, HI) == (en, hi)


def test_a_database_put_back_to_an_older_state_never_comes_to_the_same_numbers_again(tmp_path: Path) -> None:
    def change(engine: Engine, times: int) -> list[int]:
        numbers = []
        for _ in range(times):
            write(engine, lambda connection: mark_changed(connection, [HI, NOTES], NOW))
            numbers += read_data_version(engine).of(HI, NOTES)
        return numbers

    file = tmp_path / "activity.db"
    engine = create_database_engine(f"sqlite:///{file}")
    migrate(engine)
    seen = change(engine, 2)
    engine.dispose()
    older = file.read_bytes()
    seen += change(engine, 3)
    engine.dispose()
    file.write_bytes(older)
    known = DataVersion({HI: seen[-2], NOTES: seen[-1]})
    assert read_data_version(engine, known).of(HI, NOTES) == tuple(seen[2:4])
    seen += change(engine, 5)
    engine.dispose()
    assert len(set(seen)) == len(seen)


def test_unchanged_subjects_of_two_databases_are_in_two_states(tmp_path: Path) -> None:
    states = []
    for name in ("one", "other"):
        engine = create_database_engine(f"sqlite:///{tmp_path / name}")
        migrate(engine)
        states.append(read_data_version(engine).of(HI))
        engine.dispose()
    assert states[0] != states[1]


@pytest.mark.parametrize("series", Series)
def test_every_fetch_of_a_wiki_changes_it_and_no_other(engine: Engine, series: Series) -> None:
    refresh = start(engine, "run-1")
    watcher = Watcher(engine)
    fetch(engine, refresh, HI, series=series)
    assert watcher.changed() == ["hi"]
    fetch(engine, refresh, EN, series=series)
    assert watcher.changed() == ["en"]
    assert watcher.changed() == []


def test_a_rerun_in_the_same_second_is_a_change(engine: Engine) -> None:
    first = start(engine, "run-1")
    fetch(engine, first, HI)
    release_refresh(engine, first, "me", NOW)
    watcher = Watcher(engine)
    fetch(engine, start(engine, "run-2"), HI)
    assert watcher.changed() == ["hi"]


def test_a_fetch_that_failed_changes_nothing_until_it_is_made_up_for(engine: Engine) -> None:
    refresh = start(engine, "run-1")
    fetch(engine, refresh, EN)
    watcher = Watcher(engine)
    fetch(engine, refresh, HI, result=FetchResult(FetchStatus.FAILED, error="HTTP 500"))
    assert watcher.changed() == []
    release_refresh(engine, refresh, "me", NOW)
    resumed = resume_refresh(engine, run_id="run-2", holder="me", now=NOW)
    fetch(engine, resumed.id, HI)
    assert watcher.changed() == ["hi"]


def test_peaks_that_come_change_or_go_change_their_wikis_alone(engine: Engine) -> None:
    watcher = Watcher(engine)
    of_en = replace(PEAK, project=EN)
    other = replace(PEAK, month=date(2024, 4, 1))
    steps = (
        ([PEAK, of_en], ["hi", "en"]),
        ([PEAK, other, of_en], ["hi"]),
        ([PEAK, of_en], ["hi"]),
        ([replace(PEAK, outcome=Outcome.OVER), of_en], ["hi"]),
        ([replace(PEAK, outcome=Outcome.STILL_UP), of_en], ["hi"]),
        ([replace(PEAK, shared=True), of_en], ["hi"]),
        ([replace(PEAK, threshold=151.0), of_en], ["hi"]),
        ([of_en], ["hi"]),
        ([], ["en"]),
    )
    for number, (peaks, wikis) in enumerate(steps):
        replace_peaks(engine, peaks, found_at=NOW)
        assert watcher.changed() == [*wikis, "peaks"], number
        replace_peaks(engine, peaks, found_at=LATER)
        assert watcher.changed() == [], number


def test_every_change_of_a_note_changes_the_notes(engine: Engine) -> None:
    watcher = Watcher(engine)
    for change in (
        lambda: save(engine, 0),
        lambda: save(engine, 1, BOT),
        lambda: hide(engine, 2),
        lambda: unhide(engine, 3),
        lambda: save(engine, 0, key=(Metric.EDITORS, HI, date(2024, 5, 1))),
    ):
        change()
        assert watcher.changed() == ["annotations"]
    save(engine, 4, BOT)
    assert watcher.changed() == []


def test_a_change_that_is_rolled_back_is_none(engine: Engine) -> None:
    watcher = Watcher(engine)

    def mark_and_fail(connection: Connection) -> None:
        mark_changed(connection, [HI, PEAKS], NOW)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write(engine, mark_and_fail)
    assert watcher.changed() == []


def test_those_who_mark_at_once_all_come_through(engine: Engine) -> None:
    seen = {read_data_version(engine).of(HI, EN, PEAKS)}

    def mark(number: int) -> None:
        # Whoever names them in another order must not wait for ever.
        subjects = [HI, EN, PEAKS][:: 1 if number % 2 else -1]
        write(engine, lambda connection: mark_changed(connection, subjects, NOW))
        seen.add(read_data_version(engine).of(HI, EN, PEAKS))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(mark, range(24)))
    assert read_data_version(engine).of(HI, EN, PEAKS) in seen
    assert len(seen) > 1


def test_what_is_known_already_is_read_again_only_after_a_change(engine: Engine) -> None:
    known = read_data_version(engine)
    assert read_data_version(engine, known) is known
    for subjects in ([HI], [HI], [EN, PEAKS]):
        write(engine, lambda connection, subjects=subjects: mark_changed(connection, subjects, NOW))  # type: ignore[misc]
        newer = read_data_version(engine, known)
        assert newer == read_data_version(engine) != known
        assert read_data_version(engine, newer) is newer
        known = newer
