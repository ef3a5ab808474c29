from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from wiki_activity.domain.counts import Metric, Series
from wiki_activity.domain.peaks import Detector, Outcome, Peak
from wiki_activity.domain.wikis import Wiki
from wiki_activity.storage.data_version import PEAKS, DataVersion, mark_changed, read_data_version
from wiki_activity.storage.database import writing
from wiki_activity.storage.fetches import FetchResult, FetchStatus, record_fetches
from wiki_activity.storage.peaks import replace_peaks
from wiki_activity.storage.refreshes import release_refresh, resume_refresh, start_refresh
from wiki_activity.storage.wikis import save_wikis
from wiki_activity_tests.storage.annotating import BOT, hide, save, unhide
from wiki_activity_tests.storage.conftest import NOW

HI, EN = "hi.wikipedia.org", "en.wikipedia.org"
LATER = NOW + timedelta(days=30)
OK = FetchResult(FetchStatus.OK, 12)
WIKI = Wiki(HI, "hiwiki", "wikipedia", "hi", "Hindi Wikipedia", "हिन्दी", "ltr", closed=False)
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
        series=list(Series),
        now=now,
    )
    return refresh.id


def fetch(
    engine: Engine, refresh: int, project: str, now: datetime = NOW, *, result: FetchResult = OK, series: str = "edits"
) -> None:
    with writing(engine) as connection:
        record_fetches(connection, refresh, project, {Series(series): result}, now)


class Watcher:
    """Tells of which of the versions have changed since it looked last."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._seen = self._look()

    def _look(self) -> list[str]:
        return [read_data_version(self._engine, project).key for project in (HI, EN, None)]

    def changed(self) -> list[str]:
        seen, self._seen = self._seen, self._look()
        pairs = zip(("hi", "en", "all"), seen, self._seen, strict=True)
        return [name for name, before, after in pairs if before != after]


def test_an_empty_database_has_a_version_too(engine: Engine) -> None:
    version = read_data_version(engine)
    assert (version.run_id, version.as_of) == (None, None)
    assert version == read_data_version(engine)
    assert len(version.key) == 20
    assert version.key.isalnum()


def test_the_version_tells_the_run_and_the_time_of_the_newest_counts(engine: Engine) -> None:
    first = start(engine, "run-1")
    fetch(engine, first, HI)
    fetch(engine, first, EN, NOW + timedelta(seconds=5))
    release_refresh(engine, first, "me", NOW)
    second = start(engine, "run-2", LATER)
    fetch(engine, second, EN, LATER, series="editors")
    fetch(engine, second, HI, LATER, result=FetchResult(FetchStatus.FAILED, error="HTTP 500"))
    versions = [read_data_version(engine, project) for project in (HI, EN, None)]
    assert [(one.run_id, one.as_of) for one in versions] == [("run-1", NOW), ("run-2", LATER), ("run-2", LATER)]


@pytest.mark.parametrize("series", Series)
def test_every_fetch_of_a_wiki_changes_its_version_and_that_of_all(engine: Engine, series: Series) -> None:
    refresh = start(engine, "run-1")
    watcher = Watcher(engine)
    fetch(engine, refresh, HI, series=series)
    assert watcher.changed() == ["hi", "all"]
    fetch(engine, refresh, EN, series=series)
    assert watcher.changed() == ["en", "all"]
    assert watcher.changed() == []


def test_a_rerun_in_the_same_second_changes_the_version(engine: Engine) -> None:
    first = start(engine, "run-1")
    fetch(engine, first, HI)
    release_refresh(engine, first, "me", NOW)
    watcher = Watcher(engine)
    second = start(engine, "run-2")
    fetch(engine, second, HI)
    assert watcher.changed() == ["hi", "all"]


def test_a_fetch_that_failed_changes_nothing_until_it_is_made_up_for(engine: Engine) -> None:
    refresh = start(engine, "run-1")
    fetch(engine, refresh, EN)
    watcher = Watcher(engine)
    fetch(engine, refresh, HI, result=FetchResult(FetchStatus.FAILED, error="HTTP 500"))
    assert watcher.changed() == []
    release_refresh(engine, refresh, "me", NOW)
    resumed = resume_refresh(engine, run_id="run-2", holder="me", now=NOW)
    fetch(engine, resumed.id, HI)
    assert watcher.changed() == ["hi", "all"]


def test_peaks_that_come_change_or_go_change_the_version(engine: Engine) -> None:
    watcher = Watcher(engine)
    other = replace(PEAK, project=HI, month=date(2024, 4, 1))
    steps = (
        [PEAK],
        [PEAK, other],
        [PEAK],
        [replace(PEAK, outcome=Outcome.OVER)],
        [replace(PEAK, outcome=Outcome.STILL_UP)],
        [replace(PEAK, shared=True)],
        [replace(PEAK, threshold=151.0)],
        [],
    )
    for number, peaks in enumerate(steps):
        replace_peaks(engine, peaks, found_at=NOW)
        assert {"hi", "all"} <= set(watcher.changed()), number
        replace_peaks(engine, peaks, found_at=LATER)
        assert watcher.changed() == [], number


def test_a_marked_change_of_peaks_changes_every_version(engine: Engine) -> None:
    watcher = Watcher(engine)
    for _ in range(2):
        with writing(engine) as connection:
            mark_changed(connection, PEAKS, NOW)
        assert watcher.changed() == ["hi", "en", "all"]


def test_every_change_of_an_annotation_changes_the_version(engine: Engine) -> None:
    watcher = Watcher(engine)
    for change in (
        lambda: save(engine, 0),
        lambda: save(engine, 1, BOT),
        lambda: hide(engine, 2),
        lambda: unhide(engine, 3),
        lambda: save(engine, 0, key=(Metric.EDITORS, HI, date(2024, 5, 1))),
    ):
        change()
        assert watcher.changed() == ["hi", "all"]
    save(engine, 4, BOT)
    assert watcher.changed() == []


def test_a_wiki_under_another_name_has_another_version(engine: Engine) -> None:
    save_wikis(engine, [WIKI], NOW)
    watcher = Watcher(engine)
    save_wikis(engine, [replace(WIKI, name="Hindi", closed=True)], LATER)
    assert watcher.changed() == ["hi", "all"]


def test_wikis_have_keys_of_their_own(engine: Engine) -> None:
    versions: list[DataVersion] = [read_data_version(engine, project) for project in (HI, EN, None)]
    assert len({version.key for version in versions}) == 3
