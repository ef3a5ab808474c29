"""A wiki that moves while its counts are being fetched."""

from datetime import UTC, date, datetime

from sqlalchemy import Engine, select

from wiki_activity.domain.counts import MonthlyCounts, Series
from wiki_activity.domain.wikis import Wiki
from wiki_activity.storage.database import reading
from wiki_activity.storage.frames import read_series
from wiki_activity.storage.refreshes import Outcome, last_refresh
from wiki_activity.storage.renames import save_matrix
from wiki_activity.storage.schema import fetches
from wiki_activity_tests.monthly.fakes import FakeWikimedia
from wiki_activity_tests.monthly.refreshing import WIKIS, outcome_of_last, refresh

NOW = datetime(2024, 6, 9, tzinfo=UTC)
MOVED, NEW, MOVES_AT = WIKIS[-1], "new.wikipedia.org", WIKIS[5]


class Moving(FakeWikimedia):
    """A Wikimedia of which one wiki moves when another is asked for."""

    def __init__(self, engine: Engine) -> None:
        super().__init__([*WIKIS, NEW])
        self._engine = engine
        self._has_moved = False

    def get_series(self, project: str, series: Series, last: date) -> MonthlyCounts:
        if project == MOVES_AT and not self._has_moved:
            self._has_moved = True
            save_matrix(self._engine, matrix(NEW), NOW)
        return super().get_series(project, series, last)


def matrix(last: str) -> list[Wiki]:
    return [
        Wiki(project, f"w{place}wiki", "wikipedia", "en", project, project, "ltr", closed=False)
        for place, project in enumerate([*WIKIS[:-1], last])
    ]


def test_the_refresh_goes_on_with_its_new_name_and_nothing_is_stored_by_the_old_one(engine: Engine) -> None:
    save_matrix(engine, matrix(MOVED), NOW)
    client = Moving(engine)
    outcome = refresh(engine, client)
    assert outcome_of_last(engine) is Outcome.DONE
    newest = last_refresh(engine)
    assert newest is not None
    assert newest.projects == (*WIKIS[:-1], NEW)
    assert set(read_series(engine, Series.EDITS).columns) == {*WIKIS[:-1], NEW}
    assert (outcome.asked, outcome.failed) == (len(WIKIS), {})
    assert NEW in {project for project, _ in client.asked}
    with reading(engine) as connection:
        assert set(connection.execute(select(fetches.c.project)).scalars()) == {*WIKIS[:-1], NEW}
