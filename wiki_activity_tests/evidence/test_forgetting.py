"""Pages that a wiki deleted after they were told of are told no more, and no more kept."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from wiki_activity.evidence.forgetting import forget_deleted, list_todays
from wiki_activity.storage.data_version import read_data_version
from wiki_activity.storage.schema import metadata
from wiki_activity.wikimedia.answer_errors import UnreachableError
from wiki_activity_tests.evidence.fakes import NOW, FakeWikimedia
from wiki_activity_tests.evidence.test_what_was_done import CONTEST, HI, hold_contest
from wiki_activity_tests.explorer.stored import SHARED

PAGE = "Wikipedia:A contest"


def find_day(engine: Engine) -> datetime:
    """Find the wiki's day among the next four weeks."""
    days = [day for at in range(28) if HI in list_todays(engine, day := NOW + timedelta(days=at))]
    assert len(days) == 1, "once in four weeks"
    return days[0]


def read_all(engine: Engine) -> str:
    with engine.connect() as connection:
        tables = [connection.execute(sa.select(metadata.tables[name])).all() for name in ("evidence", "findings")]
    # A row by itself is written cut off.
    return str([tuple(row) for rows in tables for row in rows])


@pytest.mark.parametrize("gone", [{PAGE}, {f"Template:{CONTEST}"}, {PAGE, f"Template:{CONTEST}"}, set()])
def test_what_is_gone_is_forgotten_and_the_rest_is_kept(
    engine: Engine, wikimedia: FakeWikimedia, gone: set[str]
) -> None:
    hold_contest(wikimedia, all_year=False)
    wikimedia.explainer(engine).explain(HI, SHARED)
    before, version = read_all(engine), read_data_version(engine)
    assert PAGE in before
    assert CONTEST in before
    wikimedia.find_existing = lambda _, titles: set(titles) - gone  # type: ignore[method-assign]

    outcome = forget_deleted(engine, wikimedia, find_day(engine))

    after = read_all(engine)
    assert (PAGE in after) == (PAGE not in gone)
    assert (CONTEST in after) == (f"Template:{CONTEST}" not in gone)
    assert outcome.titles == ({HI: len(gone)} if gone else {})
    assert outcome.requests == 1
    assert (read_data_version(engine).of(HI) != version.of(HI)) == bool(gone), "its page is drawn anew"
    # Nothing is asked of the wiki for what was forgotten, nor found again from what is stored.
    wikimedia.explainer(engine).explain(HI, SHARED)
    assert (PAGE in read_all(engine)) == (PAGE not in gone)


def test_a_wiki_is_not_asked_on_other_days(engine: Engine, wikimedia: FakeWikimedia) -> None:
    wikimedia.explainer(engine).explain(HI, SHARED)
    wikimedia.asked = []
    forget_deleted(engine, wikimedia, find_day(engine) + timedelta(days=1))

    assert wikimedia.asked == []


def test_what_cannot_be_read_is_kept(engine: Engine, wikimedia: FakeWikimedia) -> None:
    wikimedia.explainer(engine).explain(HI, SHARED)
    before = read_all(engine)
    wikimedia.broken = {"find_existing"}
    outcome = forget_deleted(engine, wikimedia, find_day(engine))

    assert set(outcome.unread) == {HI}
    assert read_all(engine) == before


def test_many_titles_are_asked_for_fifty_at_once(engine: Engine, wikimedia: FakeWikimedia) -> None:
    wikimedia.explainer(engine).explain(HI, SHARED)
    with engine.begin() as connection:
        pages = ", ".join(f'["Wikipedia:Page {number}", 9, 0, "project"]' for number in range(120))
        told = f'{{"of": "user_edits", "told": {{"pages": [{pages}]}}}}'
        table = metadata.tables["evidence"]
        connection.execute(sa.update(table).where(table.c.source == "pages").values(answer=told))
    asked: list[int] = []

    def find_existing(_: str, titles: Sequence[str]) -> set[str]:
        asked.append(len(titles))
        if len(asked) == 3:
            msg = "away"
            raise UnreachableError(msg)
        return set()

    wikimedia.find_existing = find_existing  # type: ignore[method-assign]
    forget_deleted(engine, wikimedia, find_day(engine))

    assert asked == [50, 50, 20]
    assert "Wikipedia:Page 7" in read_all(engine), "a wiki is looked at as a whole"
